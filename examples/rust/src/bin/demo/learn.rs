//! Steps 6 and 7: averages follow what is new, and the local model learns from what was answered well.

use std::path::Path;
use std::time::{Duration, Instant};

use aion_core::Control;
use aion_core::adapter::{Adapters, Candidate, PromoteOptions, Version};
use aion_core::dataset::{DatasetReport, Encoder, EncoderOptions, Interaction, SftOptions, build_sft_jsonl};
use aion_core::generate::{Answer, GenerateOptions, LocalModel, LocalModelOptions};
use aion_core::knowledge::{Answered, Filter, Knowledge};
use aion_core::lora::{HeldOut, Schedule, TrainOptions, Trainer, TrainerOptions};

use crate::console;
use crate::discover::Discovery;
use crate::{Folders, Result};

/// Questions and answers about the site, with ratings and the pages that they rest on.
const CONVERSATIONS: &str = include_str!("conversations.jsonl");
/// The same facts in other words, which are not learnt from: what a new adapter is measured by.
const HELD_OUT: &str = include_str!("held_out.jsonl");
/// Answers with a lower rating are not learnt from.
const MIN_RATING: f64 = 4.0;
/// How often each conversation is learnt from: a model this small needs many looks.
const EPOCHS: u32 = 60;
/// More than any of the answers has.
const MAX_TOKENS: usize = 40;

/// What became of the averages.
pub struct Averages {
    pub documents: usize,
    /// Vectors that moved them.
    pub used: usize,
    /// Vectors that a second round found; none, since each counts once.
    pub used_again: usize,
}

/// Moves the average of every document by its new vectors, twice.
pub fn update_averages(knowledge: &Knowledge) -> Result<Averages> {
    let documents = knowledge.documents(&Filter::default(), 0, usize::MAX)?;
    let round = || -> Result<usize> {
        documents.iter().map(|document| Ok(knowledge.update_ema(document.id)?.used)).sum()
    };
    let averages = Averages { documents: documents.len(), used: round()?, used_again: round()? };
    println!(
        "{} vectors moved the averages of {} documents; a second round found {} new ones",
        averages.used, averages.documents, averages.used_again
    );
    Ok(averages)
}

/// What was learnt, and what it changed.
pub struct Lesson {
    pub recorded: usize,
    /// Conversations that rest on a page which must not be trained on.
    pub withheld: usize,
    pub dataset: DatasetReport,
    /// The loss of each update, in nats.
    pub losses: Vec<f64>,
    pub took: Duration,
    pub version: Version,
    /// The loss on the held-out questions, of the base alone and with the adapter.
    pub held_out: (f64, f64),
    pub exams: Vec<Exam>,
}

impl Lesson {
    /// How many answers were right before, and how many are after, to the questions of `which`.
    pub fn right(&self, which: impl Fn(&Exam) -> bool) -> (usize, usize) {
        let right = self.exams.iter().filter(|exam| which(exam)).map(Exam::is_right);
        right.fold((0, 0), |(before, after), (was, is)| (before + usize::from(was), after + usize::from(is)))
    }
}

/// One question to the model before and after.
pub struct Exam {
    pub question: String,
    pub expected: String,
    /// Whether the model has met the question in these words.
    pub is_learnt: bool,
    pub before: Answer,
    pub after: Answer,
}

impl Exam {
    /// Whether each of both answers is the expected one.
    pub fn is_right(&self) -> (bool, bool) {
        (self.before.text == self.expected, self.after.text == self.expected)
    }
}

/// Records the conversations, learns from the good ones, and promotes what was learnt if it is no worse.
pub fn learn(
    knowledge: &Knowledge,
    discovery: &Discovery,
    folders: &Folders,
    control: &Control,
) -> Result<Lesson> {
    let recorded = record(knowledge, discovery)?;
    let (set, withheld) = build_set(knowledge, discovery, &folders.set(), control)?;
    println!(
        "{recorded} conversations: {} to learn from, {} rated too low, {} said twice, {withheld} about pages that must \
         not be trained on",
        set.kept, set.too_low, set.duplicates
    );
    let (trainer, losses, took) = train(folders, control)?;
    println!("loss {:.2} → {:.3} in {:.1?}", losses[0], losses[losses.len() - 1], took);

    let other_words = parse(HELD_OUT)?.into_iter().map(Ok);
    build_sft_jsonl(other_words, folders.held_out(), &SftOptions::default(), control)?;
    let held_out = HeldOut::of_file(trainer.base().clone(), folders.held_out(), answers_only(), control)?;
    let version = promote(&trainer, &held_out, folders, control)?;
    let adapters = Adapters::open(folders.adapters())?;
    let current = adapters.open_current()?.ok_or("nothing is current after a promotion")?;
    let losses_held_out =
        (held_out.loss(None, control)?, held_out.loss(Some(&current.adapter(control)?), control)?);
    println!(
        "promoted {}: loss on the held-out questions {:.2} → {:.2}",
        version.id, losses_held_out.0, losses_held_out.1
    );
    let exams = examine(folders, control)?;
    let lesson =
        Lesson { recorded, withheld, dataset: set, losses, took, version, held_out: losses_held_out, exams };
    let (before, after) = lesson.right(|_| true);
    println!("{before} of {} answers right before, {after} after", lesson.exams.len());
    Ok(lesson)
}

