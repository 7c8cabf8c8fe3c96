//! Training over a set: what is told, what is refused, and that a stop leaves no trace.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use aion_core::adapter::{Adapters, Candidate, PromoteOptions};
use aion_core::dataset::Sequence;
use aion_core::lora::{
    CheckpointPlan, HeldOut, TrainOptions, TrainProgress, TrainReport, Trainer, TrainerOptions,
};
use aion_core::{Control, Error, ErrorKind};

use crate::support::{free, open, tokens};

const MODEL: &str = "qwen3";

fn trainer(dropout: f64) -> Trainer {
    let mut options = TrainerOptions::default();
    (options.rank, options.dropout, options.seed) = (4, dropout, 7);
    (options.learning_rate, options.threads) = (5e-3, Some(1));
    Trainer::new(open(MODEL), options, None).unwrap()
}

fn set() -> Vec<Sequence> {
    (0..23).map(|index| Sequence::new(tokens(5 + index * 2, index as u32))).collect()
}

/// Three epochs of six updates, the last of them smaller; two or three micro-batches each.
fn options() -> TrainOptions {
    let mut options = TrainOptions::default();
    (options.epochs, options.batch_size, options.batch_tokens) = (3, Some(4), 64);
    (options.held_out, options.evaluate_every) = (0.1, Some(4));
    options
}

fn train(trainer: &mut Trainer, options: &TrainOptions) -> Result<TrainReport, Error> {
    trainer.train(&set(), options, &mut |_| {}, &free())
}

/// What stays the same from one run to the next.
fn lasting(report: &TrainReport) -> (u64, u64, &[f64], String) {
    (report.updates, report.tokens, &report.losses, format!("{:?}", report.evaluations))
}

#[test]
fn a_training_tells_what_it_does() {
    let mut events: Vec<TrainProgress> = Vec::new();
    let mut trainer = trainer(0.1);
    let report = trainer.train(&set(), &options(), &mut |progress| events.push(*progress), &free()).unwrap();
    assert_eq!((report.updates, report.held_out), (18, 2));
    assert_eq!((trainer.step(), options().updates(23, trainer.options())), (18, 18));
    let updates: Vec<_> = events.iter().filter(|event| event.grad_norm.is_some()).collect();
    let losses: Vec<_> = updates.iter().map(|event| event.loss).collect();
    assert_eq!(losses, report.losses);
    assert_eq!(updates.iter().map(|event| event.update).collect::<Vec<_>>(), (1..=18).collect::<Vec<_>>());
    assert_eq!(
        updates.iter().map(|event| event.epoch).collect::<Vec<_>>(),
        [[1; 6], [2; 6], [3; 6]].concat()
    );
    let told: Vec<_> = events.iter().filter_map(|event| Some((event.update, event.evaluation?))).collect();
    let kept: Vec<_> = report.evaluations.iter().map(|one| (one.update, one.loss)).collect();
    assert_eq!(told, kept);
    assert_eq!(kept.iter().map(|(update, _)| *update).collect::<Vec<_>>(), [4, 6, 8, 12, 16, 18]);
    assert!(kept[5].1 < kept[0].1, "{kept:?}");
    let last = events.last().unwrap();
    assert_eq!((last.tokens, last.updates, last.remaining), (report.tokens, 18, Duration::ZERO));
    assert!(last.tokens_per_second > 0.0);
}

#[test]
fn a_cancelled_training_goes_on_as_if_it_had_not_been() {
    let mut whole = trainer(0.2);
    let expected = train(&mut whole, &options()).unwrap();
    let mut stopped = trainer(0.2);
    let (mut calls, mut stop) = (0, 1);
    let report = loop {
        let control = Control::default();
        let token = control.cancel_token().clone();
        let mut events = 0;
        let mut on_progress = |_: &TrainProgress| {
            events += 1;
            if events == stop {
                token.cancel();
            }
        };
        calls += 1;
        match stopped.train(&set(), &options(), &mut on_progress, &control) {
            Ok(report) => break report,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}"),
        }
        stop += 2;
    };
    assert!(calls > 4, "it was stopped {calls} times");
    assert_eq!(lasting(&report), lasting(&expected));
    assert!(stopped.adapter() == whole.adapter());
}

