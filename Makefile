# Everything a newcomer, a developer or CI types. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080
# Two more than there are processors: many tests wait for a worker, a timeout or a browser.
TESTS_AT_ONCE ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
export DATABOARD_PORT := $(PORT)
# Tests start hundreds of processes. Each would compile every module again.
unexport PYTHONDONTWRITEBYTECODE
ifeq ($(shell uname),Darwin)
# There are no namespaces on macOS: the demo runs without a jail, and the worker says so at every start.
export DATABOARD_JAIL ?= none
endif

.DEFAULT_GOAL := help
.PHONY: help demo test coverage serve worker lint format lock assets setup setup-dev chaos bench clean

help:  ## List what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: setup  ## Set up, build the demo, train its submissions, serve it (PORT=8080, DATABOARD_HOME=var)
	$(BIN)/fab test-setup serve

test: setup-dev  ## Set up and run the whole test suite
	$(BIN)/python tools/set_up.py check-tests
	$(BIN)/pytest -n $(TESTS_AT_ONCE) --dist loadgroup --durations=20 $(PYTEST_ARGS)

coverage: setup-dev  ## The same with line and branch coverage, also of the processes that tests start
	$(BIN)/python tools/set_up.py check-tests
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(TESTS_AT_ONCE) --dist loadgroup --durations=20 $(PYTEST_ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered

serve: setup  ## Serve the site, in development with a training worker beside it
	$(BIN)/fab serve

worker: setup  ## Train what waits in the queue
	$(BIN)/fab worker

lint: setup-dev  ## Check style, layers, types, templates and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet databoard/templates
	$(BIN)/codespell

format: setup-dev  ## Put the code into our format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup-dev  ## Pin requirements*.txt again, with hashes and without hosts
	$(BIN)/python tools/set_up.py lock

assets: setup  ## Bring the pages' packages from npm (make setup does it too)
	$(BIN)/python tools/vendor_assets.py

setup:  ## Make .venv with what the server needs, and the pages' packages
	$(PYTHON) tools/set_up.py server

setup-dev:  ## The same and what the tests need
	$(PYTHON) tools/set_up.py dev

chaos: setup-dev  ## Kill workers, zygotes and scorers while 200 submissions train (CHAOS_JOBS), and run a thousand folds
	CHAOS_JOBS=$${CHAOS_JOBS:-200} $(BIN)/pytest -s -m shortened

bench: setup-dev  ## Measure, and write the figures into docs/performance.md (BENCHES="boards start_up", QUICK=1)
	$(BIN)/python tools/bench/write_figures.py $(if $(QUICK),--quick) $(BENCHES)

clean:  ## Remove what can be made again; data in DATABOARD_HOME stay
	rm -rf $(VENV) tools/assets/node_modules databoard/static/vendor build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
