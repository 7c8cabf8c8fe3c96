//! The exponential moving average: its formula, its limit, and that an error changes nothing.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use aion_core::{EmaOptions, Error, ErrorKind, ema_update, ema_update_batch};
use proptest::prelude::*;

/// Rows that are enough for a journal and for two threads.
const ROWS: usize = 40_000;
const DIMENSION: usize = 129;

fn options(c: f64) -> EmaOptions {
    let mut options = EmaOptions::default();
    options.c = c;
    options
}

/// The formula in `f64`.
fn formula(old: f32, new: f32, updates: u64, c: f64) -> f64 {
    let rate = (c / (updates as f64 + 1.0)).min(1.0);
    (1.0 - rate) * f64::from(old) + rate * f64::from(new)
}

fn is_near(value: f32, wanted: f64, scale: f32) -> bool {
    (f64::from(value) - wanted).abs() <= 3e-7 * f64::from(scale.abs()) + 1e-44
}

/// Numbers that look random, the same each time.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// The error of a batch, after a check that nothing was changed.
fn refused(vectors: &mut [f32], targets: &[f32], dimension: usize, updates: &[u64], c: f64) -> Error {
    let before = bits(vectors);
    let error = ema_update_batch(vectors, targets, dimension, updates, &options(c)).unwrap_err();
    assert!(bits(vectors) == before, "a call that failed changed its input: {error}");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    error
}

