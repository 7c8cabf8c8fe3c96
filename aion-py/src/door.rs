//! The one door for long work. Every call that can take long goes through [`enter`], so that the interpreter
//! is free meanwhile, Ctrl-C works, and no panic reaches the host.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use aion_core::{CancelToken, Control, Error, ErrorKind, Progress, Result, catch_panic};
use pyo3::prelude::*;

use crate::control::Wishes;
use crate::error::OrRaise;

/// How often the thread that waits looks for signals and for the caller's cancel token.
const SLICE: Duration = Duration::from_millis(20);
/// What a main thread has: the work may call native code that is written for those.
const STACK_BYTES: usize = 8 << 20;

/// What the worker tells the thread that waits for it.
enum Event {
    Progress(Progress),
    Question(Question),
    Done,
}

/// Something that only Python can tell; an exception is raised as one of the call itself.
type Question = Box<dyn FnOnce(Python<'_>) -> PyResult<Answer> + Send>;
/// Hands what Python told over to the work that waits for it.
type Answer = Box<dyn FnOnce()>;

/// The caller's Python, for work that has to ask it something, such as for the next item of an iterator.
#[derive(Clone)]
pub(crate) struct Asker(Sender<Event>);

impl Asker {
    /// Has the calling thread answer `question` with the interpreter held, and waits for it.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] when the call is over because of an exception, which the caller then gets instead.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(Python<'_>) -> PyResult<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = sync_channel(1);
        let question = move |py: Python<'_>| {
            let told = question(py)?;
            // The work waits for it, so there is somebody who takes it.
            Ok(Box::new(move || drop(reply.send(told))) as Answer)
        };
        // A question that nobody answers is dropped, and the channel of its answer with it.
        drop(self.0.send(Event::Question(Box::new(question))));
        answer.recv().map_err(|_| Error::new(ErrorKind::Cancelled, "an exception stopped the call"))
    }
}

/// Runs `work` on a thread of its own with the interpreter released, while the calling thread runs signal
/// handlers and the caller's `progress`. An exception of either stops the work; it is raised once the work
/// has ended, so nothing that `work` borrows is used after this returns.
///
/// `progress` runs here, on the caller's own thread, and never on a worker's: no thread of ours ever waits
/// for the interpreter.
pub(crate) fn enter<R: Send>(
    py: Python<'_>,
    wishes: &Wishes,
    work: impl FnOnce(&Control) -> Result<R> + Send,
) -> PyResult<R> {
    enter_asking(py, wishes, |control, _| work(control))
}

/// As [`enter`], for work that has questions to the caller's Python. They too are answered on the calling thread.
pub(crate) fn enter_asking<R: Send>(
    py: Python<'_>,
    wishes: &Wishes,
    work: impl FnOnce(&Control, &Asker) -> Result<R> + Send,
) -> PyResult<R> {
    let (sender, events) = channel();
    let cancel = CancelToken::new();
    let control = control(wishes, cancel.clone(), &sender);
    let waiter = Waiter { wishes, cancel };
    let (outcome, raised) = py.detach(move || {
        waiter.pass_on_cancel();
        thread::scope(|scope| {
            let worker = move || {
                let asker = Asker(sender);
                let outcome = catch_panic(|| work(&control, &asker));
                // Nobody listens any more only if the waiting thread is gone, and the scope forbids that.
                let _ = asker.0.send(Event::Done);
                outcome
            };
            match thread::Builder::new()
                .name("aion-call".into())
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, worker)
            {
                Ok(worker) => {
                    let raised = waiter.wait(&events);
                    (worker.join().unwrap_or_else(|_| Err(gone())), raised)
                }
                Err(source) => (Err(no_thread(source)), None),
            }
        })
    });
    match raised {
        Some(exception) => Err(exception),
        None => outcome.or_raise(py),
    }
}

/// Runs work that can not be stopped on the calling thread, with the interpreter released.
pub(crate) fn enter_briefly<R: Send>(py: Python<'_>, work: impl FnOnce() -> Result<R> + Send) -> PyResult<R> {
    py.detach(|| catch_panic(work)).or_raise(py)
}

