//! Step 8: the local answer, or a paid one where the local model is unsure and the budget allows it.

use std::sync::Arc;

use aion_core::hybrid::{HybridAnswer, HybridDriver, HybridOptions, OpenAi, OpenAiOptions};
use aion_core::knowledge::Knowledge;
use aion_core::{Audit, Budget, BudgetPolicy, BudgetStatus, Control, Price, Usd};
use aion_examples::endpoint::Endpoint;

use crate::learn::current_model;
use crate::{Folders, Result};

/// One that was learnt, and two that nobody taught.
const QUESTIONS: [&str; 3] = [
    "Que sinal tem o caminho do rio?",
    "Por que a preia-mar de amanhã vem mais tarde do que a de hoje?",
    "Como se calcula a altura da água pela regra dos doze avos?",
];
/// What the fake paid model says, whatever it is asked.
const PAID_ANSWER: &str = "A Lua também anda: enquanto a Terra dá uma volta, ela avança um pouco na sua órbita, e cada \
    lugar precisa de mais uns cinquenta minutos para voltar a ficar sob ela. Por isso a preia-mar vem todos os dias \
    cerca de cinquenta minutos mais tarde.";
/// The day's money: enough to set aside for one call, not for two.
const DAILY_USD: &str = "0.006";
/// The most tokens of a paid reply.
const MAX_TOKENS: u32 = 100;
/// Dollars for a million tokens in and out.
const PRICE: (&str, &str) = ("10", "30");

/// What was asked, answered and spent.
pub struct Turns {
    pub turns: Vec<(&'static str, HybridAnswer)>,
    pub threshold: f64,
    pub status: BudgetStatus,
    pub audit: Audit,
}

/// Asks each question through the driver; every answer is kept in the store.
pub fn answer(knowledge: Arc<Knowledge>, folders: &Folders, control: &Control) -> Result<Turns> {
    let endpoint = Endpoint::open(|_| PAID_ANSWER.to_owned())?;
    let mut paid = OpenAiOptions::default();
    (paid.base_url, paid.model) = (endpoint.base_url(), "fake-paid-model".into());
    paid.price = Some(Price::new(Usd::at_least(PRICE.0)?, Usd::at_least(PRICE.1)?));
    let mut policy = BudgetPolicy::default();
    policy.daily_usd = Usd::at_most(DAILY_USD)?;
    policy.max_tokens_per_reply = MAX_TOKENS;
    let threshold = policy.confidence_threshold;
    let budget = Budget::open(folders.state.join("budget.db"), policy)?;

    let (local, external) = (Arc::new(current_model(folders)?), Arc::new(OpenAi::new(paid)?));
    let driver = HybridDriver::new(local, budget.clone(), Some(external)).with_recorder(knowledge);
    let mut options = HybridOptions::default();
    options.generate.max_tokens = 40;
    let mut turns = Vec::new();
    for question in QUESTIONS {
        let answer = driver.answer(question, &options, None, control)?;
        println!("{question}\n   {}", answer.text);
        println!("   {}, {}, ${}: {}", answer.source, answer.reason, answer.cost_usd, answer.explanation);
        turns.push((question, answer));
    }
    let status = budget.status()?;
    println!("${} of ${} spent, ${} free", status.spent, status.daily, status.remaining);
    Ok(Turns { turns, threshold, status, audit: budget.audit()? })
}
