//! What a budget allows.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::time::Duration;

use aion_core::{AfterReboot, BudgetPolicy, Result, Usd};

use crate::error::AionError;
use crate::handle::{invalid, required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text;

/// No limit of paid calls an hour.
pub const AION_NO_HOURLY_LIMIT: u32 = u32::MAX;

/// When a paid model may be asked, and how much it may cost. One thread at a time may change it. Freed by
/// aion_budget_policy_free.
pub struct AionBudgetPolicy(BudgetPolicy);

impl AionBudgetPolicy {
    pub(crate) fn core(&self) -> &BudgetPolicy {
        &self.0
    }
}

/// The default policy. It can be changed until a budget is opened with it, which checks it.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_new() -> Option<Box<AionBudgetPolicy>> {
    guard_or(None, || Some(Some(Box::new(AionBudgetPolicy(BudgetPolicy::default())))))
}

/// The default policy, changed by the variables of this process: USE_OPENAI, OPENAI_MAX_DAILY_USD,
/// OPENAI_MAX_TOKENS_PER_REPLY, AION_CONFIDENCE_THRESHOLD, AION_MAX_FALLBACKS_PER_HOUR and AION_BUDGET_TIMEZONE. No
/// other variable is read, and none by any other function of a budget. An empty value counts as absent. Paying is off
/// unless USE_OPENAI turns it on; zero or less dollars a day mean never, and 0 an hour means no limit an hour. No
/// other thread may change the environment meanwhile.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT, naming the variable whose value can not be used.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_from_env(
    out: Option<&mut MaybeUninit<Option<Box<AionBudgetPolicy>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        let policy = BudgetPolicy::from_vars(BudgetPolicy::variables().filter_map(variable))?;
        *out = Some(Box::new(AionBudgetPolicy(policy)));
        Ok(())
    })
}

/// A variable of this process. A value that is not UTF-8 comes with replacement characters, to be refused.
#[expect(clippy::disallowed_methods, reason = "the border reads the environment when the host asks it to")]
pub(crate) fn variable(name: &'static str) -> Option<(&'static str, String)> {
    std::env::var_os(name).map(|value| (name, value.to_string_lossy().into_owned()))
}

/// Sets whether anything may be paid at all. The default is true.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_set_enabled(
    policy: Option<&mut AionBudgetPolicy>,
    enabled: bool,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(policy, |policy| policy.enabled = enabled))
}

/// Sets the most that one local day may cost, in micro-US-dollars; 0 means never. The default is 1500000, $1.50.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT below zero and above a billion dollars.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_set_daily_micro_usd(
    policy: Option<&mut AionBudgetPolicy>,
    micro_usd: i64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let daily = Usd::from_micros(micro_usd)?;
        set(policy, |policy| policy.daily_usd = daily)
    })
}

/// Sets the most paid calls in any hour: 0 means never, AION_NO_HOURLY_LIMIT no limit. The default is 15.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_set_max_fallbacks_per_hour(
    policy: Option<&mut AionBudgetPolicy>,
    calls: u32,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    let limit = (calls != AION_NO_HOURLY_LIMIT).then_some(calls);
    guard(error, || set(policy, |policy| policy.max_fallbacks_per_hour = limit))
}

/// Sets the confidence, 0 to 1, from which a local answer is good enough. The default is 0.62.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_set_confidence_threshold(
    policy: Option<&mut AionBudgetPolicy>,
    threshold: f64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(policy, |policy| policy.confidence_threshold = threshold))
}

/// Sets the most tokens of a paid reply, at least 1. The default is 400. The host puts it into its request and into
/// the cost that it asks for; see aion_budget_max_tokens_per_reply.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_set_max_tokens_per_reply(
    policy: Option<&mut AionBudgetPolicy>,
    tokens: u32,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(policy, |policy| policy.max_tokens_per_reply = tokens))
}

/// Sets the IANA zone whose days are counted, such as "America/Sao_Paulo". Empty for the default, which is UTC.
///
/// # Safety
/// `zone` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_budget_policy_set_timezone(
    policy: Option<&mut AionBudgetPolicy>,
    zone: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let zone = match unsafe { text::input(zone, length, "zone") }? {
            "" => BudgetPolicy::default().timezone,
            zone => zone.to_owned(),
        };
        set(policy, |policy| policy.timezone = zone)
    })
}

/// Sets what is believed of the wall clock after the machine was started again: "trust_wall", that it is right, or
/// "strict", that no time has passed until aion_budget_confirm_clock. Empty for the default, which is "trust_wall".
///
/// # Safety
/// `belief` must point to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_budget_policy_set_after_reboot(
    policy: Option<&mut AionBudgetPolicy>,
    belief: *const c_char,
    length: usize,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        // SAFETY: the caller vouches for the bytes.
        let after_reboot = match unsafe { text::input(belief, length, "belief") }? {
            "" => BudgetPolicy::default().after_reboot,
            name => {
                let known = AfterReboot::ALL.iter().copied().find(|belief| belief.name() == name);
                known.ok_or_else(|| invalid(format!("{name:?} is neither \"trust_wall\" nor \"strict\"")))?
            }
        };
        set(policy, |policy| policy.after_reboot = after_reboot)
    })
}

/// Sets how far the wall clock may be from the time that has passed. The default is two minutes.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_set_clock_tolerance_ms(
    policy: Option<&mut AionBudgetPolicy>,
    milliseconds: u64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(policy, |policy| policy.clock_tolerance = Duration::from_millis(milliseconds)))
}

/// Sets how long the call of a process that died may still be under way. The default is 15 minutes.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_set_grace_ms(
    policy: Option<&mut AionBudgetPolicy>,
    milliseconds: u64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(policy, |policy| policy.grace = Duration::from_millis(milliseconds)))
}

/// Sets how long a call waits for a ledger that others use before it counts as unavailable. The default is 5 seconds.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_set_patience_ms(
    policy: Option<&mut AionBudgetPolicy>,
    milliseconds: u64,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || set(policy, |policy| policy.patience = Duration::from_millis(milliseconds)))
}

/// Frees a policy. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_budget_policy_free(policy: Option<Box<AionBudgetPolicy>>) {
    guard_drop(policy);
}

fn set(policy: Option<&mut AionBudgetPolicy>, change: impl FnOnce(&mut BudgetPolicy)) -> Result<()> {
    change(&mut required(policy, "policy")?.0);
    Ok(())
}