/// Writes the conversations to the store, with whole addresses as their citations.
fn record(knowledge: &Knowledge, discovery: &Discovery) -> Result<usize> {
    let mut conversations = parse(CONVERSATIONS)?;
    for conversation in &mut conversations {
        for citation in &mut conversation.citations {
            let page = citation.as_str().ok_or("a citation is no address")?;
            *citation = format!("{}{page}", discovery.site).into();
        }
        knowledge.record(&Answered::local(conversation.clone()))?;
    }
    Ok(conversations.len())
}

/// Builds the training set from what the store has, and counts what a page's wishes keep out of it.
fn build_set(
    knowledge: &Knowledge,
    discovery: &Discovery,
    path: &Path,
    control: &Control,
) -> Result<(DatasetReport, usize)> {
    let mut withheld = 0;
    let may_train = |conversation: &aion_core::Result<Interaction>| {
        let is_allowed = conversation.as_ref().map_or(true, |conversation| {
            conversation
                .citations
                .iter()
                .filter_map(|citation| citation.as_str())
                .all(|url| discovery.may_train(url))
        });
        withheld += usize::from(!is_allowed);
        is_allowed
    };
    let mut options = SftOptions::default();
    options.min_rating = Some(MIN_RATING);
    let conversations = knowledge.conversations().filter(may_train);
    let report = build_sft_jsonl(conversations, path, &options, control)?;
    Ok((report, withheld))
}

/// Trains a new adapter on the set.
fn train(folders: &Folders, control: &Control) -> Result<(Trainer, Vec<f64>, Duration)> {
    let encoder = Encoder::of_base(&folders.base, answers_only())?;
    let (sequences, _) = encoder.encode_file(folders.set(), control)?;
    let mut plan = TrainOptions::default();
    plan.epochs = EPOCHS;
    let mut options = TrainerOptions::default();
    (options.learning_rate, options.gradient_accumulation) = (3e-3, 2);
    let updates = plan.updates(sequences.len(), &options);
    options.schedule = Schedule::Cosine { total: updates };
    let mut trainer = Trainer::open(&folders.base, options)?;
    let bar = console::bar(updates, "updates")?;
    let started = Instant::now();
    let report = trainer.train(
        &sequences,
        &plan,
        &mut |progress| {
            bar.set_position(progress.update);
            bar.set_message(format!("loss {:.3}", progress.loss));
        },
        control,
    )?;
    bar.finish();
    Ok((trainer, report.losses, started.elapsed()))
}

/// Makes the adapter the current one, unless it is worse on the held-out questions than what it replaces.
fn promote(trainer: &Trainer, held_out: &HeldOut, folders: &Folders, control: &Control) -> Result<Version> {
    let new = folders.state.join("new");
    trainer.save(&new)?;
    let not_worse = |candidate: &Candidate<'_>| held_out.check(candidate, control);
    let mut options = PromoteOptions::default();
    options.check = Some(&not_worse);
    Ok(Adapters::open(folders.adapters())?.promote(new, &options, control)?)
}

/// Asks the base and the promoted adapter every question, those in other words too.
fn examine(folders: &Folders, control: &Control) -> Result<Vec<Exam>> {
    let before = LocalModel::open(&folders.base, None, &LocalModelOptions::default())?;
    let after = current_model(folders)?;
    let mut options = GenerateOptions::default();
    options.max_tokens = MAX_TOKENS;
    let mut exams = Vec::new();
    for (set, is_learnt) in [(folders.set(), true), (folders.held_out(), false)] {
        for conversation in parse(&std::fs::read_to_string(set)?)? {
            let [.., question, answer] = conversation.messages.as_slice() else { continue };
            let ask = |model: &LocalModel| model.generate(question.content.as_str(), &options, None, control);
            exams.push(Exam {
                before: ask(&before)?,
                after: ask(&after)?,
                question: question.content.clone(),
                expected: answer.content.clone(),
                is_learnt,
            });
        }
    }
    Ok(exams)
}

/// The base with the adapter that is current.
pub fn current_model(folders: &Folders) -> Result<LocalModel> {
    let current = folders.adapters().join("aion-current");
    Ok(LocalModel::open(&folders.base, Some(&current), &LocalModelOptions::default())?)
}

/// Only what the assistant says counts in the loss.
fn answers_only() -> EncoderOptions {
    let mut options = EncoderOptions::default();
    options.assistant_only = true;
    options
}

/// One conversation a line.
fn parse(lines: &str) -> Result<Vec<Interaction>> {
    Ok(lines.lines().map(Interaction::from_json).collect::<aion_core::Result<_>>()?)
}
