//! A team: every item once, whoever gets to it; panics with their words and place; helpers that end.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread::{current, sleep};
use std::time::{Duration, Instant};

use xmrl_threads::{Ended, Owner, Team, leave_if_stopped};

#[test]
fn every_item_is_worked_on_once_in_any_number_of_jobs() {
    for threads in [1, 2, 3, 8] {
        let mut team = Team::new(threads, "items").unwrap();
        for job in 0..2000_usize {
            let mut items: Vec<(usize, usize)> = (0..job % 67).map(|at| (at, 0)).collect();
            team.each(&mut items, |index, (at, times)| {
                assert_eq!(index, *at);
                *times += 1;
            });
            assert!(items.iter().all(|(_, times)| *times == 1), "{threads} threads, job {job}");
            // Long enough, now and then, that helpers fall asleep.
            if job % 500 == 0 {
                sleep(Duration::from_millis(2));
            }
        }
    }
}

#[test]
fn the_caller_takes_part_and_helpers_do() {
    let mut team = Team::new(3, "parts").unwrap();
    let (all, threads) = (Barrier::new(3), Mutex::new(BTreeSet::new()));
    // Three items that wait for each other: three threads, or it never ends.
    team.each(&mut [(); 3], |_, ()| {
        all.wait();
        threads.lock().unwrap().insert(format!("{:?} {:?}", current().id(), current().name()));
    });
    let threads = threads.into_inner().unwrap();
    assert_eq!(threads.len(), 3);
    assert!(threads.contains(&format!("{:?} {:?}", current().id(), current().name())), "{threads:?}");
    assert!(
        ["parts-1", "parts-2"].iter().all(|name| threads.iter().any(|thread| thread.contains(name))),
        "{threads:?}"
    );
}

/// Where nobody is late a thread works on the same items call after call: what it needs of them lies in its caches.
#[test]
fn each_thread_begins_with_a_part_of_its_own() {
    let mut team = Team::new(2, "own").unwrap();
    let both = Barrier::new(2);
    let caller = current().id();
    for _ in 0..100 {
        let mut by = [false; 4];
        // Nobody goes on until the other has an item as well.
        team.each(&mut by, |_, by| {
            both.wait();
            *by = current().id() == caller;
        });
        assert_eq!(by, [true, true, false, false]);
    }
}

/// Items are not dealt out beforehand.
#[test]
fn one_slow_item_holds_up_no_other() {
    let mut team = Team::new(2, "slow").unwrap();
    let (held, released) = (AtomicBool::new(false), AtomicUsize::new(0));
    // One thread is kept in the second item until the other has done all else.
    team.each(&mut [0; 40], |at, _| {
        if at == 1 {
            held.store(true, Ordering::Release);
            let from = Instant::now();
            while released.load(Ordering::Acquire) < 39 && from.elapsed() < Duration::from_secs(20) {
                std::hint::spin_loop();
            }
        } else {
            released.fetch_add(1, Ordering::AcqRel);
        }
    });
    assert!(held.into_inner());
    assert_eq!(released.into_inner(), 39);
}

#[test]
fn a_panic_keeps_its_words_and_place_and_the_team_goes_on() {
    let owner = Owner::new();
    let mut team = owner.work(|| Team::new(3, "panics").unwrap()).unwrap();
    for at_fault in [0, 17, 39] {
        let done = owner.work(|| team.each(&mut [0; 40], |at, _| assert!(at != at_fault, "item {at}")));
        let Err(Ended::Panicked(panic)) = done else { panic!("{done:?}") };
        assert_eq!(panic.text, format!("item {at_fault}"));
        assert!(panic.place.contains("team.rs:"), "{}", panic.place);
        let mut items = [0; 40];
        team.each(&mut items, |_, item| *item += 1);
        assert_eq!(items, [1; 40]);
    }
}

#[test]
fn helpers_work_for_the_owner_of_whoever_made_the_team() {
    let owner = Owner::new();
    let mut team = owner.work(|| Team::new(3, "owned").unwrap()).unwrap();
    let both = Barrier::new(3);
    owner.stop();
    let done = owner.work(|| {
        team.each(&mut [0; 3], |_, _| {
            both.wait();
            leave_if_stopped();
        });
    });
    assert_eq!(done, Err(Ended::Stopped));
}

#[test]
fn a_team_that_is_dropped_has_no_threads() {
    let named = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let name =
            |task: std::io::Result<std::fs::DirEntry>| std::fs::read_to_string(task.ok()?.path().join("comm")).ok();
        tasks.filter_map(name).filter(|name| name.starts_with("gone-")).count()
    };
    let mut team = Team::new(4, "gone").unwrap();
    team.each(&mut [0; 9], |_, _| sleep(Duration::from_millis(1)));
    // A thread names itself once it runs, and the system lists one for a moment after it was joined.
    let come_to = |count| {
        (0..1000).any(|_| {
            named() == count || {
                sleep(Duration::from_millis(10));
                false
            }
        })
    };
    assert!(come_to(3), "{} helpers", named());
    drop(team);
    assert!(come_to(0), "{} are left", named());
}
