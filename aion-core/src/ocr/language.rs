//! Which of several languages a page is in, so that one network reads it instead of all of them.

use super::PageMode;
use super::engine::{Check, Engines};
use super::sheet::Upright;
use crate::error::Result;

/// Fewer marks than this are read sooner than their language is found: clean lines take one network in any case.
const LONG_PAGE: usize = 4000;

/// What a language made of a part of a page.
#[derive(Debug, Clone, Copy)]
struct Sample {
    /// The share of letters in words of its dictionary.
    known: f32,
    /// The mean confidence.
    confidence: f32,
}

/// The one of `langs`, which are joined by `+`, that a page plainly is in; all of them where that is not plain or the
/// page is short.
///
/// Two small windows of the page are read in each language. The dictionaries tell more than the confidence, since
/// the network of one language reads the letters of its neighbours.
pub(super) fn choose(engines: &mut Engines, langs: &str, page: &Upright, check: Check<'_>) -> Result<String> {
    if !langs.contains('+') || page.marks.count() < LONG_PAGE {
        return Ok(langs.into());
    }
    let mut samples = Vec::new();
    for lang in langs.split('+') {
        samples.push((lang, sample(engines, lang, page, check)?));
    }
    Ok(plainest(&samples).unwrap_or(langs).into())
}

fn sample(engines: &mut Engines, lang: &str, page: &Upright, check: Check<'_>) -> Result<Sample> {
    /// The fullest windows are often pictures.
    const TEXT: &[f32] = &[0.25, 0.4];
    let (mut known, mut sure, mut letters) = (0.0, 0.0, 0.0);
    for window in page.windows(24, 6, TEXT) {
        let reading =
            engines.get(lang)?.recognize(&page.grey.crop(window), PageMode::SingleBlock, &|_| check(0))?;
        let weight = reading.letters() as f32;
        known += reading.known() * weight;
        sure += reading.confidence() * weight;
        letters += weight;
    }
    let letters = letters.max(1.0);
    Ok(Sample { known: known / letters, confidence: sure / letters })
}

/// The language that knows most of the words, if it is far ahead and as sure of them as the others are.
fn plainest<'a>(samples: &[(&'a str, Sample)]) -> Option<&'a str> {
    const MOST_OF_THEM: f32 = 0.5;
    const FAR: f32 = 0.2;
    const AS_SURE: f32 = 0.02;
    let best = samples.iter().max_by(|a, b| a.1.known.total_cmp(&b.1.known))?;
    let mut others = samples.iter().filter(|other| other.0 != best.0);
    let is_plain = best.1.known >= MOST_OF_THEM
        && others.all(|(_, other)| {
            best.1.known >= other.known + FAR && best.1.confidence >= other.confidence - AS_SURE
        });
    is_plain.then_some(best.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_language_is_chosen_only_where_it_is_plain() {
        let sample = |known, confidence| Sample { known, confidence };
        let both = |eng, por| plainest(&[("eng", eng), ("por", por)]);
        assert_eq!(both(sample(0.9, 0.95), sample(0.2, 0.93)), Some("eng"));
        assert_eq!(both(sample(0.2, 0.90), sample(0.9, 0.96)), Some("por"));
        assert_eq!(both(sample(0.6, 0.95), sample(0.5, 0.95)), None);
        assert_eq!(both(sample(0.4, 0.95), sample(0.1, 0.95)), None);
        assert_eq!(both(sample(0.9, 0.80), sample(0.2, 0.90)), None);
        assert_eq!(plainest(&[]), None);
    }
}
