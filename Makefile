# The door to everything. `make help` lists the targets that have a sentence behind `##`.
# What is up to date is skipped: lock files and sources are compared with stamps.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.venv/node/bin:$(PATH)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
# Some machines forbid Python to keep what it compiled; every start would then take seconds longer.
export PYTHONDONTWRITEBYTECODE :=

PY := .venv/bin/python
XUNJIAN := $(PY) -m server.cli
PYTEST := $(PY) -m pytest

PYTHON_STAMP := .venv/.stamp-python
NPM_STAMP := pwa/node_modules/.stamp
PWA_STAMP := pwa/dist/.stamp
PWA_SOURCES := $(shell find pwa -name node_modules -prune -o -path pwa/dist -prune -o -path pwa/tests -prune \
	-o -path pwa/test-results -prune -o -path pwa/playwright-report -prune -o -type f -print 2>/dev/null)

##@ Use
.PHONY: run
run: install ## Set up what is missing, then serve (HOST, PORT, VAR, DATABASE_URL; Ctrl-C ends it)
	@exec $(XUNJIAN) run

.PHONY: demo
demo: install ## Load the demonstration district into an empty database
	@$(XUNJIAN) demo --if-empty

##@ Install
.PHONY: install
install: system $(PYTHON_STAMP) postgis $(PWA_STAMP) ## System packages, .venv, web app: all that `run` needs

.PHONY: install-test
install-test: install ## The same, and what the tests need besides (browser, PDF tools)
	@infra/bootstrap.sh testing

.PHONY: system
system:
	@infra/bootstrap.sh system

.PHONY: postgis
postgis: $(PYTHON_STAMP)
	@[ -n "$${DATABASE_URL:-}" ] || $(PY) -m server.core.pg_binaries

$(PYTHON_STAMP): requirements.lock pyproject.toml infra/locks/uv.txt
	@infra/bootstrap.sh python
	@touch $@

$(NPM_STAMP): pwa/package-lock.json | $(PYTHON_STAMP)
	@infra/bootstrap.sh node
	@echo "installing the packages of pwa/package-lock.json …" >&2
	@cd pwa && npm ci --silent --no-audit --no-fund \
		|| { echo "xunjian: npm ci failed in pwa/: is the package registry reachable? (run it by hand to see)" >&2; exit 1; }
	@touch $@

$(PWA_STAMP): $(NPM_STAMP) $(PWA_SOURCES) $(wildcard contract/*.json)
	@infra/bootstrap.sh node
	@echo "building the web app …" >&2
	@cd pwa && npm run --silent build -- --logLevel error > /dev/null
	@touch $@

##@ Develop
.PHONY: check
check: check-python check-pwa check-contract ## Lint, types, import rules, contract and migrations in step

.PHONY: check-python
check-python: $(PYTHON_STAMP) ## ruff, mypy, import-linter
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports

.PHONY: check-pwa
check-pwa: $(NPM_STAMP) ## svelte-check, tsc, eslint, prettier
	cd pwa && npm run --silent check

.PHONY: check-contract
check-contract: $(PYTHON_STAMP) postgis ## contract/ is what the code says; migrations make what the models say
	$(XUNJIAN) contract --check
	VAR=var/check $(XUNJIAN) db check || { $(PY) -m server.core.embedded stop var/check; exit 1; }
	@$(PY) -m server.core.embedded stop var/check

.PHONY: contract
contract: $(PYTHON_STAMP) ## Write contract/openapi.json and rules.json anew, and the types of the web app
	$(XUNJIAN) contract
	cd pwa && npm run --silent api:types

.PHONY: test
test: install-test ## Everything, the server's tests beside the app's (on 2 cores within 12 minutes)
	@mkdir -p var
	@$(MAKE) -s test-server > var/test-server.log 2>&1 & server=$$!; app=0; back=0; \
	$(MAKE) -s test-app || app=$$?; wait $$server || back=$$?; cat var/test-server.log; [ $$app$$back = 00 ]
	@$(PY) -m server.core.embedded stop var/test

.PHONY: test-server
test-server: test-unit test-integration test-contract faults-short ## Rules, PostGIS, storage, the API, and a short fault bench

.PHONY: test-app
test-app: test-pwa test-e2e ## The web app: units, then browsers against the running program

.PHONY: test-unit
test-unit: $(PYTHON_STAMP) ## Pure rules and small parts
	$(PYTEST) tests/unit

.PHONY: test-integration
test-integration: $(PYTHON_STAMP) postgis ## On real PostGIS
	$(PYTEST) tests/integration

.PHONY: test-contract
test-contract: $(PYTHON_STAMP) postgis ## Storage against disk and S3, the API against its own description
	$(PYTEST) tests/contract

.PHONY: test-pwa
test-pwa: $(NPM_STAMP) ## Units and components of the web app
	cd pwa && npm run --silent test

.PHONY: simulate
simulate: $(NPM_STAMP) ## The sync engine against chance: SEED (1), RUNS (5,000); a failure prints the seed that replays it
	@cd pwa && SEED="$${SEED:-1}" RUNS="$${RUNS:-5000}" node scripts/simulate.mjs

.PHONY: mutants
mutants: $(NPM_STAMP) ## Faults put into a copy of the sync engine: does the simulator notice each? RUNS (8,000) at most for one
	@cd pwa && RUNS="$${RUNS:-8000}" node scripts/mutants.mjs

.PHONY: test-e2e
test-e2e: install-test ## Real Chromium against the running program
	cd pwa && npm run --silent e2e

SEED ?= 1
CAPTURES ?= 50
PHONES ?= 4
.PHONY: faults
faults: install-test ## Random inspectors in real browsers while everything breaks (SEED, CAPTURES, PHONES); last line JSON
	@$(PY) -m tests.faults --seed $(SEED) --captures $(CAPTURES) --phones $(PHONES)

.PHONY: faults-short
faults-short: install-test ## The same for a quarter of a minute, with two phones
	@$(PY) -m tests.faults --seed $(SEED) --captures 1000 --minutes 0.2 --phones 2

.PHONY: bench
bench: install-test ## Figures beside what the machine can do at best: one JSON object a line; the phone's last
	@$(XUNJIAN) bench
	@cd pwa && npm run --silent bench

.PHONY: screens
screens: install-test ## Photograph every screen into docs/screens/
	cd pwa && npm run --silent screens

.PHONY: stop-database
stop-database: ## Stop an embedded database that a killed run left behind (VAR)
	@$(PY) -m server.core.embedded stop

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
