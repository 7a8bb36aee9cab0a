# Everything sets itself up from Python 3.11+, make and a package index. `make help` lists the targets.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test check audit bench crash soak fleet backfill slow pages format lint types contracts wheel lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## create .venv with the pinned, hashed dependencies and the command .venv/bin/escalator

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the pinned dependencies into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: install ## watch a story of real-looking tickets being read, judged, opened in Jira and marked back
	@$(BIN)/escalator demo

test: install ## all tests that take less than a few minutes
	$(BIN)/python -m pytest -n 2 --dist worksteal --timeout 300

slow: install ## the tests that take long (large backfills, storms, outages, 110,000 generated inputs, hostile HTTP)
	$(BIN)/python -m pytest -m slow

pages: install ## the dashboard in a real Chromium (apt-get install chromium): every page and order, and axe
	$(BIN)/python -m pytest -m slow tests/dashboard

bench: install ## measure it on this machine; the README says what the figures mean
	@$(BIN)/python -m tests.bench

crash: install ## kill it 600 times on both stores and 10,000 times in one process; SEED=n repeats a run
	@nice $(BIN)/python -m tests.crash $(if $(SEED),--seed $(SEED))

soak: install ## 50,000 webhooks while the vendors fail: all must converge, and memory is watched
	@nice $(BIN)/python -m tests.crash.soak $(if $(SEED),--seed $(SEED))

fleet: install ## five minutes of three workers on PostgreSQL, killed, cut off and without a server; SEED=n repeats it
	@nice $(BIN)/python -m tests.crash.fleet $(if $(SEED),--seed $(SEED))

backfill: install ## a backfill of 20,000 tickets killed ten times beside one that nobody disturbs; SEED=n repeats it
	@nice $(BIN)/python -m tests.crash.backfill $(if $(SEED),--seed $(SEED))

check: install ## what CI runs: format, lint, types, import contracts, audit, wheel smoke test, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(MAKE) --no-print-directory audit
	$(MAKE) --no-print-directory wheel
	$(MAKE) --no-print-directory test

audit: install ## ask the index for known weaknesses of the pinned dependencies; says so when none answers
	@$(BIN)/python tests/audit.py

format: install ## rewrite the code in the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: install ## lint only
	$(BIN)/ruff check .

types: install ## types only
	$(BIN)/mypy

contracts: install ## the import contracts only
	$(BIN)/lint-imports --no-cache

wheel: install ## build the wheel and try it in a clean environment, from another folder
	$(BIN)/python tests/wheel_smoke.py

lock: install ## pin the newest allowed dependencies, with hashes and without hosts
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --group dev pyproject.toml -o requirements.lock

clean: ## remove what was built or installed here
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
