//! A rayon pool whose threads have an owner, and are gone when it is dropped.

use std::io;
use std::ops::Deref;
use std::thread::{Builder, JoinHandle, current};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::owner::{Owner, enter};

/// Private worker threads; a [`ThreadPool`] for everything that takes one. Dropping it waits until its threads have ended,
/// which an idle pool's do at once.
#[derive(Debug)]
pub struct WorkerPool {
    /// Absent only while the pool is dropped.
    rayon: Option<ThreadPool>,
    threads: Vec<JoinHandle<()>>,
}

impl WorkerPool {
    /// Starts `count` threads (0: one for every CPU) called `name-0`, `name-1`, …, which work for the present thread's owner.
    ///
    /// # Errors
    /// What the system says where it refuses to start them.
    pub fn new(count: usize, name: &str) -> io::Result<Self> {
        Self::with_start(count, name, || ())
    }

    /// [`new`](WorkerPool::new) with something that every thread does first.
    ///
    /// # Errors
    /// As [`new`](WorkerPool::new).
    pub fn with_start(count: usize, name: &str, start: fn()) -> io::Result<Self> {
        let owner = Owner::of_this_thread();
        let mut threads = Vec::new();
        let spawn = |thread: rayon::ThreadBuilder| {
            let owner = owner.clone();
            let named = Builder::new().name(format!("{name}-{}", thread.index()));
            threads.push(named.spawn(move || {
                enter(owner);
                start();
                thread.run();
            })?);
            Ok(())
        };
        // A pool that could not be finished tells the threads it has to end.
        let rayon =
            ThreadPoolBuilder::new().num_threads(count).spawn_handler(spawn).build().map_err(io::Error::other)?;
        Ok(Self { rayon: Some(rayon), threads })
    }
}

impl Deref for WorkerPool {
    type Target = ThreadPool;

    fn deref(&self) -> &ThreadPool {
        self.rayon.as_ref().expect("a pool that is not being dropped has its threads")
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        drop(self.rayon.take());
        let me = current().id();
        for thread in self.threads.drain(..).filter(|thread| thread.thread().id() != me) {
            // A worker of rayon's catches what its jobs throw.
            drop(thread.join());
        }
    }
}
