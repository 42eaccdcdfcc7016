//! Owners: panics keep words and place, stopped work leaves, pools end with their threads.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use xmrl_threads::{Ended, Owner, Panic, WorkerPool, leave_if_stopped};

fn panicked<T: std::fmt::Debug>(done: Result<T, Ended>) -> Panic {
    match done.unwrap_err() {
        Ended::Panicked(panic) => panic,
        Ended::Stopped => panic!("stopped"),
    }
}

#[test]
fn a_panic_keeps_its_words_and_its_place_wherever_it_happens() {
    let owner = Owner::new();
    let here = panicked(owner.work(|| panic!("on {} thread", "this")));
    assert_eq!(here.text, "on this thread");
    assert!(here.place.contains("owner.rs:"), "{}", here.place);

    let pool = owner.work(|| WorkerPool::new(3, "panics").unwrap()).unwrap();
    let line = line!() + 1;
    let each = |i: i32| if i == 70 { panic!("task {i}") } else { i };
    let there = panicked(owner.work(|| pool.install(|| (0..100).into_par_iter().map(each).sum::<i32>())));
    assert_eq!(there.text, "task 70");
    assert!(there.place.contains(&format!("owner.rs:{line}:")), "{}", there.place);

    // Words that no format made, and a payload that holds none.
    assert_eq!(panicked(owner.work(|| std::panic::panic_any(String::from("owned")))).text, "owned");
    assert_eq!(panicked(owner.work(|| std::panic::panic_any(7))).text, "a panic without words");
    // The pool and the owner go on.
    assert_eq!(owner.work(|| pool.install(|| (0..100).into_par_iter().sum::<i32>())), Ok(4950));
}

#[test]
fn each_of_two_panics_has_its_own_place() {
    let owner = Owner::new();
    let both = Barrier::new(2);
    let fail = |words: &str| {
        panicked(owner.work(|| {
            both.wait();
            panic!("{words}");
        }))
    };
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| fail("the first"));
        let second = panicked(owner.work(|| {
            both.wait();
            panic!("the second");
        }));
        (first.join().unwrap(), second)
    });
    assert_eq!([first.text.as_str(), second.text.as_str()], ["the first", "the second"]);
    let line = |panic: &Panic| panic.place.split(':').nth(1).unwrap().parse::<u32>().unwrap();
    assert!(line(&first) < line(&second), "{first:?} {second:?}");
}

#[test]
fn stopped_work_leaves_at_the_next_question_and_nobody_elses() {
    let (owner, other) = (Owner::new(), Owner::new());
    let pool = owner.work(|| WorkerPool::new(2, "stops").unwrap()).unwrap();
    let (tell, wait) = channel::<()>();
    let stopper = owner.clone();
    let thread = thread::spawn(move || {
        wait.recv().unwrap();
        stopper.stop();
    });
    // Without end but for the stop.
    let endless = |i: usize| {
        if i == 0 {
            tell.send(()).unwrap();
        }
        loop {
            leave_if_stopped();
            thread::yield_now();
        }
    };
    let done: Result<(), Ended> = owner.work(|| pool.install(|| (0..4).into_par_iter().for_each(endless)));
    assert_eq!(done, Err(Ended::Stopped));
    thread.join().unwrap();
    assert_eq!(owner.work(|| (leave_if_stopped(), 1).1), Err(Ended::Stopped), "for good");
    assert_eq!(other.work(|| (leave_if_stopped(), 1).1), Ok(1));
    leave_if_stopped();
}

#[test]
fn work_within_work_is_the_inner_ones() {
    let (outer, inner) = (Owner::new(), Owner::new());
    let done = outer.work(|| {
        inner.stop();
        let within = inner.work(leave_if_stopped);
        leave_if_stopped();
        within
    });
    assert_eq!(done, Ok(Err(Ended::Stopped)));
    assert!(Owner::of_this_thread().is_none());
}

#[test]
fn a_pool_that_is_dropped_has_no_threads_left() {
    static LEFT: AtomicUsize = AtomicUsize::new(0);
    struct Leaves;
    impl Drop for Leaves {
        fn drop(&mut self) {
            thread::sleep(Duration::from_millis(50));
            LEFT.fetch_add(1, Ordering::SeqCst);
        }
    }
    thread_local! {
        static LAST: Leaves = const { Leaves };
    }
    let pool = WorkerPool::with_start(3, "dropped", || LAST.with(|_| ())).unwrap();
    assert_eq!(pool.current_num_threads(), 3);
    assert_eq!(pool.install(|| (0..50).into_par_iter().sum::<i32>()), 1225);
    assert_eq!(LEFT.load(Ordering::SeqCst), 0);
    drop(pool);
    assert_eq!(LEFT.load(Ordering::SeqCst), 3, "every thread has gone to its very end");
}
