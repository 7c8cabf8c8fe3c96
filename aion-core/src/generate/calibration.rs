//! What a confidence means: how often answers of that confidence are good.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::platt::Sigmoid;
use crate::durable::{AtomicFile, cannot_write, open_regular, read_limited};
use crate::error::{Error, ErrorKind, Result};

/// The version of the file.
const FORMAT: u32 = 1;
const MAX_BYTES: u64 = 1 << 16;
/// Bins of [`expected_calibration_error`].
const BINS: usize = 10;

/// Turns the raw confidence of one model into how likely its answers are good, by Platt's sigmoid: two numbers, fitted
/// on answers that people rated.
///
/// Two numbers because rated answers are few: isotonic regression, which fits any rising curve, needs about a thousand
/// of them before it does better (Niculescu-Mizil and Caruana, Predicting Good Probabilities with Supervised Learning,
/// 2005). The curve rises, so a calibration changes what a confidence is and never which of two answers has more of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Calibration {
    format: u32,
    /// How much the logarithm of the odds rises with that of the raw confidence; above 0.
    pub slope: f64,
    /// The logarithm of the odds at a raw confidence of one half.
    pub intercept: f64,
    /// The rated answers that it was fitted on.
    pub answers: usize,
    /// Those of them that were good.
    pub good: usize,
    /// The base's [`fingerprint`](crate::base::BaseModel::fingerprint).
    pub base: String,
    /// The adapter's [`fingerprint`](crate::adapter::Adapter::fingerprint), if there is one.
    pub adapter: Option<String>,
}

impl Calibration {
    /// The name of its file in the directory of the adapter, or of the base where there is no adapter.
    pub const FILE_NAME: &str = crate::adapter::CALIBRATION_FILE;

    /// Fits the answers of a model: for each its raw confidence and whether it was good.
    ///
    /// # Errors
    /// As [`Sigmoid::fit`].
    pub(super) fn fit(samples: &[(f64, bool)], base: &str, adapter: Option<&str>) -> Result<Self> {
        let Sigmoid { slope, intercept } = Sigmoid::fit(samples)?;
        let good = samples.iter().filter(|(_, is_good)| *is_good).count();
        let (base, adapter) = (base.to_owned(), adapter.map(str::to_owned));
        Ok(Self { format: FORMAT, slope, intercept, answers: samples.len(), good, base, adapter })
    }

    /// How likely an answer of this raw confidence is good, 0 to 1.
    pub fn apply(&self, raw: f64) -> f64 {
        Sigmoid { slope: self.slope, intercept: self.intercept }.apply(raw)
    }

    /// Whether it is for this base and adapter.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] if it is for others.
    pub(super) fn check_model(&self, base: &str, adapter: Option<&str>) -> Result<()> {
        let other = match (self.base == base, self.adapter.as_deref() == adapter) {
            (true, true) => return Ok(()),
            (false, _) => "base",
            (true, false) => "adapter",
        };
        let remedy = "fit it again for this one, or remove it";
        Err(Error::new(ErrorKind::InvalidModel, format!("the calibration is for another {other}; {remedy}")))
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] and [`ErrorKind::Io`] for a file that can not be read, [`ErrorKind::InvalidModel`] for one
    /// that is no calibration, [`ErrorKind::LimitExceeded`] for one of over 64 KiB.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::read_file(open_regular(path)?).map_err(|error| error.in_context(path.display()))
    }

    pub(super) fn read_file(file: File) -> Result<Self> {
        let invalid = |reason: &str| {
            Error::new(ErrorKind::InvalidModel, format!("the calibration can not be used: {reason}"))
        };
        let bytes = read_limited(file, Self::FILE_NAME, MAX_BYTES)?;
        let calibration: Self =
            serde_json::from_slice(&bytes).map_err(|error| invalid("it is none").with_source(error))?;
        if calibration.format != FORMAT {
            return Err(invalid(&format!("it is of format {}; {FORMAT} is read", calibration.format)));
        }
        let is_rising = calibration.slope > 0.0 && calibration.slope.is_finite();
        if !is_rising || !calibration.intercept.is_finite() {
            return Err(invalid("its slope must be above 0, and its numbers finite"));
        }
        Ok(calibration)
    }

    /// Writes it as the file `path`, such as [`FILE_NAME`](Self::FILE_NAME) in the directory of the adapter, whole or not
    /// at all, in place of what was there.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] and [`ErrorKind::Io`] where it can not be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut file = AtomicFile::create(path)?;
        let written = serde_json::to_string_pretty(self).map_err(std::io::Error::from);
        let written = written.and_then(|text| writeln!(file, "{text}"));
        written.map_err(|error| cannot_write(path, error))?;
        file.commit()
    }
}

