# `make` alone lists what there is: the text behind each "##" is the help.
#
# A deployment is a folder, deployment/ unless DEPLOYMENT names another one.
#
# The virtual environment sets itself up: what the demo needs first, the rest once a target needs it.
# PYTHON=/path/to/python chooses another interpreter (3.11 or newer; `make build` and the tests of
# the built artefact need 3.13, as Lambda does).

.SILENT:
.DEFAULT_GOAL := help
.PHONY: help demo local cli test test-all test-under-load unit coverage lint deployment check-config deploy prepare-data smoke build \
  bench fuzz simulate explore mutants mutation audit licences clean
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# Written last, so a set-up that was interrupted starts again. The demo's packages are some of all.
DEMO := $(VENV)/requirements-demo.txt
READY := $(VENV)/requirements.txt
AUDIT := .cache/audit
DEPLOYMENT ?= deployment
FILE ?= $(DEPLOYMENT)/failover.toml
CASES ?= 100000
ROUNDS ?= 1000000
LOAD ?= 16
SAMPLE ?= 1000

export SAM_CLI_TELEMETRY := 0
# Every worker and every process of a test would compile the same files again.
unexport PYTHONDONTWRITEBYTECODE
# `sam build` takes the first python3.13 that it finds, and a version manager's shim may not run.
export PATH := $(CURDIR)/$(BIN):$(PATH)

# The first interpreter that really runs, is new enough and can make a virtual environment.
PYENV := $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions
CANDIDATES := $(foreach v,3.13 3.12 3.11,python$(v) $(wildcard $(PYENV)/$(v).*/bin/python$(v))) python3
USABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach p,$(CANDIDATES),$(shell $(p) -c '$(USABLE)' 2>/dev/null && echo $(p))))

# Shows every target with its help, and every heading ("##@").
help: ## this list
	awk '/^##@ / { print "\n" substr($$0, 5) } \
	  match($$0, /^[a-z-]+:.*## /) { name = $$1; sub(/:.*/, "", name); \
	    printf "  make %-13s %s\n", name, substr($$0, RSTART + RLENGTH) }' $(firstword $(MAKEFILE_LIST))

define set-up
	python=$$(command -v "$(PYTHON)") && "$$python" -c '$(USABLE)' 2>/dev/null || { \
	  echo "No usable Python: 3.11 or newer with the venv module is needed. Install one," \
	    "or name it: make PYTHON=/path/to/python3.13" >&2; exit 1; }; \
	"$$python" -m local.set_up $(VENV) $^
	touch $@
endef

$(DEMO): requirements-demo.txt
	$(set-up)

$(READY): requirements-demo.txt requirements.txt
	$(set-up)

##@ Try it
demo: $(DEMO) ## a region dies, and its name moves, all on this machine
	PYTHONPATH=functions $(BIN)/python -m local demo

local: $(DEMO) ## that world, for you to break; or REGION_APP=ruby
	PYTHONPATH=functions $(BIN)/python -m local $(if $(REGION_APP),--region-app $(REGION_APP))

##@ Test it
# The files come in the order of tests/conftest.py, and not by how many tests they have.
PYTEST := $(BIN)/pytest --quiet -rs --dist loadfile --no-loadscope-reorder --numprocesses auto

test: $(READY) ## what decides correctness: 3 minutes on two cores
	$(PYTEST) -m "not long"

test-all: $(READY) ## everything, as CI runs it
	$(PYTEST) --hypothesis-profile many

test-under-load: $(READY) ## make test beside LOAD=16 busy processes
	$(BIN)/python -m tests.under_load "$(LOAD)" $(MAKE) test

unit: $(READY) ## unit and property tests, also on Python 3.11 and 3.12
	$(BIN)/pytest --quiet -rs tests/unit tests/properties

# Always with the same examples of Hypothesis, so that a branch is not covered by luck. The adapters
# and the operator's command are not measured, and their tests reach nothing that others do not.
coverage: $(READY) ## every branch of what decides is covered by unit tests
	$(PYTEST) --hypothesis-seed 0 --cov --cov-report term tests/unit \
	  --ignore tests/unit/adapters --ignore tests/unit/cli

lint: $(READY) ## ruff, mypy, and the direction of imports
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check . || { \
	  echo "Some files are not formatted: run $(BIN)/ruff format" >&2; exit 1; }
	$(BIN)/mypy --no-error-summary
	PYTHONPATH=functions $(BIN)/lint-imports > $(VENV)/lint-imports.log || { \
	  cat $(VENV)/lint-imports.log >&2; exit 1; }

##@ Deploy and operate it
# A checkout needs no package: the command runs what lies here.
cli: $(DEMO) ## the operator's command linode-failover, in .venv/bin
	printf '#!/bin/sh\nPYTHONPATH="%s/functions:%s" exec "%s/$(BIN)/python" -m cli.main "$$@"\n' \
	  "$(CURDIR)" "$(CURDIR)" "$(CURDIR)" > $(BIN)/linode-failover
	chmod +x $(BIN)/linode-failover
	echo "Put it on your PATH: export PATH=\"$(CURDIR)/$(BIN):\$$PATH\""

deployment: $(READY) ## VANTAGES=... MAIL=... writes its files, to be filled in
	PYTHONPATH=functions $(BIN)/python -m cli.create "$(DEPLOYMENT)" --vantages $(VANTAGES) \
	  $(if $(WITNESS),--witness "$(WITNESS)") $(if $(MAIL),--mail "$(MAIL)") \
	  $(if $(STACK),--stack "$(STACK)")

