# Zoufang. `make help` lists what there is. All state is in VAR_DIR; with another VAR_DIR and PORT a second one runs beside.

VAR_DIR ?= var
PORT    ?= 8000
TESTS   ?= tests
S       ?= 0.02
N       ?= 20
SEED    ?=
ALL     ?=
RATE    ?= 150
ARGS    ?=
export VAR_DIR PORT ALL
unexport PYTHONDONTWRITEBYTECODE # every start would compile Django anew: 7 s instead of 3

PYTHON := .venv/bin/python
MODULES := crm kpi retention journals visits service clients people
CATALOGUES := $(foreach module,$(MODULES),$(wildcard $(module)/locale/*/LC_MESSAGES/django.po))

.DEFAULT_GOAL := help
.PHONY: help install demo start test check docs bench load faults mutants audit messages clean vendor

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  Variables: VAR_DIR=$(VAR_DIR) PORT=$(PORT); for test also TESTS=tests/visits ARGS=-x, and ALL=1 for every page in every long walk; for bench and load S=$(S); for load RATE=$(RATE); for faults N=$(N) SEED="

install: .venv/.runtime node_modules/.installed .venv/.messages vendor ## set everything up (what the others call first)

demo: install ## run the whole product with demo data until Ctrl-C
	@$(PYTHON) manage.py demo

start: install ## run the product empty, beginning with the setup (give it a VAR_DIR of its own)
	@$(PYTHON) manage.py demo --empty

test: install .venv/.tools ## run the tests on real PostgreSQL, Redis, Celery and, where there is one, Chromium
	$(PYTHON) -m pytest -n 3 --dist worksteal $(ARGS) $(TESTS)

check: install .venv/.tools ## lint, format, types, layers, migrations, translations, settings of a server
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	NO_SERVICES=1 .venv/bin/mypy
	.venv/bin/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) -m tools.messages --check
	HTTPS=1 ALLOWED_HOSTS=crm.example.com SECOND_FACTOR_ROLES=hr,admin $(PYTHON) manage.py check --deploy --fail-level WARNING

docs: install .venv/.tools ## take the guides' pictures anew by browser tests, draw the data model, build the site
	PICTURES=docs/img/guide $(PYTHON) -m pytest -q tests/experience/test_first_hour.py tests/experience/test_first_walks.py
	NO_SERVICES=1 $(PYTHON) -m tools.model_picture
	.venv/bin/mkdocs build --strict --quiet && echo "Open site/index.html"

bench: install .venv/.tools ## jobs, imports and pages beside their floor in a world of scale S (0.02)
	$(PYTHON) -m benchmarks $(S) $(ARGS)

load: install .venv/.tools ## a working morning at RATE requests a second for 10 minutes while a month is closed (scale S)
	$(PYTHON) -m benchmarks.load $(S) --rate $(RATE) $(ARGS)

faults: install .venv/.tools ## N schedules of kills, full disks and doubles from SEED on: nothing lost, nothing twice
	$(PYTHON) -m tests.faults $(N) $(SEED)

mutants: install .venv/.tools ## take every guard out, one at a time: a probe or a test must notice (about 90 min)
	$(PYTHON) -m pytest -q -s tests/trust/hunt.py
	$(PYTHON) -m pytest -q -p tests.trust.rerun tests/trust/test_narrow_guards.py tests/people tests/clients tests/service tests/visits tests/journals tests/retention tests/kpi tests/api tests/test_search.py -m "not browser"
	ALL=1 $(PYTHON) -m pytest -q tests/trust/test_probes.py

audit: install .venv/.tools ## known holes in what is installed: asks the service, or ADVISORIES=folder in a closed network
	$(if $(ADVISORIES),$(PYTHON) -m tools.advisories $(ADVISORIES),.venv/bin/pip-audit --strict) -r requirements.txt

messages: .venv/.runtime ## take new texts into the Chinese catalogues and compile them
	$(PYTHON) -m tools.messages

clean: ## remove what install has made; VAR_DIR stays
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find $(MODULES) tests tools -name __pycache__ -prune -exec rm -rf {} +
	find $(MODULES) -name django.mo -delete

# --- What install does, each step only when its input has changed ------------------------------------------------

.venv/bin/python:
	@tools/setup.sh venv

.venv/.runtime: requirements.txt | .venv/bin/python
	@tools/setup.sh packages requirements.txt
	@touch $@

.venv/.tools: requirements-dev.txt requirements-ldap.txt requirements-sentry.txt requirements.txt | .venv/bin/python
	@tools/setup.sh packages requirements-dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json | .venv/.runtime
	@tools/setup.sh frontend
	@touch $@

vendor: node_modules/.installed # knows itself what has changed: templates name the icons
	@$(PYTHON) -m tools.vendor

.venv/.messages: $(CATALOGUES) tools/messages.py tools/traditional.json | .venv/.runtime
	@$(PYTHON) -m tools.messages --compile
	@touch $@
