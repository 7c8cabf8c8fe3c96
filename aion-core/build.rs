//! Compiles the guard around Tesseract, where text recognition is wanted.

fn main() {
    println!("cargo::rerun-if-changed=src/ocr/shim.cpp");
    #[cfg(feature = "ocr")]
    cc::Build::new().cpp(true).std("c++14").file("src/ocr/shim.cpp").compile("aion_tess");
}
