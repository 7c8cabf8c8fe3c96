#!/usr/bin/env bash
# Measures: the Criterion benches of the core, then AION beside what Python has. Makes first what they need.
# Wants ORT_DYLIB_PATH, as `make bench` sets it. A machine with anything else to do gives other numbers.
set -euo pipefail
cd "$(dirname "$0")/.."

PATH="$PWD/.venv/bin:$PATH"
model=target/models/vit-b-32

[ -f target/bench/photo-12mp.jpg ] || python benches/peers/pictures.py

# Half a model would be taken for a whole one: it gets its name when it is complete.
if [ ! -f "$model/vision_model_int8.onnx" ]; then
  rm -rf "$model.part" "$model"
  python models/make_vit_b32.py "$model.part" --int8
  mv "$model.part" "$model"
fi

python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps ./aion-py
cargo bench --package aion-benches

python benches/peers/clip.py | tee target/bench/peers.md
python benches/peers/ema.py | tee target/bench/ema.md
python benches/peers/knowledge.py | tee target/bench/knowledge.md
