//! What the steps show while they run.

use std::fmt::Display;

use indicatif::{ProgressBar, ProgressStyle};

use crate::Result;

/// Says which step begins.
pub fn step(number: usize, what: impl Display) {
    println!("\n\u{1b}[1m{number}. {what}\u{1b}[0m");
}

/// A bar of `length` things of a kind; nothing is drawn where no terminal is.
pub fn bar(length: u64, unit: &str) -> Result<ProgressBar> {
    let template = format!("   {{bar:32}} {{pos}}/{{len}} {unit}  {{elapsed}}  {{msg}}");
    let style = ProgressStyle::with_template(&template)?.progress_chars("━╸─");
    Ok(ProgressBar::new(length).with_style(style))
}
