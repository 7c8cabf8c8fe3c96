//! Cancel, timeout and progress of a call.

use std::ffi::{c_char, c_void};
use std::time::Duration;

use aion_core::{CancelToken, Control, Progress};
use parking_lot::Mutex;

use crate::panic::{guard_drop, guard_or};
use crate::text::AionText;

/// A timeout that never passes.
pub const AION_NO_TIMEOUT: u64 = u64::MAX;

/// Told how far a call has come: `done` of `total` items of `stage`, a text such as "pages" that lives until
/// this returns. `total` is 0 while it is unknown. It may run on any thread, on several at once, but never
/// after the call that was given it returned, and for a crawl never after aion_crawl_free returned. It must not block,
/// throw or jump.
pub type AionProgress = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        stage: *const c_char,
        stage_length: usize,
        done: usize,
        total: usize,
    ),
>;

/// Cancel, timeout and progress, for one call or for several at once. Freed by aion_control_free once they
/// have returned; a crawl that was begun with it may go on.
#[derive(Default)]
pub struct AionControl {
    token: CancelToken,
    settings: Mutex<Settings>,
}

#[derive(Default, Clone, Copy)]
struct Settings {
    timeout: Option<Duration>,
    progress: Option<Sink>,
}

/// The function of the host that is told about progress, and what it wants to be told with.
#[derive(Clone, Copy)]
struct Sink {
    callback: unsafe extern "C" fn(*mut c_void, *const c_char, usize, usize, usize),
    user: *mut c_void,
}

// SAFETY: the header asks for a function that may run on any thread, together with what `user` points to.
unsafe impl Send for Sink {}
// SAFETY: as for `Send`; the header says too that it may run on several threads at once.
unsafe impl Sync for Sink {}

impl Sink {
    fn tell(&self, progress: Progress) {
        let stage = AionText::from(progress.stage);
        let (text, length) = stage.parts();
        // SAFETY: the host gave this function and this `user` for exactly this.
        unsafe { (self.callback)(self.user, text, length, progress.done, progress.total) };
    }
}

/// What the core is given for a call that begins now: the timeout starts to count here.
pub(crate) fn begin(control: Option<&AionControl>) -> Control {
    let Some(control) = control else { return Control::default() };
    let settings = *control.settings.lock();
    let mut begun = Control::default().with_cancel(control.token.clone());
    if let Some(timeout) = settings.timeout {
        begun = begun.with_timeout(timeout);
    }
    match settings.progress {
        Some(sink) => begun.with_progress(move |progress| sink.tell(progress)),
        None => begun,
    }
}

/// A control that stops nothing and tells nobody.
#[unsafe(no_mangle)]
pub extern "C" fn aion_control_new() -> Option<Box<AionControl>> {
    guard_or(None, || Some(Some(Box::default())))
}

/// Asks every call that was given this control to stop, now and later: a control stays cancelled. Any thread
/// may do it at any time. A call that stops returns AION_ERROR_CANCELLED, usually within some ten
/// milliseconds, and its engine stays usable.
#[unsafe(no_mangle)]
pub extern "C" fn aion_control_cancel(control: Option<&AionControl>) {
    guard_or((), || {
        control?.token.cancel();
        Some(())
    });
}

/// Sets how long each call may take, counted from its beginning; AION_NO_TIMEOUT, the default, for ever. A
/// call that takes longer returns AION_ERROR_DEADLINE_EXCEEDED. Calls that already run keep their own.
#[unsafe(no_mangle)]
pub extern "C" fn aion_control_set_timeout_ms(control: Option<&AionControl>, milliseconds: u64) {
    let timeout = (milliseconds != AION_NO_TIMEOUT).then(|| Duration::from_millis(milliseconds));
    guard_or((), || {
        control?.settings.lock().timeout = timeout;
        Some(())
    });
}

/// Sets the function that is told about progress, with `user` as its first argument; NULL for none. Both
/// must stay usable until the calls that begin from now on have returned, and the crawls have been freed.
#[unsafe(no_mangle)]
pub extern "C" fn aion_control_set_progress(
    control: Option<&AionControl>,
    callback: AionProgress,
    user: *mut c_void,
) {
    guard_or((), || {
        control?.settings.lock().progress = callback.map(|callback| Sink { callback, user });
        Some(())
    });
}

/// Frees a control. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_control_free(control: Option<Box<AionControl>>) {
    guard_drop(control);
}
