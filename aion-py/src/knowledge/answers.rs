//! The verbs of a store that are about answers.

use aion_core::Usd;
use aion_core::knowledge as core;
use pyo3::prelude::*;

use super::interaction::StoredInteraction;
use super::store::{Knowledge, paged};
use crate::budget::cost;
use crate::control::Wishes;
use crate::dataset::interaction;
use crate::door::{enter, enter_briefly};
use crate::error::{OrRaise, invalid_argument};
use crate::json;
use crate::recipe::count;

#[pymethods]
impl Knowledge {
    /// Record an answer.
    ///
    /// Args:
    ///     interaction: A dict, a row with `keys()` or a line of JSON, as `build_sft_jsonl` takes them.
    ///     source: `'local'` or `'paid'`.
    ///     confidence: How sure the local model was, from 0 to 1.
    ///     cost_usd: What it cost; rounded up to a micro-dollar.
    ///     decision: The record of the decision between the two.
    ///
    /// Returns:
    ///     Its number.
    ///
    /// Raises:
    ///     InvalidInputError: It is no interaction.
    #[pyo3(signature = (interaction, *, source = "local", confidence = None, cost_usd = None, decision = None))]
    fn record(
        &self,
        interaction: &Bound<'_, PyAny>,
        source: &str,
        confidence: Option<f64>,
        cost_usd: Option<&Bound<'_, PyAny>>,
        decision: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<i64> {
        let py = interaction.py();
        let mut answered = core::Answered::local(self::interaction(interaction)?.or_raise(py)?);
        answered.source = match source {
            "local" => core::AnswerSource::Local,
            "paid" => core::AnswerSource::Paid,
            _ => return Err(invalid_argument("source must be 'local' or 'paid'")).or_raise(py),
        };
        answered.confidence = confidence;
        answered.cost = cost_usd.map_or(Ok(Usd::ZERO), |cost_usd| cost(cost_usd, "cost_usd"))?;
        answered.decision = decision.map(json::value).transpose().or_raise(py)?;
        enter_briefly(py, || self.core.get()?.record(&answered))
    }

    /// Note how good people found an answer.
    ///
    /// Args:
    ///     interaction_id: Its number.
    ///     rating: The rating; `None` takes it back.
    ///
    /// Raises:
    ///     NotFoundError: There is no such interaction.
    #[pyo3(signature = (interaction_id, rating))]
    fn rate(&self, py: Python<'_>, interaction_id: i64, rating: Option<f64>) -> PyResult<()> {
        enter_briefly(py, || self.core.get()?.rate(interaction_id, rating))
    }

    /// List the answers in the order of their numbers: what `build_sft_jsonl` takes.
    ///
    /// Args:
    ///     after: Only those with a higher number.
    ///     limit: Most answers; without it, all.
    #[pyo3(signature = (*, after = 0, limit = None))]
    fn interactions(
        &self,
        py: Python<'_>,
        after: i64,
        limit: Option<i64>,
    ) -> PyResult<Vec<StoredInteraction>> {
        let limit = limit.map(|limit| count("limit", limit)).transpose().or_raise(py)?;
        let found = enter(py, &Wishes::default(), |control| {
            let next = |after, most| self.core.get()?.interactions(after, most);
            paged(control, after, limit.unwrap_or(usize::MAX), next, |answer| answer.id)
        })?;
        Ok(found.into_iter().map(StoredInteraction).collect())
    }
}
