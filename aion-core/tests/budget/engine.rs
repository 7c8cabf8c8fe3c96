//! The engines under test: each suite runs on all of them.

use std::sync::Arc;

use aion_core::{Budget, BudgetPolicy, Decision, DecisionReason, DecisionRequest, Grant, Usd};

use crate::clock::TestClock;

/// A ledger under test. An engine that outlives its handle can be opened again.
pub(crate) struct Bench {
    pub(crate) clock: Arc<TestClock>,
    file: Option<tempfile::TempDir>,
}

impl Bench {
    /// One bench for every engine of this build.
    pub(crate) fn all(start: i64) -> Vec<Self> {
        let memory = Self { clock: Arc::new(TestClock::starting_at(start)), file: None };
        #[cfg(feature = "sqlite")]
        let sqlite =
            Self { clock: Arc::new(TestClock::starting_at(start)), file: Some(tempfile::tempdir().unwrap()) };
        vec![
            memory,
            #[cfg(feature = "sqlite")]
            sqlite,
        ]
    }

    pub(crate) fn is_durable(&self) -> bool {
        self.file.is_some()
    }

    pub(crate) fn open(&self, policy: BudgetPolicy) -> Budget {
        #[cfg(feature = "sqlite")]
        if let Some(file) = &self.file {
            return Budget::open_with_clock(file.path().join("ledger.db"), policy, self.clock.clone())
                .unwrap();
        }
        Budget::in_memory_with_clock(policy, self.clock.clone()).unwrap()
    }
}

/// The default policy with a cap in micro-dollars and a limit an hour.
pub(crate) fn policy(cap: i64, hourly: Option<u32>) -> BudgetPolicy {
    let mut policy = BudgetPolicy::default();
    policy.daily_usd = micros(cap);
    policy.max_fallbacks_per_hour = hourly;
    policy
}

pub(crate) fn micros(micros: i64) -> Usd {
    Usd::from_micros(micros).unwrap()
}

pub(crate) fn ask(budget: &Budget, cost: i64) -> Decision {
    budget.decide(&DecisionRequest::new(0.1, micros(cost))).unwrap()
}

pub(crate) fn granted(budget: &Budget, cost: i64) -> Grant {
    let decision = ask(budget, cost);
    assert_eq!(decision.reason(), DecisionReason::Granted, "{}", decision.explanation());
    decision.into_grant().unwrap()
}

/// The books add up and tell what they should.
pub(crate) fn assert_clean(budget: &Budget) {
    let audit = budget.audit().unwrap();
    assert!(audit.is_clean(), "{:?}", audit.problems);
}
