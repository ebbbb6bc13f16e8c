# The only list of commands. `make` prints it.
PYTHON_ENV = .venv/bin/python
RUN = env PYTHONWARNINGS=ignore $(PYTHON_ENV)
SERVICES = gateway services.customer services.pool services.sales services.finance services.activity services.reporting
# Python compiles a module once and keeps the result, also where the shell says not to: each of the many processes would do it again.
export PYTHONDONTWRITEBYTECODE =
.DEFAULT_GOAL := help
.PHONY: help run demo web web-checked test lint fix types contracts audit parked bench bench-files migration lock clean environment test-environment

help: ## Print this list.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

environment:
	@deploy/bootstrap.sh run

test-environment:
	@deploy/bootstrap.sh test

web: environment ## Build the web front end; nothing is done while its sources are the ones built last.
	@$(RUN) -m deploy.web

run: environment ## Start everything on this machine; Ctrl-C stops it.
	@$(RUN) -m deploy.web --if-node
	@exec $(RUN) -m deploy.run

demo: environment ## The same with the demo company.
	@$(RUN) -m deploy.web --if-node
	@exec env HIGHSEAS_DEMO=1 $(RUN) -m deploy.run

test: test-environment ## Lint, then every test, on a real broker, both databases and a real browser.
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint web-checked
	@$(PYTHON_ENV) -m pytest -q -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

web-checked: test-environment
	@$(RUN) -m deploy.web
	@$(RUN) -m deploy.web --test

lint: test-environment ## Formatting, rules, types, import contracts, generated files.
	@.venv/bin/ruff format --quiet --check . || { echo "run 'make fix'"; exit 1; }
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/lint-imports >.venv/imports.log 2>&1 || { cat .venv/imports.log; exit 1; }
	@$(RUN) -m deploy.contracts --check

fix: test-environment ## Format and repair what can be repaired.
	@.venv/bin/ruff format --quiet .
	@.venv/bin/ruff check --quiet --fix .

contracts: environment ## Write OpenAPI, AsyncAPI and the list of heard events.
	@$(RUN) -m deploy.contracts

audit: environment ## Check every invariant in all databases of HIGHSEAS_DATA_DIR or HIGHSEAS_DATABASE_URL.
	@$(RUN) -m deploy.audit

parked: environment ## List the events that a service gave up; `python -m deploy.parked retry <service>` tries them again.
	@$(RUN) -m deploy.parked

bench: environment ## Measure the suite against the bare broker and the bare gateway.
	@$(RUN) -m deploy.bench

bench-files: environment ## Measure an import against bare inserts, recycling by three replicas, and the memory of an export.
	@$(RUN) -m deploy.bench_files

migration: environment ## Write a migration: make migration package=services.sales m="add warranties"
	@$(RUN) -m shared.db.migrate revision $(package) -m "$(m)"

lock: test-environment ## Pin the newest versions that fit pyproject.toml.
	@.venv/bin/uv pip compile -q --upgrade pyproject.toml --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.lock
	@.venv/bin/uv pip compile -q --upgrade pyproject.toml --group dev -c requirements.lock --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements-dev.lock

clean: ## Remove what was built; data under var/ stays.
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist web/dist web/node_modules tests/oidc/node_modules
