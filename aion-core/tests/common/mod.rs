//! What the tests share: where things are, and a handle on the tiny model that ships.

#![allow(clippy::allow_attributes, dead_code, reason = "each test program uses its own part")]
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test tells what it leaves out, and fails loudly"
)]

use std::path::{Path, PathBuf};

use aion_core::{Aion, Config, Control, Image, ParseOptions};

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A folder of the material that lies beside a checkout at the maintainers' and in CI; says so when absent.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let path = repository().parent().unwrap().join("shared").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("not run: {} is not here", path.display());
    None
}

/// The regular files of a folder, sorted, without the notes on their origin.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.extension().is_some_and(|extension| extension != "md"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The pictures that ship with the project.
pub(crate) fn example(name: &str) -> PathBuf {
    repository().join("examples/images").join(name)
}

/// Settings with the ONNX Runtime that the environment names, if it names one.
#[expect(clippy::disallowed_methods, reason = "the tests are a host, and a host reads its environment")]
pub(crate) fn config() -> Config {
    Config::from_vars(std::env::vars().filter(|(name, _)| name == "ORT_DYLIB_PATH")).unwrap()
}

/// Settings with the tiny CLIP model that ships.
pub(crate) fn config_with_clip() -> Config {
    let mut config = config();
    config.clip_model = Some(repository().join("models/clip-tiny"));
    config
}

pub(crate) fn aion(config: Config) -> Aion {
    Aion::new(config).unwrap()
}

/// The upright pixels of a file.
pub(crate) fn decode(path: &Path) -> Image {
    let mut options = ParseOptions::default();
    (options.ocr, options.clip) = (false, false);
    let parsed = aion(config()).parse_image(path, &options, &Control::default()).unwrap();
    Image::from_rgba(parsed.width, parsed.height, parsed.rgba.unwrap()).unwrap()
}

/// The kilobytes that this process held in memory at its peak (Linux).
pub(crate) fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
