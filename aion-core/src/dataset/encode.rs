//! From a training set to token sequences.

use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tokenizers::Tokenizer;

use super::build::DamagedLine;
use super::chat::{ChatFormat, Writer};
use super::lines::{Interactions, is_of_one_line};
use super::sequence::Sequence;
use crate::control::Control;
use crate::durable::{open_regular, read_limited};
use crate::error::{Error, ErrorKind, Result};
use crate::interaction::Interaction;

const TOKENIZER_FILE: &str = "tokenizer.json";
/// The largest known, of 260,000 tokens, has 34 MB.
const MAX_TOKENIZER_BYTES: u64 = 256 << 20;
/// As many damaged lines are told one by one.
const MAX_TOLD: usize = 100;
/// The control is asked, and progress told, once in so many interactions.
const CHECK_EVERY: usize = 16;

/// How conversations become tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncoderOptions {
    /// How they are written. The platform's format by default.
    pub format: ChatFormat,
    /// Longer sequences are cut at their end. 2048 by default.
    pub max_length: usize,
    /// Whether only the assistant's words and their end count in the loss. By default all tokens do.
    pub assistant_only: bool,
}

impl Default for EncoderOptions {
    fn default() -> Self {
        Self { format: ChatFormat::Platform, max_length: 2048, assistant_only: false }
    }
}

/// What became of a set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EncodeReport {
    /// How many conversations were read, damaged ones included.
    pub read: usize,
    /// How many became sequences.
    pub sequences: usize,
    /// How many of those were cut.
    pub truncated: usize,
    /// How many were left out because nothing of them would count in the loss: the answer was cut off.
    pub without_targets: usize,
    /// How many could not be used.
    pub damaged: usize,
    /// The first hundred of them.
    pub damaged_lines: Vec<DamagedLine>,
    /// The tokens of all sequences.
    pub tokens: usize,
    /// Those of them that count in the loss.
    pub targets: usize,
}

/// The tokenizer of a base, and the way its conversations are written.
#[derive(Debug)]
pub struct Encoder {
    tokenizer: Tokenizer,
    writer: Writer,
    options: EncoderOptions,
}

impl Encoder {
    /// Reads `tokenizer.json` of the base in `directory`, and its chat template if the format asks for it. The
    /// platform's format is tokenized with the tokens that the tokenizer adds by itself, such as the one that begins
    /// a text; templates write their own.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for options out of their range, [`ErrorKind::NotFound`] and
    /// [`ErrorKind::InvalidModel`] for the base's files.
    pub fn of_base(directory: impl AsRef<Path>, options: EncoderOptions) -> Result<Self> {
        let directory = directory.as_ref();
        if options.max_length < 2 {
            let message = format!("max_length is {}; it must be 2 or more", options.max_length);
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let writer = Writer::of_base(directory, options.format)?;
        Ok(Self { tokenizer: tokenizer_of_base(directory)?, writer, options })
    }

    /// The tokens of one conversation, cut to the greatest length.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a conversation that is none, or that the template refuses.
    pub fn encode(&self, interaction: &Interaction) -> Result<Sequence> {
        let mut sequence = self.encode_whole(interaction)?;
        sequence.truncate(self.options.max_length);
        Ok(sequence)
    }

    /// The sequences of the set at `path`, in its order. Lines that are damaged and conversations that the template
    /// refuses are counted and told in the report.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if no sequence is left, with what became of the set; [`ErrorKind::NotFound`],
    /// [`ErrorKind::Io`], those of `control`.
    pub fn encode_file(
        &self,
        path: impl AsRef<Path>,
        control: &Control,
    ) -> Result<(Vec<Sequence>, EncodeReport)> {
        let path = path.as_ref();
        let (mut sequences, mut report) = (Vec::new(), EncodeReport::default());
        let mut interactions = Interactions::open(path)?;
        while let Some(read) = interactions.next() {
            if report.read.is_multiple_of(CHECK_EVERY) {
                control.check()?;
                control.report("conversations", report.read, 0);
            }
            report.read += 1;
            match read.and_then(|interaction| self.encode_whole(&interaction)) {
                Ok(sequence) => sequences.extend(self.count(sequence, &mut report)),
                Err(error) if is_of_one_line(&error) => report.note(interactions.line(), &error),
                Err(error) => return Err(error),
            }
        }
        if sequences.is_empty() {
            return Err(report.nothing_left(path));
        }
        Ok((sequences, report))
    }

    fn encode_whole(&self, interaction: &Interaction) -> Result<Sequence> {
        interaction.check()?;
        let written = self.writer.write(&interaction.messages, self.options.assistant_only)?;
        let encoded = self.tokenizer.encode(written.text, self.writer.needs_special_tokens());
        let encoded = encoded.map_err(|error| {
            Error::new(ErrorKind::Engine, format!("the conversation could not be tokenized: {error}"))
        })?;
        let is_in_part = |&(start, end): &(usize, usize)| {
            !self.options.assistant_only
                || written
                    .parts
                    .iter()
                    .any(|part: &Range<usize>| start < part.end && end > part.start && start < end)
        };
        let is_target: Vec<_> = encoded.get_offsets().iter().map(is_in_part).collect();
        Sequence::masked(encoded.get_ids(), is_target)
    }

    /// The sequence cut to its length, unless nothing in it counts.
    fn count(&self, mut sequence: Sequence, report: &mut EncodeReport) -> Option<Sequence> {
        let is_cut = sequence.truncate(self.options.max_length);
        let targets = sequence.target_count();
        if targets == 0 {
            report.without_targets += 1;
            return None;
        }
        report.sequences += 1;
        report.truncated += usize::from(is_cut);
        report.tokens += sequence.ids().len();
        report.targets += targets;
        Some(sequence)
    }
}

impl EncodeReport {
    fn note(&mut self, line: usize, error: &Error) {
        self.damaged += 1;
        if self.damaged_lines.len() < MAX_TOLD {
            self.damaged_lines.push(DamagedLine { line, reason: error.to_string() });
        }
    }

    fn nothing_left(&self, path: &Path) -> Error {
        let first = self.damaged_lines.first().map(|line| format!(" (the first: {})", line.reason));
        let message = format!(
            "`{}` gives nothing to train on: of {} conversations {} were damaged{} and {} had no answer within the \
             greatest length",
            path.display(),
            self.read,
            self.damaged,
            first.unwrap_or_default(),
            self.without_targets
        );
        Error::new(ErrorKind::InvalidInput, message)
    }
}

/// Reads `tokenizer.json` of the base in `directory`.
pub(crate) fn tokenizer_of_base(directory: &Path) -> Result<Tokenizer> {
    let path = &directory.join(TOKENIZER_FILE);
    let refuse = |reason: String| {
        Error::new(ErrorKind::InvalidModel, format!("`{}` can not be used: {reason}", path.display()))
    };
    let bytes = read_limited(open_regular(path)?, TOKENIZER_FILE, MAX_TOKENIZER_BYTES)?;
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| refuse(error.to_string()))?;
    // What the file says of padding and truncation is for another use.
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(|error| refuse(error.to_string()))?;
    Ok(tokenizer)
}
