//! The purse: what may be paid, decided and set aside before a call leaves.

mod decision;
mod grant;
mod money;
mod policy;
mod purse;
mod views;

pub(crate) use decision::{Decision, replay_decision};
pub(crate) use grant::{Grant, Settlement, restore_settlement};
pub(crate) use money::{Price, cost, to_python as usd};
pub(crate) use policy::whole;
pub(crate) use purse::Budget;
pub(crate) use views::{Audit, BudgetStatus, restore_audit, restore_status};