check-config: $(DEMO) ## what failover.toml promises, or what is wrong
	PYTHONPATH=functions $(BIN)/python -m cli.check_config "$(FILE)"

prepare-data: $(DEMO) ## what your data tables still need; ARGS=--apply does it
	PYTHONPATH=functions $(BIN)/python -m cli.prepare_data "$(FILE)" $(ARGS)

deploy: $(READY) .runtime ## build and deploy every vantage, until each votes
	PYTHONPATH=functions $(BIN)/python -m cli.deploy "$(DEPLOYMENT)"

smoke: $(DEMO) ## STACK=... does a deployed stack work? Sends a test alert
	[ -n "$(STACK)" ] || { echo "Say which stack: make smoke STACK=... REGION=..." >&2; exit 2; }
	$(BIN)/python -m cli.smoke "$(STACK)" $(if $(REGION),--region "$(REGION)") \
	  $(if $(WAIT),--wait "$(WAIT)")

.runtime: $(READY)
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || { \
	  echo "The Lambda runtime is Python 3.13 and $(VENV) is not. Install Python 3.13, then:" \
	    "make clean build" >&2; exit 1; }

build: $(READY) .runtime ## what `sam deploy` uploads; or EXAMPLE=yes
	DEPLOYMENT="$(DEPLOYMENT)" EXAMPLE="$(EXAMPLE)" $(BIN)/sam build > $(VENV)/sam-build.log 2>&1 || { \
	  cat $(VENV)/sam-build.log >&2; exit 1; }

# `sam build` runs this for each function, in a copy of functions/ (BuildMethod in template.yaml).
# The bytecode is bound to the content of its source: zipping loses the times, and an edit in the
# Lambda console still counts. Without a fixed hash seed, equal sources would not give equal bytes.
# RELEASE names what was built, so that vantages can be compared.
build-%Function: export PYTHONHASHSEED := 0
build-%Function:
	python3.13 -c 'import shutil; shutil.copytree(".", "$(ARTIFACTS_DIR)", dirs_exist_ok=True, \
	  ignore=shutil.ignore_patterns("__pycache__", ".*"))'
	python3.13 -m compileall -q --invalidation-mode checked-hash \
	  -s "$(ARTIFACTS_DIR)" -p /var/task "$(ARTIFACTS_DIR)"
	python3.13 -c 'import hashlib, pathlib; top = pathlib.Path("$(ARTIFACTS_DIR)"); \
	  text = b"".join(path.read_bytes() for path in sorted(top.rglob("*.py"))); \
	  (top / "failover" / "RELEASE").write_text(hashlib.sha256(text).hexdigest()[:12])'
	chmod -R u=rwX,go=rX "$(ARTIFACTS_DIR)"

##@ Measure and maintain it
bench: $(READY) ## detection beside gdnsd, scale, cost, ... (80 min)
	for what in detection scale mass outage cost cold; do $(BIN)/python -m bench.$$what || exit 1; done

fuzz: $(READY) ## CASES=100000 of hostile input; SEED=1 for other cases
	PYTHONPATH=functions $(BIN)/python -m tests.hostile --cases $(CASES) $(if $(SEED),--seed $(SEED))

simulate: $(READY) ## ROUNDS=1000000 judged; SEED=... KEEP=... replays one
	PYTHONPATH=functions $(BIN)/python -m tests.simulation --rounds "$(ROUNDS)" \
	  $(if $(FIRST),--first "$(FIRST)") $(if $(SEED),--seed "$(SEED)") $(if $(KEEP),--kept "$(KEEP)")

explore: $(READY) ## every schedule of two events; EVENTS=, STORY=, SCHEDULE=
	PYTHONPATH=functions $(BIN)/python -m tests.exploration $(if $(EVENTS),--events "$(EVENTS)") \
	  $(if $(STORY),--story "$(STORY)") $(if $(SCHEDULE),--schedule "$(SCHEDULE)") \
	  $(if $(MUTANT),--mutant "$(MUTANT)")

mutants: $(READY) ## does the simulation's judge see every broken promise?
	PYTHONPATH=functions $(BIN)/python -m tests.simulation.hunt

mutation: $(READY) ## do unit tests notice changes of what decides? SAMPLE=1000
	PYTHONPATH=functions $(BIN)/python -m tests.mutation --sample "$(SAMPLE)" $(if $(ONLY),--only "$(ONLY)")

$(AUDIT)/requirements.txt: requirements-audit.txt $(READY)
	$(BIN)/python -m venv --clear $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	cp $< $@

# Both files are complete, so nothing is resolved (--no-deps) and nothing installed (--disable-pip).
audit: $(AUDIT)/requirements.txt ## known vulnerabilities of the pinned packages
	for lock in layers/dependencies/requirements.txt requirements.txt; do \
	  $(AUDIT)/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off \
	    --vulnerability-service osv $(if $(OSV_URL),--osv-url $(OSV_URL)) \
	    --requirement $$lock 2> $(AUDIT)/log && good=true || good=false; \
	  if grep -q "^Traceback" $(AUDIT)/log; then \
	    echo "$$lock was not audited, nothing is known: $$(tail -n 1 $(AUDIT)/log)" >&2; \
	  else grep -v "^WARNING" $(AUDIT)/log >&2; fi; \
	  $$good || exit 1; \
	done

licences: $(READY) ## docs/licences.md anew, after a pin has changed
	$(BIN)/python layers/dependencies/licences.py

clean: ## remove everything that make has made
	rm -rf $(VENV) .aws-sam .cache .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
