# Digits. Each target is one habit; `make serve` and `make test` are all that a newcomer needs.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
export DIGITS_BIND ?= 127.0.0.1:$(PORT)

# One process of tests more than there are cores, as many tests wait; but no more than four, as some
# measure how soon something happens. A process that is done takes tests over from another.
PROCESSES := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
SHARED_OUT := -n $(PROCESSES) --maxprocesses 4 --dist worksteal

.PHONY: serve test check browser lint format train bench readme image clean

# Start the service on 127.0.0.1:8000 (another port: make serve PORT=9000).
serve: .venv/serving
	@exec $(BIN)/python -m app

# Install the rest and run every test (some: make test ARGS="-k images").
test: .venv/everything
	@env -u DIGITS_BIND $(BIN)/python -m pytest $(SHARED_OUT) $(ARGS)

# Within a minute: style, types, and the tests that start no process, browser or training run.
check: .venv/everything
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy
	@env -u DIGITS_BIND $(BIN)/python -m pytest $(SHARED_OUT) -m "not slow" $(ARGS)

# Install the browser that the page's tests need (Debian, as root: sudo make browser): Chromium
# without its windows, which opens a page in a third of the time.
browser:
	apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null

# Check style, types, the Dockerfile.
lint: .venv/everything
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/hadolint Dockerfile

# Bring the code into the one format.
format: .venv/everything
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

# Train the default network and publish it (flags: make train ARGS="--epochs 5").
train: .venv/everything
	$(BIN)/python -m training $(ARGS)

# Measure speed beside FastAPI and Flask, 20 minutes (a look: make bench ARGS="--rounds 1 --seconds 1").
bench: .venv/everything
	$(BIN)/python -m benchmarks.load $(ARGS)

# Write what commands make of README.md and docs/ again.
readme: .venv/everything
	$(BIN)/python -m tests.readme.outputs

# Build the serving image.
image:
	docker build --tag digits .

# Remove the virtual environment.
clean:
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("digits: needs Python 3.11 or newer, and %s is %s. Choose one: make $(or $(MAKECMDGOALS),serve) PYTHON=python3.12" % (sys.executable, sys.version.split()[0]))'
	@$(PYTHON) -m venv .venv

.venv/serving: app/requirements.txt | .venv/bin/python
	@echo "Installing what serving needs into .venv (once, about 300 MB) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r app/requirements.txt
	@touch $@

# Python compiles what it imports; to compile all that is installed would take half a minute.
.venv/everything: requirements.txt */requirements.txt | .venv/bin/python
	@echo "Installing PyTorch and the tests' tools into .venv (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -r requirements.txt
	@touch $@ .venv/serving
