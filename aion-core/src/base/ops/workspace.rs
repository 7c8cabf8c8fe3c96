//! Threads and spare memory of one trainer or model.

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use parking_lot::Mutex;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::memory::Memory;
use crate::error::{Error, ErrorKind, Result};

/// Memory that is kept for the next call, in buffers at most.
const MOST_SPARE: usize = 16;

/// Threads that belong to one handle, and memory that its calls share.
pub(crate) struct Workspace {
    pool: Option<rayon::ThreadPool>,
    threads: usize,
    spare: Mutex<Vec<Memory>>,
    process: u32,
}

impl Workspace {
    /// `threads` of `None` are the cores that this process may use.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a number out of 1 to 1024; [`ErrorKind::Engine`] when the system gives no
    /// threads.
    pub(crate) fn new(threads: Option<usize>) -> Result<Self> {
        let threads = threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        if !(1..=1024).contains(&threads) {
            let remedy = "it must be 1 to 1024, or absent for every core";
            return Err(Error::new(ErrorKind::InvalidArgument, format!("threads is {threads}; {remedy}")));
        }
        let pool = (threads > 1).then(|| {
            let name = |index| format!("aion-lora-{index}");
            rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build()
        });
        let pool = pool.transpose().map_err(|error| {
            let message = format!("the system gives no {threads} threads; set `threads` lower");
            Error::new(ErrorKind::Engine, message).with_source(error)
        })?;
        Ok(Self { pool, threads, spare: Mutex::default(), process: std::process::id() })
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Does `work`, in which memory that is not to be had is an error.
    ///
    /// # Errors
    /// Those of `work`; [`ErrorKind::Forked`] in a child process, which has none of the threads;
    /// [`ErrorKind::LimitExceeded`] when [`scratch`](Self::scratch) had no memory.
    pub(crate) fn run<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        self.check_process()?;
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| match payload.downcast::<NoMemory>() {
            Ok(no_memory) => Err(no_memory.0),
            Err(payload) => resume_unwind(payload),
        })
    }

    fn check_process(&self) -> Result<()> {
        if std::process::id() == self.process {
            return Ok(());
        }
        let message = "the handle was made before a fork; make a new one in the child process";
        Err(Error::new(ErrorKind::Forked, message))
    }

    /// Calls `work` with every piece of `length` numbers and its index; which thread does which is left open.
    pub(crate) fn on_chunks<T: Send>(
        &self,
        data: &mut [T],
        length: usize,
        work: impl Fn(usize, &mut [T]) + Sync,
    ) {
        match &self.pool {
            Some(pool) if data.len() > length => pool.install(|| {
                data.par_chunks_mut(length).enumerate().for_each(|(index, chunk)| work(index, chunk));
            }),
            _ => data.chunks_mut(length).enumerate().for_each(|(index, chunk)| work(index, chunk)),
        }
    }

    /// Calls `work` with every item; which thread does which is left open.
    pub(crate) fn on_each<T: Send>(&self, items: Vec<T>, work: impl Fn(T) + Sync) {
        match &self.pool {
            Some(pool) if items.len() > 1 => {
                pool.install(|| items.into_par_iter().with_max_len(1).for_each(&work));
            }
            _ => items.into_iter().for_each(work),
        }
    }

    /// Memory for `length` numbers, which are anything. Where there is none, [`run`](Self::run) ends with an error: the
    /// threads are deep in their work then, and unwinding is the one way out of all of them.
    pub(crate) fn scratch(&self, length: usize) -> Scratch<'_> {
        let mut spare = self.spare.lock();
        // The smallest that is large enough, or else the largest, which makes way for a larger one.
        let best = (0..spare.len()).min_by_key(|&index| {
            let has = spare[index].capacity();
            (has < length, if has < length { usize::MAX - has } else { has })
        });
        let mut values = best.map_or_else(Memory::default, |index| spare.swap_remove(index));
        drop(spare);
        values.fit(length).unwrap_or_else(|error| resume_unwind(Box::new(NoMemory(error))));
        Scratch { values, workspace: self }
    }

    /// Gives the spare memory back to the system.
    pub(crate) fn release(&self) {
        self.spare.lock().clear();
    }
}

impl Drop for Workspace {
    /// In a child process none of the threads exist, and to end them could wait for one of their locks for ever.
    fn drop(&mut self) {
        if let (Err(_), Some(pool)) = (self.check_process(), self.pool.take()) {
            Box::leak(Box::new(pool));
        }
    }
}

/// What [`Workspace::run`] is told by unwinding.
struct NoMemory(Error);

/// Memory of a [`Workspace`], returned to it on drop.
pub(crate) struct Scratch<'a> {
    values: Memory,
    workspace: &'a Workspace,
}

impl Deref for Scratch<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values
    }
}

impl DerefMut for Scratch<'_> {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        let mut spare = self.workspace.spare.lock();
        if spare.len() < MOST_SPARE {
            spare.push(std::mem::take(&mut self.values));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_not_to_be_had_is_an_error_on_every_thread() {
        for threads in [1, 2] {
            let workspace = Workspace::new(Some(threads)).unwrap();
            let mut rows = [0.0; 8];
            let asked = workspace.run(|| {
                workspace.on_chunks(&mut rows, 1, |_, _| drop(workspace.scratch(usize::MAX / 8)));
                Ok(())
            });
            assert_eq!(asked.unwrap_err().kind(), ErrorKind::LimitExceeded);
            assert_eq!(workspace.run(|| Ok(workspace.scratch(3).len())).unwrap(), 3, "it goes on");
        }
    }
}
