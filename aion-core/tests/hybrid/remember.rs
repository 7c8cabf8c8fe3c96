//! Answers that a store keeps.

use std::sync::Arc;

use aion_core::dataset::Role;
use aion_core::hybrid::{AnswerSource, HybridDriver};
use aion_core::knowledge::{Knowledge, KnowledgeOptions};
use aion_core::{Usd, replay_decision};

use crate::support::{Fixed, LOCAL, QUESTION, ask, once, purse};

#[test]
fn every_answer_becomes_an_interaction_with_its_decision() {
    let folder = tempfile::tempdir().unwrap();
    let store = Knowledge::open(folder.path().join("aion.db"), KnowledgeOptions::default()).unwrap();
    let store = Arc::new(store);
    let driver = HybridDriver::new(Arc::new(Fixed(0.9)), purse(), None).with_recorder(store.clone());
    let answer = ask(&driver, &once());
    assert!(answer.notes.is_empty(), "{:?}", answer.notes);

    let kept = store.interactions(0, 10).unwrap();
    let [kept] = kept.as_slice() else { panic!("{} interactions", kept.len()) };
    let said = &kept.answered.interaction.messages;
    assert_eq!(said.last().map(|last| (last.role, last.content.as_str())), Some((Role::Assistant, LOCAL)));
    assert!(said.iter().any(|message| message.role == Role::User && message.content == QUESTION));
    assert_eq!((kept.answered.source, kept.answered.cost), (AnswerSource::Local, Usd::ZERO));
    assert_eq!(kept.answered.confidence, Some(0.9));
    if let Some(record) = &kept.answered.decision {
        replay_decision(&record.to_string()).unwrap();
    }
    assert_eq!(store.conversations().count(), 1);
}
