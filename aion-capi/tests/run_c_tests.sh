#!/bin/sh
# Installs libaion and runs the C tests against it in four ways: as C with gcc, as C with clang and
# AddressSanitizer (leaks included), as C++, and linked statically. Then the examples.
#
#     aion-capi/tests/run_c_tests.sh [PREFIX]       PREFIX: where it is installed, target/install if absent
#
# ORT_DYLIB_PATH names the ONNX Runtime; without it, or without models/clip-tiny, the CLIP tests are skipped.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
prefix=${1:-$root/target/install}
build=$root/target/c-tests
tests=$root/aion-capi/tests/c
images=$root/examples/images
model=$root/models/clip-tiny
warnings="-Wall -Wextra -Werror -pedantic -g -O1"
passed=0
failed=0

"$root/aion-capi/install.sh" "$prefix" || exit 1
mkdir -p "$build"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
export LD_LIBRARY_PATH="$prefix/lib"
export RUST_BACKTRACE=0
flags=$(pkg-config --cflags aion)
shared=$(pkg-config --libs aion)
# Only libaion itself is linked statically: its engines are shared libraries of the system.
static=$(pkg-config --static --libs aion | sed "s|-laion|$prefix/lib/libaion.a|")
asan="clang -std=c11 -fsanitize=address -fno-omit-frame-pointer"

unset AION_CLIP_MODEL_PATH
if [ -n "${ORT_DYLIB_PATH:-}" ] && [ -f "$model/vision_model.onnx" ]; then
  export AION_CLIP_MODEL_PATH="$model"
fi

# verdict NAME STATUS
verdict() {
  if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $1"; fi
}

# compile OUTPUT COMPILER SOURCES LIBRARIES: the words of all but the first are separate arguments.
compile() {
  # shellcheck disable=SC2086
  $2 $warnings $flags $3 -x none $4 -lm -lpthread -o "$build/$1"
}

# run_tests NAME COMPILER LIBRARIES: counts the tests, and a run that does not end well as one that failed.
run_tests() {
  echo "== $1"
  compile "$1" "$2" "$tests/*.c" "$3" || { verdict "$1 does not compile" 1; return; }
  "$build/$1" "$images" >"$build/$1.log" 2>&1
  status=$?
  cat "$build/$1.log"
  passed=$((passed + $(grep -c '^  ok ' "$build/$1.log")))
  failed=$((failed + $(grep -c '^  FAILED ' "$build/$1.log")))
  [ "$status" -eq 0 ] || grep -q '^  FAILED ' "$build/$1.log" || verdict "$1 ends with $status" 1
}

# Runs the crawl example on examples/site, which a server of this machine serves meanwhile.
crawl_site() {
  python3 -u -m http.server --bind 127.0.0.1 --directory "$root/examples/site" 0 >"$build/site.log" 2>&1 &
  server=$!
  port=
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    port=$(sed -n 's/^Serving HTTP on .* port \([0-9]*\) .*/\1/p' "$build/site.log")
    [ -n "$port" ] && break
    sleep 0.5
  done
  "$build/crawl" "http://127.0.0.1:$port/" 20
  status=$?
  kill "$server"
  return "$status"
}

run_tests gcc "gcc -std=c11" "$shared"
run_tests clang-asan "$asan" "$shared"
run_tests cxx "g++ -std=c++17 -x c++" "$shared"
run_tests static "gcc -std=c11" "$static"

echo "== the leak check sees what libaion leaks"
compile leak "$asan" "$tests/witness/leak.c" "$shared" && ! "$build/leak" >"$build/leak.log" 2>&1 &&
  grep -q "LeakSanitizer: detected memory leaks" "$build/leak.log"
verdict "the leak check" $?

echo "== libaion.so exports nothing but its own names"
nm -D --defined-only "$prefix/lib/libaion.so" | awk '$3 !~ /^aion_/ { print; strange = 1 } END { exit strange }'
verdict "exports" $?

echo "== examples"
compile parse_image "gcc -std=c11" "$root/examples/c/parse_image.c" "$shared" &&
  "$build/parse_image" "$images/poster.png"
verdict "parse_image" $?
compile budget "gcc -std=c11" "$root/examples/c/budget.c" "$shared" && "$build/budget"
verdict "budget" $?
compile crawl "gcc -std=c11" "$root/examples/c/crawl.c" "$shared" && crawl_site >"$build/crawl.log" 2>&1
cat "$build/crawl.log"
grep -q "17 pages" "$build/crawl.log" && grep -q "not to train on: .*noai" "$build/crawl.log"
verdict "crawl" $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