proptest! {
    #[test]
    fn one_vector_and_a_batch_follow_the_formula(
        old in prop::collection::vec(-1e3_f32..1e3, 1..70),
        seed: u32,
        updates in prop_oneof![0_u64..50, any::<u64>()],
        c in 1e-3..4.0,
    ) {
        let new = numbers(old.len(), seed);
        let one = ema_update(Some(&old), &[&new], updates, &options(c)).unwrap();
        for ((&value, &old), &new) in one.iter().zip(&old).zip(&new) {
            prop_assert!(is_near(value, formula(old, new, updates, c), old.abs().max(new.abs())));
        }
        let mut batch = old.clone();
        ema_update_batch(&mut batch, &new, old.len(), &[updates], &options(c)).unwrap();
        prop_assert_eq!(batch, one);
    }

    #[test]
    fn several_new_vectors_count_as_their_mean_and_the_first_is_the_mean(
        rows in prop::collection::vec(prop::array::uniform3(-1e3_f32..1e3), 1..20),
        updates: u64,
    ) {
        let first = ema_update(None, &rows, updates, &options(0.5)).unwrap();
        for (column, &value) in first.iter().enumerate() {
            let mean = rows.iter().map(|row| f64::from(row[column])).sum::<f64>() / rows.len() as f64;
            prop_assert!(is_near(value, mean, 1e3));
        }
        let old = [1.0, -2.0, 3.0];
        let by_rows = ema_update(Some(&old), &rows, 3, &options(0.5)).unwrap();
        let by_mean = ema_update(Some(&old), &[&first], 3, &options(0.5)).unwrap();
        prop_assert_eq!(by_rows, by_mean);
    }

    #[test]
    fn what_is_finite_stays_finite(old: f32, new: f32, updates: u64, c in 1e-6..2.0) {
        prop_assume!(old.is_finite() && new.is_finite());
        for (old, new) in [(old, new), (f32::MAX, f32::MAX), (f32::MIN, f32::MIN), (f32::MAX, f32::MIN)] {
            let value = ema_update(Some(&[old]), &[[new]], updates, &options(c)).unwrap()[0];
            prop_assert!(value.is_finite());
            prop_assert!(is_near(value, formula(old, new, updates, c), old.abs().max(new.abs())));
        }
    }

    #[test]
    fn with_normalize_every_vector_has_length_one(
        mut vectors in prop::collection::vec(0.1_f32..1e30, 60),
        seed: u32,
        updates in prop::collection::vec(0_u64..9, 5),
    ) {
        let mut unit = options(0.5);
        unit.normalize = true;
        let targets = numbers(vectors.len(), seed);
        let one = ema_update(Some(&vectors[..12]), &[&targets[..12]], updates[0], &unit).unwrap();
        ema_update_batch(&mut vectors, &targets, 12, &updates, &unit).unwrap();
        prop_assert_eq!(&vectors[..12], one);
        for row in vectors.chunks(12) {
            let length: f64 = row.iter().map(|&value| f64::from(value).powi(2)).sum();
            prop_assert!((length - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn nothing_changes_when_a_value_is_not_finite(
        place in 0_usize..40,
        bad in prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(f32::NEG_INFINITY)],
        in_targets: bool,
    ) {
        let (mut vectors, mut targets) = (numbers(40, 1), numbers(40, 2));
        (if in_targets { &mut targets } else { &mut vectors })[place] = bad;
        let error = refused(&mut vectors, &targets, 8, &[0; 5], 0.5).to_string();
        let name = if in_targets { "targets" } else { "vectors" };
        let wanted = format!("row {} of `{name}` has {bad} at {}", place / 8, place % 8);
        prop_assert!(error.contains(&wanted));
        prop_assert!(ema_update(Some(&vectors), &[&targets], 0, &options(0.5)).is_err());
        prop_assert!(ema_update(None, &[&vectors, &targets], 0, &options(0.5)).is_err());
    }
}

// Robbins and Monro, A Stochastic Approximation Method, Annals of Mathematical Statistics 22 (1951): rates of which
// the sum is infinite and the sum of squares is not lead to the mean of what is drawn, from anywhere. For c / n the
// start fades as n^-c, so with c = 0.5 a hundred times the updates leave a tenth of it.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_converges_to_the_mean_from_anywhere(
        start in -10.0_f32..10.0,
        mean in -10.0_f32..10.0,
        c in 0.5..1.0,
        seed: u32,
    ) {
        let noise = numbers(20_000, seed);
        let mut vector = vec![start];
        let mut misses = Vec::new();
        for (updates, noise) in noise.iter().enumerate() {
            vector = ema_update(Some(&vector), &[[mean + noise]], updates as u64, &options(c)).unwrap();
            if [200, 20_000].contains(&(updates + 1)) {
                misses.push((vector[0] - mean).abs());
            }
        }
        prop_assert!(misses[1] < 0.15, "{misses:?}");
        prop_assert!(misses[1] < 0.05 + misses[0] / 8.0, "{misses:?}");
    }
}

#[test]
fn with_c_of_one_it_is_the_mean_of_all() {
    let drawn = numbers(1000, 7);
    let mut vector = vec![99.0];
    for (updates, &value) in drawn.iter().enumerate() {
        vector = ema_update(Some(&vector), &[[value]], updates as u64, &options(1.0)).unwrap();
    }
    let mean = drawn.iter().map(|&value| f64::from(value)).sum::<f64>() / 1000.0;
    assert!((f64::from(vector[0]) - mean).abs() < 1e-6);
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let mut vectors = numbers(8, 1);
    let targets = numbers(8, 2);
    for c in [0.0, -0.5, f64::NAN, f64::INFINITY] {
        assert!(refused(&mut vectors, &targets, 4, &[0, 0], c).to_string().contains("c is"));
        assert!(ema_update(None, &[&targets], 0, &options(c)).is_err());
    }
    for (targets, dimension, updates) in
        [(7, 4, 2), (8, 4, 1), (8, 4, 3), (8, 3, 2), (0, 4, 2), (8, usize::MAX, 2)]
    {
        refused(&mut vectors, &numbers(targets, 2), dimension, &vec![0; updates], 0.5);
    }
    refused(&mut [], &[], 0, &[0], 0.5);
    assert!(ema_update_batch(&mut [], &[], 4, &[], &options(0.5)).is_ok());

    for threads in [0, 1025] {
        let mut options = options(0.5);
        options.threads = Some(threads);
        let error = ema_update_batch(&mut vectors, &targets, 4, &[0, 0], &options).unwrap_err();
        assert!(error.to_string().contains("threads"));
    }
}

#[test]
fn one_vector_needs_new_ones_of_its_dimension() {
    let none: [&[f32]; 0] = [];
    let refused = |current: Option<&[f32]>, new: &[&[f32]]| {
        let error = ema_update(current, new, 0, &options(0.5)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.to_string()
    };
    assert!(refused(Some(&[1.0]), &none).contains("no new vectors"));
    assert!(refused(None, &none).contains("no new vectors"));
    assert!(refused(None, &[&[]]).contains("dimension 0"));
    assert!(refused(Some(&[]), &[&[]]).contains("dimension 0"));
    assert!(refused(Some(&[1.0, 2.0]), &[&[1.0, 2.0], &[1.0]]).contains("new vector 1 has dimension 1"));
    assert!(refused(None, &[&[1.0], &[1.0, 2.0]]).contains("new vector 1 has dimension 2"));
}

#[test]
fn a_vector_of_length_zero_can_not_be_normalised() {
    let mut unit = options(0.5);
    unit.normalize = true;
    assert!(
        ema_update(None, &[[1.0, -1.0], [-1.0, 1.0]], 0, &unit).unwrap_err().to_string().contains("length 0")
    );
    let mut vectors = [1.0, 2.0, 1.0, -1.0];
    let error = ema_update_batch(&mut vectors, &[1.0, 0.0, -1.0, 1.0], 2, &[0, 0], &unit).unwrap_err();
    assert!(error.to_string().contains("row 1"), "{error}");
    assert_eq!(vectors, [1.0, 2.0, 1.0, -1.0]);
}

/// A batch large enough for every way of doing it, after `threads` threads did it.
fn large(threads: usize, c: f64, normalize: bool) -> Vec<f32> {
    let (mut vectors, targets) = (numbers(ROWS * DIMENSION, 1), numbers(ROWS * DIMENSION, 2));
    let updates: Vec<u64> = (0..ROWS as u64).map(|row| row % 7).collect();
    let mut options = options(c);
    (options.threads, options.normalize) = (Some(threads), normalize);
    ema_update_batch(&mut vectors, &targets, DIMENSION, &updates, &options).unwrap();
    vectors
}

#[test]
fn a_large_batch_is_the_same_for_every_number_of_threads_and_row_by_row() {
    let (old, new) = (numbers(ROWS * DIMENSION, 1), numbers(ROWS * DIMENSION, 2));
    for (c, normalize) in [(0.5, false), (1.0, false), (0.5, true)] {
        let vectors = large(1, c, normalize);
        for threads in [2, 3] {
            assert!(bits(&vectors) == bits(&large(threads, c, normalize)), "{threads} threads");
        }
        let mut options = options(c);
        options.normalize = normalize;
        for row in [0, 1, 20_000, ROWS - 1] {
            let range = row * DIMENSION..(row + 1) * DIMENSION;
            let one = ema_update(Some(&old[range.clone()]), &[&new[range.clone()]], row as u64 % 7, &options)
                .unwrap();
            assert_eq!(vectors[range], one);
        }
    }
}

#[test]
fn a_large_batch_is_taken_back_bit_by_bit_when_its_last_row_is_refused() {
    let last = ROWS * DIMENSION - 1;
    for (c, updates) in [(0.5, 0), (0.5, 40), (1.0, 0)] {
        for in_targets in [false, true] {
            let (mut vectors, mut targets) = (numbers(last + 1, 1), numbers(last + 1, 2));
            (if in_targets { &mut targets } else { &mut vectors })[last] = f32::NAN;
            let error = refused(&mut vectors, &targets, DIMENSION, &[updates; ROWS], c).to_string();
            assert!(error.contains(&format!("row {}", ROWS - 1)), "{error}");
        }
    }
}

#[test]
fn the_largest_numbers_of_a_large_batch_stay_finite() {
    for c in [0.3, 0.5, 0.9] {
        let mut vectors = vec![f32::MAX; ROWS * DIMENSION];
        let targets = vectors.clone();
        ema_update_batch(&mut vectors, &targets, DIMENSION, &[0; ROWS], &options(c)).unwrap();
        assert!(vectors.iter().all(|&value| value > 3.402_823e38));
    }
}
