//! One call on a thread of its own, and the caller who waits for it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;

use super::super::external::{Billing, Call, Reply, Usage};
use super::super::failure::{Failure, FailureKind};
use super::talk::Talk;
use crate::error::catch_panic;

/// How often the caller's control is asked.
const POLL: Duration = Duration::from_millis(20);
/// Pieces of text that wait for a slow caller; then the call waits too.
const MAX_PIECES: usize = 64;
/// Threads for the resolving of names.
const MAX_HELPERS: usize = 2;

/// What the call tells its caller.
enum Event {
    Text(String),
    End(Result<Ending, Failure>),
}

/// How a reply ended, but for its text.
#[derive(Debug, Default)]
pub(super) struct Ending {
    pub(super) usage: Option<Usage>,
    /// Whether the text is whole: its last event came.
    pub(super) is_finished: bool,
    pub(super) is_cut: bool,
}

/// Where a call puts the pieces of its text.
pub(super) struct Outlet(SyncSender<Event>);

impl Outlet {
    pub(super) fn text(&self, text: String) {
        if !text.is_empty() {
            // A caller that is gone has told the call to stop.
            drop(self.0.send(Event::Text(text)));
        }
    }
}

/// Tells a call to stop when its caller waits no longer.
struct Stop(Arc<Notify>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// Asks, and waits for the reply as long as the caller's control allows.
pub(super) fn run(talk: Talk, call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (sender, events) = sync_channel(MAX_PIECES);
    let stop = Stop(Arc::default());
    let is_streamed = call.is_streamed();
    // A model that thinks in silence is billed for more than its text.
    let tells_all = is_streamed && !talk.options.max_completion_tokens;
    start(talk, sender, Arc::clone(&stop.0))?;
    let mut text = String::new();
    let outcome = wait(&events, call, &mut text);
    // A token is at least one byte.
    let received = Billing::Received((text.len() as u64).min(call.max_tokens().into()));
    let of_stopped = if tells_all { received } else { Billing::Unknown };
    match outcome {
        Waited::Ended(Ok(ending)) => {
            let usage = ending.usage.filter(|usage| usage.output_tokens > 0 || text.is_empty());
            let mut reply = Reply::new(text, usage);
            reply.is_cut = ending.is_cut;
            Ok(reply)
        }
        Waited::Ended(Err(failure)) => Err(failure),
        Waited::Enough => {
            let mut reply = Reply::new(text, None);
            reply.billing = of_stopped;
            Ok(reply)
        }
        Waited::Stopped(stop) => Err(Failure::new(FailureKind::Stopped, stop).with_billing(of_stopped)),
    }
}

/// Why the waiting is over.
enum Waited {
    Ended(Result<Ending, Failure>),
    /// The caller wants no more of the text.
    Enough,
    /// The caller's control says so.
    Stopped(String),
}

fn wait(events: &Receiver<Event>, call: &mut Call<'_>, text: &mut String) -> Waited {
    loop {
        match events.recv_timeout(POLL) {
            Ok(Event::Text(piece)) => {
                text.push_str(&piece);
                if call.give(&piece).is_break() {
                    return Waited::Enough;
                }
            }
            Ok(Event::End(ended)) => return Waited::Ended(ended),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Waited::Ended(Err(broken("its thread is gone"))),
        }
        if let Err(stop) = call.control().check() {
            return Waited::Stopped(stop.to_string());
        }
    }
}

/// Starts the call on a thread of its own, which ends when the call does or is told to.
fn start(talk: Talk, sender: SyncSender<Event>, stop: Arc<Notify>) -> Result<(), Failure> {
    let refused =
        |error| Failure::new(FailureKind::Unreachable, format!("the call can not be started: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(MAX_HELPERS)
        .thread_name("aion-paid-name")
        .build()
        .map_err(refused)?;
    let work = move || {
        let outlet = Outlet(sender);
        let talking = async {
            tokio::select! {
                biased;
                () = stop.notified() => Err(Failure::new(FailureKind::Stopped, "the caller waits no longer")),
                ended = talk.talk(&outlet) => ended,
            }
        };
        let ended = catch_panic(|| Ok(runtime.block_on(talking)));
        // A name that is being resolved must not hold the end up.
        runtime.shutdown_background();
        // A caller that is gone wants no end either.
        drop(outlet.0.send(Event::End(ended.unwrap_or_else(|error| Err(broken(error))))));
    };
    thread::Builder::new().name("aion-paid".into()).spawn(work).map_err(refused)?;
    Ok(())
}

fn broken(reason: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Failed, format!("the call broke down: {reason}"))
}