/// The expected calibration error of confidences, each with whether its answer was good: the mean distance between
/// confidence and share of good answers in ten bins of equal width, weighted by their answers (Guo et al., On
/// Calibration of Modern Neural Networks, 2017). From 0, for confidences that mean what they say, to 1.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] for no answers, and for confidences out of 0 to 1.
pub fn expected_calibration_error(samples: &[(f64, bool)]) -> Result<f64> {
    check(samples)?;
    let mut bins = [(0.0, 0.0); BINS];
    for &(confidence, is_good) in samples {
        let bin = ((confidence * BINS as f64) as usize).min(BINS - 1);
        bins[bin].0 += confidence;
        bins[bin].1 += f64::from(u8::from(is_good));
    }
    // The numbers of answers cancel out.
    let gaps = bins.iter().map(|(confidence, good)| (confidence - good).abs());
    Ok(gaps.sum::<f64>() / samples.len() as f64)
}

/// # Errors
/// [`ErrorKind::InvalidArgument`] for no answers, and for confidences out of 0 to 1.
pub(super) fn check(samples: &[(f64, bool)]) -> Result<()> {
    let wrong = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
    if samples.is_empty() {
        return wrong("there are no answers; give at least one".to_owned());
    }
    match samples.iter().find(|(confidence, _)| !(0.0..=1.0).contains(confidence)) {
        Some((confidence, _)) => wrong(format!("a confidence is {confidence}; it must be from 0 to 1")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_that_of_a_count_by_hand() {
        // 0.95 of four with three good; 0.15 of two with one good.
        let samples = [(0.95, true), (0.95, true), (0.95, true), (0.95, false), (0.15, true), (0.15, false)];
        let expected = (4.0 * 0.2 + 2.0 * 0.35) / 6.0;
        assert!((expected_calibration_error(&samples).unwrap() - expected).abs() < 1e-12);
        assert_eq!(expected_calibration_error(&[(1.0, true), (0.0, false)]).unwrap(), 0.0);
        for samples in [&[][..], &[(1.5, true)], &[(f64::NAN, true)]] {
            let error = expected_calibration_error(samples).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        }
    }

    #[test]
    fn files_come_back_and_others_are_refused() {
        let samples: Vec<_> = (0..60).map(|n| (f64::from(n) / 60.0, n % 3 != 0 && n > 20)).collect();
        let calibration = Calibration::fit(&samples, "b", Some("a")).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(Calibration::FILE_NAME);
        calibration.write(&path).unwrap();
        assert_eq!(Calibration::read(&path).unwrap(), calibration);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        let text = std::fs::read_to_string(&path).unwrap();
        for (from, to, words) in [
            ("\"format\": 1", "\"format\": 2", "format 2"),
            ("\"slope\": ", "\"slope\": -", "above 0"),
            ("\"slope\": ", "\"slope\": null, \"was\": ", "it is none"),
            ("\"intercept\": ", "\"intercept\": 1e999, \"x\": ", "it is none"),
            ("\"base\"", "\"bass\"", "it is none"),
            ("{", "[", "it is none"),
        ] {
            let damaged = text.replacen(from, to, 1);
            assert_ne!(damaged, text);
            std::fs::write(&path, damaged).unwrap();
            let error = Calibration::read(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidModel);
            assert!(error.to_string().contains(words), "{error}");
        }
        std::fs::write(&path, vec![b' '; 1 << 17]).unwrap();
        assert_eq!(Calibration::read(&path).unwrap_err().kind(), ErrorKind::LimitExceeded);
        let missing = Calibration::read(directory.path().join("none")).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
    }

    #[test]
    fn it_is_for_one_base_and_one_adapter() {
        let samples: Vec<_> = (0..40).map(|n| (f64::from(n) / 40.0, n >= 20 || n == 3)).collect();
        let calibration = Calibration::fit(&samples, "b", Some("a")).unwrap();
        assert!(calibration.check_model("b", Some("a")).is_ok());
        for (base, adapter, words) in
            [("c", Some("a"), "base"), ("b", Some("z"), "adapter"), ("b", None, "adapter")]
        {
            let error = calibration.check_model(base, adapter).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidModel);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
