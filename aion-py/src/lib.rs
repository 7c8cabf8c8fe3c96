//! The Python door of AION: classes, exceptions and arrays over `aion-core`. It holds no logic of its own.
//!
//! The doc comments of what Python sees are Python's docstrings, so they are written for Python.

mod adapter;
mod aion;
mod batch;
mod budget;
mod control;
mod dataset;
mod documents;
mod door;
mod ema;
mod error;
mod hybrid;
mod image;
mod json;
mod knowledge;
mod lora;
mod model;
mod ocr;
mod octets;
mod parsed;
mod pickle;
mod pictures;
mod recipe;
mod view;
mod web;

use pyo3::pymodule;

/// The native half of the package `aion`; import that instead.
#[pymodule(gil_used = false)]
mod _aion {
    #[pymodule_export]
    use crate::adapter::{
        Adapters, Candidate, MergeReport, PinnedVersion, Version, merge_adapter, restore_merge,
        restore_version,
    };
    #[pymodule_export]
    use crate::aion::Aion;
    #[pymodule_export]
    use crate::budget::{
        Audit, Budget, BudgetStatus, Decision, Grant, Price, Settlement, replay_decision, restore_audit,
        restore_settlement, restore_status,
    };
    #[pymodule_export]
    use crate::control::CancelToken;
    #[pymodule_export]
    use crate::dataset::{DatasetReport, build_sft_jsonl, restore_dataset};
    #[pymodule_export]
    use crate::documents::{Document, restore_document};
    #[pymodule_export]
    use crate::door::test_panic;
    #[pymodule_export]
    use crate::ema::{ema_update, ema_update_batch};
    #[pymodule_export]
    use crate::hybrid::{HybridAnswer, HybridDriver, OpenAi, restore_hybrid};
    #[pymodule_export]
    use crate::knowledge::{
        Average, Chunk, Hit, Ingested, Knowledge, StoredDocument, StoredInteraction, restore_average,
        restore_chunk, restore_hit, restore_ingested, restore_interaction, restore_stored,
    };
    #[pymodule_export]
    use crate::lora::{
        EncodeReport, HeldOut, LoraTrainer, StepReport, TrainProgress, TrainReport, restore_encoded,
        restore_progress, restore_step, restore_trained,
    };
    #[pymodule_export]
    use crate::model::{Answer, Confidence, LocalModel, restore_answer, restore_confidence};
    #[pymodule_export]
    use crate::ocr::{OcrPage, OcrResult, OcrWord, restore_ocr, restore_page, restore_word};
    #[pymodule_export]
    use crate::parsed::{ParsedImage, restore_parsed};
    #[pymodule_export]
    use crate::web::{
        Blocklist, Crawl, CrawlStats, Extracted, Link, Miss, Page, PageImage, PiiMatch, Preview, Reason,
        Robots, Verdict, canonical_url, check_policy, extract_text, find_pii, restore_extracted,
        restore_image, restore_link, restore_miss, restore_preview, restore_reason, restore_stats,
        restore_verdict, restore_web_page, scrub_pii,
    };

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::error::add_classes(module)
    }
}
