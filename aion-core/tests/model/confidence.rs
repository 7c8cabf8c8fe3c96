//! How sure the model is, and what that means.

use std::path::Path;

use aion_core::adapter::{Adapters, PromoteOptions};
use aion_core::dataset::Interaction;
use aion_core::generate::{Calibration, LocalModel, LocalModelOptions, expected_calibration_error};
use aion_core::lora::{Trainer, TrainerOptions};
use aion_core::{Control, ErrorKind};

use crate::support::{Questions, ask, base, model};

/// The raw confidence of each answer, and whether it was right. Nothing that the model says to an unknown question is.
fn answers() -> Vec<(f64, bool)> {
    let questions = Questions::read();
    let known = questions.known.iter().map(|(question, expected)| {
        let answer = ask(question);
        (answer.raw_confidence, answer.text == *expected)
    });
    known.chain(questions.unknown.iter().map(|question| (ask(question).raw_confidence, false))).collect()
}

/// How often a right answer has more confidence than a wrong one: the area under the ROC curve.
fn area(answers: &[(f64, bool)]) -> f64 {
    let of = |wanted: bool| {
        answers.iter().filter(move |(_, good)| *good == wanted).map(|(confidence, _)| *confidence)
    };
    let (mut wins, mut pairs) = (0.0, 0.0);
    for good in of(true) {
        for bad in of(false) {
            wins += if good > bad {
                1.0
            } else if good == bad {
                0.5
            } else {
                0.0
            };
            pairs += 1.0;
        }
    }
    wins / pairs
}

#[test]
fn it_is_surer_of_what_it_knows_and_a_calibration_makes_it_mean_that() {
    let answers = answers();
    let area = area(&answers);
    assert!(area > 0.9, "{area}");
    let half = |odd: usize| -> Vec<_> { answers.iter().skip(odd).step_by(2).copied().collect() };
    let (fitted_on, held_out) = (half(0), half(1));
    let calibration = model().fit_calibration(&fitted_on).unwrap();
    let calibrated: Vec<_> = held_out.iter().map(|&(raw, good)| (calibration.apply(raw), good)).collect();
    let before = expected_calibration_error(&held_out).unwrap();
    let after = expected_calibration_error(&calibrated).unwrap();
    println!("AUC {area:.3}, expected calibration error {before:.3} before and {after:.3} after");
    assert!(before > 0.25 && after < 0.15, "{before} and {after}");
    // What the platform does with it: below 0.62 somebody else is asked.
    let wrong_kept = |answers: &[(f64, bool)]| answers.iter().filter(|(p, good)| *p >= 0.62 && !good).count();
    assert!(wrong_kept(&calibrated) * 3 < wrong_kept(&held_out));
    assert_eq!((calibration.answers, calibration.good), (44, 23));
}

fn interaction(question: &str, answer: &str, rating: Option<f64>) -> Interaction {
    let mut interaction = Interaction::new(question, answer);
    interaction.rating = rating;
    interaction
}

/// Ten right answers, ten wrong ones, and one that nobody rated.
fn rated() -> Vec<Interaction> {
    let known = Questions::read().known;
    let pairs = known.iter().zip(known.iter().rev());
    let rated = pairs.take(10).flat_map(|((question, right), (_, wrong))| {
        [interaction(question, right, Some(5.0)), interaction(question, wrong, Some(2.0))]
    });
    rated.chain([interaction("Quem?", "Eu.", None)]).collect()
}

