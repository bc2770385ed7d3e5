# Stadtdraht: the commands of daily work. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
SYNAPSE := .venv-synapse/installed

.PHONY: help install run test conformance evaluation soak lint check audit bench lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# The stamp makes the second call quick; changed requirements make it again.
$(STAMP): pyproject.toml requirements/build.txt requirements/dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

install: $(STAMP) ## Make .venv from the locked requirements

run: $(STAMP) ## Migrate, load the demo city into an empty database, serve
	@$(BIN)/stadtdraht demo load --if-empty
	@exec $(BIN)/stadtdraht run

# The Matrix homeserver of the tests (AGPL, never part of the product) has its own environment.
# Without a network it is missing, and its tests are left out.
$(SYNAPSE): requirements/synapse.txt
	@test -x .venv-synapse/bin/python || $(PYTHON) -m venv .venv-synapse
	@.venv-synapse/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/synapse.txt \
		&& touch $@ || { echo "Left out: Synapse cannot be installed, so the tests against it are skipped."; rm -rf .venv-synapse; }

# Hundreds of processes import the same modules: each is compiled once, whatever the machine wishes.
test: export PYTHONDONTWRITEBYTECODE =
test: $(STAMP) $(SYNAPSE) ## Run every test (as root it installs what they need)
	@sh tests/system.sh
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

conformance: $(STAMP) $(SYNAPSE) ## Print connector by case, and keep the table in the docs
	@sh tests/system.sh
	CONFORMANCE_TABLE=docs/channels/conformance.md $(BIN)/python -m pytest -q -n 2 --dist loadfile tests/conformance

# Two fits run at a time, so each keeps to one core.
evaluation: export OPENBLAS_NUM_THREADS = 1
evaluation: $(STAMP) ## Minutes: measure how well texts are understood, and write it into the docs
	$(BIN)/python -m nlp.evaluation docs

soak: $(STAMP) $(SYNAPSE) ## Hours: kills at eight points, a minute without database, 10,000 messages on each platform
	@sh tests/system.sh
	@sh tests/atproto/install.sh || echo "Left out: the AT protocol's servers cannot be installed, so Bluesky is tested against its stand-in only."
	$(BIN)/python -m pytest -q -rs tests/connectors/bluesky/test_real.py
	STADTDRAHT_SOAK=20 STADTDRAHT_OUTAGE=60 $(BIN)/python -m pytest -n 4 --dist load tests/e2e/test_eight_points.py tests/e2e/test_outage.py
	STADTDRAHT_SOAK=20 STADTDRAHT_SOAK_MESSAGES=10000 $(BIN)/python -m pytest -n 2 --dist load -rP tests/conformance/test_soak.py

lint: $(STAMP) ## Format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## Both

audit: $(STAMP) ## List licences and known vulnerabilities of what is shipped
	$(BIN)/python -m tests.dependencies

bench: $(STAMP) ## Print the benchmark tables
	@sh tests/system.sh
	$(BIN)/python -m tests.bench

lock: ## Resolve the requirements anew (needs uv)
	uv pip compile pyproject.toml --extra matrix --extra e2e --extra telegram --extra x --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q --upgrade -o requirements/product.txt
	uv pip compile pyproject.toml --extra matrix --extra e2e --extra telegram --extra x --extra dev -c requirements/product.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements/dev.txt
	uv pip compile requirements/synapse.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q --upgrade -o requirements/synapse.txt

clean: ## Remove what the commands above made
	rm -rf .venv .venv-synapse .mypy_cache .ruff_cache .pytest_cache .hypothesis
