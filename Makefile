# make demo: the night on the sample bank. make test: the tests. Both set up .venv by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV := $(VENV)/.ready-dev
DEMO := .demo

.PHONY: demo test test-slow test-nights check lint types floors bench lock clean

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .
	@touch $@

$(DEV): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev]'
	@touch $@

demo: $(READY)
	@rm -rf $(DEMO)
	@$(BIN)/persona init $(DEMO) --quiet
	@$(BIN)/persona run --workspace $(DEMO)

test: $(DEV)
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: $(DEV)
	$(BIN)/python -m pytest -n 2 -m slow

test-nights: $(DEV)
	$(BIN)/python -m pytest -n 2 -m slow tests/runs/test_same_bytes.py tests/runs/test_canary.py tests/runs/test_full_disk.py

check: lint types floors

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)
	$(BIN)/mypy

floors: $(DEV)
	$(BIN)/lint-imports

bench: $(DEV)
	$(BIN)/python -m bench.help
	$(BIN)/python -m bench.night --customers 10000 --next-night --most-gb 4
	$(BIN)/python -m bench.stages --customers 10000 --rounds 3

lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/uv pip compile --quiet --universal --no-header --no-emit-index-url --extra dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) $(VENV)-lock $(DEMO) state out .pytest_cache .mypy_cache .ruff_cache .hypothesis
