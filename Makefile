# `make demo` shows what it is for, `make test` runs every test. Both install what is missing first.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

export CARGO_TARGET_DIR ?= $(CURDIR)/target
# One interpreter for every build, so that the Python crates are compiled once.
export PYO3_PYTHON := $(CURDIR)/.venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# The ONNX Runtime inside the wheel serves the Rust, C and Node tests too. Found when a recipe runs.
ORT = $(firstword $(wildcard .venv/lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.so.*))

# Pictures that `make demo` takes in beside those of its site.
IMAGE ?=
PREFIX ?= $(CURDIR)/target/install

.PHONY: help setup demo test test-rust test-c test-python test-node test-install check deny bench models install clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: ## install what is missing
	@scripts/setup.sh

demo: setup ## read a site, learn and answer within a budget, with a report; IMAGE=path adds pictures
	@echo "building; the first time takes some minutes"
	@cargo build --release -p aion-examples
	@ORT_DYLIB_PATH=$(CURDIR)/$(ORT) AION_CLIP_MODEL_PATH=models/clip-tiny AION_BASE_CKPT=models/llama-tiny \
	  "$$CARGO_TARGET_DIR/release/demo" target/demo $(IMAGE)

test: setup check test-rust test-c test-python test-node test-install ## run every test

test-rust:
	ORT_DYLIB_PATH=$(CURDIR)/$(ORT) cargo test --release --workspace --exclude aion-py

test-c:
	cargo build --release -p aion-capi
	ORT_DYLIB_PATH=$(CURDIR)/$(ORT) aion-capi/tests/run_c_tests.sh

test-python:
	pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps ./aion-py
	python -m pytest -q aion-py/tests models
	ruff check .

test-node:
	cd examples/node && npm ci --silent --no-audit --no-fund
	cd examples/node && ORT_DYLIB_PATH=$(CURDIR)/$(ORT) node --test

test-install: ## build a program on the installed library, and one in an empty crate
	ORT_DYLIB_PATH=$(CURDIR)/$(ORT) scripts/test-install.sh

check: setup ## formatting, lints, every feature alone
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings
	for feature in "" image avif clip ocr sqlite knowledge extract crawl documents lora hybrid; do \
	  cargo clippy --release -p aion-core --no-default-features --features "$$feature" -- -D warnings; \
	done

deny: ## licences and sources of all dependencies (installs cargo-deny)
	command -v cargo-deny >/dev/null || cargo install --locked cargo-deny --version 0.20.2
	cargo deny check bans licenses sources

bench: setup ## measure beside Python's own stack; see docs/performance.md
	ORT_DYLIB_PATH=$(CURDIR)/$(ORT) benches/run.sh

models: setup ## download a real CLIP model; see docs/models.md
	python models/download.py $(ARGS)

install: ## install the C library into PREFIX
	cargo build --release -p aion-capi
	aion-capi/install.sh "$(PREFIX)"

clean: ## remove everything that was built
	rm -rf target .venv .tesseract examples/node/node_modules
