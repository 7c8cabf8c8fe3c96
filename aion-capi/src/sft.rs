//! Training sets: what was asked and answered, as JSON lines.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aion_core::Result;
use aion_core::dataset::{DatasetReport, SftOptions, build_sft_jsonl_from_file};

use crate::control::{self, AionControl};
use crate::error::AionError;
use crate::handle::{invalid, required, vacant};
use crate::panic::{guard, guard_drop, guard_or};
use crate::status::AionStatus;
use crate::text::{self, AionText};

/// How a training set is built. Begin with zeros, which are the defaults.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AionSftOptions {
    /// What the platform says first, in conversations that have no system message; empty for the usual, "Você é a
    /// AION, IA autônoma da plataforma."
    pub system: *const c_char,
    /// How many bytes `system` has.
    pub system_length: usize,
    /// Whether nothing is said first.
    pub without_system: bool,
    /// Whether answers with a rating below `min_rating`, and those without one, are left out.
    pub has_min_rating: bool,
    /// The least rating, if there is one.
    pub min_rating: f64,
    /// As many interactions are kept, the first ones; 0 for 50000.
    pub limit: usize,
    /// Whether identifiers of people stay. Otherwise they are replaced by [EMAIL], [CPF] and so on.
    pub keep_pii: bool,
}

impl AionSftOptions {
    /// # Safety
    /// The text must be as many bytes as its length says.
    unsafe fn resolve(options: Option<&Self>) -> Result<SftOptions> {
        let mut resolved = SftOptions::default();
        let Some(options) = options else { return Ok(resolved) };
        // SAFETY: the caller vouches for the bytes.
        let system = unsafe { text::optional(options.system, options.system_length, "system") }?;
        resolved.system = match (options.without_system, system) {
            (true, Some(_)) => return Err(invalid("`system` is given though `without_system` is set")),
            (true, None) => String::new(),
            (false, system) => system.unwrap_or(resolved.system),
        };
        resolved.min_rating = options.has_min_rating.then_some(options.min_rating);
        if options.limit > 0 {
            resolved.limit = options.limit;
        }
        resolved.scrub_pii = !options.keep_pii;
        Ok(resolved)
    }
}

/// What became of the interactions of a training set.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct AionSftCounts {
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
    /// Whether the set is full, so that the rest was not read.
    pub is_cut: bool,
}

/// The report of a training set. It never changes, so threads may share it. Freed by aion_sft_report_free.
pub struct AionSftReport(DatasetReport);

/// Writes the training set of the interactions in the file `source` to `path`. Both are JSON lines. An interaction is
/// {"question", "answer"} or {"messages"}, with "rating" and "citations" beside them or in "meta"; a line of the set is
/// {"messages": [...], "meta": {"rating", "citations"}}. Duplicates are left out, and lines that can not be used cost
/// themselves only. The set appears whole, in place of a file that was there, or not at all.
///
/// `options` may be NULL for the default, `control` for none; its function is told about "interactions". `out` may be
/// NULL when nobody wants the report.
///
/// Fails with AION_ERROR_NOT_FOUND without such a file, AION_ERROR_INVALID_ARGUMENT for options out of their range, and
/// AION_ERROR_IO for the disk.
///
/// # Safety
/// `source` and `path` must point to as many bytes as their lengths say, and the text of `options` likewise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aion_sft_build(
    source: *const c_char,
    source_length: usize,
    path: *const c_char,
    path_length: usize,
    options: Option<&AionSftOptions>,
    control: Option<&AionControl>,
    out: Option<&mut MaybeUninit<Option<Box<AionSftReport>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = out.map(|out| out.write(None));
        // SAFETY: the caller vouches for the bytes.
        let source = unsafe { text::path(source, source_length, "source") }?;
        // SAFETY: the caller vouches for the bytes.
        let path = unsafe { text::path(path, path_length, "path") }?;
        // SAFETY: the caller vouches for the text.
        let options = unsafe { AionSftOptions::resolve(options) }?;
        let report = build_sft_jsonl_from_file(source, path, &options, &control::begin(control))?;
        if let Some(out) = out {
            *out = Some(Box::new(AionSftReport(report)));
        }
        Ok(())
    })
}

/// What was counted; zeros for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aion_sft_report_counts(report: Option<&AionSftReport>) -> AionSftCounts {
    guard_or(AionSftCounts::default(), || {
        let DatasetReport { read, kept, too_low, duplicates, scrubbed, damaged, is_cut, .. } = report?.0;
        Some(AionSftCounts { read, kept, too_low, duplicates, scrubbed, damaged, is_cut })
    })
}

/// All of it as a JSON object: the counts by their names, and "damaged_lines", the first hundred of them, each with
/// "line" and "reason".
#[unsafe(no_mangle)]
pub extern "C" fn aion_sft_report_to_json(
    report: Option<&AionSftReport>,
    out: Option<&mut MaybeUninit<Option<Box<AionText>>>>,
    error: Option<&mut MaybeUninit<Option<Box<AionError>>>>,
) -> AionStatus {
    guard(error, || {
        let out = vacant(out, "out")?;
        *out = Some(Box::new(text::json(&required(report, "report")?.0)?));
        Ok(())
    })
}

/// Frees a report. NULL is a no-op.
#[unsafe(no_mangle)]
pub extern "C" fn aion_sft_report_free(report: Option<Box<AionSftReport>>) {
    guard_drop(report);
}
