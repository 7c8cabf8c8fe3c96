#!/usr/bin/env bash
# Uses the project as its users do: the programs of the README, each built the way the README says, and the C
# example through pkg-config. Needs `make setup`, and ORT_DYLIB_PATH for the embeddings.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0

block() { awk -v fence="\`\`\`$1" '$0 == fence { on = 1; next } /^```/ { on = 0 } on' README.md; }

expect() { # NAME FILE TEXT
  grep -q -- "$3" "$2" || {
    echo "FAILED: $1 did not print '$3':"
    cat "$2"
    exit 1
  }
  passed=$((passed + 1))
  echo "ok: $1"
}

aion-capi/install.sh "$work/prefix" >/dev/null
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig LD_LIBRARY_PATH=$work/prefix/lib
read -ra flags <<<"$(pkg-config --cflags --libs aion)"

block c >"$work/readme.c"
cc -o "$work/readme" "$work/readme.c" "${flags[@]}"
"$work/readme" >"$work/c.txt"
expect "the README's C program" "$work/c.txt" "1240 × 1754: .*Quillmoor"

cc -o "$work/parse_image" examples/c/parse_image.c "${flags[@]}"
AION_CLIP_MODEL_PATH=models/clip-tiny "$work/parse_image" examples/images/letter.jpg >"$work/example.txt"
expect "the C example, built with pkg-config" "$work/example.txt" "nearest caption: a letter"

cargo init --quiet --vcs none --name newcomer "$work/newcomer"
block rust >"$work/newcomer/src/main.rs"
cp Cargo.lock rust-toolchain.toml "$work/newcomer/"
printf 'aion-core = { path = "%s/aion-core" }\n\n[workspace]\n' "$root" >>"$work/newcomer/Cargo.toml"
env -u PKG_CONFIG_PATH cargo run --release --quiet --manifest-path "$work/newcomer/Cargo.toml" >"$work/rust.txt"
expect "the README's Rust program, in an empty crate" "$work/rust.txt" "1240 × 1754: .*Quillmoor"

python3 -m venv "$work/venv"
env -u PKG_CONFIG_PATH "$work/venv/bin/pip" install --quiet --disable-pip-version-check ./aion-py
block python >"$work/readme.py"
"$work/venv/bin/python" "$work/readme.py" >"$work/python.txt"
expect "the README's Python program, after pip install ./aion-py" "$work/python.txt" "a scanned letter"

if command -v node >/dev/null; then
  block js | sed "s#'./examples#'$root/examples#" >"$work/readme.mjs"
  node "$work/readme.mjs" >"$work/node.txt"
  expect "the README's Node program" "$work/node.txt" "1240 × 1754: .*Quillmoor"
else
  echo "not run: there is no Node.js here"
fi

echo "$passed passed, 0 failed"
