# `make help` says what there is. Needs make and Python 3 only: everything else is installed in .venv.
SHELL := /bin/sh
PYTHON ?= python3
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help run check test demo-reset shell messages publiccode bench clean up secrets env env-dev

help: ## List what make can do
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: env ## Start everything at http://localhost:8000 (PORT, HOST, DEMO=0, DATABASE_URL: docs/settings.md)
	@exec $(PY) -m portal.supervisor

check: env-dev ## Linters, types, floors, templates, migrations, translations, deployment settings
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -c "from importlinter.cli import lint_imports_command as run; run()"
	$(PY) -m djlint --quiet --lint templates
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) -m scripts.lint_migrations
	$(PY) -m scripts.messages --check
	$(PY) -m scripts.deploy_check

test: env-dev ## Every test, on PostgreSQL, Valkey and a browser (ARGS="-k votes" for some)
	@$(PY) -m tests.chromium
	$(PY) -m pytest -n auto $(ARGS)

demo-reset: env ## Empty the demonstration; the next `make run` loads it afresh
	@$(PY) -m portal.local reset

shell: env ## A Python shell with the portal's models
	@$(PY) manage.py shell

messages: env-dev ## Bring the Dutch catalogue up to date with the source
	@$(PY) -m scripts.messages

publiccode: env ## Write var/publiccode.yml with the address of the source code (SOURCE_URL=https://…)
	@$(PY) -m scripts.publiccode

bench: env-dev ## Print speed, size and memory of the main pages
	@$(PY) -m tests.load.bench $(ARGS)

up: .env secrets ## Start everything in containers instead, for a community (docs/operations.md)
	docker compose up --build --detach

.env:
	cp .env.example .env

# Everybody may read the files, since each process in a container is another user, and nobody may enter their folder.
secrets: ## Make what is missing in secrets/
	@mkdir -p secrets && chmod 700 secrets
	@for name in secret_key database_password valkey_password; do \
	  [ -s secrets/$$name ] || head -c 4096 /dev/urandom | LC_ALL=C tr -dc A-Za-z0-9 | head -c 64 >secrets/$$name; \
	done
	@[ -s secrets/email_url ] || echo smtp://mail:1025 >secrets/email_url
	@chmod 644 secrets/*

clean: ## Remove what was built, not your data (that is var/)
	rm -rf .make .mypy_cache .ruff_cache .pytest_cache .import_linter_cache var/static .venv
	find . -name __pycache__ -not -path './var/*' -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete

env:
	@command -v $(PYTHON) >/dev/null || { echo "Doorbraak needs Python 3; install it, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) scripts/bootstrap.py embedded

env-dev:
	@command -v $(PYTHON) >/dev/null || { echo "Doorbraak needs Python 3; install it, or name it: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) scripts/bootstrap.py dev
