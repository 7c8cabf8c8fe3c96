//! What the benches share: where their inputs are and how a handle is made.

use std::path::{Path, PathBuf};

use aion_core::{Aion, Config};

/// What a bench ends with when something that it needs is missing.
pub type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Threads of every handle: the same on each machine, so that runs can be compared.
pub const THREADS: usize = 2;

/// JPEG photographs of these megapixels, as `peers/pictures.py` names them.
pub const PHOTOS: [(&str, &str); 2] = [("0.5 MP", "photo-0.5mp.jpg"), ("12 MP", "photo-12mp.jpg")];

/// The pictures of `examples/images`.
pub const EXAMPLES: [&str; 4] = ["letter.jpg", "captura.png", "poster.png", "recibo.jpg"];

/// A path below the root of the repository.
pub fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(relative)
}

/// The bytes of a photograph from [`PHOTOS`].
///
/// # Errors
/// A sentence that tells how to make the photographs.
pub fn photo(name: &str) -> Result<Vec<u8>, String> {
    read(&path("target/bench").join(name), ".venv/bin/python benches/peers/pictures.py")
}

/// The bytes of a picture from [`EXAMPLES`].
///
/// # Errors
/// A sentence that names the file.
pub fn example(name: &str) -> Result<Vec<u8>, String> {
    read(&path("examples/images").join(name), ".venv/bin/python examples/images/make_images.py")
}

fn read(path: &Path, maker: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}; make it with `{maker}`", path.display()))
}

/// A handle of [`THREADS`] threads on the CLIP model in `directory`, with the ONNX Runtime of `ORT_DYLIB_PATH`.
///
/// # Errors
/// A sentence that tells how to make the model with `maker`.
pub fn aion(directory: &str, maker: &str) -> Result<Aion, Box<dyn std::error::Error>> {
    let model = path(directory);
    if !model.join("vision_model.onnx").is_file() {
        return Err(format!("there is no CLIP model in {}; make it with `{maker}`", model.display()).into());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "a bench is a host: it reads the environment for the library"
    )]
    let mut config = Config::from_vars(std::env::vars())?;
    (config.clip_model, config.threads) = (Some(model), Some(THREADS));
    Ok(Aion::new(config)?)
}
