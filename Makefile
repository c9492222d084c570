# `make` lists what there is. Two commands matter: `make run` and `make test`.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.PHONY: help run test suite lint types messages lock bench clean

PORT ?= 5000
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
CATALOGUES := tracker/translations
EXTRACT := -F pyproject.toml -k N_ -k _l -k lazy_gettext -k plural:2,3 --no-location --sort-output
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The first interpreter that is new enough; PYTHON=... chooses another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	command -v $$name >/dev/null && $$name -c '$(NEW_ENOUGH)' 2>/dev/null && { echo $$name; break; }; \
	done)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_READY) ## Start the tracker in rehearsal on PORT (default 5000)
	@PORT=$(PORT) exec $(BIN)/flask --app wsgi tracker serve --port $(PORT)

test: lint ## Lint, types and every test: unit, SQLite, PostgreSQL, SMTP, browser
	@$(MAKE) --no-print-directory -j 2 types suite

suite: $(DEV_READY)
	$(BIN)/pytest -n 3 --dist loadscope --no-loadscope-reorder

lint: $(DEV_READY) ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_READY) ## Check types
	$(BIN)/mypy

messages: $(DEV_READY) ## Bring the translation catalogues up to date with the source
	@pot=$$(mktemp) && trap "rm -f $$pot" EXIT && \
	$(BIN)/pybabel -q extract $(EXTRACT) -o $$pot . && \
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date \
		-i $$pot -d $(CATALOGUES) && \
	$(BIN)/pybabel -q compile -d $(CATALOGUES)

lock: $(DEV_READY) ## Resolve the packages anew and write the locked requirements
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra postgres \
		-o requirements-postgres.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra workers \
		-o requirements-workers.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra chat \
		-o requirements-chat.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra pdf \
		-o requirements-pdf.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra pdfread \
		-o requirements-pdfread.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra sso \
		-o requirements-sso.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra dev \
		-o requirements-dev.txt

bench: $(DEV_READY) ## Measure against bare peers, as ratios of one run; SERVER=postgresql+psycopg://... too
	$(BIN)/python -m benchmarks $(if $(SERVER),--server $(SERVER))

clean: ## Remove the environment and every cache; the database in instance/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis test-artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or newer is needed: install it, or name it with PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) is older than Python 3.11."; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); echo "Python cannot make environments: apt-get install python3-venv."; exit 1; }

$(RUN_READY): requirements.txt | $(BIN)/python
	@echo "Installing the packages; only the first run takes this long"
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(DEV_READY): requirements-dev.txt | $(BIN)/python
	@echo "Installing the packages for tests; only the first run takes this long"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@
