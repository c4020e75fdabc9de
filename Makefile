# `make` alone says what there is.
SHELL := /bin/sh
BIN := .venv/bin
ARGS ?=
COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --quiet \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock" $(ARGS)

# The extra alone, without what we need ourselves.
define EXTRA_FULL
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["project"]["optional-dependencies"]["full"], sep="\n")
endef
export EXTRA_FULL

.DEFAULT_GOAL := help
.PHONY: help run setup full test test-peers faults check bench bench-load bench-growth bench-cluster \
	bench-peers format lock

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | while IFS='	' read -r name says; do \
		printf '  make %-12s %s\n' "$$name" "$$says"; done

run: setup ## Set up what is missing and start the workbench on http://127.0.0.1:8000
	@exec $(BIN)/omni serve

setup: ## Make .venv and install what running needs
	@scripts/setup requirements.lock

full: setup ## Install the programs of the full checks, 670 MB, into .venv-full
	@scripts/setup-full

test: ## Run the tests; ARGS="-k name" runs some of them
	@scripts/setup requirements-dev.lock
	@scripts/install-tools chromium bwrap redis-server pg_ctlcluster nginx systemd-analyze strace \
		faketime
	@scripts/setup-full
	@scripts/setup-axe
	@$(BIN)/pytest $(ARGS)

test-peers: ## Run the tests against a real model and against others' servers
	@scripts/setup requirements-dev.lock
	@scripts/setup-peers
	@$(BIN)/pytest -o 'norecursedirs=.*' tests/peers $(ARGS)

faults: ## Kill runners and web workers for half an hour and renew docs/reliability.md; ARGS="--help" says more
	@scripts/setup requirements-dev.lock
	@$(BIN)/python -m tests.faults --keep $(ARGS)

check: ## Check format, lint, types and import arrows
	@scripts/setup requirements-dev.lock
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/pytest -q tests/test_imports.py

format: ## Format the code and mend what ruff can mend
	@scripts/setup requirements-dev.lock
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: ## Measure the figures of the README; ARGS="small" measures some of them
	@scripts/setup requirements-dev.lock
	@scripts/install-tools wrk
	@$(BIN)/python -m bench $(ARGS)

bench-load: ## Measure how it stands under load; ARGS="polls submit" renews some of it
	@scripts/setup requirements-dev.lock
	@scripts/install-tools wrk node npm
	@scripts/setup-bench-load
	@$(BIN)/python -m bench.load $(ARGS)

bench-growth: ## Measure 100 to 100,000 jobs; ARGS="100 1000" only looks
	@scripts/setup requirements-dev.lock
	@$(BIN)/python -m bench.growth $(ARGS)

bench-cluster: ## Measure several runners over a PostgreSQL
	@scripts/setup requirements-dev.lock
	@scripts/install-tools pg_ctlcluster
	@$(BIN)/python -m bench.cluster

bench-peers: ## Measure client libraries beside us and renew docs/performance.md; ARGS="storm" only looks
	@scripts/setup requirements-dev.lock
	@scripts/setup-bench-peers
	@$(BIN)/python -m bench.peers $(ARGS)

lock: ## Write the lock files anew from pyproject.toml; ARGS=--upgrade takes newer versions
	@scripts/setup requirements-dev.lock
	@$(COMPILE) pyproject.toml --extra install --output-file requirements.lock
	@$(COMPILE) pyproject.toml --extra install --extra dev --constraint requirements.lock \
		--output-file requirements-dev.lock
	@$(BIN)/python -c "$$EXTRA_FULL" | $(COMPILE) - --output-file requirements-full.lock
