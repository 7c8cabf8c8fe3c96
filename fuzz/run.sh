#!/usr/bin/env bash
# run.sh [SECONDS] [TARGET…]: fuzzes every target, or those named, for SECONDS each (600).
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-600}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for file in fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

unset CARGO_TARGET_DIR
for target in "${targets[@]}"; do
  mkdir -p "corpus/$target"
  # Slow or hungry inputs are findings too: 10 seconds, 2 GB.
  cargo +nightly fuzz run --fuzz-dir . "$target" "corpus/$target" -- \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1
done
