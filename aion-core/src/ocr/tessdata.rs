//! Where the language files are, and whether they can be loaded.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::traineddata;
use crate::config::check_ocr_lang;
use crate::error::{Error, ErrorKind, Result};

/// Where the packages of Debian, Fedora, Arch, Homebrew and a build from source put their files.
const DIRECTORIES: &[&str] = &[
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    "/usr/local/opt/tesseract/share/tessdata",
    "/opt/local/share/tessdata",
];

/// The directory that was configured, or else the first of the usual ones that exists.
///
/// # Errors
/// [`ErrorKind::NotFound`] when there is none.
pub(super) fn directory(configured: Option<&Path>) -> Result<PathBuf> {
    if let Some(directory) = configured {
        return Ok(directory.to_path_buf());
    }
    let usual = DIRECTORIES.iter().map(Path::new).find(|directory| directory.is_dir());
    usual.map(Path::to_path_buf).ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            "no directory of Tesseract language files was found; install one (`apt install tesseract-ocr-eng`) \
             or set `tessdata` to yours",
        )
    })
}

/// Checks the file of every language in `langs`, and of those that they load themselves.
///
/// # Errors
/// [`ErrorKind::NotFound`] for a file that is not there, [`ErrorKind::InvalidModel`] for one that Tesseract could
/// not survive, [`ErrorKind::Io`] for one that can not be read.
pub(super) fn check(directory: &Path, langs: &str) -> Result<()> {
    let mut seen = HashSet::new();
    let mut waiting: Vec<String> = langs.split('+').map(Into::into).collect();
    while let Some(lang) = waiting.pop() {
        let path = directory.join(format!("{lang}.traineddata"));
        let bytes = read(&path, &lang)?;
        let more = traineddata::check(&bytes).map_err(|fault| {
            Error::new(
                ErrorKind::InvalidModel,
                format!("`{}` can not be used because {fault}; {}", path.display(), remedy(&lang)),
            )
        })?;
        seen.insert(lang);
        // Tesseract goes on without these where they are missing.
        let exists = |lang: &String| {
            check_ocr_lang(lang).is_ok() && directory.join(format!("{lang}.traineddata")).exists()
        };
        waiting.extend(more.into_iter().filter(|lang| !seen.contains(lang) && exists(lang)));
    }
    Ok(())
}

fn read(path: &Path, lang: &str) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => Error::new(
            ErrorKind::NotFound,
            format!("OCR language `{lang}` has no file `{}`; {}", path.display(), remedy(lang)),
        ),
        _ => Error::io(path, source),
    })
}

fn remedy(lang: &str) -> String {
    let package = lang.to_ascii_lowercase().replace(['_', '/'], "-");
    format!(
        "install it (`apt install tesseract-ocr-{package}`) or set `tessdata` to the directory that has it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_language_is_named_with_its_remedy() {
        let directory = tempfile::tempdir().unwrap();
        let error = check(directory.path(), "chi_sim").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.message().contains("chi_sim.traineddata"), "{error}");
        assert!(error.message().contains("apt install tesseract-ocr-chi-sim"), "{error}");
    }

    #[test]
    fn the_languages_of_the_system_pass() {
        let directory = directory(None).unwrap();
        check(&directory, "eng+por").unwrap();
    }

    #[test]
    fn a_file_without_a_text_model_is_refused() {
        let directory = directory(None).unwrap();
        let error = check(&directory, "osd").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        assert!(error.message().contains("no LSTM model"), "{error}");
    }
}
