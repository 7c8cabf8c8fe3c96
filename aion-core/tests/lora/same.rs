//! What must not change a result: threads, neighbours in a batch, and how it is cut into micro-batches.

use aion_core::dataset::Sequence;
use aion_core::lora::{Trainer, TrainerOptions};

use crate::support::{MODELS, Record, free, open, tokens};

fn options(threads: usize) -> TrainerOptions {
    let mut options = TrainerOptions::default();
    (options.rank, options.gradient_accumulation, options.threads) = (5, 2, Some(threads));
    options.dropout = 0.1;
    options.learning_rate = 1e-2;
    options
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for model in MODELS {
        let run = |threads| {
            let mut trainer = Trainer::new(open(model), options(threads), None).unwrap();
            let batches: Vec<Vec<Sequence>> = (0..4)
                .map(|step| {
                    [64, 3, 17, 40].map(|length| Sequence::new(tokens(length, step + length as u32))).to_vec()
                })
                .collect();
            let reports: Vec<_> =
                batches.iter().map(|batch| trainer.lora_step(batch, &free()).unwrap()).collect();
            (reports, trainer.gradients(), trainer.adapter())
        };
        let alone = run(1);
        assert_eq!(alone.0[3].step, 2);
        assert_eq!(alone, run(2), "{model}");
        assert_eq!(alone, run(3), "{model}");
    }
}

#[test]
fn a_sequence_has_the_same_loss_alone_and_among_others() {
    for model in MODELS {
        let record = Record::read(model);
        let mut trainer = record.trainer(model, record.options());
        let batch: Vec<Sequence> = [30, 2, 64, 7].map(|length| Sequence::new(tokens(length, 9))).to_vec();
        let mut sum = 0.0;
        for sequence in &batch {
            let alone = trainer.loss(std::slice::from_ref(sequence), &free()).unwrap();
            sum += alone * sequence.target_count() as f64;
            // Among the others, only this one is learnt.
            let masked: Vec<Sequence> = batch
                .iter()
                .map(|other| {
                    Sequence::masked(other.ids(), vec![other == sequence; other.ids().len()]).unwrap()
                })
                .collect();
            let among = trainer.loss(&masked, &free()).unwrap();
            assert!((alone - among).abs() <= 1e-5, "{model}: {alone} {among}");
        }
        let count: usize = batch.iter().map(Sequence::target_count).sum();
        let together = trainer.loss(&batch, &free()).unwrap();
        assert!((sum / count as f64 - together).abs() <= 1e-5, "{model}");
    }
}

#[test]
fn micro_batches_of_unlike_sizes_are_weighed_by_their_target_tokens() {
    let record = Record::read("qwen3");
    let batch = record.batch();
    let mut whole = record.trainer("qwen3", record.options());
    let mut options = record.options();
    options.gradient_accumulation = batch.len() as u32;
    let mut parts = record.trainer("qwen3", options);
    let whole_report = whole.lora_step(&batch, &free()).unwrap();
    let reports: Vec<_> = batch
        .iter()
        .map(|sequence| parts.lora_step(std::slice::from_ref(sequence), &free()).unwrap())
        .collect();
    assert_eq!(reports.iter().filter(|report| report.updated).count(), 1);
    let norm = reports.last().unwrap().grad_norm.unwrap();
    assert!((norm / whole_report.grad_norm.unwrap() - 1.0).abs() < 1e-5);
    for (pair, other) in whole.adapter().tensors.values().zip(parts.adapter().tensors.values()) {
        for (a, b) in pair.a.iter().chain(&pair.b).zip(other.a.iter().chain(&other.b)) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
}

#[test]
fn dropout_changes_training_but_not_the_loss() {
    let record = Record::read("llama-tied");
    let mut options = record.options();
    options.dropout = 0.3;
    let (mut plain, mut dropped) =
        (record.trainer("llama-tied", record.options()), record.trainer("llama-tied", options));
    let batch = record.batch();
    assert_eq!(plain.loss(&batch, &free()).unwrap(), dropped.loss(&batch, &free()).unwrap());
    let [plain, dropped] = [&mut plain, &mut dropped].map(|trainer| {
        let report = trainer.lora_step(&batch, &free()).unwrap();
        report.loss
    });
    assert!((plain - dropped).abs() > 1e-3);
}
