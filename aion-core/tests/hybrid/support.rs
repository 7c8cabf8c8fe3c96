//! What the tests share: a local model that says what it is told to, purses, and drivers.

use std::sync::Arc;
use std::time::Duration;

use aion_core::dataset::Message;
use aion_core::generate::GenerateOptions;
use aion_core::hybrid::{
    ApiKey, HybridAnswer, HybridDriver, HybridOptions, Local, LocalAnswer, OnAnswer, OpenAi, OpenAiOptions,
};
use aion_core::{Budget, BudgetPolicy, Control, Error, ErrorKind, Price, Result, Usd};

use crate::endpoint::Endpoint;

pub(crate) const KEY: &str = "sk-test-0123456789abcdefghij";
pub(crate) const LOCAL: &str = "Não sei ao certo.";
pub(crate) const QUESTION: &str = "Qual é a capital do Brasil?";

/// A local model of one answer.
pub(crate) struct Fixed(pub(crate) f64);

impl Local for Fixed {
    fn generate(&self, _: &[Message], _: &GenerateOptions, control: &Control) -> Result<LocalAnswer> {
        control.check()?;
        Ok(LocalAnswer { text: LOCAL.into(), confidence: self.0 })
    }
}

/// A local model that has none.
pub(crate) struct Failing(pub(crate) ErrorKind);

impl Local for Failing {
    fn generate(&self, _: &[Message], _: &GenerateOptions, _: &Control) -> Result<LocalAnswer> {
        Err(Error::new(self.0, "the prompt is too long"))
    }
}

pub(crate) fn usd(dollars: &str) -> Usd {
    Usd::at_least(dollars).unwrap()
}

/// Dear enough to see in micro-dollars: 10 for a token of input, 20 for one of output.
pub(crate) fn price() -> Price {
    Price::new(usd("10"), usd("20"))
}

/// What is set aside for [`QUESTION`] after the platform's words, by hand: bytes, 16 a message, 64, and 400 out.
pub(crate) fn hold() -> Usd {
    let bytes = aion_core::dataset::SYSTEM_PROMPT.len() + QUESTION.len();
    price().cost(bytes as u64 + 2 * 16 + 64, 400).unwrap()
}

pub(crate) fn policy() -> BudgetPolicy {
    let mut policy = BudgetPolicy::default();
    (policy.daily_usd, policy.max_fallbacks_per_hour) = (usd("100"), None);
    policy
}

pub(crate) fn purse() -> Budget {
    Budget::in_memory(policy()).unwrap()
}

pub(crate) fn openai_options(endpoint: &Endpoint) -> OpenAiOptions {
    let mut options = OpenAiOptions::default();
    options.base_url = endpoint.base_url();
    options.key = Some(ApiKey::new(KEY).unwrap());
    options.model = "paid-model".into();
    options.project = Some("proj_test".into());
    options.price = Some(price());
    (options.first_byte_timeout, options.idle_timeout) = (Duration::from_secs(10), Duration::from_secs(10));
    options
}

pub(crate) fn openai(endpoint: &Endpoint) -> OpenAi {
    OpenAi::new(openai_options(endpoint)).unwrap()
}

/// An unsure local model, and a paid one at `endpoint`.
pub(crate) fn driver(endpoint: &Endpoint, budget: &Budget) -> HybridDriver {
    HybridDriver::new(Arc::new(Fixed(0.2)), budget.clone(), Some(Arc::new(openai(endpoint))))
}

/// Without retries.
pub(crate) fn once() -> HybridOptions {
    let mut options = HybridOptions::default();
    options.max_retries = 0;
    options
}

pub(crate) fn ask(driver: &HybridDriver, options: &HybridOptions) -> HybridAnswer {
    driver.answer(QUESTION, options, None, &Control::default()).unwrap()
}

/// Asks, and gives the pieces with their sources too.
pub(crate) fn listen(
    driver: &HybridDriver,
    options: &HybridOptions,
) -> (HybridAnswer, Vec<(String, String)>) {
    let mut pieces = Vec::new();
    let mut take = |source: aion_core::hybrid::AnswerSource, piece: &str| {
        pieces.push((source.to_string(), piece.to_owned()));
        std::ops::ControlFlow::Continue(())
    };
    let take: &mut OnAnswer<'_> = &mut take;
    let answer = driver.answer(QUESTION, options, Some(take), &Control::default()).unwrap();
    (answer, pieces)
}

/// Nothing is set aside any more, so much is spent, and the books agree.
pub(crate) fn assert_spent(budget: &Budget, spent: Usd, what: &str) {
    let status = budget.status().unwrap();
    assert_eq!((status.spent, status.held), (spent, Usd::ZERO), "{what}");
    assert!(budget.audit().unwrap().is_clean(), "{what}");
}

/// No part of the key is in any text of `answer` or `driver`.
pub(crate) fn assert_no_key(answer: &HybridAnswer, driver: &HybridDriver) {
    let texts = [serde_json::to_string(answer).unwrap(), format!("{answer:?}"), format!("{driver:?}")];
    for part in KEY.as_bytes().windows(8) {
        let part = std::str::from_utf8(part).unwrap();
        assert!(texts.iter().all(|text| !text.contains(part)), "{part} in {texts:?}");
    }
}
