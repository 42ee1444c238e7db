# Two commands do all the set-up: `make ask` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
Q ?= what does the US want from Israel?
export Q
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: ask index chat test lint types imports pytest bench torture clean
.DELETE_ON_ERROR:

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: Dateline needs Python 3.11 or later: run 'make ask PYTHON=python3.12' (or so)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt Makefile
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.test-installed: $(VENV)/.installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test,training]'
	touch $@

## Answer a question from the sample archive: make ask Q="who founded the Night Ferry?"
ask: index
	@$(BIN)/dateline ask -- "$$Q"

## Index articles/ (at once if nothing changed)
index: $(VENV)/.installed
	@$(BIN)/dateline index --articles articles >&2

## Talk to the sample archive
chat: index
	@$(BIN)/dateline chat

## Everything that must hold: lint, types, import rules, tests (fast ones first)
test: lint types imports pytest

lint: $(VENV)/.test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test-installed
	$(BIN)/mypy

imports: $(VENV)/.test-installed
	$(BIN)/lint-imports

pytest: $(VENV)/.test-installed
	$(BIN)/pytest $(PYTEST_ARGS)

## Cost: ratios against a named baseline, in one run
bench: $(VENV)/.test-installed
	$(BIN)/python -m benchmarks

## Every fault and attack, hundreds of times (bounded: under half an hour): what is promised must hold
torture: $(VENV)/.test-installed
	$(BIN)/python -m tests.torture $(TORTURE_ARGS)

## Removes what the two commands made, but not the archive in data/
clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
