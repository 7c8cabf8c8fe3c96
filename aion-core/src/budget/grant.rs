//! A grant in the hands of the host.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::edges::Settlement;
use super::ledger::GrantState;
use super::purse::Purse;
use super::usd::Usd;
use crate::error::{Error, ErrorKind, Result};

/// Money that is set aside for one paid call.
///
/// Tell [`dispatched`](Self::dispatched) before the bytes of the call leave and [`settle`](Self::settle) with what it
/// cost; or [`release`](Self::release) when no call is made. Dropping it does what is safe: a grant that is held is
/// released, one that was dispatched is settled in full. A process that dies leaves its grants to the others, who
/// end them the same way.
///
/// ```
/// use aion_core::{Budget, BudgetPolicy, DecisionRequest, Usd};
///
/// let budget = Budget::in_memory(BudgetPolicy::default())?;
/// let decision = budget.decide(&DecisionRequest::new(0.3, Usd::at_least("0.01")?))?;
/// if let Some(grant) = decision.grant() {
///     grant.dispatched()?;
///     // ... the paid call ...
///     grant.settle(Usd::at_least("0.0042")?)?;
/// }
/// assert_eq!(budget.status()?.spent, Usd::at_least("0.0042")?);
/// # Ok::<(), aion_core::Error>(())
/// ```
pub struct Grant {
    purse: Arc<Purse>,
    id: GrantId,
    held: Usd,
    /// Whether dropping this handle ends the grant.
    is_mine: AtomicBool,
}

impl Grant {
    /// The handle of a grant that was made just now: dropping it ends what is not ended.
    pub(crate) fn made(purse: Arc<Purse>, id: GrantId, held: Usd) -> Self {
        Self { purse, id, held, is_mine: AtomicBool::new(true) }
    }

    /// Another handle of a grant: it does only what it is told.
    pub(crate) fn found(purse: Arc<Purse>, id: GrantId, held: Usd) -> Self {
        Self { purse, id, held, is_mine: AtomicBool::new(false) }
    }

    /// The grant's name, unique in the world: another process can take it up by [`Budget::grant`].
    ///
    /// [`Budget::grant`]: crate::Budget::grant
    pub fn id(&self) -> GrantId {
        self.id
    }

    /// The most that the call may cost, which is set aside.
    pub fn held(&self) -> Usd {
        self.held
    }

    /// Where the grant is on its way, as the ledger has it.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] for the ledger; [`ErrorKind::InvalidState`] when it has forgotten the grant, which
    /// a ledger in memory does when one ends, and one in a file an hour after it was made.
    pub fn state(&self) -> Result<GrantState> {
        self.purse.grant_state(self.id.number)
    }

    /// Writes down that the call leaves now. Only after this has returned without an error may its bytes leave.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] unless the grant is held; [`ErrorKind::Unavailable`] for the ledger;
    /// [`ErrorKind::Forked`] in a child process. After any of them, make no call.
    pub fn dispatched(&self) -> Result<()> {
        self.purse.dispatch(self.id.number)
    }

    /// Captures what the call cost and gives the rest back. More than was held is captured too and told as
    /// overrun: it is the only way past the cap.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] unless the grant is dispatched; [`ErrorKind::Unavailable`] for the ledger: try
    /// again, or drop the grant, which captures the hold in full.
    pub fn settle(&self, actual: Usd) -> Result<Settlement> {
        let settlement = self.purse.settle(self.id.number, actual)?;
        self.is_mine.store(false, Ordering::Release);
        Ok(settlement)
    }

    /// Gives all of it back: no call was made and none will be.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] unless the grant is held; [`ErrorKind::Unavailable`] for the ledger.
    pub fn release(&self) -> Result<()> {
        self.purse.release(self.id.number)?;
        self.is_mine.store(false, Ordering::Release);
        Ok(())
    }

    /// Does now what dropping it would do: releases a grant that is held, settles in full one that is dispatched,
    /// and leaves alone one that has ended.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] for the ledger, [`ErrorKind::Forked`] in a child process.
    pub fn end(&self) -> Result<()> {
        self.purse.end(self.id.number)?;
        self.is_mine.store(false, Ordering::Release);
        Ok(())
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        if self.is_mine.load(Ordering::Acquire) {
            self.purse.abandon(self.id.number);
        }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").field("id", &self.id).field("held", &self.held).finish_non_exhaustive()
    }
}

/// The name of a grant: its ledger and its number there, as `0123456789abcdef-42`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GrantId {
    pub(crate) ledger: u64,
    pub(crate) number: i64,
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.ledger, self.number)
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for GrantId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let (ledger, number) = text.split_once('-')?;
            let id = Self { ledger: u64::from_str_radix(ledger, 16).ok()?, number: number.parse().ok()? };
            // One grant has one name.
            (id.number > 0 && id.to_string() == text).then_some(id)
        };
        let no_id = || Error::new(ErrorKind::InvalidArgument, format!("{text:?} is no grant's name"));
        parse().ok_or_else(no_id)
    }
}