#[test]
fn a_calibration_is_fitted_to_ratings() {
    let calibration = model().calibrate(&rated(), 4.0, &Control::default()).unwrap();
    assert_eq!((calibration.answers, calibration.good, &calibration.adapter), (20, 10, &None));
    let sure = model().confidence_of(
        "Qual é a capital do Brasil?",
        "A capital do Brasil é Brasília.",
        &Control::default(),
    );
    let unsure = model().confidence_of("Qual é a capital do Brasil?", "O gato mia.", &Control::default());
    let (sure, unsure) = (sure.unwrap().raw_confidence, unsure.unwrap().raw_confidence);
    assert!(
        calibration.apply(sure) > 0.8 && calibration.apply(unsure) < 0.3,
        "{sure} {unsure} {calibration:?}"
    );
    // The same as asking each of them, after the platform's words.
    let samples: Vec<_> = rated()[..20]
        .iter()
        .map(|rated| {
            let [question, answer] = &rated.messages[..] else { unreachable!() };
            let control = Control::default();
            let score = model().confidence_of(question.content.as_str(), &answer.content, &control).unwrap();
            (score.raw_confidence, rated.rating > Some(4.0))
        })
        .collect();
    assert_eq!(model().fit_calibration(&samples).unwrap(), calibration);
    let few = model().calibrate(&rated()[..4], 4.0, &Control::default()).unwrap_err();
    assert_eq!(few.kind(), ErrorKind::InvalidInput);
    assert!(few.to_string().contains("2 are good and 2 are not"), "{few}");
    let none = model().calibrate(&[], 4.0, &Control::default()).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidArgument);
    let mut empty = rated();
    empty[3].messages[1].content.clear();
    let error = model().calibrate(&empty, 4.0, &Control::default()).unwrap_err();
    assert!(error.to_string().contains("rated conversation 3"), "{error}");
}

/// An adapter that changes nothing yet.
fn save_adapter(directory: &Path, seed: u64) {
    let mut options = TrainerOptions::default();
    (options.rank, options.seed, options.threads) = (2, seed, Some(1));
    Trainer::open(base(), options).unwrap().save(directory).unwrap();
}

#[test]
fn a_calibration_lies_beside_its_adapter_and_is_promoted_with_it() {
    let root = tempfile::tempdir().unwrap();
    let (first, second) = (root.path().join("first"), root.path().join("second"));
    save_adapter(&first, 1);
    save_adapter(&second, 2);
    let options = LocalModelOptions::default();
    let open = |adapter: &Path| LocalModel::open(base(), Some(adapter), &options);
    let plain = open(&first).unwrap();
    assert!(plain.calibration().is_none());
    let calibration = plain.calibrate(&rated(), 4.0, &Control::default()).unwrap();
    calibration.write(first.join(Calibration::FILE_NAME)).unwrap();

    let calibrated = open(&first).unwrap();
    assert_eq!(calibrated.calibration(), Some(&calibration));
    let answer =
        calibrated.generate("Quem é você?", &crate::support::at_most(40), None, &Control::default()).unwrap();
    assert_eq!(answer.confidence, calibration.apply(answer.raw_confidence));
    assert_ne!(answer.confidence, answer.raw_confidence);

    // Another adapter, or none, is not what it was fitted for.
    calibration.write(second.join(Calibration::FILE_NAME)).unwrap();
    for error in [
        open(&second).unwrap_err(),
        open_without_adapter().with_calibration(calibration.clone()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        assert!(error.to_string().contains("another adapter"), "{error}");
    }
    // A new adapter in the same place is not left with it.
    save_adapter(&second, 3);
    assert!(open(&second).unwrap().calibration().is_none());

    let adapters = Adapters::open(root.path().join("adapters")).unwrap();
    adapters.promote(&first, &PromoteOptions::default(), &Control::default()).unwrap();
    let current = open(&adapters.root().join("aion-current")).unwrap();
    assert_eq!(current.calibration(), Some(&calibration));
    let version = adapters.open_current().unwrap().unwrap();
    let pinned =
        |version| LocalModel::of_version(plain.base().clone(), version, &options, &Control::default());
    assert_eq!(pinned(&version).unwrap().calibration(), Some(&calibration));
    let promoted = version.version().path.join(Calibration::FILE_NAME);
    std::fs::write(&promoted, "{}").unwrap();
    assert_eq!(pinned(&version).unwrap_err().kind(), ErrorKind::InvalidInput);
}

fn open_without_adapter() -> LocalModel {
    LocalModel::open(base(), None, &LocalModelOptions::default()).unwrap()
}
