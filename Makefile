# Two commands are enough: `make demo` shows what the library does, `make test` runs its suite.
# Each sets up all it needs in .venv; nothing else has to be installed by hand.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
JOBS ?= 2
CORE ?= core
FAST ?= 120
OUT ?= demo-out

.PHONY: help demo test fast soak test-core coverage check format goldens docs wheelhouse wheels bench lock clean

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

$(VENV)/.core: pyproject.toml requirements/$(CORE).lock | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/$(CORE).lock
	$(PIP) install --no-deps --editable .
	@touch $(VENV)/.run $@

demo: $(VENV)/.run  ## Screen a synthetic Shaanxi of 200,000 households
	$(BIN)/antipoverty demo --out $(OUT)

test: $(VENV)/.dev  ## Run the whole test suite
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

fast: $(VENV)/.dev  ## Run the tests that take no more than seconds
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -q -m "not slow" --fast-within $(FAST)

soak: $(VENV)/.dev  ## Run the suite with twenty times the examples of each property, for a night
	ANTIPOVERTY_EXAMPLES=600 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile -q

coverage: $(VENV)/.dev  ## Say which lines and branches the tests of `make fast` never run
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -q -m "not slow" --cov --cov-report=term:skip-covered

test-core: $(VENV)/.core  ## Run the suite without Spark, pandas and DuckDB; CORE=lowest on the oldest versions it names
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -q

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

goldens: $(VENV)/.dev  ## Write the statements of databases that no test runs anew
	$(BIN)/python tests/support/goldens.py

docs: $(VENV)/.dev  ## Build the site into build/site, in Chinese and English; any broken link fails
	PYTHONPATH=src NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

WHEELHOUSE := build/wheelhouse
OFFLINE := calendar,cli,excel,qr,report,store
GLIBC := $(foreach version,2_28 2_27 2_24 2_17,--platform manylinux_$(version)_$(ARCH)) --platform manylinux2014_$(ARCH)

wheelhouse: $(BIN)/python  ## Gather hashed wheels for x86_64 and aarch64, and try them without a network
	rm -rf $(WHEELHOUSE)
	$(MAKE) --no-print-directory wheels ARCH=x86_64
	$(MAKE) --no-print-directory wheels ARCH=aarch64
	$(BIN)/python tools/sbom.py $(WHEELHOUSE) > $(WHEELHOUSE)/sbom.cdx.json
	$(PYTHON) -m venv $(WHEELHOUSE)/try
	$(WHEELHOUSE)/try/bin/python -m pip --quiet install --no-index --find-links $(WHEELHOUSE)/$$(uname -m) 'antipoverty[$(OFFLINE)]'
	$(WHEELHOUSE)/try/bin/antipoverty synth --households 2000 --out $(WHEELHOUSE)/try/tables
	$(WHEELHOUSE)/try/bin/antipoverty screen $(WHEELHOUSE)/try/tables --pack shaanxi-2531 --as-of 2021-12-01 \
	  --out $(WHEELHOUSE)/try/answer --lists xlsx --report $(WHEELHOUSE)/try/report.html > /dev/null
	$(WHEELHOUSE)/try/bin/antipoverty cases open $(WHEELHOUSE)/try/answer/alerts.parquet --as-of 2021-12-01 \
	  --store sqlite:///$(WHEELHOUSE)/try/cases.db
	rm -rf $(WHEELHOUSE)/try

wheels:
	$(PIP) download --only-binary=:all: $(GLIBC) --python-version 3.11 --implementation cp \
	  --abi cp311 --abi abi3 --abi none --require-hashes -r requirements/offline.lock -d $(WHEELHOUSE)/$(ARCH)
	$(PIP) wheel --no-deps --wheel-dir $(WHEELHOUSE)/$(ARCH) .

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
	$(COMPILE) --extra cli --group core --resolution lowest-direct -o requirements/lowest.lock
	$(COMPILE) --extra cli $(PIN) -o requirements/run.lock
	$(COMPILE) $(foreach extra,calendar cli excel qr report store,--extra $(extra)) $(PIN) -o requirements/offline.lock

clean:  ## Remove what the commands made
	rm -rf $(VENV) $(OUT) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
