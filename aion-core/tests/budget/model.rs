//! Any order of calls, compared with a model that is too simple to be wrong.

use aion_core::{Budget, Decision, DecisionReason, DecisionRequest, Grant, replay_decision};
use proptest::prelude::*;

use crate::clock::{DAY, HOUR, MIDNIGHT};
use crate::engine::{Bench, assert_clean, granted, micros, policy};

const CAP: i64 = 1_000;
const HOURLY: u32 = 6;

#[derive(Debug, Clone)]
enum Step {
    Decide { confidence: f64, cost: i64, key: Option<u8> },
    Dispatch(usize),
    Settle(usize, i64),
    Release(usize),
    Drop(usize),
    Pass(i64),
    SetWall(i64),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let key = prop::option::weighted(0.3, 0..4_u8);
    prop_oneof![
        6 => (0.0..=1.0_f64, 0..400_i64, key).prop_map(|(confidence, cost, key)| Step::Decide { confidence, cost, key }),
        4 => any::<usize>().prop_map(Step::Dispatch),
        4 => (any::<usize>(), 0..600_i64).prop_map(|(grant, actual)| Step::Settle(grant, actual)),
        2 => any::<usize>().prop_map(Step::Release),
        1 => any::<usize>().prop_map(Step::Drop),
        3 => (1..8 * HOUR).prop_map(Step::Pass),
        1 => prop::sample::select(vec![-2 * DAY, 2 * DAY, -HOUR, HOUR]).prop_map(Step::SetWall),
        1 => Just(Step::Reopen),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Held,
    Dispatched,
    Settled { actual: i64 },
    Released,
}

#[derive(Debug, Clone)]
struct ModelGrant {
    day: i64,
    made_at: i64,
    hold: i64,
    state: State,
}

impl ModelGrant {
    fn used(&self) -> i64 {
        match self.state {
            State::Held | State::Dispatched => self.hold,
            State::Settled { actual } => actual,
            State::Released => 0,
        }
    }
}

/// What should be, by the time that has passed and the wall clock.
struct Model {
    now: i64,
    wall: i64,
    newest_day: Option<i64>,
    grants: Vec<ModelGrant>,
    keys: Vec<(u8, f64, i64, DecisionReason)>,
}

impl Model {
    fn decide(&mut self, confidence: f64, cost: i64) -> DecisionReason {
        if confidence >= 0.62 {
            return DecisionReason::Confident;
        }
        let today = self.now.min(self.wall).div_euclid(DAY);
        let is_ahead = self.wall - self.now > 120_000;
        let day = match self.newest_day {
            Some(newest) if newest >= today => newest,
            Some(_) if is_ahead => return DecisionReason::ClockSuspect,
            _ => today,
        };
        let used: i64 = self.grants.iter().filter(|grant| grant.day == day).map(ModelGrant::used).sum();
        let hour = self
            .grants
            .iter()
            .filter(|grant| grant.state != State::Released && grant.made_at > self.now - HOUR);
        if used + cost > CAP {
            DecisionReason::DailyCap
        } else if hour.count() >= HOURLY as usize {
            DecisionReason::HourlyCap
        } else {
            self.newest_day = Some(day);
            self.grants.push(ModelGrant { day, made_at: self.now, hold: cost, state: State::Held });
            DecisionReason::Granted
        }
    }

    /// Takes a grant along an edge, if there is one.
    fn change(&mut self, grant: usize, from: State, to: State) -> bool {
        let is_legal = self.grants[grant].state == from;
        if is_legal {
            self.grants[grant].state = to;
        }
        is_legal
    }
}

/// The budget under test beside the model; handle `n` is of the model's grant `n`.
struct Pair<'a> {
    bench: &'a Bench,
    budget: Budget,
    handles: Vec<Option<Grant>>,
    model: Model,
}