#[test]
fn a_resumed_training_goes_on_as_if_it_had_not_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.safetensors");
    let mut plan = options();
    plan.checkpoint = Some(CheckpointPlan { path: path.clone(), every: 5 });
    let mut whole = trainer(0.2);
    let expected = train(&mut whole, &options()).unwrap();
    let control = Control::default();
    let token = control.cancel_token().clone();
    let mut until_the_twelfth = |progress: &TrainProgress| {
        if progress.update == 12 {
            token.cancel();
        }
    };
    trainer(0.2).train(&set(), &plan, &mut until_the_twelfth, &control).unwrap_err();
    let (mut resumed, _) = Trainer::resume(&path, open(MODEL), Some(2)).unwrap();
    assert_eq!(resumed.step(), 10);
    let other = resumed.train(&set()[1..], &plan, &mut |_| {}, &free()).unwrap_err();
    assert_eq!(other.kind(), ErrorKind::InvalidArgument);
    assert!(other.to_string().contains("other sequences"), "{other}");
    let report = train(&mut resumed, &plan).unwrap();
    assert_eq!(lasting(&report), lasting(&expected));
    assert!(resumed.adapter() == whole.adapter());

    let (mut finished, _) = Trainer::resume(&path, open(MODEL), Some(1)).unwrap();
    let again = train(&mut finished, &plan).unwrap();
    assert_eq!(lasting(&again), lasting(&expected), "what had finished is not learnt twice");
    assert!(finished.adapter() == whole.adapter());
}

#[test]
#[cfg(unix)]
fn a_killed_training_goes_on_to_the_same_adapter() {
    let directory = tempfile::tempdir().unwrap();
    let mut whole = trainer(0.2);
    train(&mut whole, &options()).unwrap();
    for round in 0.. {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "train::trains_until_it_is_killed", "--ignored", "--quiet"])
            .current_dir(directory.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(20 + 25 * round));
        process.kill().unwrap();
        process.wait().unwrap();
        if directory.path().join("adapter").exists() {
            break;
        }
    }
    let trained = aion_core::adapter::Adapter::read(directory.path().join("adapter")).unwrap();
    assert!(trained.tensors == whole.adapter().tensors);
}

#[test]
#[ignore = "the child of another test"]
fn trains_until_it_is_killed() {
    let path = Path::new("run.safetensors");
    let mut options = options();
    options.checkpoint = Some(CheckpointPlan { path: path.into(), every: 1 });
    let mut trainer = match path.exists() {
        true => Trainer::resume(path, open(MODEL), Some(1)).unwrap().0,
        false => trainer(0.2),
    };
    let slowly = &mut |_: &TrainProgress| std::thread::sleep(Duration::from_millis(2));
    trainer.train(&set(), &options, slowly, &free()).unwrap();
    trainer.save("adapter").unwrap();
}

/// An update is the same however its sequences are computed: in one micro-batch, in many, or by hand.
#[test]
fn an_update_does_not_depend_on_its_micro_batches() {
    let sequences = set();
    let mut options = TrainOptions::default();
    options.batch_size = Some(sequences.len());
    let [mut at_once, mut in_parts, mut by_hand] = [(); 3].map(|()| trainer(0.0));
    let whole = at_once.train(&sequences, &options, &mut |_| {}, &free()).unwrap();
    options.batch_tokens = 64;
    let parts = in_parts.train(&sequences, &options, &mut |_| {}, &free()).unwrap();
    let loss = by_hand.loss(&sequences, &free()).unwrap();
    by_hand.lora_step(&sequences, &free()).unwrap();
    by_hand.update().unwrap();
    assert!((whole.losses[0] - loss).abs() < 1e-6 && (parts.losses[0] - loss).abs() < 1e-6);
    let adapter = at_once.adapter();
    for other in [in_parts.adapter(), by_hand.adapter()] {
        for (id, factors) in &other.tensors {
            let numbers = factors.b.iter().zip(&adapter.tensors[id].b);
            // One step of AdamW moves each number by the learning rate, whatever its gradient's size.
            let moved = numbers.filter(|(a, b)| (*a - *b).abs() > 1e-4).count();
            assert!(moved * 50 <= factors.b.len(), "{id}: {moved} of {}", factors.b.len());
        }
    }
}

