#!/usr/bin/env bash
# Builds the Tesseract that AION links, as a static library in .tesseract, where .cargo/config.toml looks for it:
# newer and faster than the distribution's, without OpenMP, without the legacy engine, and without the PNG coding of
# every line. docs/ocr.md says what each of that gains. A second run finds it built.
#
# Where the source can not be fetched, this says so, and the Tesseract of the system is linked instead.
set -euo pipefail
cd "$(dirname "$0")/.."

version=5.5.0
sha256=f2fb34ca035b6d087a42875a35a7a5c4155fa9979c6132365b1e5a28ebc3fc11
urls=(
  "http://deb.debian.org/debian/pool/main/t/tesseract/tesseract_$version.orig.tar.gz"
  "https://github.com/tesseract-ocr/tesseract/archive/refs/tags/$version.tar.gz"
)
prefix=$PWD/.tesseract
# No errno and no traps of floating point: both keep loops from being vectorized, and nothing asks for them.
flags="-O3 -fno-math-errno -fno-trapping-math -fno-semantic-interposition -DTESSERACT_IMAGEDATA_AS_PIX"

say() { printf '\033[1m== %s\033[0m\n' "$*"; }

recipe=$(cat scripts/build-tesseract.sh scripts/tesseract/*.patch | sha256sum | cut -d' ' -f1)
[ "$(cat "$prefix/recipe" 2>/dev/null)" = "$recipe" ] && exit

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() {
  for url in "${urls[@]}"; do
    curl --fail --silent --show-error --location --max-time 120 --output "$work/source.tar.gz" "$url" || continue
    echo "$sha256  $work/source.tar.gz" | sha256sum --check --quiet && return
  done
  return 1
}

fetch || {
  say "the source of Tesseract $version could not be fetched: the system's Tesseract will be linked, which is slower"
  exit
}
say "building Tesseract $version (one to three minutes)"
tar xzf "$work/source.tar.gz" -C "$work"
source=$(echo "$work"/tesseract*/)
for patch in scripts/tesseract/*.patch; do
  patch --quiet --strip 1 --directory "$source" <"$patch"
done

options=(
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib
  -DBUILD_SHARED_LIBS=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_CXX_VISIBILITY_PRESET=hidden
  # Fewer, larger compilations: faster to make, and functions are inlined across files.
  -DCMAKE_UNITY_BUILD=ON
  -DDISABLED_LEGACY_ENGINE=ON -DGRAPHICS_DISABLED=ON -DBUILD_TRAINING_TOOLS=OFF -DOPENMP_BUILD=OFF
  -DDISABLE_CURL=ON -DDISABLE_ARCHIVE=ON -DDISABLE_TIFF=ON
)
{
  cmake -S "$source" -B "$work/build" "${options[@]}"
  cmake --build "$work/build" --target libtesseract --parallel "$(nproc)"
} >"$work/log" 2>&1 || {
  tail -40 "$work/log"
  exit 1
}

rm -rf "$prefix"
mkdir -p "$prefix/lib/pkgconfig" "$prefix/include"
cp "$work/build/libtesseract.a" "$prefix/lib/"
cp -r "$source/include/tesseract" "$work/build/include/tesseract" "$prefix/include/"
cp "$source/LICENSE" "$prefix/"
cat >"$prefix/lib/pkgconfig/tesseract.pc" <<EOF
Name: tesseract
Description: Tesseract $version as AION links it
Version: $version
Requires: lept
Libs: -L$prefix/lib -ltesseract
Cflags: -I$prefix/include
EOF
# The same leptonica as ever, without its directory on the linker's path: the system's Tesseract is there too, and
# would be found first.
cat >"$prefix/lib/pkgconfig/lept.pc" <<EOF
Name: leptonica
Description: The leptonica of the system
Version: $(pkg-config --modversion lept)
Libs: -L$prefix/lib $(pkg-config --libs-only-l lept)
Cflags: $(PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 pkg-config --cflags lept)
EOF
echo "$recipe" >"$prefix/recipe"
