# Sujian: every command a person needs. `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
unexport PYTHONDONTWRITEBYTECODE # or every process would read all sources anew
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/var/node/bin:$(PATH)

.PHONY: help setup setup-dev run worker db demo year test test-postgresql faults test-browser check lint format messages bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

# --- set-up, each step once ---------------------------------------------------------------------------------------
$(VENV)/.tools: requirements-tools.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-tools.txt
	@touch $@

$(VENV)/.run: requirements.txt $(VENV)/.tools
	@echo "· Python packages"
	@$(BIN)/uv pip install --quiet --compile-bytecode -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "· Python packages for tests"
	@$(BIN)/uv pip install --quiet --compile-bytecode -r requirements-dev.txt
	@touch $@

var/node/.ready: $(VENV)/.run
	@$(BIN)/python tools/node.py var/node
	@touch $@

node_modules/.ready: package-lock.json var/node/.ready
	@echo "· browser packages"
	@npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

web/static/dist/manifest.json: node_modules/.ready web/build.mjs $(shell find web/assets -type f 2>/dev/null)
	@echo "· browser bundle"
	@node web/build.mjs

TRANSLATIONS := $(wildcard web/translations/*/LC_MESSAGES/*.po)
web/translations/.compiled: $(TRANSLATIONS) $(VENV)/.run
	@$(BIN)/pybabel --quiet compile -d web/translations 2>/dev/null
	@touch $@

setup: $(VENV)/.run web/static/dist/manifest.json web/translations/.compiled ## install everything that running needs
setup-dev: setup $(VENV)/.dev ## … and what testing needs

# --- running ------------------------------------------------------------------------------------------------------
db: setup ## create or upgrade the database and deploy the models
	@$(BIN)/flask migrate && $(BIN)/flask deploy

# the embedded database is brought up again only when models, forms or schema are newer than it
FILLED := $(if $(DATABASE_URL),always,$(if $(wildcard var/sujian.db),var/.filled,always))
.PHONY: always
always var/.filled: $(shell find bpmn forms workflows demo records/migrations records/seeds -type f -not -name '*.pyc')
	@$(BIN)/python -m demo && mkdir -p var && touch var/.filled

run: setup ## serve web and one worker on http://127.0.0.1:8000 with the demo city
	@$(MAKE) --no-print-directory $(FILLED)
	@$(BIN)/python -m demo.sign_ins
	@$(BIN)/honcho start --no-prefix -f Procfile

worker: setup ## one more worker
	@$(BIN)/celery -A workflows.worker worker --loglevel=warning --concurrency=1

demo: setup ## restore the demo city (the local database and files are made anew)
	@$(BIN)/python -m demo --restore && touch var/.filled && $(BIN)/python -m demo.sign_ins

year: setup ## the demo city lives through a simulated year; its figures, and whether every promise held
	@$(BIN)/python -m demo.year

# --- testing ------------------------------------------------------------------------------------------------------
test: setup-dev ## all tests on SQLite (with Chromium where the machine has it)
	@$(BIN)/pytest -n 2 --cov --cov-report=term:skip-covered --cov-fail-under=90
	@node --test --test-reporter=dot web/assets/tests/*.test.mjs tools/tests/*.test.mjs

test-postgresql: setup-dev ## the tests again on a PostgreSQL and a Redis of their own
	@$(BIN)/python -m tests.servers $(BIN)/pytest -n 2 -p no:cacheprovider tests/records tests/forms tests/engine tests/workflows tests/web

faults: setup-dev ## kill, stop and restart everything, the long form (a quarter of an hour)
	@FAULTS=long $(BIN)/pytest tests/faults -p no:cacheprovider

test-browser: setup-dev ## only the stories in a real browser
	@$(BIN)/pytest tests/browser -m browser

lint: setup-dev ## ruff, mypy, import-linter, bandit, bpmnlint, compose
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/bandit -q -ll -r feel records forms engine workflows web demo
	@$(BIN)/bandit -q -ll -s B608 -r bench # its SQL is made of constants
	@npm run --silent lint:bpmn
	@$(BIN)/check-jsonschema -q --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/flask models check bpmn > /dev/null

format: setup-dev ## let ruff put the code in shape
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

check: lint test ## what CI runs

messages: setup ## collect the texts into the English catalogue
	@$(BIN)/pybabel --quiet extract -F web/babel.cfg -k say -o var/messages.pot . && $(BIN)/pybabel --quiet update -N -i var/messages.pot -d web/translations

bench: setup-dev ## the figures this project promises (quick); one: python -m bench NAME
	@$(BIN)/python -m bench all --quick

clean: ## forget everything that can be made again
	@rm -rf $(VENV) node_modules web/static/dist var .mypy_cache .ruff_cache .pytest_cache web/translations/.compiled
