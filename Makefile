# Two commands set everything up: `make demo` and `make test`. PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
JOBS ?= 2

.PHONY: demo test check test-slow bench wheel clean

# Installed once, again when pyproject.toml changes; pip of this release reads the dependency group.
$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

demo: $(VENV)/installed
	$(BIN)/surveyproc demo demo
	$(BIN)/surveyproc run configs/demo/2025.yaml --data demo/data --out demo/out/2025
	@echo "Open demo/out/2025/tables.en.xlsx or tables.en.html; true values are in demo/truth.csv."

check: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(JOBS) -q
	$(BIN)/surveyproc modules test

test: check

# Long simulations, an hour at most.
test-slow: $(VENV)/installed
	$(BIN)/python -m pytest -n $(JOBS) -q -m slow

bench: $(VENV)/installed
	$(BIN)/python benchmarks/whole_run.py
	$(BIN)/python benchmarks/estimation.py
	$(BIN)/python benchmarks/demography.py

wheel: $(VENV)/installed
	$(BIN)/python -m build --wheel --outdir dist .

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
