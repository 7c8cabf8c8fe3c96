//! Platt's sigmoid (Platt, Probabilistic Outputs for Support Vector Machines, 1999), fitted by Newton's method as Lin, Lin
//! and Weng do (A Note on Platt's Probabilistic Outputs for Support Vector Machines, 2007).

use super::calibration::check;
use crate::error::{Error, ErrorKind, Result};

/// Answers that must be good, and as many that must not: the rule of ten events for each fitted slope (Peduzzi et al., A
/// Simulation Study of the Number of Events per Variable in Logistic Regression Analysis, 1996).
const MIN_EACH: usize = 10;
/// Confidences nearer to 0 or 1 are taken as this near: their logarithms of odds would outweigh all others.
const MARGIN: f64 = 1e-6;
const MAX_STEPS: usize = 100;
/// Keeps the matrix of second derivatives invertible.
const RIDGE: f64 = 1e-12;
/// A gradient, of each answer on average, that is as good as none.
const SMALL: f64 = 1e-9;

/// `1 / (1 + e^-(slope · logit(x) + intercept))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sigmoid {
    pub(super) slope: f64,
    pub(super) intercept: f64,
}

impl Sigmoid {
    /// The likeliest curve for confidences, each with whether its answer was good. As Platt does, the goal is not quite
    /// 1 or 0, by as much as one more answer of either kind would make it: a few answers can not prove a certainty.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for confidences out of 0 to 1; [`ErrorKind::InvalidInput`] for too few answers of
    /// either kind, and for ones that do not get better with confidence.
    pub(super) fn fit(samples: &[(f64, bool)]) -> Result<Self> {
        check(samples)?;
        let good = samples.iter().filter(|(_, is_good)| *is_good).count();
        let bad = samples.len() - good;
        if good.min(bad) < MIN_EACH {
            return Err(refused(&format!(
                "of the answers {good} are good and {bad} are not, and {MIN_EACH} of each are needed; rate more"
            )));
        }
        let goals = [1.0 / (bad as f64 + 2.0), (good as f64 + 1.0) / (good as f64 + 2.0)];
        let points: Vec<_> =
            samples.iter().map(|&(raw, is_good)| (logit(raw), goals[usize::from(is_good)])).collect();
        let start = Self { slope: 0.0, intercept: ((good as f64 + 1.0) / (bad as f64 + 1.0)).ln() };
        let fitted = start.descend(&points);
        if fitted.slope > RIDGE && fitted.slope.is_finite() && fitted.intercept.is_finite() {
            return Ok(fitted);
        }
        Err(refused("the good ones are not those of more confidence, so confidence tells nothing here"))
    }

    pub(super) fn apply(self, raw: f64) -> f64 {
        sigmoid(self.slope * logit(raw) + self.intercept)
    }

    /// Newton's method on the cross-entropy, which is convex; each step is halved until it gets better.
    fn descend(mut self, points: &[(f64, f64)]) -> Self {
        let mut loss = self.loss(points);
        for _ in 0..MAX_STEPS {
            let Some((slope, intercept)) = self.newton(points) else { break };
            let mut share = 1.0;
            let better = loop {
                let next =
                    Self { slope: self.slope - share * slope, intercept: self.intercept - share * intercept };
                let next_loss = next.loss(points);
                if next_loss < loss {
                    break Some((next, next_loss));
                }
                share /= 2.0;
                if share < 1e-10 {
                    break None;
                }
            };
            let Some(better) = better else { break };
            (self, loss) = better;
        }
        self
    }

    /// The step to take back; `None` at the bottom.
    fn newton(self, points: &[(f64, f64)]) -> Option<(f64, f64)> {
        let (mut g, mut h) = ([0.0; 2], [RIDGE, 0.0, RIDGE]);
        for &(x, goal) in points {
            let p = sigmoid(self.slope * x + self.intercept);
            let (error, weight) = (p - goal, p * (1.0 - p));
            g[0] += error * x;
            g[1] += error;
            h[0] += weight * x * x;
            h[1] += weight * x;
            h[2] += weight;
        }
        let is_bottom = g.iter().all(|g| g.abs() < SMALL * points.len() as f64);
        let determinant = h[0] * h[2] - h[1] * h[1];
        if is_bottom || determinant <= 0.0 {
            return None;
        }
        Some(((h[2] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[1] * g[0]) / determinant))
    }

