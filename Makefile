# Each target is one DVC command, which the README shows too; `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
HPO_TASK ?= criteria
HPO_MODEL ?=
KEEP_GOING ?=

# Commands find the environment's python first, as after `source .venv/bin/activate`.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := src

INSTALLED := .venv/.installed
# An encoder given by HPO_MODEL is a changed parameter, hence an experiment; without one the pipeline as it stands runs.
REPRO = $(if $(HPO_MODEL),dvc exp run -S encoder.name=$(HPO_MODEL),dvc repro) $(if $(KEEP_GOING),--keep-going)
# The table ends a run whether or not all of it succeeded; the run's exit status is kept.
SUMMARY = status=$$?; python -m redsm5_hpo.reporting.summary; exit $$status

.PHONY: help setup run hpo-s0 hpo-s1 hpo-s2 refit full-hpo full-hpo-all redsm5 test lint

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(INSTALLED)  ## make .venv and install the pinned packages

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1); set PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

run: setup  ## the whole pipeline on the corpus of params.yaml, then the table
	@$(REPRO); $(SUMMARY)

hpo-s0: setup  ## sanity search of HPO_TASK (default criteria)
	$(REPRO) hpo_s0@$(HPO_TASK)

hpo-s1: setup  ## coarse search of HPO_TASK
	$(REPRO) hpo_s1@$(HPO_TASK)

hpo-s2: setup  ## fine search of HPO_TASK
	$(REPRO) hpo_s2@$(HPO_TASK)

refit: setup  ## refit the winner of HPO_TASK
	$(REPRO) refit@$(HPO_TASK)

full-hpo: setup  ## everything up to the evaluation of HPO_TASK
	@$(REPRO) evaluate@$(HPO_TASK); $(SUMMARY)

full-hpo-all: setup  ## everything for all architectures; KEEP_GOING=1 goes on after a failure
	@$(REPRO); $(SUMMARY)

redsm5: setup  ## the full budgets on ReDSM5 in data/raw/redsm5
	@dvc exp run $(if $(KEEP_GOING),--keep-going) -S data.source=redsm5 -S data.absent_pairs_per_post=1 \
		-S hpo.s0.trials=8 -S hpo.s0.epochs=3 -S hpo.s1.trials=20 -S hpo.s1.epochs=6 -S hpo.s2.trials=50 -S hpo.s2.epochs=10; \
		$(SUMMARY)

lint: setup  ## ruff, mypy and import-linter
	ruff check .
	ruff format --check .
	mypy
	lint-imports

test: lint  ## lint, then all tests
	pytest
