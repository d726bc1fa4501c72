# make demo   set up .venv and convert a sample
# make test   set up .venv and run the tests
# make lint   style, types and the rules of imports
# make bench  convert every sample and compare it with its true text
# make faults  harm true texts in known ways and count what the checks find
# make tables  print pages with tables by Chromium and count how well those are found
# make docs   write the man page anew from the command line's own table of flags

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test lint bench faults tables docs clean

demo: $(VENV)/ready
	$(BIN)/deepocr convert samples/letter.pdf

test: $(VENV)/ready-to-develop
	$(BIN)/pytest

lint: $(VENV)/ready-to-develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/ready
	$(BIN)/python samples/make/score.py

faults: $(VENV)/ready-to-develop
	cd tests && ../$(BIN)/python -m fault_bench run data/fault_bench

tables: $(VENV)/ready-to-develop
	cd tests && ../$(BIN)/python -m table_bench
	cd tests && ../$(BIN)/python -m table_bench --worn

docs: $(VENV)/ready
	$(BIN)/deepocr --generate man > man/deepocr.1

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) pip
	$(PIP) --editable .
	touch $@

$(VENV)/ready-to-develop: $(VENV)/ready
	$(PIP) --group dev
	touch $@
