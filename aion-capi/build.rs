//! Names the shared library by its ABI, and keeps the names of its dependencies inside.

/// The number after `.so`; it goes up with `aion_abi_version`, minus one while the ABI is young.
const SONAME: &str = "libaion.so.0";

#[expect(clippy::disallowed_methods, reason = "Cargo tells a build script its target by a variable")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|os| os == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
        // A dependency exports the names of libdav1d. The host may have that library itself, and the loader
        // would take either for the other.
        println!("cargo::rustc-cdylib-link-arg=-Wl,--exclude-libs,ALL");
    }
}
