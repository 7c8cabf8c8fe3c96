//! Money: whole micro-dollars, so that no sum is ever off by a rounding.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

const MICROS: i64 = 1_000_000;
/// A text longer than any decimal form of a finite `f64` (at most 1,077 characters) is not an amount.
const MAX_TEXT: usize = 1_100;

/// An amount of US dollars, in whole millionths: 0 to [`Usd::MAX`].
///
/// ```
/// use aion_core::Usd;
///
/// assert_eq!(Usd::at_least("0.0123451")?.micros(), 12_346);
/// assert_eq!(Usd::at_least(0.1)?.to_string(), "0.10");
/// assert!(Usd::at_least(f64::NAN).is_err());
/// # Ok::<(), aion_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Usd(i64);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// A billion dollars: no sum of what a ledger adds up leaves 64 bits.
    pub const MAX: Self = Self(1_000_000_000 * MICROS);

    /// An amount from its millionths.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] below zero and above [`Usd::MAX`].
    pub fn from_micros(micros: i64) -> Result<Self> {
        if (0..=Self::MAX.0).contains(&micros) {
            return Ok(Self(micros));
        }
        Err(refuse(micros, "an amount is 0 to 1,000,000,000 dollars, in millionths"))
    }

    /// The least amount that is not below `dollars`: what a cost is rounded to. A float counts as the
    /// shortest decimal that reads back as it, so 0.1 is ten cents.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for what is no number, not finite, negative or above [`Usd::MAX`].
    pub fn at_least(dollars: impl fmt::Display) -> Result<Self> {
        let text = dollars.to_string();
        let (micros, is_exact) = parse(&text)?;
        Self::from_micros(micros + i64::from(!is_exact))
    }

    /// The greatest amount that is not above `dollars`: what a limit is rounded to. Below zero is zero.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for what is no number, not finite or above [`Usd::MAX`].
    pub fn at_most(dollars: impl fmt::Display) -> Result<Self> {
        let text = dollars.to_string();
        match text.trim().strip_prefix('-') {
            Some(below_zero) => parse(below_zero).map(|_| Self::ZERO),
            None => Self::from_micros(parse(&text)?.0),
        }
    }

    /// The amount in millionths.
    pub const fn micros(self) -> i64 {
        self.0
    }
}

/// Dollars with at least two decimals and no more than are needed: `0.10`, `1.234567`.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, micros) = (self.0 / MICROS, self.0 % MICROS);
        let text = format!("{micros:06}");
        let decimals = text.trim_end_matches('0').len().max(2);
        write!(f, "{dollars}.{}", &text[..decimals])
    }
}

impl fmt::Debug for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${self}")
    }
}

/// As [`Usd::at_least`].
impl FromStr for Usd {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::at_least(text)
    }
}

impl TryFrom<i64> for Usd {
    type Error = Error;

    fn try_from(micros: i64) -> Result<Self> {
        Self::from_micros(micros)
    }
}

impl From<Usd> for i64 {
    fn from(usd: Usd) -> Self {
        usd.0
    }
}

/// The millionths in `text`, rounded down, and whether nothing was left over.
fn parse(text: &str) -> Result<(i64, bool)> {
    let decimal = Decimal::read(text.trim()).ok_or_else(|| refuse(text, "an amount is a decimal number"))?;
    decimal.micros().ok_or_else(|| refuse(text, "an amount is at most 1,000,000,000 dollars"))
}

/// `whole.fraction × 10^exponent`.
struct Decimal<'a> {
    whole: &'a str,
    fraction: &'a str,
    exponent: i32,
}

impl<'a> Decimal<'a> {
    fn read(text: &'a str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse().ok()?),
            None => (text, 0),
        };
        // Minus zero is zero.
        let magnitude = number.trim_start_matches('+');
        let magnitude = match magnitude.strip_prefix('-') {
            Some(rest) if rest.bytes().all(|b| matches!(b, b'0' | b'.')) => rest,
            Some(_) => return None,
            None => magnitude,
        };
        let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
        let is_number = whole.len() + fraction.len() > 0
            && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        is_number.then_some(Self { whole, fraction, exponent })
    }

    /// `None` when it leaves 64 bits.
    fn micros(&self) -> Option<(i64, bool)> {
        let digits = || self.whole.bytes().chain(self.fraction.bytes()).map(|byte| i64::from(byte - b'0'));
        let kept = i64::try_from(self.whole.len()).ok()? + i64::from(self.exponent) + 6;
        let mut micros = 0_i64;
        let mut is_exact = true;
        for (place, digit) in (0_i64..).zip(digits()) {
            if place < kept {
                micros = micros.checked_mul(10)?.checked_add(digit)?;
            } else {
                is_exact &= digit == 0;
            }
        }
        for _ in i64::try_from(self.whole.len() + self.fraction.len()).ok()?..kept {
            if micros == 0 {
                break;
            }
            micros = micros.checked_mul(10)?;
        }
        Some((micros.min(i64::MAX - 1), is_exact))
    }
}

fn refuse(given: impl fmt::Display, rule: &str) -> Error {
    let given = given.to_string();
    let shown: String = given.chars().take(40).collect();
    Error::new(ErrorKind::InvalidArgument, format!("{shown} is no amount of dollars: {rule}"))
}

