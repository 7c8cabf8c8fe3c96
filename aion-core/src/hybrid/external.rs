//! What a paid model must be able to do, whoever sells it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::{Failure, FailureKind};
use crate::budget::{Grant, Price, Usd};
use crate::control::Control;
use crate::dataset::Message;
use crate::error::Result;
use crate::generate::OnText;

/// Tokens that a chat format may add to a message: its role, its borders.
const TOKENS_PER_MESSAGE: u64 = 16;
/// Tokens that it may add once, such as the preamble of a template.
const TOKENS_PER_CALL: u64 = 64;

/// A paid model, or one that is reached like a paid model.
///
/// One call of [`complete`](Self::complete) is one attempt: it must not try again by itself, since each attempt needs
/// money of its own.
pub trait External: Send + Sync {
    /// What it is called in answers, such as the name of the model. No secret.
    fn name(&self) -> &str;

    /// What it charges. `None` if nobody knows, and then it is never called.
    fn price(&self) -> Option<Price>;

    /// Asks once. Nothing may be sent before [`Call::depart`] has succeeded.
    ///
    /// # Errors
    /// A [`Failure`] that says what the call may have cost all the same.
    fn complete(&self, call: &mut Call<'_>) -> Result<Reply, Failure>;
}

/// One attempt: what is asked, and what the caller wants meanwhile.
pub struct Call<'a> {
    messages: &'a [Message],
    max_tokens: u32,
    control: &'a Control,
    departure: Departure,
    on_text: Option<&'a mut OnText<'a>>,
    has_given: bool,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        messages: &'a [Message],
        max_tokens: u32,
        control: &'a Control,
        departure: Departure,
        on_text: Option<&'a mut OnText<'a>>,
    ) -> Self {
        Self { messages, max_tokens, control, departure, on_text, has_given: false }
    }

    /// The conversation, which ends with what is to be answered.
    pub fn messages(&self) -> &'a [Message] {
        self.messages
    }

    /// The most tokens of the reply. The provider must be told: the money that is set aside reaches for no more.
    pub fn max_tokens(&self) -> u32 {
        self.max_tokens
    }

    /// What stops the call. It is to be asked at least every 100 ms.
    pub fn control(&self) -> &'a Control {
        self.control
    }

    /// Whether the caller wants the reply piece by piece.
    pub fn is_streamed(&self) -> bool {
        self.on_text.is_some()
    }

    /// Writes down that the call leaves now. To be called once, when all that can be prepared is prepared and before its
    /// first byte is sent: until then, a failure costs nothing.
    ///
    /// # Errors
    /// [`FailureKind::NotDispatched`] when it can not be written down; then nothing may be sent.
    pub fn depart(&self) -> Result<(), Failure> {
        self.departure.depart()
    }

    /// What [`depart`](Self::depart) does, for the thread of a client.
    pub(super) fn departure(&self) -> Departure {
        self.departure.clone()
    }

    /// Gives a piece of the reply to the caller. [`ControlFlow::Break`] when it wants no more.
    pub fn give(&mut self, piece: &str) -> ControlFlow<()> {
        match &mut self.on_text {
            Some(on_text) if !piece.is_empty() => {
                self.has_given = true;
                on_text(piece)
            }
            _ => ControlFlow::Continue(()),
        }
    }

    /// Whether the caller got a piece.
    pub(super) fn has_given(&self) -> bool {
        self.has_given
    }
}

/// The moment at which a call leaves, written down in the ledger.
#[derive(Debug, Clone)]
pub(super) struct Departure {
    grant: Arc<Grant>,
    has_left: Arc<AtomicBool>,
}

impl Departure {
    pub(super) fn of(grant: Arc<Grant>) -> Self {
        Self { grant, has_left: Arc::default() }
    }

    /// As [`Call::depart`].
    pub(super) fn depart(&self) -> Result<(), Failure> {
        self.grant.dispatched().map_err(|error| {
            let message = format!("nothing was sent, because the ledger could not be written: {error}");
            Failure::new(FailureKind::NotDispatched, message)
        })?;
        self.has_left.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether the call may have left.
    pub(super) fn has_left(&self) -> bool {
        self.has_left.load(Ordering::Acquire)
    }
}

/// What a paid model replied.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reply {
    /// The text.
    pub text: String,
    /// What the call is billed.
    pub billing: Billing,
    /// Whether the provider ended the text because of its length.
    pub is_cut: bool,
}

impl Reply {
    /// A whole reply, billed for `usage`; without that, for all that was set aside.
    pub fn new(text: impl Into<String>, usage: Option<Usage>) -> Self {
        let billing = usage.map_or(Billing::Unknown, Billing::Usage);
        Self { text: text.into(), billing, is_cut: false }
    }
}

/// The tokens that a provider says it counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the conversation.
    pub input_tokens: u64,
    /// Tokens of the reply.
    pub output_tokens: u64,
}

/// What is known of the bill of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Billing {
    /// The provider took nothing in, so it bills nothing.
    Nothing,
    /// It says what it counted.
    Usage(Usage),
    /// The caller ended the call after at most so many tokens of the reply; the conversation is billed besides.
    Received(u64),
    /// Nobody knows; the money that was set aside counts as spent.
    Unknown,
}

/// More tokens than a conversation can have: a token is at least one byte, and a chat format adds some.
pub(super) fn most_input_tokens(messages: &[Message]) -> u64 {
    let of = |message: &Message| message.content.len() as u64 + TOKENS_PER_MESSAGE;
    messages.iter().map(of).sum::<u64>() + TOKENS_PER_CALL
}

/// What is taken from the day's money for a call of this billing; `None` for all that was set aside.
pub(super) fn bill(billing: Billing, price: Price, input: u64, held: Usd) -> Option<Usd> {
    match billing {
        Billing::Nothing => Some(Usd::ZERO),
        Billing::Usage(usage) => price.cost(usage.input_tokens, usage.output_tokens).ok(),
        Billing::Received(output) => price.cost(input, output).ok().map(|cost| cost.min(held)),
        Billing::Unknown => None,
    }
}
