//! From interactions to a training set.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::SYSTEM_PROMPT;
use super::lines::{Interactions, is_of_one_line};
use super::seen::Seen;
use crate::control::Control;
use crate::durable::{AtomicFile, cannot_write};
use crate::error::{Error, ErrorKind, Result};
use crate::interaction::{Interaction, Message, Role};
use crate::policy::scrub_pii;

/// As many damaged lines are told one by one.
const MAX_TOLD: usize = 100;
/// The control is asked, and progress told, once in so many interactions.
const CHECK_EVERY: usize = 64;

/// How a set is built.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SftOptions {
    /// What the platform says first, in conversations that have no system message; empty for nothing.
    /// [`SYSTEM_PROMPT`] by default.
    pub system: String,
    /// Answers with a lower rating, or with none, are left out; `None` keeps all.
    pub min_rating: Option<f64>,
    /// As many interactions are kept, the first ones. 50,000 by default.
    pub limit: usize,
    /// Whether identifiers of people are replaced, see [`scrub_pii`]. They are by default.
    pub scrub_pii: bool,
}

impl Default for SftOptions {
    fn default() -> Self {
        Self { system: SYSTEM_PROMPT.into(), min_rating: None, limit: 50_000, scrub_pii: true }
    }
}

/// What became of the interactions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DatasetReport {
    /// How many were read, damaged ones included.
    pub read: usize,
    /// How many are in the set.
    pub kept: usize,
    /// How many had too low a rating, or none where one was asked for.
    pub too_low: usize,
    /// How many said what an earlier one says.
    pub duplicates: usize,
    /// How many of those in the set had identifiers of people in them, which were replaced.
    pub scrubbed: usize,
    /// How many could not be used.
    pub damaged: usize,
    /// The first hundred of them.
    pub damaged_lines: Vec<DamagedLine>,
    /// Whether the set is full, so that the rest was not read.
    pub is_cut: bool,
}

/// An interaction that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedLine {
    /// Its line in the file, or its place among the interactions, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Writes the training set of `interactions` to `path`: one JSON object a line, without those that are rated too low
/// and without duplicates. Duplicates are told by a hash of their words, whatever their case, spacing or Unicode
/// composition, after scrubbing; the first one stays. The file appears whole, in place of one that was there. Memory
/// is 16 bytes for each interaction kept.
///
/// What a source could not read comes in as an error: [`ErrorKind::InvalidInput`] and [`ErrorKind::LimitExceeded`] are
/// counted as damaged, any other ends the work.
///
/// ```
/// use aion_core::Control;
/// use aion_core::dataset::{Interaction, SftOptions, build_sft_jsonl};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("aion_sft.jsonl");
/// let asked = [
///     Interaction::new("Quem é você?", "A AION."),
///     Interaction::new("quem é  você?", "a AION."),
///     Interaction::new("Meu CPF?", "É 390.533.447-05."),
/// ];
/// let report = build_sft_jsonl(asked.map(Ok), &path, &SftOptions::default(), &Control::default())?;
/// assert_eq!((report.read, report.kept, report.duplicates, report.scrubbed), (3, 2, 1, 1));
/// assert!(std::fs::read_to_string(path)?.contains("É [CPF]."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] for options out of their range, [`ErrorKind::Io`] for the disk, those of `control` and
/// of the source. A file that was there stays as it was then.
pub fn build_sft_jsonl(
    interactions: impl IntoIterator<Item = Result<Interaction>>,
    path: impl AsRef<Path>,
    options: &SftOptions,
    control: &Control,
) -> Result<DatasetReport> {
    let checked = |read: Result<Interaction>| read.and_then(|asked| asked.check().map(|()| asked));
    let rows = interactions.into_iter().zip(1..).map(|(read, place)| (place, checked(read)));
    build(rows, path.as_ref(), options, control)
}

/// As [`build_sft_jsonl`], of a file of JSON lines in the shapes of [`Interaction::from_json`]. Damaged lines are
/// counted and told in the report.
///
/// # Errors
/// As [`build_sft_jsonl`]; [`ErrorKind::NotFound`] if there is no `source`.
pub fn build_sft_jsonl_from_file(
    source: impl AsRef<Path>,
    path: impl AsRef<Path>,
    options: &SftOptions,
    control: &Control,
) -> Result<DatasetReport> {
    let mut interactions = Interactions::open(source)?;
    let rows = std::iter::from_fn(|| {
        let read = interactions.next()?;
        Some((interactions.line(), read))
    });
    build(rows, path.as_ref(), options, control)
}

fn build(
    rows: impl Iterator<Item = (usize, Result<Interaction>)>,
    path: &Path,
    options: &SftOptions,
    control: &Control,
) -> Result<DatasetReport> {
    options.check()?;
    let mut file = AtomicFile::create(path)?;
    let (mut report, mut seen) = (DatasetReport::default(), Seen::default());
    for (line, row) in rows {
        if report.kept == options.limit {
            report.is_cut = true;
            break;
        }
        if report.read.is_multiple_of(CHECK_EVERY) {
            control.check()?;
            control.report("interactions", report.read, 0);
        }
        report.read += 1;
        match row {
            Ok(interaction) => {
                if let Some(chosen) = options.choose(interaction, &mut seen, &mut report) {
                    writeln!(file, "{}", chosen.to_json()).map_err(|error| cannot_write(path, error))?;
                }
            }
            Err(error) if is_of_one_line(&error) => report.note(line, &error),
            Err(error) => return Err(error),
        }
    }
    control.check()?;
    file.commit()?;
    Ok(report)
}

impl SftOptions {
    fn check(&self) -> Result<()> {
        let wrong = |reason: &str| Err(Error::new(ErrorKind::InvalidArgument, reason));
        if self.limit == 0 {
            return wrong("limit is 0, so nothing would be kept; give 1 or more");
        }
        if self.min_rating.is_some_and(f64::is_nan) {
            return wrong("min_rating is no number");
        }
        Ok(())
    }

    /// The interaction as it goes into the set, or nothing; counted either way.
    fn choose(
        &self,
        mut asked: Interaction,
        seen: &mut Seen,
        report: &mut DatasetReport,
    ) -> Option<Interaction> {
        if self.min_rating.is_some_and(|least| asked.rating.is_none_or(|rating| rating < least)) {
            report.too_low += 1;
            return None;
        }
        let is_scrubbed = self.scrub_pii && scrub(&mut asked.messages);
        if !seen.is_new(&asked.messages) {
            report.duplicates += 1;
            return None;
        }
        report.scrubbed += usize::from(is_scrubbed);
        report.kept += 1;
        if !self.system.is_empty() && asked.messages[0].role != Role::System {
            asked.messages.insert(0, Message::new(Role::System, self.system.as_str()));
        }
        Some(asked)
    }
}

impl DatasetReport {
    fn note(&mut self, line: usize, error: &Error) {
        self.damaged += 1;
        if self.damaged_lines.len() < MAX_TOLD {
            self.damaged_lines.push(DamagedLine { line, reason: error.to_string() });
        }
    }
}

/// Replaces identifiers in what was said; whether there were any.
fn scrub(messages: &mut [Message]) -> bool {
    let mut is_changed = false;
    for message in messages {
        let scrubbed = scrub_pii(&message.content);
        is_changed |= scrubbed != message.content;
        message.content = scrubbed;
    }
    is_changed
}
