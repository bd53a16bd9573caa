# Everything is one of these; `make` alone lists them. Rust, Node 20, Python 3 and gcc must be there; the rest is set up here.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run dev demo build bundle css test test-rust test-node test-browser lint bench drill fuzz geo setup setup-wasm setup-node setup-debian clean-site

ROOT := $(CURDIR)
DATA_DIR ?= data
GEO_DIR ?= $(DATA_DIR)/geo
# The wasm-bindgen that Cargo.lock pins; found on PATH, or built once into target/tools.
WASM_BINDGEN_VERSION := $(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
TOOLS := $(ROOT)/target/tools
export WASM_BINDGEN := $(shell command -v wasm-bindgen >/dev/null && wasm-bindgen --version | grep -q ' $(WASM_BINDGEN_VERSION)$$' && command -v wasm-bindgen || echo $(TOOLS)/bin/wasm-bindgen)
# Splits the module; of the version that belongs to Cargo.lock's wasm_split_helpers.
WASM_SPLIT_VERSION := 0.2.4
export WASM_SPLIT := $(shell command -v wasm-split-cli || echo $(TOOLS)/bin/wasm-split-cli)

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: setup bundle geo ## Build and start Porchlight on http://127.0.0.1:3000 with an SQLite file in data/
	cargo build
	target/debug/porchlight serve --data-dir $(DATA_DIR)

dev: setup ## Start with cargo-leptos where it is installed (rebuilds on change), else build once and start
	@if command -v cargo-leptos >/dev/null; then PATH="$(ROOT)/app/node_modules/.bin:$$PATH" PORCHLIGHT_DATA_DIR="$(DATA_DIR)" cargo leptos watch --split; else echo "cargo-leptos is not installed: building once"; $(MAKE) bundle; cargo run -- serve --data-dir $(DATA_DIR); fi

demo: setup bundle geo ## Porchlight, the Express application and a mail sink together, with thirty days of history
	cargo build
	node end2end/demo.mjs

build: setup bundle ## One self-contained executable: target/release/porchlight
	cargo build --release

bundle: setup-wasm app/node_modules ## The console's script, style sheet and WebAssembly module, into target/site
	cargo rustc --profile wasm-release --target wasm32-unknown-unknown -p porchlight-app --lib --features hydrate --crate-type cdylib -- -C link-args=--emit-relocs
	node app/bundle.mjs

css: app/node_modules ## Only the style sheet
	node app/bundle.mjs --css-only

geo: ## The geographic data, into $(GEO_DIR); without it Porchlight runs with those signals off
	bash server/geo/fetch.sh "$(GEO_DIR)"

setup: setup-wasm setup-node ## What building needs

setup-wasm:
	@rustup target list --installed 2>/dev/null | grep -q wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
	@[ -x "$(WASM_BINDGEN)" ] || cargo install wasm-bindgen-cli --version $(WASM_BINDGEN_VERSION) --bin wasm-bindgen --locked --debug --root "$(TOOLS)"
	@[ -x "$(WASM_SPLIT)" ] || cargo install wasm_split_cli_support --version $(WASM_SPLIT_VERSION) --features build-binary --locked --debug --root "$(TOOLS)"

setup-node: app/node_modules end2end/node_modules end2end/express-app/node_modules

%/node_modules: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# Chromium and PostgreSQL are for the tests alone.
setup-debian:
	@if ! command -v chromium >/dev/null || ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium postgresql >/dev/null; \
		else \
			echo "The tests need Chromium and PostgreSQL's server programs (initdb, pg_ctl): install them, then run make test again" >&2; exit 1; \
		fi; \
	fi

test: setup setup-debian bundle ## All tests: Rust on both databases, the JavaScript client, the console in Chromium
	$(MAKE) test-node
	$(MAKE) test-rust
	$(MAKE) test-browser

test-rust: setup-debian ## Rust's tests, on SQLite and on a private PostgreSQL
	@cluster=$$(server/tests/postgres.sh start target/postgres); trap 'server/tests/postgres.sh stop target/postgres' EXIT; \
		export PORCHLIGHT_TEST_POSTGRES=$$cluster; cargo test --workspace

test-node: server/clients/node/node_modules end2end/express-app/node_modules ## The JavaScript client's and the Express application's tests
	cd server/clients/node && npm test
	cd end2end/express-app && npm test

test-browser: end2end/node_modules ## The story and every page, in Chromium, with JavaScript on and off
	cargo build
	cd end2end && npm test

FUZZ_SECONDS ?= 60

fuzz: ## Each fuzz target for FUZZ_SECONDS (60): whatever comes, no panic and no nonsense
	@command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked
	@# libFuzzer's coverage needs flags that a stable compiler takes only so; no sanitizer: there is no unsafe code here.
	for target in judge bytes condition; do \
		RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/fuzz cargo fuzz run --fuzz-dir app/domain/fuzz --sanitizer none $$target -- -max_total_time=$(FUZZ_SECONDS); \
	done

lint: setup-wasm ## Formatting, clippy for server and browser, documentation
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy -p porchlight-app --features hydrate --target wasm32-unknown-unknown -- -D warnings

drill: bundle end2end/node_modules setup-debian ## Kill, starve, break and lie to a real Porchlight, and compare what arrived with what was accepted
	cargo build --release
	PORCHLIGHT_BIN=$(ROOT)/target/release/porchlight node end2end/drill/drill.js
	cd app/domain && cargo test --release --features store --lib forbidden -- --nocapture
	cd app/domain && cargo test --release --features store --test it -- --ignored --nocapture ten_thousand_seeds
	cargo test --workspace --test it rebinding

bench: bundle ## Speed and memory, beside the disk's sync rate; what the detection catches
	cargo bench -p porchlight --bench figures
	target/release/porchlight bench detection
