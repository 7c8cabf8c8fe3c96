//! `include/aion.h` is what the source says, and its numbers are the core's.

use std::error::Error;
use std::path::{Path, PathBuf};

use aion_core::ErrorKind;

const BLESS: &str = "AION_BLESS";

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/aion.h")
}

fn generated() -> Result<String, Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(here.join("cbindgen.toml"))?;
    let bindings = cbindgen::Builder::new().with_crate(here).with_config(config).generate()?;
    let mut header = Vec::new();
    bindings.write(&mut header);
    Ok(String::from_utf8(header)?)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a person asks the test to rewrite the header by a variable")]
fn the_committed_header_is_what_the_source_says() {
    let header = generated().unwrap();
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(committed(), &header).unwrap();
    }
    let old = std::fs::read_to_string(committed()).unwrap_or_default();
    let difference = old.lines().zip(header.lines()).position(|(old, new)| old != new);
    assert!(
        old == header,
        "include/aion.h differs from the source at line {:?}; run this test with {BLESS}=1",
        difference.map(|line| line + 1)
    );
}

#[test]
fn every_kind_of_error_has_its_number_and_no_number_has_no_kind() {
    let header = generated().unwrap();
    for kind in ErrorKind::ALL {
        let line = format!("#define AION_ERROR_{} {}\n", kind.name().to_uppercase(), kind.code());
        assert!(header.contains(&line), "the header lacks `{}`", line.trim_end());
    }
    assert_eq!(header.matches("#define AION_ERROR_").count(), ErrorKind::ALL.len());
}

/// Neither cbindgen nor the compiler looks for it.
#[test]
fn every_exported_function_runs_inside_the_guard() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut functions = 0;
    for file in std::fs::read_dir(source).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for function in text.split("#[unsafe(no_mangle)]").skip(1) {
            let body = function.split("\n}\n").next().unwrap();
            let name = body.split("fn ").nth(1).and_then(|rest| rest.split('(').next()).unwrap();
            let is_plain = PLAIN.contains(&name);
            let is_guarded = ["guard(", "guard_or(", "guard_drop(", "lend(", "write_at("]
                .iter()
                .any(|guard| body.contains(guard));
            assert!(is_guarded != is_plain, "`{name}` has no guard, or is listed as plain though it has one");
            functions += 1;
        }
    }
    assert!(functions > 50, "only {functions} functions were found");
}

/// Functions that only put numbers into a struct, or give a constant.
const PLAIN: &[&str] = &[
    "aion_abi_version",
    "aion_version",
    "aion_held_out_options_default",
    "aion_source_bytes",
    "aion_source_path",
    "aion_source_pixels",
    "aion_parse_options_default",
    "aion_ocr_options_default",
    "aion_ema_options_default",
    "aion_policy_page",
    "aion_policy_options_default",
    "aion_extract_options_default",
    "aion_document_options_default",
    "aion_lora_options_default",
];
