//! Exponential moving averages of vectors: a memory that follows what is new, and settles as it grows.
//!
//! `e ← (1 − η) e + η mean(new)` with `η = min(1, c / (n + 1))`, where `n` updates were made so far.
//!
//! Over many updates the rates sum to infinity and their squares do not. Those are the conditions under which such a
//! sequence converges (Robbins and Monro, A Stochastic Approximation Method, Annals of Mathematical Statistics 22,
//! 1951), here to the mean of what is new.

mod batch;
mod blend;
mod journal;
mod rows;

use crate::error::{Error, ErrorKind, Result};
use blend::Blend;
use rows::Rows;

/// Its example runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/ema.md")]
struct Guide;

/// What an update may be told. `EmaOptions::default()` is the usual.
///
/// ```
/// use aion_core::EmaOptions;
///
/// let mut options = EmaOptions::default();
/// assert_eq!(options.c, 0.5);
/// options.normalize = true;
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EmaOptions {
    /// How much a new vector weighs: the `c` of `η = min(1, c / (n + 1))`, above 0. With 1 the result is the plain
    /// mean of all that was ever new. Default: 0.5.
    pub c: f64,
    /// Whether the result is scaled to length 1. Default: no.
    pub normalize: bool,
    /// Threads of a batch. Default: the cores that this process may use. The result is the same for every number.
    pub threads: Option<usize>,
}

impl Default for EmaOptions {
    fn default() -> Self {
        Self { c: 0.5, normalize: false, threads: None }
    }
}

impl EmaOptions {
    fn validate(&self) -> Result<()> {
        if !(self.c.is_finite() && self.c > 0.0) {
            return Err(invalid(format!("c is {}; it must be a number above 0, such as 0.5", self.c)));
        }
        match self.threads {
            Some(threads) if !(1..=1024).contains(&threads) => {
                let range = "it must be 1 to 1024, or absent for every core";
                Err(invalid(format!("threads is {threads}; {range}")))
            }
            _ => Ok(()),
        }
    }

    fn thread_count(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}

/// The vector that `current` becomes by the mean of `new`, after `updates` earlier updates. Without a `current`
/// it is the mean itself, whatever `updates` says.
///
/// ```
/// use aion_core::{EmaOptions, ema_update};
///
/// let options = EmaOptions::default();
/// let first = ema_update(None, &[[1.0, 0.0], [0.0, 1.0]], 0, &options)?;
/// assert_eq!(first, [0.5, 0.5]);
/// // One update so far: η = 0.5 / 2.
/// assert_eq!(ema_update(Some(&first), &[[1.0, 0.0]], 1, &options)?, [0.625, 0.375]);
/// # Ok::<(), aion_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] when `new` is empty, when lengths differ or are 0, when a value is NaN or
/// infinite, when `c` is not above 0, or when a vector of length 0 would have to be normalised.
pub fn ema_update<V: AsRef<[f32]>>(
    current: Option<&[f32]>,
    new: &[V],
    updates: u64,
    options: &EmaOptions,
) -> Result<Vec<f32>> {
    options.validate()?;
    let mean = mean(current, new)?;
    let mut vector = current.unwrap_or(&mean).to_vec();
    match current {
        Some(_) => {
            let (targets, updates, dimension) = (&*mean, &[updates][..], mean.len());
            Rows { vectors: &mut vector, targets, updates, dimension, options }.overwrite();
        }
        None => Blend::REPLACE.row(&mut vector, &mean, options.normalize),
    }
    match vector.iter().all(|value| value.is_finite()) {
        true => Ok(vector),
        false => Err(invalid("the new vector has length 0, which no scale makes 1")),
    }
}

/// As [`ema_update`] for many vectors in place: each row of `vectors` by its row of `targets`, after as many
/// earlier updates as `updates` says. Both are rows of `dimension` numbers, one after the other.
///
/// All is checked before the call succeeds, and when it fails every bit of `vectors` is as it was.
///
/// A large batch takes little more than reading both arrays once where the processor has AVX-512 (VBMI2), with notes
/// of what is overwritten that take up to an eighth of the vectors' memory. Elsewhere, and to normalise, it reads them
/// twice, the first time to check them.
///
/// ```
/// use aion_core::{EmaOptions, ema_update_batch};
///
/// let mut vectors = [1.0, 0.0, 0.0, 2.0];
/// ema_update_batch(&mut vectors, &[0.0, 1.0, 0.0, 1.0], 2, &[0, 4], &EmaOptions::default())?;
/// assert_eq!(vectors, [0.5, 0.5, 0.0, 1.9]);
/// # Ok::<(), aion_core::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] when the shapes do not fit each other, when a value is NaN or infinite, when
/// `c` is not above 0, or when a vector of length 0 would have to be normalised; the message names the row.
pub fn ema_update_batch(
    vectors: &mut [f32],
    targets: &[f32],
    dimension: usize,
    updates: &[u64],
    options: &EmaOptions,
) -> Result<()> {
    options.validate()?;
    let count = updates.len();
    for (name, length) in [("vectors", vectors.len()), ("targets", targets.len())] {
        if count.checked_mul(dimension) != Some(length) {
            let wanted = format!("{count} updates of dimension {dimension} need another number");
            return Err(invalid(format!("`{name}` has {length} values; {wanted}")));
        }
    }
    match (count, dimension) {
        (0, _) => Ok(()),
        (_, 0) => Err(invalid("the vectors have dimension 0")),
        _ => batch::update(Rows { vectors, targets, updates, dimension, options }),
    }
}

/// The mean of `new`, once they and `current` are checked.
fn mean<V: AsRef<[f32]>>(current: Option<&[f32]>, new: &[V]) -> Result<Vec<f32>> {
    let Some(first) = new.first() else {
        return Err(invalid("there are no new vectors; an update needs at least one"));
    };
    let dimension = current.unwrap_or(first.as_ref()).len();
    if dimension == 0 {
        return Err(invalid("the vectors have dimension 0"));
    }
    check(current.unwrap_or_default(), format_args!("the current vector"))?;
    let mut sums = vec![0.0; dimension];
    for (index, new) in new.iter().map(V::as_ref).enumerate() {
        if new.len() != dimension {
            let length = new.len();
            return Err(invalid(format!("new vector {index} has dimension {length}, others {dimension}")));
        }
        check(new, format_args!("new vector {index}"))?;
        sums.iter_mut().zip(new).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    Ok(sums.iter().map(|sum| (sum / new.len() as f64) as f32).collect())
}

fn check(vector: &[f32], name: std::fmt::Arguments<'_>) -> Result<()> {
    match vector.iter().position(|value| !value.is_finite()) {
        Some(place) => Err(not_finite(name, vector[place], place)),
        None => Ok(()),
    }
}

fn not_finite(name: std::fmt::Arguments<'_>, value: f32, place: usize) -> Error {
    invalid(format!("{name} has {value} at {place}; every value must be a finite number"))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}
