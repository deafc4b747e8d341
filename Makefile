# make test          what decides correctness: three minutes on two cores, also on a busy machine
# make test-all      everything, as CI runs it: long scenarios and the built artefact too
# make test-under-load  `make test` beside LOAD=16 processes that keep the machine busy
# make unit          unit and property tests alone, for another Python than that of Lambda
# make lint          ruff, mypy, the direction of imports
# make check-config  FILE=layers/config/failover.toml
# make prepare-data  FILE=… what the applications' tables still need; ARGS=--apply does it
# make build         what `sam deploy` uploads
# make demo          the embedded world: a region dies, the name moves
# make local         the same world, to play with; REGION_APP=ruby: with the Ruby application
# make bench         detection beside gdnsd, scale, cost, cold starts; half an hour
# make fuzz          100,000 cases of hostile input; SEED=1 for others than those of `make test`
# make simulate      ROUNDS=1000000 judged rounds of a world where everything goes wrong; SEED=… KEEP=… replays one
# make mutants       does that judge see every change of the code that breaks a promise?
# make audit         known vulnerabilities of what is pinned, asked of osv.dev
# make licences      docs/licences.md anew, after a pin has changed
# make clean         removes everything that make has made
#
# The virtual environment sets itself up. PYTHON=/path/to/python chooses another interpreter
# (3.11 or newer; `make build` and the test of the built artefact need 3.13, as Lambda does).

.SILENT:
.DEFAULT_GOAL := test
.PHONY: test test-all test-under-load unit lint check-config prepare-data build demo local bench fuzz simulate mutants audit licences clean
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# Written last, so a set-up that was interrupted starts again.
READY := $(VENV)/requirements.txt
AUDIT := .cache/audit
FILE ?= layers/config/failover.toml
CASES ?= 100000
ROUNDS ?= 1000000
LOAD ?= 16

export SAM_CLI_TELEMETRY := 0
# `sam build` takes the first python3.13 that it finds, and a version manager's shim may not run.
export PATH := $(CURDIR)/$(BIN):$(PATH)

# The first interpreter that really runs, is new enough and can make a virtual environment.
PYENV := $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions
CANDIDATES := $(foreach v,3.13 3.12 3.11,python$(v) $(wildcard $(PYENV)/$(v).*/bin/python$(v))) python3
USABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach p,$(CANDIDATES),$(shell $(p) -c '$(USABLE)' 2>/dev/null && echo $(p))))

$(READY): requirements.txt
	python=$$(command -v "$(PYTHON)") && "$$python" -c '$(USABLE)' 2>/dev/null || { \
	  echo "No usable Python: 3.11 or newer with the venv module is needed. Install one," \
	    "or name it: make PYTHON=/path/to/python3.13" >&2; exit 1; }; \
	echo "Setting up $(VENV) with $$python (once, takes a minute)"; \
	"$$python" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	cp requirements.txt $@

PYTEST := $(BIN)/pytest --quiet -rs --dist loadfile

test: $(READY)
	$(PYTEST) -m "not long" --numprocesses auto

# Most long tests wait for real seconds to pass: four at a time keep two cores busy.
test-all: $(READY)
	$(PYTEST) --hypothesis-profile many --numprocesses 4

test-under-load: $(READY)
	$(BIN)/python -m tests.under_load "$(LOAD)" $(MAKE) test

unit: $(READY)
	$(BIN)/pytest --quiet -rs tests/unit tests/properties

lint: $(READY)
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check . || { \
	  echo "Some files are not formatted: run $(BIN)/ruff format" >&2; exit 1; }
	$(BIN)/mypy --no-error-summary
	PYTHONPATH=functions $(BIN)/lint-imports > $(VENV)/lint-imports.log || { \
	  cat $(VENV)/lint-imports.log >&2; exit 1; }

check-config: $(READY)
	PYTHONPATH=functions $(BIN)/python -m failover.check_config "$(FILE)"

prepare-data: $(READY)
	PYTHONPATH=functions $(BIN)/python -m failover.prepare_data "$(FILE)" $(ARGS)

build: $(READY)
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || { \
	  echo "The Lambda runtime is Python 3.13 and $(VENV) is not. Install Python 3.13, then:" \
	    "make clean build" >&2; exit 1; }
	$(BIN)/sam build > $(VENV)/sam-build.log 2>&1 || { cat $(VENV)/sam-build.log >&2; exit 1; }

# `sam build` runs this for each function, in a copy of functions/ (BuildMethod in template.yaml).
# The bytecode is bound to the content of its source: zipping loses the times, and an edit in the
# Lambda console still counts. Without a fixed hash seed, equal sources would not give equal bytes.
build-%Function: export PYTHONHASHSEED := 0
build-%Function:
	python3.13 -c 'import shutil; shutil.copytree(".", "$(ARTIFACTS_DIR)", dirs_exist_ok=True, \
	  ignore=shutil.ignore_patterns("__pycache__", ".*"))'
	python3.13 -m compileall -q --invalidation-mode checked-hash \
	  -s "$(ARTIFACTS_DIR)" -p /var/task "$(ARTIFACTS_DIR)"
	chmod -R u=rwX,go=rX "$(ARTIFACTS_DIR)"

demo: $(READY)
	PYTHONPATH=functions $(BIN)/python -m local demo

local: $(READY)
	PYTHONPATH=functions $(BIN)/python -m local $(if $(REGION_APP),--region-app $(REGION_APP))

bench: $(READY)
	for what in detection scale cost cold; do $(BIN)/python -m bench.$$what || exit 1; done

fuzz: $(READY)
	PYTHONPATH=functions $(BIN)/python -m tests.hostile --cases $(CASES) $(if $(SEED),--seed $(SEED))

simulate: $(READY)
	PYTHONPATH=functions $(BIN)/python -m tests.simulation --rounds "$(ROUNDS)" \
	  $(if $(FIRST),--first "$(FIRST)") $(if $(SEED),--seed "$(SEED)") $(if $(KEEP),--kept "$(KEEP)")

mutants: $(READY)
	PYTHONPATH=functions $(BIN)/python -m tests.simulation.hunt

$(AUDIT)/requirements.txt: requirements-audit.txt $(READY)
	$(BIN)/python -m venv --clear $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	cp $< $@

# Both files are complete, so nothing is resolved (--no-deps) and nothing installed (--disable-pip).
audit: $(AUDIT)/requirements.txt
	for lock in layers/dependencies/requirements.txt requirements.txt; do \
	  $(AUDIT)/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off \
	    --vulnerability-service osv $(if $(OSV_URL),--osv-url $(OSV_URL)) \
	    --requirement $$lock 2> $(AUDIT)/log && good=true || good=false; \
	  if grep -q "^Traceback" $(AUDIT)/log; then \
	    echo "$$lock was not audited, nothing is known: $$(tail -n 1 $(AUDIT)/log)" >&2; \
	  else grep -v "^WARNING" $(AUDIT)/log >&2; fi; \
	  $$good || exit 1; \
	done

licences: $(READY)
	$(BIN)/python layers/dependencies/licences.py

clean:
	rm -rf $(VENV) .aws-sam .cache .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
