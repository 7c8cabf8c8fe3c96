//! Conversations, decisions and jobs.

use aion_core::knowledge::{AnswerSource, Answered, Interaction, JobEnd, JobState, NewDecision};
use aion_core::{ErrorKind, Usd};
use serde_json::json;

use crate::support::Place;

#[test]
fn an_answer_comes_back_as_it_was_recorded() {
    let place = Place::new();
    let knowledge = place.open();
    let mut interaction = Interaction::new("Quem é você?", "A AION.");
    (interaction.rating, interaction.citations) = (Some(4.5), vec![json!({"url": "https://e.com/"})]);
    let mut answered = Answered::local(interaction);
    answered.source = AnswerSource::Paid;
    answered.confidence = Some(0.25);
    answered.cost = Usd::from_micros(1_234).unwrap();
    answered.decision = Some(json!({"reason": "granted", "x": 0.1}));
    let id = knowledge.record(&answered).unwrap();
    let stored = knowledge.interactions(0, 10).unwrap().remove(0);
    assert_eq!((stored.id, &stored.answered), (id, &answered));
    assert!(stored.made_at > 1_600_000_000_000);
    knowledge.rate(id, Some(2.0)).unwrap();
    assert_eq!(knowledge.interactions(0, 10).unwrap()[0].answered.interaction.rating, Some(2.0));
    assert_eq!(knowledge.rate(id + 1, None).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(knowledge.rate(id, Some(f64::NAN)).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let empty = Answered::local(Interaction::default());
    assert_eq!(knowledge.record(&empty).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn conversations_are_read_page_by_page() {
    let place = Place::new();
    let knowledge = place.open();
    for n in 0..1_203 {
        knowledge.record(&Answered::local(Interaction::new(format!("Question {n}?"), "Yes."))).unwrap();
    }
    let read: Vec<_> = knowledge.conversations().map(Result::unwrap).collect();
    assert_eq!(read.len(), 1_203);
    assert_eq!(read[1_202].messages[0].content, "Question 1202?");
}

#[cfg(feature = "lora")]
#[test]
fn a_training_set_is_made_of_them() {
    use aion_core::Control;
    use aion_core::dataset::{SftOptions, build_sft_jsonl};
    let place = Place::new();
    let knowledge = place.open();
    for (question, rating) in [("Um?", 5.0), ("Dois?", 1.0), ("um?", 5.0)] {
        let mut interaction = Interaction::new(question, "Sim.");
        interaction.rating = Some(rating);
        knowledge.record(&Answered::local(interaction)).unwrap();
    }
    let mut options = SftOptions::default();
    options.min_rating = Some(4.0);
    let path = place.folder.path().join("set.jsonl");
    let report = build_sft_jsonl(knowledge.conversations(), path, &options, &Control::default()).unwrap();
    assert_eq!((report.read, report.kept, report.too_low, report.duplicates), (3, 1, 1, 1));
}

#[test]
fn decisions_are_kept_as_they_were() {
    let place = Place::new();
    let knowledge = place.open();
    let record = json!({"ok": true});
    let decide = |subject, verdict| {
        let decision = NewDecision { kind: "approval", subject, actor: "ana", verdict, record: &record };
        knowledge.record_decision(&decision)
    };
    decide("https://e.com/a", "approved").unwrap();
    decide("https://e.com/b", "approved").unwrap();
    let last = decide("https://e.com/a", "refused").unwrap();
    let of_a = knowledge.decisions(Some("approval"), Some("https://e.com/a"), 10).unwrap();
    assert_eq!((of_a.len(), of_a[0].id, of_a[0].verdict.as_str()), (2, last, "refused"));
    assert_eq!((of_a[0].actor.as_str(), &of_a[0].record), ("ana", &record));
    assert_eq!(knowledge.decisions(None, None, 2).unwrap().len(), 2);
    assert_eq!(decide(" ", "approved").unwrap_err().kind(), ErrorKind::InvalidArgument);
    let changed = place.raw().execute("UPDATE decisions SET actor = 'eve'", ());
    assert!(changed.unwrap_err().to_string().contains("never changed"));
}

#[test]
fn a_job_lives_once() {
    let place = Place::new();
    let knowledge = place.open();
    let id = knowledge.create_job("ingest", &json!({"urls": ["a"]})).unwrap();
    assert_eq!(knowledge.progress_job(id, 1, 2).unwrap_err().kind(), ErrorKind::InvalidState);
    knowledge.start_job(id).unwrap();
    assert_eq!(knowledge.start_job(id).unwrap_err().kind(), ErrorKind::InvalidState);
    knowledge.progress_job(id, 1, 2).unwrap();
    knowledge.finish_job(id, &JobEnd::Done(json!(["ok"]))).unwrap();
    assert_eq!(knowledge.finish_job(id, &JobEnd::Cancelled).unwrap_err().kind(), ErrorKind::InvalidState);
    let job = knowledge.job(id).unwrap();
    assert_eq!((job.state, job.done, job.total, job.result), (JobState::Done, 1, 2, Some(json!(["ok"]))));
    assert!(job.started_at.is_some() && job.finished_at.is_some() && job.state.is_final());
    let waiting = knowledge.create_job("train", &json!(null)).unwrap();
    knowledge.finish_job(waiting, &JobEnd::Cancelled).unwrap();
    let failed = knowledge.create_job("train", &json!(null)).unwrap();
    knowledge.start_job(failed).unwrap();
    knowledge.finish_job(failed, &JobEnd::Failed("no data".into())).unwrap();
    assert_eq!(knowledge.job(failed).unwrap().error.as_deref(), Some("no data"));
    assert_eq!(knowledge.jobs(2).unwrap().iter().map(|job| job.id).collect::<Vec<_>>(), [failed, waiting]);
    assert_eq!(knowledge.job(99).unwrap_err().kind(), ErrorKind::NotFound);
}
