//! `adapter_config.json`: what of PEFT's settings this library computes with, and the refusal of all others.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::base::Module;
use crate::error::{Error, ErrorKind, Result};

/// More than any model gains from; a bound on what a damaged file can ask for.
const MAX_RANK: u64 = 8192;

/// Fields that say nothing of what an adapter computes once it is trained.
const WITHOUT_EFFECT: &[&str] = &[
    "auto_mapping",
    "base_model_name_or_path",
    "corda_config",
    "eva_config",
    "inference_mode",
    "lora_dropout",
    "lora_ga_config",
    "megatron_core",
    "peft_version",
    "qalora_group_size",
    "revision",
    "runtime_config",
];

/// The fields that [`AdapterConfig::from_json`] reads itself.
const READ: &[&str] = &[
    "bias",
    "init_lora_weights",
    "lora_alpha",
    "peft_type",
    "r",
    "target_modules",
    "task_type",
    "use_rslora",
];

/// The settings of a LoRA adapter (Hu et al., 2021), as PEFT names and stores them.
#[derive(Debug, Clone, PartialEq)]
pub struct AdapterConfig {
    /// `r`: the inner dimension of B·A.
    pub rank: usize,
    /// `lora_alpha`: the update is scaled by `alpha / rank`.
    pub alpha: f64,
    /// `lora_dropout`: the share of inputs left out while training.
    pub dropout: f64,
    /// `target_modules`: the layers that are adapted, in every block.
    pub target_modules: BTreeSet<Module>,
    /// `base_model_name_or_path`: what the adapter was trained on.
    pub base_model: Option<String>,
    /// `use_rslora`: scale by `alpha / √rank` instead (Kalajdzievski, 2023).
    pub use_rslora: bool,
}

impl AdapterConfig {
    /// The factor of B·A.
    pub fn scale(&self) -> f64 {
        let rank = self.rank as f64;
        self.alpha / if self.use_rslora { rank.sqrt() } else { rank }
    }

    /// Reads PEFT's JSON. A field that would change what the adapter computes, and that this library does not
    /// compute, is an error that names it; PEFT's defaults are never put in for fields that are missing.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for damaged JSON and for values out of range or missing,
    /// [`ErrorKind::Unsupported`] for settings that are valid in PEFT but not here.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields: Map<String, Value> = serde_json::from_slice(text)
            .map_err(|error| invalid("it is no JSON object").with_source(error))?;
        refuse_other_methods(&fields)?;
        let config = Self {
            rank: rank(&fields)?,
            alpha: required(&fields, "lora_alpha")?.as_f64().unwrap_or(f64::NAN),
            dropout: fields.get("lora_dropout").map_or(Some(0.0), Value::as_f64).unwrap_or(f64::NAN),
            target_modules: target_modules(&fields)?,
            base_model: fields.get("base_model_name_or_path").and_then(Value::as_str).map(str::to_owned),
            use_rslora: flag(&fields, "use_rslora")?,
        };
        config.check()?;
        Ok(config)
    }

    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a value out of its range.
    pub fn check(&self) -> Result<()> {
        if self.rank == 0 || self.rank as u64 > MAX_RANK {
            return Err(invalid(format!("`r` is {}; it must be 1 to {MAX_RANK}", self.rank)));
        }
        if !(self.alpha.is_finite() && self.alpha > 0.0) {
            return Err(invalid("`lora_alpha` must be a number above 0"));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(invalid("`lora_dropout` must be a number from 0 to below 1"));
        }
        if self.target_modules.is_empty() {
            return Err(invalid("`target_modules` names no module, so there is nothing to adapt"));
        }
        Ok(())
    }

    /// PEFT's JSON with every field that PEFT would otherwise guess.
    pub fn to_json(&self) -> String {
        let targets: Vec<_> = self.target_modules.iter().map(|module| module.name()).collect();
        // PEFT's own files have whole numbers here.
        let alpha = if self.alpha.fract() == 0.0 && self.alpha < 1e15 {
            json!(self.alpha as i64)
        } else {
            json!(self.alpha)
        };
        let fields = json!({
            "base_model_name_or_path": self.base_model,
            "bias": "none",
            "fan_in_fan_out": false,
            "inference_mode": true,
            "init_lora_weights": true,
            "lora_alpha": alpha,
            "lora_dropout": self.dropout,
            "modules_to_save": null,
            "peft_type": "LORA",
            "r": self.rank,
            "target_modules": targets,
            "task_type": "CAUSAL_LM",
            "use_rslora": self.use_rslora,
        });
        format!("{fields:#}\n")
    }
}

/// Whatever is set beyond plain LoRA would be computed differently by PEFT.
fn refuse_other_methods(fields: &Map<String, Value>) -> Result<()> {
    for (name, only) in [("peft_type", "LORA"), ("task_type", "CAUSAL_LM")] {
        match required(fields, name)?.as_str() {
            Some(value) if value == only => {}
            _ => return Err(unsupported(name, &fields[name], &format!("only \"{only}\" is read"))),
        }
    }
    if fields.get("bias").is_some_and(|bias| bias != "none") {
        return Err(unsupported("bias", &fields["bias"], "only \"none\" is read"));
    }
    // Other ways to begin change the base's weights as well.
    let begun = fields.get("init_lora_weights").unwrap_or(&Value::Null);
    if !(begun.is_null() || begun.is_boolean() || begun == "gaussian" || begun == "orthogonal") {
        return Err(unsupported("init_lora_weights", begun, "it goes with a changed base"));
    }
    for (name, value) in fields {
        let is_known = WITHOUT_EFFECT.contains(&name.as_str()) || READ.contains(&name.as_str());
        if !is_known && !is_unset(value) {
            return Err(unsupported(name, value, "it would change what the adapter computes"));
        }
    }
    Ok(())
}

