//! What the host allows: plain values, checked once.

use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::names::named;
use super::usd::Usd;
use super::window::Zone;
use crate::config::{self, Variable};
use crate::error::{Error, ErrorKind, Result};

const MAX_PATIENCE: Duration = Duration::from_secs(3_600);

/// When a paid model may be asked, and how much it may cost.
///
/// ```
/// use aion_core::{BudgetPolicy, Usd};
///
/// let mut policy = BudgetPolicy::default();
/// policy.daily_usd = Usd::at_most(5)?;
/// policy.timezone = "America/Sao_Paulo".into();
/// policy.validate()?;
/// # Ok::<(), aion_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BudgetPolicy {
    /// Whether anything may be paid at all. Default: true.
    pub enabled: bool,
    /// Most that one local day may cost; nothing means never. Default: $1.50.
    #[serde(rename = "daily_micro_usd")]
    pub daily_usd: Usd,
    /// Most paid calls in any hour; `None` for no limit. Default: 15.
    pub max_fallbacks_per_hour: Option<u32>,
    /// A local answer of at least this confidence, 0 to 1, is good enough. Default: 0.62.
    pub confidence_threshold: f64,
    /// Most tokens of a paid reply, for the host's request and its [`Price::upper_bound`]. Default: 400.
    ///
    /// [`Price::upper_bound`]: crate::Price::upper_bound
    pub max_tokens_per_reply: u32,
    /// IANA zone whose days are counted. Default: UTC.
    pub timezone: String,
    /// What is believed of the wall clock after the machine was started again. Default: the wall clock.
    pub after_reboot: AfterReboot,
    /// How far the wall clock may be from the time that has passed. Default: two minutes.
    #[serde(rename = "clock_tolerance_ms", with = "millis")]
    pub clock_tolerance: Duration,
    /// How long the call of a process that died may still be under way. Default: 15 minutes.
    #[serde(rename = "grace_ms", with = "millis")]
    pub grace: Duration,
    /// How long a call waits for a ledger that others use before it counts as unavailable, at most an hour.
    /// Default: 5 seconds.
    #[serde(rename = "patience_ms", with = "millis")]
    pub patience: Duration,
}

named! {
    /// What is believed of the wall clock after a reboot, when nothing tells how much time has passed.
    #[non_exhaustive]
    pub enum AfterReboot {
        /// The wall clock is right: machines that set it from the network before they start services.
        TrustWall = "trust_wall",
        /// No time has passed: no new window opens until [`Budget::confirm_clock`](crate::Budget::confirm_clock).
        Strict = "strict",
    }
}

impl Default for BudgetPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            daily_usd: Usd::at_most("1.50").unwrap_or_default(),
            max_fallbacks_per_hour: Some(15),
            confidence_threshold: 0.62,
            max_tokens_per_reply: 400,
            timezone: "UTC".into(),
            after_reboot: AfterReboot::TrustWall,
            clock_tolerance: Duration::from_secs(120),
            grace: Duration::from_secs(15 * 60),
            patience: Duration::from_secs(5),
        }
    }
}

/// Every name that [`BudgetPolicy::from_vars`] reads.
const VARS: &[Variable<BudgetPolicy>] = &[
    ("USE_OPENAI", |p, v| config::parse_switch(v).map(|enabled| p.enabled = enabled)),
    ("OPENAI_MAX_DAILY_USD", |p, v| {
        p.daily_usd = Usd::at_most(v).map_err(|error| error.to_string())?;
        Ok(())
    }),
    ("OPENAI_MAX_TOKENS_PER_REPLY", |p, v| config::parse(v).map(|n| p.max_tokens_per_reply = n)),
    ("AION_CONFIDENCE_THRESHOLD", |p, v| config::parse(v).map(|n| p.confidence_threshold = n)),
    ("AION_MAX_FALLBACKS_PER_HOUR", |p, v| {
        config::parse(v).map(|n: u32| p.max_fallbacks_per_hour = (n > 0).then_some(n))
    }),
    ("AION_BUDGET_TIMEZONE", |p, v| {
        p.timezone = v.into();
        Ok(())
    }),
];

