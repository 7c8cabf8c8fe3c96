//! The places where writing to the disk can fail or end, so that tests can make it fail or end at each of them.

use std::io;

/// Reached before every change of the disk.
#[cfg(not(test))]
pub(crate) fn point(_name: &'static str) -> io::Result<()> {
    Ok(())
}

/// Reached before every change of the disk; asks what the test of this thread has in store.
#[cfg(test)]
pub(crate) fn point(name: &'static str) -> io::Result<()> {
    HOOK.with_borrow_mut(|hook| hook.as_mut().map_or(Ok(()), |hook| hook(name)))
}

#[cfg(test)]
type Hook = Box<dyn FnMut(&'static str) -> io::Result<()>>;

#[cfg(test)]
thread_local! {
    static HOOK: std::cell::RefCell<Option<Hook>> = const { std::cell::RefCell::new(None) };
}

/// Runs `work` on this thread with `hook` at every point.
#[cfg(test)]
pub(crate) fn with<R>(
    hook: impl FnMut(&'static str) -> io::Result<()> + 'static,
    work: impl FnOnce() -> R,
) -> R {
    HOOK.set(Some(Box::new(hook)));
    let result = work();
    HOOK.set(None);
    result
}
