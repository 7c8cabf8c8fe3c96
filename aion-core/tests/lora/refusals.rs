//! What a step refuses, and that it then leaves the trainer as it was.

use std::time::{Duration, Instant};

use aion_core::dataset::Sequence;
use aion_core::lora::{Trainer, TrainerOptions};
use aion_core::{CancelToken, Control, Error, ErrorKind};

use crate::support::{Record, free, open, tokens};

const MODEL: &str = "llama-tied";

/// Refuses `batch`, and afterwards trains as if it had never been given.
fn refused(trainer: &mut Trainer, batch: &[Sequence]) -> Error {
    let error = trainer.lora_step(batch, &free()).unwrap_err();
    assert!(trainer.gradients().is_empty());
    error
}

#[test]
fn a_batch_that_can_not_be_learnt_from_is_refused() {
    let record = Record::read(MODEL);
    let mut trainer = record.trainer(MODEL, record.options());
    let before = trainer.adapter();
    let good = Sequence::new(tokens(5, 1));
    let masked = |marks: [bool; 5]| Sequence::masked(tokens(5, 1), marks).unwrap();
    let cases = [
        (vec![], "empty"),
        (vec![good.clone(), Sequence::new([])], "sequence 1"),
        (vec![masked([false; 5])], "nothing to learn"),
        (vec![masked([true, false, false, false, false])], "nothing to learn"),
        (vec![Sequence::new([3])], "nothing to learn"),
        (vec![good.clone(), Sequence::new([3, 100])], "sequence 1: token 1 is 100"),
        (vec![Sequence::new(tokens(65, 1))], "the model sees 64"),
    ];
    for (batch, text) in cases {
        let error = refused(&mut trainer, &batch);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(text), "{error}");
    }
    let mut options = record.options();
    options.max_length = 4;
    let error = refused(&mut record.trainer(MODEL, options), &[good]);
    assert!(error.to_string().contains("over max_length 4"), "{error}");
    assert!(Sequence::masked([1, 2], [true]).is_err());
    assert!(trainer.adapter() == before && trainer.step() == 0);
}

#[test]
fn a_refused_batch_leaves_no_trace() {
    let mut options = TrainerOptions::default();
    (options.gradient_accumulation, options.threads, options.learning_rate) = (2, Some(2), 1e-2);
    let [mut clean, mut tried] = [(); 2].map(|()| Trainer::new(open(MODEL), options.clone(), None).unwrap());
    let stopped = Control::default();
    stopped.cancel_token().cancel();
    for step in 0..4 {
        let batch = [Sequence::new(tokens(20, step))];
        refused(&mut tried, &[Sequence::new([200, 1])]);
        let error = tried.lora_step(&batch, &stopped).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_eq!(clean.lora_step(&batch, &free()).unwrap(), tried.lora_step(&batch, &free()).unwrap());
    }
    assert!(clean.adapter() == tried.adapter());
}

#[test]
fn a_loss_that_is_not_finite_moves_nothing() {
    let record = Record::read(MODEL);
    let mut adapter = record.adapter(MODEL, "before");
    adapter.tensors.values_mut().for_each(|pair| pair.b.fill(1e38));
    let mut trainer = Trainer::new(open(MODEL), record.options(), Some(&adapter)).unwrap();
    let error = refused(&mut trainer, &record.batch());
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    assert!(error.to_string().contains("loss is NaN"), "{error}");
    assert!(trainer.adapter().tensors == adapter.tensors && trainer.step() == 0);
}

#[test]
fn a_module_that_does_not_learn_is_an_error() {
    let record = Record::read(MODEL);
    let mut adapter = record.adapter(MODEL, "before");
    let mut options = record.options();
    // So small that the adapter's scale, alpha by rank, is 0.
    (adapter.config.alpha, options.alpha) = (1e-45, 1e-45);
    let mut trainer = Trainer::new(open(MODEL), options, Some(&adapter)).unwrap();
    let error = refused(&mut trainer, &record.batch());
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    assert!(error.to_string().contains("layers.0.self_attn.q_proj` is exactly zero"), "{error}");
    assert!(trainer.adapter().tensors == adapter.tensors && trainer.step() == 0);
}

/// With one token before the target, attention has no choice, and queries and keys have nothing to learn.
#[test]
fn pairs_of_tokens_are_learnt_from() {
    let record = Record::read(MODEL);
    let mut trainer = record.trainer(MODEL, record.options());
    trainer.lora_step(&[Sequence::new([1, 2]), Sequence::new([5, 9])], &free()).unwrap();
}

#[test]
fn options_and_adapters_that_do_not_fit_are_refused() {
    let record = Record::read(MODEL);
    type Change = fn(&mut TrainerOptions);
    let changes: [(Change, &str); 9] = [
        (|options| options.rank = 0, "rank"),
        (|options| options.alpha = f64::NAN, "alpha"),
        (|options| options.dropout = 1.0, "dropout"),
        (|options| options.learning_rate = -1.0, "learning_rate"),
        (|options| options.weight_decay = f64::INFINITY, "weight_decay"),
        (|options| options.max_grad_norm = -0.1, "max_grad_norm"),
        (|options| options.gradient_accumulation = 0, "gradient_accumulation"),
        (|options| options.target_modules.clear(), "target_modules"),
        (|options| options.threads = Some(0), "threads"),
    ];
    for (change, name) in changes {
        let mut options = record.options();
        change(&mut options);
        let error = Trainer::new(open(MODEL), options, None).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(name), "{error}");
    }
    let whole = record.adapter(MODEL, "before");
    let mut cases = [whole.clone(), whole.clone(), whole.clone(), whole];
    cases[0].tensors.pop_first();
    cases[1].config.rank = 3;
    cases[2].tensors.values_mut().next().unwrap().a.pop();
    cases[3].tensors.values_mut().next().unwrap().b[0] = f32::INFINITY;
    for adapter in &cases {
        let error = Trainer::new(open(MODEL), record.options(), Some(adapter)).map(drop).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidArgument | ErrorKind::InvalidInput), "{error}");
    }
}

#[test]
fn a_step_ends_soon_after_it_is_cancelled() {
    let mut options = TrainerOptions::default();
    (options.rank, options.threads) = (64, Some(1));
    let mut trainer = Trainer::new(open(MODEL), options, None).unwrap();
    let batch = vec![Sequence::new(tokens(64, 1)); 200];
    let token = CancelToken::new();
    let control = Control::default().with_cancel(token.clone());
    let cancelled = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        token.cancel();
        Instant::now()
    });
    let error = trainer.lora_step(&batch, &control).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    // Generous: the point is that it does not run to its end, on a machine with other things to do.
    assert!(cancelled.join().unwrap().elapsed() < Duration::from_secs(5));
}
