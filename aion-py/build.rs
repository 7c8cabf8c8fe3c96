//! Keeps the names of the extension's dependencies inside.

#[expect(clippy::disallowed_methods, reason = "Cargo tells a build script its target by a variable")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|os| os == "linux") {
        // The AVIF decoder exports the names of libdav1d, which the host may have loaded itself.
        println!("cargo::rustc-cdylib-link-arg=-Wl,--exclude-libs,ALL");
    }
}
