#!/bin/sh
# Builds libaion and installs it for C: aion.h, libaion.so, libaion.a and aion.pc.
#
#     aion-capi/install.sh PREFIX
#     cc example.c $(PKG_CONFIG_PATH=PREFIX/lib/pkgconfig pkg-config --cflags --libs aion)
set -eu

[ $# -eq 1 ] || { echo "usage: $0 PREFIX" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1/include" "$1/lib/pkgconfig"
prefix=$(cd "$1" && pwd)
cd "$root"
release=${CARGO_TARGET_DIR:-$root/target}/release
soname=$(sed -n 's/^const SONAME.*"\(.*\)";/\1/p' aion-capi/build.rs)
version=$(cargo metadata --format-version 1 --no-deps --offline |
  sed -n 's/.*"name":"aion-capi","version":"\([^"]*\)".*/\1/p')

# The compiler says itself what a static link needs; Cargo repeats what it said when nothing is to be built.
said=$(cargo rustc --release -p aion-capi --lib -- --print native-static-libs 2>&1) || { echo "$said" >&2; exit 1; }
needs=$(echo "$said" | sed -n 's/^note: native-static-libs: //p')
[ -n "$needs" ] || { echo "the compiler did not say what libaion.a needs" >&2; exit 1; }

install -m 644 include/aion.h "$prefix/include/aion.h"
install -m 644 "$release/libaion.a" "$prefix/lib/libaion.a"
# What libaion.a needs of it, where `scripts/build-tesseract.sh` made it; the system's otherwise.
[ ! -f .tesseract/lib/libtesseract.a ] || install -m 644 .tesseract/lib/libtesseract.a "$prefix/lib/"
install -m 755 "$release/libaion.so" "$prefix/lib/libaion.so.$version"
ln -sf "libaion.so.$version" "$prefix/lib/$soname"
ln -sf "$soname" "$prefix/lib/libaion.so"
sed -e "s|@PREFIX@|$prefix|" -e "s|@VERSION@|$version|" -e "s|@LIBS_PRIVATE@|$needs|" \
  aion-capi/aion.pc.in >"$prefix/lib/pkgconfig/aion.pc"
echo "libaion $version is installed in $prefix"
