# Every target sets up what it needs in .venv: Python 3.11 or later, and the packages the lock files name, by hash.
# ARGS goes through to the command:  make demo ARGS="--speed 5000"   make test ARGS="tests/law -x"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# The first interpreter that is recent enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Two test processes or more share the cores; a file stays with one of them, so its servers are started once.
PYTEST_FLAGS ?= -n auto --dist loadfile

# A stamp is older than a lock file exactly when the environment may no longer match it.
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready

.PHONY: help demo run test quick soak check schemas pages picture lock wheel clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s%s\n", $$1, $$2 }'

demo: $(RUN_READY) ## the whole service on a store of its own, with a weekend of bookings replayed
	$(BIN)/custody demo $(ARGS)

run: $(RUN_READY) ## the service for real: store, worker, notifier, board
	$(BIN)/custody run $(ARGS)

test: $(DEV_READY) ## every test
	$(BIN)/python -m pytest $(PYTEST_FLAGS) $(ARGS)

# The suites that start no store and no worker; under 20 s on two cores.
QUICK := tests/fundamentals tests/law tests/custody tests/events tests/desk tests/house
quick: $(DEV_READY) ## the tests without a server, for every save: law, decisions, events, words, house rules
	$(BIN)/python -m pytest -n auto $(QUICK) $(ARGS)

soak: $(DEV_READY) ## every sequence of four facts, 13 to 22 min a profile on two busy cores (ARGS=--help)
	$(BIN)/python -m tests.simulation.soak $(ARGS)

check: $(DEV_READY) ## lint, format, types, the direction of imports, the house rules, the commits' subjects
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/house tests/ops/test_documents.py

schemas: $(RUN_READY) ## write the JSON Schemas, AsyncAPI and OpenAPI again from the models
	$(BIN)/custody schemas events/schemas

pages: $(RUN_READY) ## write the generated pages again: EVENTS, STATES, LOG, METRICS and LAW in ops/docs
	$(BIN)/python -m ops.pages.events
	$(BIN)/python -m ops.pages.states
	$(BIN)/python -m ops.pages.log
	$(BIN)/python -m ops.pages.metrics
	$(BIN)/python -m ops.pages.law

picture: $(DEV_READY) ## make the pictures in README again from the demo: its terminal and the board
	$(BIN)/python -m ops.pictures.demo
	$(BIN)/python -m tests.browser.pictures

# The dev lock is resolved first; the others start from its pins, so that one package has one version everywhere.
LOCK := $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock: $(BIN)/python ## resolve the lock files again (ARGS=--upgrade takes newer versions)
	rm -rf $(VENV)-lock
	$(BIN)/python -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip --disable-pip-version-check --quiet install 'uv>=0.9,<1'
	$(LOCK) $(ARGS) pyproject.toml --group dev --output-file requirements-dev.lock
	cp requirements-dev.lock requirements.lock
	$(LOCK) pyproject.toml --output-file requirements.lock
	cp requirements-dev.lock requirements-build.lock
	$(LOCK) --group build --output-file requirements-build.lock
	rm -rf $(VENV)-lock

wheel: $(RUN_READY) ## build the wheel into dist/
	$(PIP) wheel --no-deps --no-build-isolation --no-index --wheel-dir dist .

clean: ## remove the environment, the caches and what was built; never the records in var/
	rm -rf $(VENV) $(VENV)-lock dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or later was not found. Install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The build backend comes from a lock too: with build isolation, pip would fetch whatever is newest.
$(RUN_READY): requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-build.lock
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(DEV_READY): requirements-dev.lock $(RUN_READY)
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
