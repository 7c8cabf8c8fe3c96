//! The pages of one document on their way through the recognizer.

use std::collections::VecDeque;

use super::{OcrOptions, OcrPage, OcrResult, Recognizer, Ticket};
use crate::control::Control;
use crate::error::Result;
use crate::image::Image;

/// Pages that are being read, a bounded number at once, so that a long document takes no more memory than a
/// short one.
pub(crate) struct Document<'a> {
    recognizer: &'a Recognizer,
    options: &'a OcrOptions,
    control: &'a Control,
    total: usize,
    in_flight: VecDeque<Ticket>,
    pages: Vec<OcrPage>,
}

impl<'a> Document<'a> {
    /// A document of `total` pages, none of them read.
    pub(crate) fn new(
        recognizer: &'a Recognizer,
        options: &'a OcrOptions,
        control: &'a Control,
        total: usize,
    ) -> Self {
        Self { recognizer, options, control, total, in_flight: VecDeque::new(), pages: Vec::new() }
    }

    /// Gives the next page to the recognizer. Waits for an earlier one when every worker has its page.
    pub(crate) fn push(&mut self, image: &Image) -> Result<()> {
        self.control.check()?;
        if self.in_flight.len() >= self.recognizer.workers() {
            self.wait_for_one()?;
        }
        let page = (self.pages.len() + self.in_flight.len()) as u32;
        self.in_flight.push_back(self.recognizer.start(image, page, self.options, self.control)?);
        Ok(())
    }

    /// Waits for all pages.
    pub(crate) fn finish(mut self) -> Result<OcrResult> {
        while !self.in_flight.is_empty() {
            self.wait_for_one()?;
        }
        Ok(OcrResult::from_pages(self.pages))
    }

    fn wait_for_one(&mut self) -> Result<()> {
        if let Some(ticket) = self.in_flight.pop_front() {
            self.pages.push(ticket.wait(self.control)?);
            self.control.report("pages", self.pages.len(), self.total);
        }
        Ok(())
    }
}
