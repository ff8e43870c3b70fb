# Two commands: `make demo` and `make test`. Both set up everything they need; a second run skips what is there.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
RUN_APT := python3-venv libmagic1 libseccomp2 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core fonts-noto-cjk
TEST_APT := $(RUN_APT) chromium postgresql fonts-dejavu-core qpdf strace
TEST_APT_QUICKER := chromium-headless-shell
PORT ?= 8000

.PHONY: demo test check bench battery apt-run apt-test clean

demo: apt-run .venv/runtime
	@PORT=$(PORT) $(BIN)/python -m portal.cli.serve

test: apt-test .venv/tests check
	$(BIN)/pytest -n 2 --dist worksteal --ignore tests/adoption

check: .venv/tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/flask policies check --without-database --no-readability

apt-run:
	@tests/machine.sh $(RUN_APT)

# The journeys take it where it is there, for half of the time; not every system has it, and Chromium does as well.
apt-test:
	@tests/machine.sh $(TEST_APT)
	@[ "$$(id -u)" -ne 0 ] || tests/machine.sh $(TEST_APT_QUICKER) || echo "Going on with Chromium alone"

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/runtime: .venv/bin/python requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/tests: .venv/bin/python tests/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@touch $@ .venv/runtime

bench: .venv/tests
	$(BIN)/python -m tests.benchmarks

battery: .venv/tests
	$(BIN)/python -m tests.battery $(BATTERY)

clean:
	rm -rf .venv instance
