# Two commands are enough: `make demo` shows what the library does, `make test` runs its suite.
# Each sets up all it needs in .venv; nothing else has to be installed by hand.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
JOBS ?= 2
FAST ?= 120
OUT ?= demo-out

.PHONY: help demo test fast test-core coverage check format bench lock clean

help:  ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml requirements/run.lock | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/run.lock
	$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml requirements/dev.lock requirements/durable.lock | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/dev.lock
	$(PIP) install --no-deps --editable .
	$(PIP) install --require-hashes -r requirements/durable.lock \
	  || echo 'durable-rules needs a C compiler, and none works here: its tests will be skipped'
	@touch $(VENV)/.run $@

$(VENV)/.core: pyproject.toml requirements/core.lock | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/core.lock
	$(PIP) install --no-deps --editable .
	@touch $(VENV)/.run $@

demo: $(VENV)/.run  ## Screen a synthetic Shaanxi of 200,000 households
	$(BIN)/antipoverty demo --out $(OUT)

test: $(VENV)/.dev  ## Run the whole test suite
	$(BIN)/python -m pytest -n $(JOBS)

fast: $(VENV)/.dev  ## Run the tests that take no more than seconds
	$(BIN)/python -m pytest -n $(JOBS) -q -m "not slow" --fast-within $(FAST)

coverage: $(VENV)/.dev  ## Run the suite and say which lines and branches it never runs
	$(BIN)/python -m pytest -n $(JOBS) -q --cov --cov-report=term:skip-covered

test-core: $(VENV)/.core  ## Run the suite without Spark, pandas and DuckDB
	$(BIN)/python -m pytest -n $(JOBS) -q

check: $(VENV)/.dev  ## Check style, types and which way the imports point
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy tests/typed_consumer.py
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev  ## Lay out the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/.bench: requirements/bench.lock | $(VENV)/.dev
	$(PIP) install --require-hashes -r requirements/bench.lock
	@touch $@

bench: $(VENV)/.bench  ## Measure all, or ONLY="screening spark"; writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/run.py $(ONLY)

COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

EXTRAS := $(foreach extra,adbc beacon calendar cli duckdb excel linkage persons proofs qr report spark sql store testing,--extra $(extra))
UPGRADE ?= --upgrade
PIN := --constraint requirements/dev.lock

lock:  ## Choose new versions of all dependencies (needs uv)
	$(COMPILE) $(UPGRADE) $(EXTRAS) --group dev -o requirements/dev.lock
	$(COMPILE) $(EXTRAS) --group bench $(PIN) -o requirements/bench.lock
	$(COMPILE) --extra durable $(PIN) -o requirements/durable.lock
	$(COMPILE) --extra cli --group core $(PIN) -o requirements/core.lock
	$(COMPILE) --extra cli $(PIN) -o requirements/run.lock

clean:  ## Remove what the commands made
	rm -rf $(VENV) $(OUT) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
