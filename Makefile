# Everything is set up in .venv and runs from there; runs and models are kept in .local.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

# What the user sets reaches the recipes through the environment, as it was typed: quotes, spaces and
# dollar signs survive.
$(foreach name,SET DATA REGISTERED STREAM JOB SUBSCRIPTION RESOURCE_GROUP WORKSPACE,\
  $(eval export override $(name) := $$(value $(name))))

PYTHON := .venv/bin/python
IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
BASE_PYTHON = $(or $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$each -c '$(IS_NEW_ENOUGH)' 2>/dev/null && echo $$each && break; done),\
  $(error Python 3.11 or newer is needed, and none is on the PATH))
# The pip section of conda.yml: locally the same versions as on Azure ML.
PINS = sed -n 's/^ *- *\([A-Za-z0-9_.-]*==.*\)$$/\1/p' environment/conda.yml
changes = $(if $(DATA),"inputs.credit_data.path=$$DATA") $(SET)

.PHONY: help
help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Setting up

.venv/run: environment/conda.yml pyproject.toml
	$(BASE_PYTHON) -m venv --clear .venv
	$(PINS) > .venv/pins.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r .venv/pins.txt -e '.[run]'
	touch $@

.venv/dev: .venv/run
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r .venv/pins.txt -e '.[run,dev]'
	touch $@

.PHONY: setup
setup: .venv/run  ## Set up .venv with the pinned packages (the other targets do it by themselves)

# Working

.PHONY: run validate data ui graph
run: .venv/run validate  ## Run pipeline.yml on this machine (SET="inputs.learning_rate=0.1 …", DATA=FILE)
	@$(PYTHON) scripts/run_local.py $(if $(strip $(changes)),--set $(changes))

validate: .venv/run  ## Check every spec; mistakes are shown as file:line:column
	@$(PYTHON) scripts/validate.py

data: .venv/run  ## Download the real data, 30,000 clients, to data/
	@$(PYTHON) scripts/dev/download_data.py

graph: .venv/run  ## Draw pipeline.yml as a Mermaid flowchart
	@$(PYTHON) -m azml.cli graph

ui: .venv/run  ## Look at runs and models in MLflow, on http://127.0.0.1:5000
	@test -e .local/mlflow.db || { echo "nothing has run here yet: make run"; exit 1; }
	$(PYTHON) -m mlflow ui --backend-store-uri sqlite:///$(CURDIR)/.local/mlflow.db --host 127.0.0.1

# On Azure ML. The workspace: SUBSCRIPTION, RESOURCE_GROUP and WORKSPACE, or the defaults of az.

job = $(or $(JOB),$(shell head -n 1 .local/azure-job 2>/dev/null),\
  $(error JOB=<name of a job>: nothing was submitted from here yet))
scope = $(if $(SUBSCRIPTION), --subscription "$$SUBSCRIPTION")$(if \
  $(RESOURCE_GROUP), --resource-group "$$RESOURCE_GROUP")$(if $(WORKSPACE), --workspace-name "$$WORKSPACE")

.PHONY: azure submit register status stream download
azure:
	@scripts/azure.sh check

submit: validate azure  ## Submit pipeline.yml to Azure ML and stream it (SET, DATA, REGISTERED=1, WORKSPACE=…)
	@PYTHON=$(PYTHON) scripts/azure.sh submit

register: validate azure  ## Register environment, data and components on Azure ML; changes none that is there
	@$(PYTHON) scripts/register.py

status:  ## Show status and studio link of the job submitted last (or JOB=name)
	@az ml job show --name $(job)$(scope) --query '{name: name, status: status, studio: services.Studio.endpoint}' --output yaml

stream:  ## Follow the job submitted last (or JOB=name)
	@az ml job stream --name $(job)$(scope)

download:  ## Download outputs and model of the job submitted last (or JOB=name) to .local/azure
	@az ml job download --name $(job) --all --download-path .local/azure/$(job)$(scope)

# Working on the project

.PHONY: test lint bench schemas docs clean
test: .venv/dev  ## Run the tests
	@$(PYTHON) -m pytest

lint: .venv/dev  ## Check specs, code and workflows
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) scripts/validate.py
	.venv/bin/actionlint
	.venv/bin/zizmor --offline --quiet .github/workflows
	.venv/bin/shellcheck scripts/azure.sh .github/await-job.sh

bench: .venv/dev  ## Measure the pipeline, the validator and the runner (DATA=FILE; SPECS=folder of specs)
	@$(PYTHON) scripts/dev/bench_pipeline.py $(if $(DATA),--data "$$DATA")
	@$(PYTHON) scripts/dev/bench_tools.py $(if $(DATA),--data "$$DATA") $(if $(SPECS),--specs "$(SPECS)")

docs: .venv/dev  ## Write the README's table of rules from the rules
	$(PYTHON) scripts/dev/rule_table.py

schemas: .venv/dev  ## Generate the JSON Schemas from azure-ai-ml
	$(PYTHON) scripts/dev/make_schemas.py

clean:  ## Remove .venv and caches; runs and models in .local stay
	rm -rf .venv .pytest_cache .ruff_cache build scripts/*.egg-info
	find . -name __pycache__ -not -path './.local/*' -type d -prune -exec rm -rf {} +
