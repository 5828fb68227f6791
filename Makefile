# Each target is one DVC command, which docs/operations.md shows too; `make` lists them.
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
PIP := python -m pip install --quiet --disable-pip-version-check
# torch is pinned by its version, and NVIDIA's packages by torch: a CPU build, which the README recommends without a GPU,
# has other hashes. Everything else is installed by its hash.
UNHASHED := cuda-bindings cuda-toolkit nvidia-cudnn-cu13 nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvshmem-cu13 triton
# HPO_MODEL changes a parameter, so it runs an experiment; without it the pipeline runs as it is.
REPRO = $(if $(HPO_MODEL),dvc exp run -S encoder.name=$(HPO_MODEL),dvc repro) $(if $(KEEP_GOING),--keep-going)
# An experiment names the pipeline, or DVC warns of all that the maximal one has not computed.
PIPELINE = $(if $(HPO_MODEL),dvc.yaml)
MAXIMAL = dvc repro $(if $(KEEP_GOING),--keep-going )maximal/dvc.yaml
# Each free process takes the next module, in the order of tests/conftest.py; plain `pytest` runs tests in one process.
# One process more than cores, since tests wait for processes that they start.
CORES := $(shell getconf _NPROCESSORS_ONLN)
PYTEST = pytest --maxprocesses 8 --dist loadscope --no-loadscope-reorder --numprocesses
BOTH = $(MAKE) --no-print-directory --jobs=2
# Before DVC, which would name the missing folder alone.
SOURCE_CHECK = python -m redsm5_hpo.corpus.raw.source_check
# The tables are printed whether or not the run succeeded; the run's exit status is kept.
SUMMARY = status=$$?; python -m redsm5_hpo.reporting.summary; exit $$status

.PHONY: help setup run hpo-s0 hpo-s1 hpo-s2 refit full-hpo full-hpo-all maximal-hpo-all data encoders cards page redsm5 check test test-kills test-gpu lint test-units test-all lock plots-offline bench bench-gpu

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9%-]+:.*## / {sub(/%/, "ARCH", $$1); printf "  make %-18s %s\n", $$1, $$2}' Makefile

setup: $(INSTALLED)  ## make .venv and install the pinned packages

$(INSTALLED): pyproject.toml requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1); set PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes --no-deps --requirement requirements.txt
	$(PIP) --no-build-isolation --editable '.[dev]'
	@git config --get core.hooksPath >/dev/null || git config core.hooksPath .githooks || true  # outside git: none
	@touch $@

run: setup  ## the whole pipeline on the corpus of params.yaml, then its tables
	@$(SOURCE_CHECK)
	@$(REPRO) $(PIPELINE); $(SUMMARY)

hpo-s0: setup  ## sanity search of HPO_TASK (default criteria)
	$(REPRO) hpo_s0@$(HPO_TASK)

hpo-s1: setup  ## coarse search of HPO_TASK
	$(REPRO) hpo_s1@$(HPO_TASK)

hpo-s2: setup  ## fine search of HPO_TASK
	$(REPRO) hpo_s2@$(HPO_TASK)

refit: setup  ## refit the selected configuration of HPO_TASK
	$(REPRO) refit@$(HPO_TASK)

full-hpo: setup  ## everything up to the report of HPO_TASK
	@$(REPRO) report@$(HPO_TASK); $(SUMMARY)

full-hpo-all: setup  ## everything for all architectures; KEEP_GOING=1 continues after a failure
	@$(REPRO) $(PIPELINE); $(SUMMARY)

data: setup  ## fetch ReDSM5 with your own Hugging Face token into data/raw/redsm5
	python -m redsm5_hpo.corpus.redsm5.fetch
	dvc add data/raw/redsm5

encoders: setup  ## fetch the encoders NAMES="bert_base ORG/NAME@REVISION" and load each once
	python -m redsm5_hpo.modeling.encoders.fetch $(NAMES)

maximal-hpo-all: setup  ## the maximal search of all architectures, up to the report
	@$(MAXIMAL); $(SUMMARY)

tune-%-max: setup  ## the maximal search of one architecture, up to the report
	@$(MAXIMAL):report_max@$*; $(SUMMARY)

cards: setup  ## a model card, models/ARCH/README.md, for each evaluated model
	@python -m redsm5_hpo.reporting.model_card

page: setup  ## one page of all results, report/index.html, which needs no network
	@python -m redsm5_hpo.pages

redsm5: setup  ## the settings of redsm5.yaml on ReDSM5 in data/raw/redsm5
	@$(SOURCE_CHECK) redsm5.yaml
	@dvc exp run $(if $(KEEP_GOING),--keep-going )dvc.yaml $$(python tools/set_params.py redsm5.yaml); $(SUMMARY)

lint: setup  ## ruff, mypy, import-linter, and a check for what git must not hold
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	python tools/tracked.py

test-units: setup
	$(PYTEST) $(CORES) -m 'not kills and not slow'

test-all: setup
	$(PYTEST) $$(($(CORES) + 1))

check: setup  ## for a changed line: lint, and the quick tests
	@$(BOTH) lint test-units

test: setup  ## before a commit is pushed: lint, and all tests but those of test-kills
	@$(BOTH) lint test-all

test-kills: setup  ## kill the pipeline at 30 random moments, a cluster at 20, compare results; a worker's memory over 200 trials
	pytest -m kills -s tests/pipeline/test_end_to_end_kills.py tests/execution/cluster/test_cluster_kills.py \
		tests/execution/test_worker_memory.py

test-gpu: setup  ## what needs a GPU: the same bits as the plain way, for any number of workers
	pytest -m gpu -rs tests/training/test_gpu_steps.py tests/training/test_gpu_fits.py

lock:  ## pin the dependencies of pyproject.toml (needs uv); versions are kept where possible
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras --no-annotate --no-header \
		--no-emit-package torch --excludes <(printf '%s\n' $(UNHASHED)) --output-file requirements.txt pyproject.toml
	$(MAKE) setup
	python -m tools.licenses

plots-offline: setup  ## fetch Vega, pinned by its hash, so that `dvc plots show` needs no network
	python -m tools.vega

bench: setup  ## speed beside transformers.Trainer; needs an idle machine
	python bench/run.py
	python bench/step.py
	python bench/trials_scale.py

bench-gpu: setup  ## speed on a GPU beside transformers.Trainer; needs an idle GPU
	python bench/gpu.py
