#!/usr/bin/env bash
# Installs what the project needs and this machine lacks: system packages (Debian, Ubuntu), a Tesseract in .tesseract
# and a Python environment in .venv. Says what it does; a second run finds everything in place.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  build-essential pkg-config clang cmake curl patch
  libtesseract-dev libleptonica-dev tesseract-ocr-eng tesseract-ocr-por tesseract-ocr-osd
  strace
)

# Debian keeps `ensurepip` in a package of its own.
python3 -c "import ensurepip" 2>/dev/null || packages+=(python3-venv)

say() { printf '\033[1m== %s\033[0m\n' "$*"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing system packages: ${missing[*]}"
  as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Elsewhere than on Debian the names differ; the build says what it lacks.
if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
  install_packages "${packages[@]}"
  # The sanitizers that the C tests use have a package of their own, named by clang's version.
  sanitizers=$(clang -print-file-name=libclang_rt.asan-"$(uname -m)".a)
  [ -e "$sanitizers" ] || install_packages "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
else
  say "not a Debian system: install Tesseract 4.1 or newer, leptonica, clang and pkg-config yourself"
fi

scripts/build-tesseract.sh

command -v cargo >/dev/null || {
  say "Rust is missing: install rustup from https://rustup.rs, then run this again"
  exit 1
}

stamp=.venv/requirements.txt
if ! cmp -s requirements-dev.txt "$stamp"; then
  say "making the Python environment .venv (ONNX Runtime, numpy, test tools)"
  [ -x .venv/bin/python ] || python3 -m venv .venv || {
    say "python3 cannot make environments: install python3-venv, then run this again"
    exit 1
  }
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
  cp requirements-dev.txt "$stamp"
fi
