# make demo · make test: all a new machine needs is Python 3.11 or later and make.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup check test demo bench matrix fuzz model lock clean states

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "mailbot needs Python 3.11 or later: install it, or say where it is with make PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/python -m pytest

demo: setup
	@$(BIN)/mailbot demo $(ARGS)

bench: setup
	$(BIN)/python -m bench $(ARGS)

matrix: setup
	$(BIN)/python -m tests.matrix > docs/matrix.md

fuzz: setup
	$(BIN)/python -m tests.fuzz $(ARGS)

model: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/training/requirements.lock
	$(BIN)/python -m bench.training $(ARGS)

states: setup
	$(BIN)/python -m mailbot.core.states_text > docs/states.md

lock: setup
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o requirements.lock requirements.in
	$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o bench/training/requirements.lock bench/training/requirements.in

clean:
	rm -rf .venv var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