/// What PEFT writes for a setting that is not used.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn required<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a Value> {
    let value = fields.get(name).filter(|value| !value.is_null());
    value.ok_or_else(|| invalid(format!("it lacks `{name}`, and no default is put in for it")))
}

fn rank(fields: &Map<String, Value>) -> Result<usize> {
    let rank = required(fields, "r")?.as_u64().filter(|rank| (1..=MAX_RANK).contains(rank));
    let rank = rank.and_then(|rank| usize::try_from(rank).ok());
    rank.ok_or_else(|| invalid(format!("`r` is {}; it must be 1 to {MAX_RANK}", fields["r"])))
}

fn target_modules(fields: &Map<String, Value>) -> Result<BTreeSet<Module>> {
    let value = required(fields, "target_modules")?;
    let Some(names) = value.as_array() else {
        return Err(unsupported("target_modules", value, "a list of names is read, patterns are not"));
    };
    let module = |name: &Value| name.as_str().and_then(Module::from_name);
    let read = |name| {
        let known: Vec<_> = Module::ALL.iter().map(|module| module.name()).collect();
        let reason = format!("the modules that can be adapted are {}", known.join(", "));
        module(name).ok_or_else(|| unsupported("target_modules", name, &reason))
    };
    names.iter().map(read).collect()
}

fn flag(fields: &Map<String, Value>, name: &str) -> Result<bool> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(value) => value.as_bool().ok_or_else(|| invalid(format!("`{name}` must be true or false"))),
    }
}

fn invalid(reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the adapter's settings can not be used: {reason}"))
}

fn unsupported(name: &str, value: &Value, reason: &str) -> Error {
    let mut value = value.to_string();
    value.truncate(value.floor_char_boundary(60));
    let message = format!("the adapter's setting `{name}` is {value}, which is not supported: {reason}");
    Error::new(ErrorKind::Unsupported, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> Value {
        json!({"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 8,
               "target_modules": ["q_proj", "down_proj"], "lora_dropout": 0.05, "peft_version": "0.21.2",
               "loftq_config": {}, "rank_pattern": {}, "modules_to_save": null, "fan_in_fan_out": false})
    }

    fn read(fields: &Value) -> Result<AdapterConfig> {
        AdapterConfig::from_json(fields.to_string().as_bytes())
    }

    #[test]
    fn settings_read_back() {
        let mut config = read(&valid()).unwrap();
        assert_eq!((config.rank, config.alpha, config.scale()), (4, 8.0, 2.0));
        config.use_rslora = true;
        config.alpha = 0.1;
        config.base_model = Some("./models/base-llm".into());
        assert_eq!(config.scale(), 0.05);
        assert_eq!(AdapterConfig::from_json(config.to_json().as_bytes()).unwrap(), config);
    }

    #[test]
    fn what_is_missing_is_named() {
        for name in ["peft_type", "task_type", "r", "lora_alpha", "target_modules"] {
            let mut fields = valid();
            fields.as_object_mut().unwrap().remove(name);
            let error = read(&fields).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        }
    }

    #[test]
    fn what_would_compute_something_else_is_named() {
        for (name, value) in [
            ("peft_type", json!("IA3")),
            ("task_type", json!("SEQ_CLS")),
            ("bias", json!("all")),
            ("use_dora", json!(true)),
            ("fan_in_fan_out", json!(true)),
            ("modules_to_save", json!(["lm_head"])),
            ("rank_pattern", json!({"q_proj": 8})),
            ("alpha_pattern", json!({"q_proj": 8})),
            ("layers_to_transform", json!([0])),
            ("layer_replication", json!([[0, 2]])),
            ("exclude_modules", json!("q_proj")),
            ("lora_bias", json!(true)),
            ("target_parameters", json!(["w"])),
            ("trainable_token_indices", json!([1, 2])),
            ("init_lora_weights", json!("pissa")),
            ("target_modules", json!("all-linear")),
            ("target_modules", json!(["q_proj", "lm_head"])),
            ("a_method_of_next_year", json!(1)),
        ] {
            let mut fields = valid();
            fields[name] = value;
            let error = read(&fields).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{name}: {error}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (name, value) in [
            ("r", json!(0)),
            ("r", json!(1.5)),
            ("r", json!(u64::MAX)),
            ("lora_alpha", json!("32")),
            ("lora_alpha", json!(0)),
            ("lora_dropout", json!(1.0)),
            ("lora_dropout", json!("none")),
            ("target_modules", json!([])),
            ("use_rslora", json!("yes")),
        ] {
            let mut fields = valid();
            fields[name] = value;
            assert_eq!(read(&fields).unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
        }
        let error = AdapterConfig::from_json(b"[1]").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