impl Pair<'_> {
    fn take(&mut self, step: Step) {
        let count = self.model.grants.len();
        match step {
            Step::Decide { confidence, cost, key } => self.decide(confidence, cost, key),
            Step::Pass(ms) => {
                self.bench.clock.pass(ms);
                (self.model.now, self.model.wall) = (self.model.now + ms, self.model.wall + ms);
            }
            Step::SetWall(ms) => {
                self.bench.clock.step(ms);
                self.model.wall += ms;
            }
            Step::Reopen => self.reopen(),
            _ if count == 0 => {}
            Step::Dispatch(grant) => {
                let legal = self.model.change(grant % count, State::Held, State::Dispatched);
                self.act(grant % count, legal, |handle| handle.dispatched().is_ok());
            }
            Step::Settle(grant, actual) => {
                let legal = self.model.change(grant % count, State::Dispatched, State::Settled { actual });
                self.act(grant % count, legal, |handle| handle.settle(micros(actual)).is_ok());
            }
            Step::Release(grant) => {
                let legal = self.model.change(grant % count, State::Held, State::Released);
                self.act(grant % count, legal, |handle| handle.release().is_ok());
            }
            Step::Drop(grant) => self.drop_handle(grant % count),
        }
    }

    fn act(&mut self, grant: usize, is_legal: bool, verb: impl FnOnce(&Grant) -> bool) {
        match &self.handles[grant] {
            Some(handle) => assert_eq!(verb(handle), is_legal, "{:?}", self.model.grants[grant]),
            None => assert!(!is_legal, "a dropped handle has ended its grant"),
        }
    }

    fn drop_handle(&mut self, grant: usize) {
        if self.handles[grant].take().is_some() {
            let hold = self.model.grants[grant].hold;
            self.model.change(grant, State::Held, State::Released);
            self.model.change(grant, State::Dispatched, State::Settled { actual: hold });
        }
    }

    /// A durable ledger is opened anew, as another process would; handles of the old one stay valid.
    fn reopen(&mut self) {
        if self.bench.is_durable() {
            self.budget = self.bench.open(policy(CAP, Some(HOURLY)));
        }
    }

    fn decide(&mut self, confidence: f64, cost: i64, key: Option<u8>) {
        let mut request = DecisionRequest::new(confidence, micros(cost));
        let Some(key) = key else {
            let expected = self.model.decide(confidence, cost);
            let decision = self.budget.decide(&request).unwrap();
            return self.compare(decision, expected);
        };
        request = request.with_key(format!("key {key}"));
        let decision = self.budget.decide(&request);
        match self.model.keys.iter().find(|known| known.0 == key).copied() {
            Some((_, known_confidence, known_cost, reason))
                if (known_confidence, known_cost) == (confidence, cost) =>
            {
                assert_eq!(decision.unwrap().reason(), reason);
            }
            Some(_) => assert_eq!(decision.unwrap_err().kind(), aion_core::ErrorKind::Conflict),
            None => {
                let expected = self.model.decide(confidence, cost);
                self.model.keys.push((key, confidence, cost, expected));
                self.compare(decision.unwrap(), expected);
            }
        }
    }

    fn compare(&mut self, decision: Decision, expected: DecisionReason) {
        assert_eq!(decision.reason(), expected, "{}", decision.explanation());
        let replayed = replay_decision(&decision.record().to_json()).unwrap();
        assert_eq!((replayed.reason(), replayed.explanation()), (decision.reason(), decision.explanation()));
        assert_eq!(decision.grant().is_some(), expected == DecisionReason::Granted);
        if let Some(grant) = decision.into_grant() {
            self.handles.push(Some(grant));
        }
    }

    /// I1 and I10: the sums are the model's, in every window, and nothing but an overrun passes the cap.
    fn check(&self) {
        assert_clean(&self.budget);
        let Some(day) = self.model.newest_day else { return };
        let today = self.model.now.min(self.model.wall).div_euclid(DAY);
        if today > day && self.model.wall - self.model.now <= 120_000 {
            return;
        }
        let of_day = |grant: &&ModelGrant| grant.day == day;
        let sum = |value: fn(&ModelGrant) -> i64| -> i64 {
            self.model.grants.iter().filter(of_day).map(value).sum()
        };
        let overrun = sum(|grant| match grant.state {
            State::Settled { actual } => (actual - grant.hold).max(0),
            _ => 0,
        });
        let status = self.budget.status().unwrap();
        let used = sum(ModelGrant::used);
        assert_eq!(status.spent.micros() + status.held.micros(), used);
        assert_eq!(status.overrun.micros(), overrun);
        assert_eq!(status.remaining.micros(), (CAP - used).max(0));
        assert!(used - overrun <= CAP);
    }
}

fn run(bench: &Bench, steps: &[Step]) {
    let start = MIDNIGHT + 5 * HOUR;
    let budget = bench.open(policy(CAP, Some(HOURLY)));
    // The first grant anchors the ledger's time, before the wall clock is touched.
    granted(&budget, 0).release().unwrap();
    let newest_day = Some(start.div_euclid(DAY));
    let model = Model { now: start, wall: start, newest_day, grants: Vec::new(), keys: Vec::new() };
    let mut pair = Pair { bench, budget, handles: Vec::new(), model };
    for step in steps {
        pair.take(step.clone());
        pair.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_calls_does_what_the_model_does(steps in prop::collection::vec(step(), 1..60)) {
        for bench in Bench::all(MIDNIGHT + 5 * HOUR) {
            run(&bench, &steps);
        }
    }
}
