//! One answer, from its first token to its last.

use std::ops::ControlFlow;

use tokenizers::Tokenizer;

use super::answer::{Chosen, FinishReason};
use super::text::{AnswerText, Detokenizer};
use crate::error::Result;

/// What takes an answer while it comes: pieces of its text, whole characters each, which are the answer's text in the
/// end. [`ControlFlow::Break`] ends the answer there.
pub type OnText<'a> = dyn FnMut(&str) -> ControlFlow<()> + 'a;

/// One answer while it comes.
pub(super) struct Run<'a, 'b> {
    pub(super) text: AnswerText,
    detokenizer: Detokenizer<'a>,
    pub(super) chosen: Chosen,
    on_text: Option<&'a mut OnText<'b>>,
    /// Bytes of the text that the callback got.
    given: usize,
}

impl<'a, 'b> Run<'a, 'b> {
    pub(super) fn new(
        tokenizer: &'a Tokenizer,
        stops: Vec<String>,
        on_text: Option<&'a mut OnText<'b>>,
    ) -> Self {
        let (text, detokenizer) = (AnswerText::new(stops), Detokenizer::new(tokenizer));
        Self { text, detokenizer, chosen: Chosen::default(), on_text, given: 0 }
    }

    /// Adds a token; why the answer ends with it, if it does. The first `markers` stop strings are the format's.
    pub(super) fn push(&mut self, token: u32, markers: usize) -> Result<Option<FinishReason>> {
        let piece = self.detokenizer.push(token)?;
        let stop = self.text.push(&piece);
        let wants_more = self.give();
        Ok(match stop {
            Some(stop) if stop < markers => Some(FinishReason::Stop),
            Some(_) => Some(FinishReason::StopString),
            None if !wants_more => Some(FinishReason::Callback),
            None => None,
        })
    }

    /// Gives out what was held back.
    pub(super) fn finish(&mut self, reason: FinishReason) -> Result<FinishReason> {
        self.text.push(&self.detokenizer.rest()?);
        self.text.finish();
        self.give();
        Ok(reason)
    }

    /// Tells the callback what is new; whether it wants more.
    fn give(&mut self) -> bool {
        let new = &self.text.as_str()[self.given..];
        self.given = self.text.as_str().len();
        match &mut self.on_text {
            Some(on_text) if !new.is_empty() => on_text(new).is_continue(),
            _ => true,
        }
    }
}
