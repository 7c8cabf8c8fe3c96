//! What the assistant does all day, on a small site of our own: `demo OUTPUT_FOLDER [PICTURE…]` discovers, previews,
//! approves and takes in, searches, learns, and answers within a budget. It ends with a report.
//!
//! Each run begins anew: what it keeps is in `OUTPUT_FOLDER/state`, which is removed first.

mod answer;
mod console;
mod curate;
mod discover;
mod learn;
mod pictures;
mod report;
mod search;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aion_core::knowledge::{Knowledge, KnowledgeOptions};
use aion_core::{Aion, Config, Control};
use aion_examples::site::Site;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The repository, whose models and site are used where the environment names no others.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Where things are.
struct Folders {
    /// What this run keeps.
    state: PathBuf,
    /// The frozen language model.
    base: PathBuf,
}

impl Folders {
    fn set(&self) -> PathBuf {
        self.state.join("set.jsonl")
    }

    fn held_out(&self) -> PathBuf {
        self.state.join("held_out.jsonl")
    }

    fn adapters(&self) -> PathBuf {
        self.state.join("adapters")
    }
}

/// All that happened, for the report.
struct Story {
    discovery: discover::Discovery,
    ingested: curate::Ingested,
    searches: Vec<search::Search>,
    averages: learn::Averages,
    lesson: learn::Lesson,
    turns: answer::Turns,
    took: Duration,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let output = arguments.next().ok_or("usage: demo OUTPUT_FOLDER [PICTURE…]")?;
    let own: Vec<_> = arguments.collect();
    let story = tell(&folders(&output)?, &own)?;
    let report = output.join("report.html");
    std::fs::write(&report, report::html(&story))?;
    println!("\nThe whole loop took {:.1?}. Open {}", story.took, report.display());
    Ok(())
}

/// A new folder for this run, without what an earlier one left.
fn folders(output: &Path) -> Result<Folders> {
    let state = output.join("state");
    if state.exists() {
        std::fs::remove_dir_all(&state)?;
    }
    std::fs::create_dir_all(&state)?;
    let base = std::env::var_os("AION_BASE_CKPT")
        .map_or_else(|| Path::new(ROOT).join("models/llama-tiny"), PathBuf::from);
    Ok(Folders { state, base })
}

/// Goes through every step.
fn tell(folders: &Folders, own: &[PathBuf]) -> Result<Story> {
    let (started, control) = (Instant::now(), Control::default());
    let mut config = Config::from_vars(std::env::vars())?;
    config.clip_model.get_or_insert_with(|| Path::new(ROOT).join("models/clip-tiny"));
    let aion = Arc::new(Aion::new(config)?);
    let site = Site::open(Path::new(ROOT).join("examples/site"), 0)?;
    let knowledge = Knowledge::open(folders.state.join("aion.db"), KnowledgeOptions::default())?;
    let knowledge = Arc::new(knowledge.with_engine(Arc::clone(&aion)));

    console::step(1, format!("Discover: what {} has", site.url()));
    let crawled = discover::crawl(&aion, &site.url(), &control)?;
    console::step(2, "Preview: what may be taken");
    let discovery = discover::preview(&aion, crawled, &control)?;
    console::step(3, "Approve: what is ok");
    let approved = curate::approve(&knowledge, &discovery)?;
    console::step(4, "Ingest: texts, and pictures with their words");
    let ingested = curate::ingest(&aion, &knowledge, &approved, own, &control)?;
    console::step(5, "Search: by words, by meaning, by a picture");
    let searches = search::search(&knowledge, &control)?;
    console::step(6, "Averages: each document's vector follows what is new");
    let averages = learn::update_averages(&knowledge)?;
    console::step(7, "Learn: from what was answered well");
    let lesson = learn::learn(&knowledge, &discovery, folders, &control)?;
    console::step(8, "Answer: locally, or paid within the budget");
    let turns = answer::answer(knowledge, folders, &control)?;
    Ok(Story { discovery, ingested, searches, averages, lesson, turns, took: started.elapsed() })
}