/// What a provider charges, as its price list says it.
///
/// ```
/// use aion_core::{Price, Usd};
///
/// let price = Price::new(Usd::at_least("0.15")?, Usd::at_least("0.60")?);
/// assert_eq!(price.cost(1_000, 400)?, Usd::at_least("0.00039")?);
/// assert_eq!(price.upper_bound(1_000, None)?, None, "without max_tokens there is no bound");
/// # Ok::<(), aion_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Price {
    input_per_million: Usd,
    output_per_million: Usd,
    per_call: Usd,
}

impl Price {
    /// Dollars for a million tokens of input and of output.
    pub fn new(input_per_million: Usd, output_per_million: Usd) -> Self {
        Self { input_per_million, output_per_million, per_call: Usd::ZERO }
    }

    /// The same price with a fee for each call.
    #[must_use]
    pub fn with_fee(mut self, per_call: Usd) -> Self {
        self.per_call = per_call;
        self
    }

    /// Dollars for a million tokens of input.
    pub fn input_per_million(&self) -> Usd {
        self.input_per_million
    }

    /// Dollars for a million tokens of output.
    pub fn output_per_million(&self) -> Usd {
        self.output_per_million
    }

    /// Dollars for each call besides.
    pub fn per_call(&self) -> Usd {
        self.per_call
    }

    /// What a call of so many tokens costs, rounded up: for [`Grant::settle`](crate::Grant::settle).
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] above [`Usd::MAX`].
    pub fn cost(&self, input_tokens: u64, output_tokens: u64) -> Result<Usd> {
        let part = |tokens: u64, price: Usd| u128::from(tokens) * u128::from(price.0.unsigned_abs());
        let tokens =
            part(input_tokens, self.input_per_million) + part(output_tokens, self.output_per_million);
        let micros = tokens.div_ceil(1_000_000) + u128::from(self.per_call.0.unsigned_abs());
        let too_much = |_| refuse(micros, "a call costs at most 1,000,000,000 dollars, in millionths");
        Usd::from_micros(i64::try_from(micros).map_err(too_much)?)
    }

    /// The most that a call can cost: `input_tokens` is an upper bound of its input, and the provider is told
    /// `max_tokens`. Without that there is no bound, and so no paid call.
    ///
    /// # Errors
    /// As [`cost`](Self::cost).
    pub fn upper_bound(&self, input_tokens: u64, max_tokens: Option<u64>) -> Result<Option<Usd>> {
        max_tokens.map(|max_tokens| self.cost(input_tokens, max_tokens)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_rounded_away_from_the_purse() {
        for (text, at_least, at_most) in [
            ("0.1", 100_000, 100_000),
            ("1e-7", 1, 0),
            ("1.5E0", 1_500_000, 1_500_000),
            ("+2", 2_000_000, 2_000_000),
            (".5", 500_000, 500_000),
            ("0.30000000000000004", 300_001, 300_000),
            ("123.4567891", 123_456_790, 123_456_789),
            ("1e3", 1_000_000_000, 1_000_000_000),
            ("0e99999", 0, 0),
            ("-0.0", 0, 0),
            ("1e-400", 1, 0),
        ] {
            assert_eq!(Usd::at_least(text).unwrap().micros(), at_least, "{text}");
            assert_eq!(Usd::at_most(text).unwrap().micros(), at_most, "{text}");
        }
        assert_eq!(Usd::at_most(-3.5).unwrap(), Usd::ZERO);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let long = "1".repeat(MAX_TEXT + 1);
        for text in [
            "",
            ".",
            "-",
            "NaN",
            "inf",
            "-1",
            "-0.5",
            "1_000",
            "1,5",
            "1e",
            "1e99",
            "1000000000.000001",
            "--1",
            &long,
        ] {
            assert_eq!(Usd::at_least(text).unwrap_err().kind(), ErrorKind::InvalidArgument, "{text}");
        }
        for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
            assert!(Usd::at_least(float).is_err());
            assert!(Usd::at_most(float).is_err() || float == f64::NEG_INFINITY);
        }
        assert!(Usd::at_most(f64::NEG_INFINITY).is_err());
    }

    proptest! {
        #[test]
        fn amounts_read_back_from_their_text(micros in 0..=Usd::MAX.0) {
            let usd = Usd::from_micros(micros).unwrap();
            prop_assert_eq!(usd.to_string().parse::<Usd>().unwrap(), usd);
            prop_assert_eq!(Usd::at_most(usd).unwrap(), usd);
        }

        #[test]
        fn floats_are_bounded_by_the_amounts_around_them(dollars in 0.0..1e6_f64) {
            let (low, high) = (Usd::at_most(dollars).unwrap().0, Usd::at_least(dollars).unwrap().0);
            prop_assert!(high - low <= 1);
            prop_assert!((low as f64) <= dollars * 1e6 * (1.0 + 1e-15) && (high as f64) >= dollars * 1e6 * (1.0 - 1e-15));
        }

        #[test]
        fn a_bound_holds_for_every_shorter_answer(
            input in 0..100_000_u64, most in 0..10_000_u64, less in 0..10_000_u64,
            prices in (0..100_000_000_i64, 0..100_000_000_i64),
        ) {
            let price = Price::new(Usd::from_micros(prices.0).unwrap(), Usd::from_micros(prices.1).unwrap());
            let bound = price.upper_bound(input, Some(most)).unwrap().unwrap();
            prop_assert!(price.cost(input, less.min(most)).unwrap() <= bound);
        }
    }
}
