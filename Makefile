# The two commands a newcomer needs: `make demo` and `make test`. Each does all of its own set-up.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# Every process would compile all that it imports, which is most of a command's start.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
WEB_SOURCES := $(shell find console/web -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: help install install-dev demo test soak check format bench screenshots clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/uv:
	@test -n "$(PYTHON)" || { echo "skoraya needs Python 3.11, 3.12 or 3.13 with venv (Debian: apt install python3-venv); none was found on the PATH" >&2; exit 1; }
	@echo "» creating $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

# The stamp is newer than every input of the installation, so a second start does nothing here.
$(VENV)/.installed: pyproject.toml constraints.txt hatch_build.py $(WEB_SOURCES) | $(BIN)/uv
	@echo "» installing skoraya and its dependencies, building the console (a minute or two the first time)"
	@$(BIN)/uv pip install --python $(BIN)/python --compile-bytecode --constraint constraints.txt --editable . \
		|| { echo "» uv could not; trying pip" >&2; $(BIN)/python -m pip install --constraint constraints.txt --editable .; }
	@$(BIN)/python -m compileall -q tracking routing dispatch console
	@touch $@

# Numba keys a compiled kernel by its own file alone: when a kernel that it calls has changed, only this helps.
$(VENV)/.kernels: $(wildcard routing/*.py) | $(VENV)/.installed
	@find routing -name '*.nb[ic]' -delete
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "» installing the test tools"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --constraint constraints.txt --group dev \
		|| { echo "» uv could not; trying pip" >&2; $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' && $(BIN)/python -m pip install --constraint constraints.txt --group dev; }
	@touch $@

install: $(VENV)/.installed $(VENV)/.kernels ## set up .venv with the command skoraya and the built console

install-dev: $(VENV)/.installed-dev $(VENV)/.kernels ## the same, with everything that tests and checks need

demo: install ## a made-up city, live: prints the console's address and opens the browser
	@$(BIN)/skoraya demo $(ARGS)

# Compiled once here, and not by each of the tests' processes at the same time.
$(VENV)/.compiled: $(VENV)/.kernels
	@echo "» compiling the kernels"
	@said=$$($(BIN)/skoraya map synth $(VENV)/city --nodes 300 --seed 1 2>&1) || { echo "$$said" >&2; exit 1; }
	@printf 'unit,lat,lon\n1,55.65,62.73\n' > $(VENV)/units.csv
	@$(BIN)/skoraya nearest $(VENV)/city --to 55.65,62.74 --units $(VENV)/units.csv >/dev/null
	@$(BIN)/skoraya coverage $(VENV)/city --units $(VENV)/units.csv --minutes 20 >/dev/null
	@$(BIN)/python -c 'from dispatch.figures import warm_up; warm_up()'
	@touch $@

test: check $(VENV)/.compiled ## lint, types, architecture rules and the whole test suite
	@$(BIN)/python -m pytest $(ARGS)

soak: install-dev ## the long tests: 1,000 kills and 10,000 races on each database, 100 kills in uploads
	@$(BIN)/python -m pytest -m soak -n 0 $(ARGS)

check: install-dev ## lint, formatting, types
	@echo "» lint, format, types"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: install-dev ## format the code and apply safe fixes
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

# `make bench routing`: what follows names the benches; the names are no targets of their own.
NAMED := $(filter-out bench,$(MAKECMDGOALS))
bench: install-dev ## measure, and print ratios of this run: make bench [routing …]
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --group bench \
		|| $(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	@$(BIN)/python -m bench $(NAMED)
ifneq (,$(filter bench,$(MAKECMDGOALS)))
.PHONY: $(NAMED)
$(NAMED): bench ; @:
endif

screenshots: install-dev ## retake docs/screenshots with a real browser
	@$(BIN)/python -m bench.screenshots

clean: ## remove what the commands above made
	rm -rf $(VENV) console/static console/web/node_modules .mypy_cache .ruff_cache .pytest_cache