impl BudgetPolicy {
    /// The defaults, changed by the variables that are known here; an empty value counts as absent. Paying is
    /// off unless `USE_OPENAI` turns it on; zero or less a day means never, and 0 an hour means no hourly limit.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that names the variable whose value can not be used.
    pub fn from_vars<K, V>(vars: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: AsRef<str>,
        V: AsRef<str>,
    {
        let mut policy = Self { enabled: false, ..Self::default() };
        config::read_vars(&mut policy, VARS, vars)?;
        policy.validate()?;
        Ok(policy)
    }

    /// The names of the variables that [`from_vars`](Self::from_vars) reads.
    pub fn variables() -> impl Iterator<Item = &'static str> {
        VARS.iter().map(|(name, _)| *name)
    }

    /// # Errors
    /// [`ErrorKind::InvalidArgument`] that names the first setting out of its range.
    pub fn validate(&self) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        if !(0.0..=1.0).contains(&self.confidence_threshold) {
            return refuse(format!(
                "confidence_threshold is {}; it must be 0 to 1",
                self.confidence_threshold
            ));
        }
        if self.max_tokens_per_reply == 0 {
            return refuse("max_tokens_per_reply is 0; it must be at least 1".into());
        }
        if self.patience > MAX_PATIENCE {
            return refuse(format!("patience is {:?}; it must be at most an hour", self.patience));
        }
        Zone::named(&self.timezone).map(drop)
    }

    /// SHA-256 of the policy, in hexadecimal: which rules a decision was made by.
    pub(crate) fn hash(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        hex(&Sha256::digest(text))
    }
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        u64::try_from(span.as_millis()).unwrap_or(u64::MAX).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string can not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_hosts_use_reach_their_fields() {
        let policy = BudgetPolicy::from_vars([
            ("USE_OPENAI", "true"),
            ("OPENAI_MAX_DAILY_USD", "2.5"),
            ("OPENAI_MAX_TOKENS_PER_REPLY", "250"),
            ("AION_CONFIDENCE_THRESHOLD", "0.7"),
            ("AION_MAX_FALLBACKS_PER_HOUR", "3"),
            ("AION_BUDGET_TIMEZONE", "Europe/Lisbon"),
            ("OPENAI_API_KEY", "not ours"),
        ])
        .unwrap();
        let expected = BudgetPolicy {
            daily_usd: Usd::at_most("2.5").unwrap(),
            max_tokens_per_reply: 250,
            confidence_threshold: 0.7,
            max_fallbacks_per_hour: Some(3),
            timezone: "Europe/Lisbon".into(),
            ..BudgetPolicy::default()
        };
        assert_eq!(policy, expected);
    }

    #[test]
    fn zero_keeps_the_meanings_that_hosts_rely_on() {
        let never = BudgetPolicy::from_vars([("OPENAI_MAX_DAILY_USD", "-1")]).unwrap();
        assert_eq!(never.daily_usd, Usd::ZERO);
        let unlimited = BudgetPolicy::from_vars([("AION_MAX_FALLBACKS_PER_HOUR", "0")]).unwrap();
        assert_eq!(unlimited.max_fallbacks_per_hour, None);
        assert!(!BudgetPolicy::from_vars([("", ""); 0]).unwrap().enabled, "paying must be asked for");
    }

    #[test]
    fn a_bad_value_is_refused_by_its_name() {
        for (name, value) in [
            ("USE_OPENAI", "maybe"),
            ("OPENAI_MAX_DAILY_USD", "NaN"),
            ("OPENAI_MAX_DAILY_USD", "inf"),
            ("OPENAI_MAX_TOKENS_PER_REPLY", "0"),
            ("AION_CONFIDENCE_THRESHOLD", "NaN"),
            ("AION_CONFIDENCE_THRESHOLD", "62"),
            ("AION_MAX_FALLBACKS_PER_HOUR", "-3"),
            ("AION_BUDGET_TIMEZONE", "Mars/Olympus"),
        ] {
            let error = BudgetPolicy::from_vars([(name, value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{name}={value}");
        }
    }

    #[test]
    fn the_documentation_names_every_variable() {
        let page = include_str!("../../../docs/configuration.md");
        for (name, _) in VARS {
            assert!(page.contains(&format!("| `{name}` |")), "docs/configuration.md lacks {name}");
        }
    }

    #[test]
    fn another_rule_has_another_hash() {
        let policy = BudgetPolicy::default();
        assert_eq!(policy.hash(), BudgetPolicy::default().hash());
        assert_ne!(policy.hash(), BudgetPolicy { enabled: false, ..policy }.hash());
    }
}