#[test]
fn what_can_not_be_trained_on_is_refused_before_anything_moves() {
    let mut trainer = trainer(0.0);
    let before = trainer.adapter();
    let mut refused = |sequences: &[Sequence], change: &dyn Fn(&mut TrainOptions), text: &str| {
        let mut options = options();
        change(&mut options);
        let error = trainer.train(sequences, &options, &mut |_| {}, &free()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        assert!(error.to_string().contains(text), "{error} lacks {text}");
    };
    let good = set();
    refused(&[], &|_| {}, "no sequences");
    refused(&[good[0].clone(), Sequence::new([1])], &|_| {}, "sequence 1");
    refused(&[good[0].clone(), Sequence::new([1, 100])], &|_| {}, "sequence 1: token 1 is 100");
    refused(&good, &|options| options.batch_tokens = 30, "batch_tokens is 30");
    refused(&good, &|options| options.epochs = 0, "epochs");
    refused(&good, &|options| options.batch_size = Some(0), "batch_size");
    refused(&good, &|options| options.held_out = f64::NAN, "held_out");
    refused(&good, &|options| options.evaluate_every = Some(0), "evaluate_every");
    let plan = |every| Some(CheckpointPlan { path: "run".into(), every });
    refused(&good, &|options| options.checkpoint = plan(0), "checkpoint.every");
    assert!(trainer.adapter() == before && trainer.step() == 0);

    trainer.lora_step(&good[..2], &free()).unwrap();
    let error = train(&mut trainer, &options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    trainer.update().unwrap();
    train(&mut trainer, &options()).unwrap();
}

#[test]
fn only_an_adapter_that_is_not_worse_is_promoted() {
    let directory = tempfile::tempdir().unwrap();
    let [good, bad] = ["good", "bad"].map(|name| directory.path().join(name));
    let mut trainer = trainer(0.0);
    let sequences = set();
    let held_out = HeldOut::new(open(MODEL), sequences.clone());
    let alone = held_out.loss(None, &free()).unwrap();
    trainer.save(&bad).unwrap();
    assert!(
        (held_out.loss(Some(&trainer.adapter()), &free()).unwrap() - alone).abs() < 1e-9,
        "it does nothing yet"
    );
    train(&mut trainer, &options()).unwrap();
    trainer.save(&good).unwrap();

    let adapters = Adapters::open(directory.path().join("adapters")).unwrap();
    let control = free();
    let check = |candidate: &Candidate<'_>| held_out.check(candidate, &control);
    let mut options = PromoteOptions::default();
    options.check = Some(&check);
    let version = adapters.promote(&good, &options, &control).unwrap();
    let error = adapters.promote(&bad, &options, &control).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("that of the champion is"), "{error}");
    assert_eq!(adapters.current().unwrap().unwrap().id, version.id);
}

#[test]
fn a_comparison_that_can_not_be_made_is_refused_before_it_is_needed() {
    let good = HeldOut::new(open(MODEL), set());
    good.validate().unwrap();
    let refused = |change: &dyn Fn(&mut HeldOut), word: &str| {
        let mut held_out = good.clone();
        change(&mut held_out);
        let error = held_out.validate().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(word), "{error}");
    };
    refused(&|held_out| held_out.epsilon = -0.1, "epsilon");
    refused(&|held_out| held_out.epsilon = f64::NAN, "epsilon");
    refused(&|held_out| held_out.batch_tokens = 10, "sequence 3: it has 11 tokens and batch_tokens is 10");
    refused(&|held_out| held_out.sequences.clear(), "no sequences");
    refused(&|held_out| held_out.sequences[4] = Sequence::new([u32::MAX, 1]), "sequence 4: token 0");
    refused(&|held_out| held_out.sequences[1] = Sequence::new([1]), "sequence 1: nothing in it");
    refused(&|held_out| held_out.sequences[2] = Sequence::new(vec![1; 1 << 21]), "sequence 2");
}

#[test]
fn a_comparison_stops_when_it_is_told_to() {
    let held_out = HeldOut::new(open(MODEL), set());
    let late = Control::default().with_timeout(Duration::ZERO);
    assert_eq!(held_out.loss(None, &late).unwrap_err().kind(), ErrorKind::DeadlineExceeded);
}
