//! A training as hosts describe it: by the variables that their scripts already have.

use std::path::PathBuf;

use super::TrainerOptions;
use crate::config::{Variable, parse, read_vars};
use crate::error::Result;

/// What a training starts from, what it learns, and where its adapter goes.
///
/// ```
/// use aion_core::lora::TrainConfig;
///
/// let config = TrainConfig::from_vars([("AION_LORA_RANK", "8"), ("AION_BASE_CKPT", "models/llama-tiny")])?;
/// assert_eq!((config.options.rank, config.options.alpha), (8, 32.0));
/// assert_eq!(config.base.to_str(), Some("models/llama-tiny"));
/// # Ok::<(), aion_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrainConfig {
    /// The directory of the base. Default: `./models/base-llm`.
    pub base: PathBuf,
    /// The training set, as [`build_sft_jsonl`](crate::dataset::build_sft_jsonl) writes it. Default:
    /// `./data/sft/aion_sft.jsonl`.
    pub dataset: PathBuf,
    /// Where the adapter is saved. Default: `./models/adapters/aion-lora`.
    pub output: PathBuf,
    /// What the trainer is told.
    pub options: TrainerOptions,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            base: "./models/base-llm".into(),
            dataset: "./data/sft/aion_sft.jsonl".into(),
            output: "./models/adapters/aion-lora".into(),
            options: TrainerOptions::default(),
        }
    }
}

/// Every name that [`TrainConfig::from_vars`] reads.
const VARS: &[Variable<TrainConfig>] = &[
    ("AION_BASE_CKPT", |c, v| set_path(&mut c.base, v)),
    ("AION_SFT_JSONL", |c, v| set_path(&mut c.dataset, v)),
    ("AION_LORA_OUT", |c, v| set_path(&mut c.output, v)),
    ("AION_LORA_RANK", |c, v| parse(v).map(|rank| c.options.rank = rank)),
    ("AION_LORA_ALPHA", |c, v| parse(v).map(|alpha| c.options.alpha = alpha)),
    ("AION_LORA_DROPOUT", |c, v| parse(v).map(|dropout| c.options.dropout = dropout)),
    ("AION_THREADS", |c, v| parse(v).map(|threads| c.options.threads = Some(threads))),
];

impl TrainConfig {
    /// The defaults, changed by the variables that are known here; an empty value counts as absent.
    ///
    /// The core reads no environment itself: the host passes `std::env::vars()`, or any other pairs.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) that names the variable or the setting whose
    /// value can not be used.
    pub fn from_vars<K, V>(vars: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: AsRef<str>,
        V: AsRef<str>,
    {
        let mut config = Self::default();
        read_vars(&mut config, VARS, vars)?;
        config.options.validate()?;
        Ok(config)
    }

    /// The names of the variables that [`from_vars`](Self::from_vars) reads.
    pub fn variables() -> impl Iterator<Item = &'static str> {
        VARS.iter().map(|(name, _)| *name)
    }
}

fn set_path(field: &mut PathBuf, value: &str) -> Result<(), String> {
    *field = value.into();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn the_names_that_hosts_use_reach_their_fields() {
        let config = TrainConfig::from_vars([
            ("AION_BASE_CKPT", "base"),
            ("AION_SFT_JSONL", "set.jsonl"),
            ("AION_LORA_OUT", "out"),
            ("AION_LORA_RANK", " 8 "),
            ("AION_LORA_ALPHA", "16"),
            ("AION_LORA_DROPOUT", "0"),
            ("AION_THREADS", "2"),
            ("AION_OCR_LANG", "not of a training"),
        ])
        .unwrap();
        assert_eq!(
            [&config.base, &config.dataset, &config.output],
            ["base", "set.jsonl", "out"].map(PathBuf::from).each_ref()
        );
        let options = &config.options;
        assert_eq!((options.rank, options.alpha, options.dropout, options.threads), (8, 16.0, 0.0, Some(2)));
        let empty = TrainConfig::from_vars(TrainConfig::variables().map(|name| (name, " "))).unwrap();
        assert_eq!(empty, TrainConfig::default());
    }

    #[test]
    fn the_documentation_names_every_variable() {
        let page = include_str!("../../../docs/configuration.md");
        for name in TrainConfig::variables() {
            assert!(page.contains(&format!("| `{name}` |")), "docs/configuration.md lacks {name}");
        }
    }

    #[test]
    fn a_bad_value_is_refused_by_its_name() {
        for (name, value, told) in [
            ("AION_LORA_RANK", "many", "AION_LORA_RANK"),
            ("AION_LORA_RANK", "0", "rank"),
            ("AION_LORA_ALPHA", "-1", "alpha"),
            ("AION_LORA_DROPOUT", "1", "dropout"),
            ("AION_LORA_DROPOUT", "nan", "dropout"),
        ] {
            let error = TrainConfig::from_vars([(name, value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{name}={value}");
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}
