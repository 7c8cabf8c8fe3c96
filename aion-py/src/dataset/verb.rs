//! The verb of training sets.

use std::path::PathBuf;
use std::sync::Arc;

use aion_core::dataset::{self as core, Interaction, SftOptions};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyString};

use super::report::DatasetReport;
use super::row;
use crate::control::{CancelToken, Wishes};
use crate::door::{Asker, enter, enter_asking};
use crate::error::{OrRaise, invalid_argument};
use crate::image::{is_path, type_name};
use crate::recipe::count;

/// Write the training set of interactions: JSON lines of `{"messages": [...], "meta": {"rating", "citations"}}`.
///
/// An interaction has a `question` and an `answer`, or `messages`, with `rating` and `citations` beside them or in
/// `meta`; other fields are passed over. One that can not be used is counted and told in the report, and the rest
/// goes on. The file appears whole, in place of one that was there, or not at all.
///
/// Args:
///     interactions: The path of a file of JSON lines, a `str` too; or an iterable of dicts, of rows with `keys()`, such
///         as those of `sqlite3`, or of lines of JSON. Items are asked for one by one, on the calling thread, and no
///         more than are needed; an exception of the iterator ends the call and is raised.
///     path: Where the set is written.
///     system: The system message of conversations that have none; empty for none.
///     min_rating: Leave out answers with a lower rating, and those without one.
///     limit: Keep as many interactions, the first ones.
///     scrub_pii: Whether to replace identifiers of people by `[EMAIL]`, `[CPF]` and so on.
///     timeout: Most seconds to take. It can not interrupt the iterator.
///     cancel: A token that stops the call.
///     progress: Called as `progress("interactions", done, 0)`.
///
/// Returns:
///     What became of the interactions.
///
/// Raises:
///     InvalidArgumentError: An option is out of its range, or an item is no interaction by its type.
///     NotFoundError: There is no such file.
///     IoError: The disk can not be read or written.
///
/// Examples:
///     >>> import aion, pathlib, tempfile
///     >>> path = pathlib.Path(tempfile.mkdtemp(), "aion_sft.jsonl")
///     >>> asked = [{"question": "Quem é você?", "answer": "A AION.", "rating": 5},
///     ...          {"question": "Meu e-mail?", "answer": "ana@example.com", "rating": 4},
///     ...          {"question": "Hm?", "answer": "?", "rating": 1}]
///     >>> report = aion.build_sft_jsonl(asked, path, min_rating=4)
///     >>> report.read, report.kept, report.too_low, report.scrubbed
///     (3, 2, 1, 1)
///     >>> path.read_text(encoding="utf-8").splitlines()[1][-59:]
///     '"content":"[EMAIL]"}],"meta":{"rating":4.0,"citations":[]}}'
#[pyfunction]
#[pyo3(
    signature = (
        interactions, path, *, system = core::SYSTEM_PROMPT, min_rating = None, limit = 50_000, scrub_pii = true,
        timeout = None, cancel = None, progress = None
    ),
    text_signature = "(interactions, path, *, system=\"Você é a AION, IA autônoma da plataforma.\", \
                      min_rating=None, limit=50000, scrub_pii=True, timeout=None, cancel=None, progress=None)"
)]
#[expect(clippy::too_many_arguments, reason = "Python's keyword arguments")]
pub(crate) fn build_sft_jsonl(
    interactions: &Bound<'_, PyAny>,
    path: PathBuf,
    system: &str,
    min_rating: Option<f64>,
    limit: i64,
    scrub_pii: bool,
    timeout: Option<f64>,
    cancel: Option<Py<CancelToken>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<DatasetReport> {
    let py = interactions.py();
    let wishes = Wishes::new(py, timeout, cancel, progress)?;
    let mut options = SftOptions::default();
    options.system = system.to_owned();
    options.min_rating = min_rating;
    options.limit = count("limit", limit).or_raise(py)?;
    options.scrub_pii = scrub_pii;
    let report = match source_path(interactions)? {
        Some(source) => {
            enter(py, &wishes, |control| core::build_sft_jsonl_from_file(&source, &path, &options, control))
        }
        None => {
            let rows = Rows::new(interactions)?;
            enter_asking(py, &wishes, |control, asker| {
                core::build_sft_jsonl(rows.pull(asker), &path, &options, control)
            })
        }
    };
    report.map(DatasetReport::from)
}

fn source_path(interactions: &Bound<'_, PyAny>) -> PyResult<Option<PathBuf>> {
    let is_path = interactions.is_instance_of::<PyString>() || is_path(interactions);
    is_path.then(|| interactions.extract()).transpose()
}

/// The items of an iterable, which Python's own thread gives when they are asked for.
struct Rows(Arc<Py<PyIterator>>);

impl Rows {
    fn new(interactions: &Bound<'_, PyAny>) -> PyResult<Self> {
        let not_iterable = |_| {
            let given = type_name(interactions);
            invalid_argument(format!("interactions must be a path or an iterable of dicts, not {given}"))
        };
        let rows = interactions.try_iter().map_err(not_iterable).or_raise(interactions.py())?;
        Ok(Self(Arc::new(rows.unbind())))
    }

    fn pull(&self, asker: &Asker) -> impl Iterator<Item = aion_core::Result<Interaction>> {
        std::iter::from_fn(move || {
            let rows = Arc::clone(&self.0);
            let next = move |py: Python<'_>| {
                rows.bind(py).clone().next().map(|row| row::interaction(&row?)).transpose()
            };
            match asker.ask(next) {
                Ok(row) => row,
                Err(stopped) => Some(Err(stopped)),
            }
        })
    }
}
