//! Logits are PEFT's, however the tokens are given.

use aion_core::ErrorKind;
use aion_core::generate::{Decoder, DecoderOptions};

use crate::support::{MODELS, Record, free, open};

fn decoder(model: &str, threads: usize) -> Decoder {
    let mut options = DecoderOptions::default();
    options.threads = Some(threads);
    Decoder::new(open(model), Some(Record::read(model).adapter(model, "after")), &options).unwrap()
}

#[test]
fn logits_are_those_of_peft_at_once_and_one_by_one() {
    for model in MODELS {
        let record = Record::read(model);
        let batch = record.batch();
        let tokens = batch[0].ids();
        let decoder = decoder(model, 2);
        let mut at_once = decoder.cache();
        let whole = decoder.feed(tokens, &mut at_once, &free()).unwrap();
        let mut cache = decoder.cache();
        let (first, rest) = tokens.split_at(7);
        decoder.feed(first, &mut cache, &free()).unwrap();
        let mut parts = decoder.feed(&rest[..3], &mut cache, &free()).unwrap();
        for &token in &rest[3..] {
            parts = decoder.feed(&[token], &mut cache, &free()).unwrap();
        }
        assert_eq!((cache.len(), at_once.len()), (tokens.len(), tokens.len()));
        for ((whole, part), theirs) in whole.iter().zip(&parts).zip(&record.logits) {
            assert!((whole - theirs).abs() < 2e-4, "{model}: {whole} is not {theirs}");
            assert!((part - theirs).abs() < 2e-4, "{model}: {part} is not {theirs}");
        }
    }
}

#[test]
fn a_conversation_can_go_back() {
    let (decoder, again) = (decoder("qwen2", 1), decoder("qwen2", 3));
    let mut cache = decoder.cache();
    let first = decoder.feed(&[1, 2, 3, 4], &mut cache, &free()).unwrap();
    decoder.feed(&[9, 8], &mut cache, &free()).unwrap();
    cache.truncate(3);
    let second = decoder.feed(&[4], &mut cache, &free()).unwrap();
    assert!(first.iter().zip(&second).all(|(a, b)| (a - b).abs() < 1e-4));
    let mut other = again.cache();
    assert_eq!(first, again.feed(&[1, 2, 3, 4], &mut other, &free()).unwrap());
}

#[test]
fn what_can_not_be_read_leaves_the_conversation() {
    let decoder = decoder("qwen3", 1);
    let mut cache = decoder.cache();
    decoder.feed(&[1, 2], &mut cache, &free()).unwrap();
    let stopped = free();
    stopped.cancel_token().cancel();
    for (tokens, control, kind) in [
        (vec![], free(), ErrorKind::InvalidArgument),
        (vec![100], free(), ErrorKind::InvalidArgument),
        (vec![1; 63], free(), ErrorKind::LimitExceeded),
        (vec![3], stopped, ErrorKind::Cancelled),
    ] {
        assert_eq!(decoder.feed(&tokens, &mut cache, &control).unwrap_err().kind(), kind);
        assert_eq!(cache.len(), 2);
    }
    let mut clean = decoder.cache();
    decoder.feed(&[1, 2], &mut clean, &free()).unwrap();
    let [a, b] = [&mut cache, &mut clean].map(|cache| decoder.feed(&[3], cache, &free()).unwrap());
    assert_eq!(a, b);
    let adapter = Record::read("qwen2").adapter("qwen2", "after");
    let error = Decoder::new(open("qwen3"), Some(adapter), &DecoderOptions::default()).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