    fn loss(self, points: &[(f64, f64)]) -> f64 {
        let loss = |&(x, goal): &(f64, f64)| {
            let z = self.slope * x + self.intercept;
            // −goal·ln p − (1 − goal)·ln(1 − p), without taking the logarithm of what may be 0.
            z.max(0.0) - z * goal + (-z.abs()).exp().ln_1p()
        };
        points.iter().map(loss).sum()
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(MARGIN, 1.0 - MARGIN);
    (p / (1.0 - p)).ln()
}

fn refused(reason: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("no calibration can be fitted: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::expected_calibration_error;
    use crate::random::SplitMix64;

    /// Answers whose goodness is drawn from a curve.
    fn drawn(count: usize, curve: Sigmoid, seed: u64) -> Vec<(f64, bool)> {
        let mut random = SplitMix64(seed);
        let mut unit = || (random.next() >> 11) as f64 / (1u64 << 53) as f64;
        let mut sample = || {
            let raw = unit();
            (raw, unit() < curve.apply(raw))
        };
        (0..count).map(|_| sample()).collect()
    }

    #[test]
    fn a_known_curve_is_found_again() {
        let curve = Sigmoid { slope: 2.5, intercept: -1.25 };
        let fitted = Sigmoid::fit(&drawn(20_000, curve, 1)).unwrap();
        assert!((fitted.slope - curve.slope).abs() < 0.15, "{fitted:?}");
        assert!((fitted.intercept - curve.intercept).abs() < 0.1, "{fitted:?}");
        // No point beside it is likelier.
        let few = drawn(200, curve, 2);
        let fitted = Sigmoid::fit(&few).unwrap();
        let good = few.iter().filter(|(_, is_good)| *is_good).count() as f64;
        let goals = [1.0 / (202.0 - good), (good + 1.0) / (good + 2.0)];
        let points: Vec<_> = few.iter().map(|&(raw, good)| (logit(raw), goals[usize::from(good)])).collect();
        for (slope, intercept) in [(0.01, 0.0), (-0.01, 0.0), (0.0, 0.01), (0.0, -0.01)] {
            let beside = Sigmoid { slope: fitted.slope + slope, intercept: fitted.intercept + intercept };
            assert!(beside.loss(&points) > fitted.loss(&points));
        }
    }

    #[test]
    fn confidences_mean_more_after_a_fit_on_few_answers() {
        let curve = Sigmoid { slope: 1.5, intercept: -2.0 };
        let held_out = drawn(5000, curve, 99);
        let before = expected_calibration_error(&held_out).unwrap();
        assert!(before > 0.2, "{before}");
        for seed in 0..10 {
            let fitted = Sigmoid::fit(&drawn(120, curve, seed)).unwrap();
            let after: Vec<_> = held_out.iter().map(|&(raw, good)| (fitted.apply(raw), good)).collect();
            let after = expected_calibration_error(&after).unwrap();
            assert!(after < 0.1, "{after}");
        }
    }

    #[test]
    fn what_nothing_can_be_fitted_to_is_told() {
        let flat: Vec<_> = (0..40).map(|n| (0.9, n % 2 == 0)).collect();
        let falling: Vec<_> = (0..60).map(|n| (f64::from(n) / 60.0, n < 30 || n == 50)).collect();
        let all_good = vec![(0.5, true); 500];
        let few = [vec![(0.1, false); 9], vec![(0.9, true); 50]].concat();
        for (samples, words) in
            [(flat, "tells nothing"), (falling, "tells nothing"), (all_good, "0 are not"), (few, "9 are not")]
        {
            let error = Sigmoid::fit(&samples).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(words), "{error}");
        }
        assert_eq!(Sigmoid::fit(&[]).unwrap_err().kind(), ErrorKind::InvalidArgument);
        assert_eq!(Sigmoid::fit(&[(-0.1, true)]).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn answers_that_are_told_apart_wholly_give_a_curve_that_is_not_certain() {
        let samples: Vec<_> = (0..40).map(|n| (if n < 20 { 0.0 } else { 1.0 }, n >= 20)).collect();
        let fitted = Sigmoid::fit(&samples).unwrap();
        assert!((fitted.apply(1.0) - 21.0 / 22.0).abs() < 1e-3, "{fitted:?}");
        assert!((fitted.apply(0.0) - 1.0 / 22.0).abs() < 1e-3, "{fitted:?}");
        assert!(fitted.apply(0.2) < fitted.apply(0.8));
    }
}
