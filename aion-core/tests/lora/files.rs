//! Model directories that are damaged, incomplete or of another kind.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aion_core::base::{Architecture, BaseModel, Module};
use aion_core::{Control, Error, ErrorKind};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::directory;

/// A copy of a model, to be damaged.
fn copy(model: &str) -> (TempDir, PathBuf) {
    let to = tempfile::tempdir().unwrap();
    for name in ["config.json", "model.safetensors"] {
        std::fs::copy(directory(model).join(name), to.path().join(name)).unwrap();
    }
    let path = to.path().to_path_buf();
    (to, path)
}

fn refused(path: &Path) -> Error {
    BaseModel::open(path).unwrap_err()
}

fn with_config(model: &str, change: impl Fn(&mut Value)) -> Result<BaseModel, Error> {
    let (_guard, path) = copy(model);
    let file = path.join("config.json");
    let mut config = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    change(&mut config);
    std::fs::write(file, config.to_string()).unwrap();
    BaseModel::open(path)
}

type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

fn with_tensors(model: &str, change: impl Fn(&mut Vec<Stored>)) -> Result<BaseModel, Error> {
    let (_guard, path) = copy(model);
    let file = path.join("model.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    let mut tensors: Vec<Stored> = SafeTensors::deserialize(&bytes)
        .unwrap()
        .iter()
        .map(|(name, view)| (name.to_owned(), view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    change(&mut tensors);
    write(&file, &tensors);
    BaseModel::open(path)
}

fn write(file: &Path, tensors: &[Stored]) {
    let view = |(name, dtype, shape, data): &'_ Stored| {
        (name.clone(), TensorView::new(*dtype, shape.clone(), data).unwrap().data().to_vec())
    };
    let views = tensors
        .iter()
        .map(|stored| (view(stored).0, TensorView::new(stored.1, stored.2.clone(), &stored.3).unwrap()));
    std::fs::write(file, safetensors::serialize(views, None).unwrap()).unwrap();
}

#[test]
fn shapes_are_told() {
    let base = BaseModel::open(directory("mistral")).unwrap();
    let config = base.config();
    assert_eq!(config.architecture, Architecture::Mistral);
    assert_eq!((config.layers, config.vocab_size, config.context), (2, 100, 64));
    assert_eq!(config.module_shape(Module::Q), (48, 64));
    assert_eq!(config.module_shape(Module::V), (48, 32));
    assert_eq!(config.module_shape(Module::Down), (80, 48));
}

#[test]
fn a_cut_file_is_refused_at_any_length() {
    let (_guard, path) = copy("qwen2");
    let file = path.join("model.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    for length in [0, 5, 8, 9, 200, 2000, 50_000, bytes.len() - 1] {
        std::fs::write(&file, &bytes[..length]).unwrap();
        let error = refused(&path);
        assert_eq!(error.kind(), ErrorKind::InvalidModel, "{length}: {error}");
        assert!(error.to_string().contains("model.safetensors"), "{error}");
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(refused(&path).kind(), ErrorKind::NotFound);
    std::fs::create_dir(&file).unwrap();
    assert_eq!(refused(&path).kind(), ErrorKind::InvalidModel);
}

#[test]
fn tensors_that_are_wrong_are_named() {
    let name = "model.layers.1.self_attn.k_proj.weight";
    let is_it = |stored: &Stored| stored.0 == name;
    let missing = with_tensors("llama-tied", |tensors| tensors.retain(|stored| !is_it(stored)));
    let other_shape = with_tensors("llama-tied", |tensors| {
        let stored = tensors.iter_mut().find(|stored| is_it(stored)).unwrap();
        stored.2.reverse();
    });
    let nan = with_tensors("llama-tied", |tensors| {
        let stored = tensors.iter_mut().find(|stored| is_it(stored)).unwrap();
        stored.3[40..44].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    for outcome in [missing, other_shape, nan] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        assert!(error.to_string().contains(name), "{error}");
    }
    let unknown = with_tensors("llama-tied", |tensors| {
        tensors.push(("model.layers.0.self_attn.q_proj.bias".to_owned(), Dtype::F32, vec![1], vec![0; 4]));
    });
    let doubles = with_tensors("llama-tied", |tensors| {
        let stored = tensors.iter_mut().find(|stored| is_it(stored)).unwrap();
        stored.1 = Dtype::F64;
        stored.3 = vec![0; stored.3.len() * 2];
    });
    for outcome in [unknown, doubles] {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported);
    }
    // A tied head that is stored all the same, and old tables of angles, are passed over.
    let extra = with_tensors("llama-tied", |tensors| {
        tensors.push(("lm_head.weight".to_owned(), Dtype::F32, vec![1], vec![0; 4]));
        tensors.push((
            "model.layers.0.self_attn.rotary_emb.inv_freq".to_owned(),
            Dtype::F32,
            vec![1],
            vec![0; 4],
        ));
    });
    assert!(extra.is_ok());
}

#[test]
fn shards_are_read_and_must_be_whole() {
    let (_guard, path) = copy("qwen3");
    let single = path.join("model.safetensors");
    let bytes = std::fs::read(&single).unwrap();
    let whole = BaseModel::open(&path).unwrap().fingerprint().to_owned();
    let tensors: Vec<Stored> = SafeTensors::deserialize(&bytes)
        .unwrap()
        .iter()
        .map(|(name, view)| (name.to_owned(), view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    let (first, second) = tensors.split_at(tensors.len() / 2);
    write(&path.join("a.safetensors"), first);
    write(&path.join("b.safetensors"), second);
    std::fs::remove_file(single).unwrap();
    let index = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let mut map = serde_json::Map::new();
        first.iter().for_each(|stored| drop(map.insert(stored.0.clone(), json!("a.safetensors"))));
        second.iter().for_each(|stored| drop(map.insert(stored.0.clone(), json!("b.safetensors"))));
        change(&mut map);
        let file = path.join("model.safetensors.index.json");
        std::fs::write(file, json!({"metadata": {}, "weight_map": map}).to_string()).unwrap();
        BaseModel::open(&path)
    };
    assert_eq!(index(&|_| ()).unwrap().fingerprint(), whole);
    let lost = index(&|map| drop(map.insert("x".to_owned(), json!("b.safetensors")))).unwrap_err();
    assert!(lost.to_string().contains("`x`"), "{lost}");
    for name in ["../b.safetensors", "/etc/passwd", "c\\b.safetensors", ".safetensors"] {
        let outside = index(&|map| drop(map.insert("x".to_owned(), json!(name)))).unwrap_err();
        assert!(outside.to_string().contains("plain file name"), "{outside}");
    }
    let absent = index(&|map| drop(map.insert("x".to_owned(), json!("c.safetensors")))).unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
}

#[test]
fn what_is_not_supported_is_said() {
    let cases: [(&str, Value, &str); 9] = [
        ("architectures", json!(["GemmaForCausalLM"]), "GemmaForCausalLM"),
        ("hidden_act", json!("gelu"), "gelu"),
        ("attention_bias", json!(true), "attention_bias"),
        ("mlp_bias", json!(true), "mlp_bias"),
        ("quantization_config", json!({"bits": 4}), "quantised"),
        ("rope_parameters", json!({"rope_type": "yarn", "factor": 4.0}), "yarn"),
        ("rope_parameters", json!({"rope_type": "dynamic", "factor": 4.0}), "dynamic"),
        ("rope_parameters", json!({"partial_rotary_factor": 0.5}), "partial_rotary_factor"),
        ("partial_rotary_factor", json!(0.25), "partial_rotary_factor"),
    ];
    for (name, value, text) in cases {
        let error = with_config("llama-tied", |config| config[name] = value.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{name}: {error}");
        assert!(
            error.to_string().contains(text) && error.to_string().contains("Qwen3ForCausalLM"),
            "{error}"
        );
    }
}

#[test]
fn what_is_wrong_in_a_config_is_named() {
    let cases: [(&str, Value); 8] = [
        ("hidden_size", json!(0)),
        ("hidden_size", json!(1e30)),
        ("num_hidden_layers", json!("two")),
        ("num_attention_heads", Value::Null),
        ("num_key_value_heads", json!(3)),
        ("head_dim", json!(13)),
        ("rms_norm_eps", json!(-1.0)),
        ("tie_word_embeddings", json!("yes")),
    ];
    for (name, value) in cases {
        let error = with_config("llama-tied", |config| config[name] = value.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel, "{name}: {error}");
    }
    let (_guard, path) = copy("llama-tied");
    for text in ["", "{", "[1]", "\u{0}"] {
        std::fs::write(path.join("config.json"), text).unwrap();
        assert_eq!(refused(&path).kind(), ErrorKind::InvalidModel, "{text:?}");
    }
    std::fs::write(path.join("config.json"), [0xFF, 0xFE]).unwrap();
    assert_eq!(refused(&path).kind(), ErrorKind::InvalidModel);
}

#[test]
fn both_spellings_of_rope_are_the_same() {
    let new = BaseModel::open(directory("llama3-untied")).unwrap();
    let old = with_config("llama3-untied", |config| {
        let mut parameters = config["rope_parameters"].take();
        let map = parameters.as_object_mut().unwrap();
        config["rope_theta"] = map.remove("rope_theta").unwrap();
        config["rope_scaling"] = parameters;
        config.as_object_mut().unwrap().remove("rope_parameters");
    });
    assert_eq!(old.unwrap().config(), new.config());
    let plain = with_config("llama3-untied", |config| {
        config["rope_parameters"] = json!({"rope_type": "default", "rope_theta": 500000.0});
    });
    assert_ne!(plain.unwrap().config(), new.config());
}

#[test]
fn a_sliding_window_bounds_the_context() {
    let window = |model: &str, size: Value| {
        with_config(model, |config| {
            config["sliding_window"] = size.clone();
            config["use_sliding_window"] = json!(true);
        })
        .unwrap()
        .config()
        .context
    };
    assert_eq!(window("mistral", json!(16)), 16);
    assert_eq!(window("mistral", json!(4096)), 64);
    assert_eq!(window("mistral", Value::Null), 64);
    assert_eq!(window("qwen2", json!(16)), 16);
    assert_eq!(window("llama-tied", json!(16)), 64);
}

#[test]
fn opening_stops_when_it_is_told_to() {
    let cancelled = Control::default();
    cancelled.cancel_token().cancel();
    let late = Control::default().with_timeout(Duration::ZERO);
    for (control, kind) in [(cancelled, ErrorKind::Cancelled), (late, ErrorKind::DeadlineExceeded)] {
        assert_eq!(BaseModel::open_with(directory("mistral"), &control).unwrap_err().kind(), kind);
    }
}
