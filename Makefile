# Everything a person or CI runs. A target's help is the text after its two #.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test quick check docs man lint-ci verify mutants bench cluster cluster-down chart image e2e helm lock release format

BIN := .venv/bin
STAMP := .venv/.in-step
# Found when it is needed only, so that a bare `make` says what there is even where there is no Python.
FIND_PYTHON := python=$$(tools/find-python) && "$$python"
COMPILE := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"
# Whatever the environment says, bytecode is kept: else each process of a test compiles all that it imports.
export PYTHONDONTWRITEBYTECODE :=
# In the order of tests/conftest.py, which begins with the files that take longest; how many at once it says too.
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder
# The whole suite goes with the check; a part of it, while something is being written, without.
CHECK := $(if $(ARGS),true,$(MAKE) --no-print-directory check)
# The check leaves a processor free, which compiles the tests meanwhile: else each worker compiles all of them.
COMPILE_TESTS := $(if $(ARGS),true,$(BIN)/pytest --collect-only --quiet)

# Job tests that run in under a minute with the unit tests: one file for each step of an object's trip, see CONTRIBUTING.md.
QUICK := connection scope adoption ownership lifecycle membership gate limits drift explaining

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## Make .venv from the lock, with the project in it
	@:

$(STAMP): requirements/dev.txt pyproject.toml tools/setup.py
	@$(FIND_PYTHON) -m tools.setup
	@touch $@

demo: setup ## Show everything: control plane, simulator, operator and a first set of users and groups
	@$(BIN)/python -m tools.demo $(ARGS)

# What fails the check fails the run, and keeps no test from running. pytest's closing line is the last of its output.
test: setup ## Check, and run all tests, those against a real API server too (a part: ARGS='tests/unit -k scope')
	@$(BIN)/python -m tools.cluster binaries >/dev/null
	@$(BIN)/python -m tools.slapd >/dev/null
	@$(COMPILE_TESTS) >/dev/null 2>&1 & $(CHECK); checked=$$?; wait; $(BIN)/pytest $(PYTEST_ARGS) $(ARGS); tested=$$?; \
	[ $$checked = 0 ] || echo "make check failed: see above the tests, or run it alone." >&2; \
	exit $$(( tested ? tested : checked ))

quick: setup ## Run the unit tests and the main job tests, without an API server: while you write
	@$(BIN)/pytest $(PYTEST_ARGS) tests/unit $(QUICK:%=tests/job/test_%.py) $(ARGS)

check: setup ## Check format, lint, spelling, types, import contracts, lock and CRDs
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/typos --format brief
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m tools.check_lock
	@$(BIN)/python -m tools.check_crds
	@$(BIN)/python -m tools.chart --check
	@$(BIN)/python -m tools.release check >/dev/null

docs: setup ## Build the site of the docs into .site/html; a broken link or a missing page is an error
	@$(BIN)/python -m tools.site $(ARGS)

man: setup ## Write a man page of each command into .site/man
	@$(BIN)/python -m tools.site.man

lint-ci: setup ## Check the workflows, issue forms and Dependabot's file; make test does it too
	@$(BIN)/python -m tools.lint_ci

verify: setup ## Attack the promises for VERIFY_MINUTES (5) in a simulated world, and count what was tried
	@$(BIN)/python -m verify --minutes $(or $(VERIFY_MINUTES),5) $(ARGS)

mutants: setup ## Change the source a little, 600 times in core and 150 in job, and see whether a test notices
	@for part in $(or $(PART),core job); do $(BIN)/python -m tools.mutants $$part $(ARGS) || exit 1; done

format: setup ## Format the code
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

bench: setup ## Measure the operator beside a bare script
	@$(BIN)/python -m tools.bench $(ARGS)

cluster: ## Start a real etcd and kube-apiserver on loopback, kubeconfig at .cluster/kubeconfig
	@$(FIND_PYTHON) -m tools.cluster up

cluster-down: ## Stop them and remove their data
	@$(FIND_PYTHON) -m tools.cluster down

chart: setup ## Regenerate the CRDs, the chart's copies of them and its table of values
	@$(BIN)/scim-operator crds --write crds
	@$(BIN)/python -m tools.chart

image: ## Build the container image
	@$(FIND_PYTHON) -m tools.image

e2e: setup ## Test the image and the chart on the cluster of the current KUBECONFIG
	@$(BIN)/python -m tools.e2e $(ARGS)

helm: ## Print the path of a helm, built if need be
	@$(FIND_PYTHON) -m tools.cluster helm

release: setup ## Write VERSION where the version stands, and cut the changelog
	@$(BIN)/python -m tools.release prepare "$(VERSION)"

lock: setup ## Regenerate the lock files from pyproject.toml (UPGRADE=1 takes the newest releases)
	@compile() { $(BIN)/uv $(COMPILE) "$$@"; }; \
	compile $(if $(UPGRADE),--upgrade) --group dev pyproject.toml -o requirements/dev.txt && \
	compile -c requirements/dev.txt --extra otel pyproject.toml -o requirements/run.txt && \
	compile -c requirements/dev.txt --group build -o requirements/build.txt && \
	compile -c requirements/dev.txt --group plugin pyproject.toml -o requirements/plugin.txt
