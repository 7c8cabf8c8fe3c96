//! The order of sequences, and micro-batches of them without padding.

use super::sequence::Sequence;
use crate::error::{Error, ErrorKind, Result};
use crate::random::SplitMix64;

/// As many micro-batches are open at once for sequences that fit into what they have left.
const OPEN: usize = 64;

/// The numbers below `count` in an order that `seed` alone decides, the same on every machine and in every version.
///
/// It is the Fisher–Yates shuffle (Durstenfeld, 1964) from the last place to the second, with numbers of SplitMix64 that
/// begins at `seed`.
pub fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    let mut numbers = SplitMix64(seed);
    for last in (1..count).rev() {
        order.swap(last, numbers.below(last as u64 + 1) as usize);
    }
    order
}

/// Puts the sequences into micro-batches of at most `batch_tokens` tokens, in an order that `seed` decides. Each
/// micro-batch is a list of places in `sequences`; every sequence is in one. There is no padding to fill: a sequence
/// goes into the first of 64 open micro-batches that has room, so that few tokens of room stay empty.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] for a sequence that is longer than `batch_tokens`.
pub fn micro_batches(sequences: &[Sequence], batch_tokens: usize, seed: u64) -> Result<Vec<Vec<usize>>> {
    pack(sequences, &shuffled(sequences.len(), seed), batch_tokens)
}

/// As [`micro_batches`], of the sequences at `places` in their order.
pub(crate) fn pack(sequences: &[Sequence], places: &[usize], batch_tokens: usize) -> Result<Vec<Vec<usize>>> {
    let mut batches: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut first_open = 0;
    for &place in places {
        let length = sequences[place].ids().len();
        if length > batch_tokens {
            let message = format!(
                "sequence {place} has {length} tokens and batch_tokens is {batch_tokens}; raise it, or encode with a \
                 lower max_length"
            );
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let open = &mut batches[first_open..];
        match open.iter_mut().find(|(tokens, _)| tokens + length <= batch_tokens) {
            Some((tokens, members)) => {
                *tokens += length;
                members.push(place);
            }
            None => {
                batches.push((length, vec![place]));
                first_open = batches.len().saturating_sub(OPEN);
            }
        }
    }
    Ok(batches.into_iter().map(|(_, members)| members).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of_lengths(lengths: &[usize]) -> Vec<Sequence> {
        lengths.iter().map(|&length| Sequence::new(vec![1; length])).collect()
    }

    #[test]
    fn an_order_never_changes() {
        assert_eq!(shuffled(10, 0), ORDER_OF_SEED_0);
        assert_ne!(shuffled(10, 1), ORDER_OF_SEED_0);
        assert!(shuffled(0, 7).is_empty() && shuffled(1, 7) == [0]);
    }

    const ORDER_OF_SEED_0: [usize; 10] = [4, 9, 2, 5, 1, 7, 6, 0, 3, 8];

    #[test]
    fn every_place_is_as_likely_as_any_other() {
        let mut counts = [[0u32; 5]; 5];
        for seed in 0..10_000 {
            for (place, item) in shuffled(5, seed).into_iter().enumerate() {
                counts[place][item] += 1;
            }
        }
        assert!(counts.iter().flatten().all(|count| (1_850..2_150).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_sequence_that_fits_nowhere_is_told() {
        let error = micro_batches(&of_lengths(&[3, 9]), 8, 0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains("sequence 1 has 9 tokens"), "{error}");
    }

    #[test]
    fn little_room_stays_empty() {
        let lengths: Vec<_> = shuffled(2000, 3).into_iter().map(|n| 30 + n % 571).collect();
        let tokens: usize = lengths.iter().sum();
        let batches = micro_batches(&of_lengths(&lengths), 1024, 0).unwrap();
        assert!(tokens * 100 > batches.len() * 1024 * 97, "{tokens} tokens in {} batches", batches.len());
    }

    proptest! {
        #[test]
        fn every_sequence_is_in_one_batch_that_it_fits_into(
            lengths in prop::collection::vec(0usize..50, 0..300), batch_tokens in 49usize..200, seed: u64,
        ) {
            let batches = micro_batches(&of_lengths(&lengths), batch_tokens, seed).unwrap();
            let mut places: Vec<_> = batches.concat();
            places.sort_unstable();
            prop_assert_eq!(places, (0..lengths.len()).collect::<Vec<_>>());
            for batch in &batches {
                prop_assert!(batch.iter().map(|&place| lengths[place]).sum::<usize>() <= batch_tokens);
            }
        }
    }
}
