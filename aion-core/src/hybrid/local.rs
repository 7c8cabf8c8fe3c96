//! Who answers for nothing.

use crate::control::Control;
use crate::dataset::Message;
use crate::error::Result;
use crate::generate::{GenerateOptions, LocalModel};

/// A model of the host's own. [`LocalModel`] is one.
pub trait Local: Send + Sync {
    /// Answers `messages`.
    ///
    /// # Errors
    /// Anything that keeps it from that.
    fn generate(
        &self,
        messages: &[Message],
        options: &GenerateOptions,
        control: &Control,
    ) -> Result<LocalAnswer>;
}

/// An answer, and how sure its model is of it.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalAnswer {
    /// The text.
    pub text: String,
    /// 0 to 1.
    pub confidence: f64,
}

impl Local for LocalModel {
    fn generate(
        &self,
        messages: &[Message],
        options: &GenerateOptions,
        control: &Control,
    ) -> Result<LocalAnswer> {
        let answer = self.generate(messages, options, None, control)?;
        Ok(LocalAnswer { text: answer.text, confidence: answer.confidence })
    }
}