/// A value whose end may take long, such as one that writes to a disk: it is dropped with the interpreter released.
pub(crate) struct Detached<T: Send>(Option<T>);

impl<T: Send> Detached<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Some(value))
    }

    pub(crate) fn get(&self) -> Result<&T> {
        self.0.as_ref().ok_or_else(|| Error::new(ErrorKind::Internal, "the object is being deleted"))
    }
}

impl<T: Send> Drop for Detached<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        let end = || {
            catch_panic(|| {
                drop(value);
                Ok(())
            })
        };
        // Once the interpreter is gone there is nothing to release; a panic has told of itself.
        let _ = Python::try_attach(|py| py.detach(end));
    }
}

/// A panic forced through the door: the tests of the release build hold it to its promise.
#[pyfunction]
#[pyo3(name = "_test_panic")]
#[expect(clippy::panic, reason = "it is what this function is for")]
pub(crate) fn test_panic(py: Python<'_>) -> PyResult<()> {
    enter(py, &Wishes::default(), |_| panic!("forced by a test"))
}

/// The core's control for one call. It has a token of its own: an exception stops this call and no other
/// that shares the caller's token.
fn control(wishes: &Wishes, cancel: CancelToken, sender: &Sender<Event>) -> Control {
    let mut control = Control::default().with_cancel(cancel);
    if let Some(timeout) = wishes.timeout {
        control = control.with_timeout(timeout);
    }
    if wishes.progress.is_some() {
        let sender = sender.clone();
        control = control.with_progress(move |progress| {
            // A straggler of a call that has ended has nobody to tell.
            let _ = sender.send(Event::Progress(progress));
        });
    }
    control
}

/// The calling thread's side of a call.
struct Waiter<'a> {
    wishes: &'a Wishes,
    cancel: CancelToken,
}

impl Waiter<'_> {
    /// Waits for the end of the work and gives the first exception that came up meanwhile.
    fn wait(&self, events: &Receiver<Event>) -> Option<PyErr> {
        let mut raised = None;
        loop {
            let event = match events.recv_timeout(SLICE) {
                Ok(Event::Done) | Err(RecvTimeoutError::Disconnected) => return raised,
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
            };
            self.pass_on_cancel();
            if raised.is_none() {
                raised = self.attend(event);
            }
        }
    }

    /// The work goes on only after it knows of what happened meanwhile: what is asked may be the last question before
    /// something that can not be taken back.
    fn answer(&self, py: Python<'_>, question: Question) -> PyResult<()> {
        let answer = question(py)?;
        py.check_signals()?;
        self.pass_on_cancel();
        answer();
        Ok(())
    }

    fn pass_on_cancel(&self) {
        if self.wishes.cancel.as_ref().is_some_and(CancelToken::is_cancelled) {
            self.cancel.cancel();
        }
    }

    /// Tells `progress`, answers a question and runs the handlers of signals that came in; an exception cancels the
    /// call.
    fn attend(&self, event: Option<Event>) -> Option<PyErr> {
        let told = Python::try_attach(|py| {
            match (event, &self.wishes.progress) {
                (Some(Event::Progress(Progress { stage, done, total, .. })), Some(progress)) => {
                    progress.call1(py, (stage, done, total))?;
                }
                (Some(Event::Question(question)), _) => self.answer(py, question)?,
                _ => {}
            }
            py.check_signals()
        });
        match told {
            Some(Ok(())) => None,
            Some(Err(exception)) => {
                self.cancel.cancel();
                Some(exception)
            }
            // The interpreter is shutting down: the work is for nobody.
            None => {
                self.cancel.cancel();
                None
            }
        }
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "the thread of this call ended without an answer")
}

fn no_thread(source: std::io::Error) -> Error {
    let message = "no thread could be started for this call; the process may be at its limit";
    Error::new(ErrorKind::Engine, message).with_source(source)
}
