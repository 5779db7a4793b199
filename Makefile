# Everything is installed in .venv and runs from there; what runs produce is kept in .local.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# What the user sets is data: the scripts read it from the environment as it was typed, and no shell and no make
# looks into it. The names of the workspace have a prefix because others use them too: Jenkins' WORKSPACE is a
# folder. Without the prefix they count where they cannot be a path.
name_only = $(if $(findstring /,$(value $1))$(findstring \,$(value $1)),,$(value $1))
$(foreach name,SUBSCRIPTION RESOURCE_GROUP WORKSPACE,\
  $(eval override AZUREML_$(name) := $$(or $$(value AZUREML_$(name)),$$(call name_only,$(name)))))
TYPED := SET DATA REGISTERED STREAM JOB VERSION SPECS PORT UPGRADE
$(foreach name,$(TYPED),$(eval override $(name) := $$(value $(name))))
export $(TYPED) AZUREML_SUBSCRIPTION AZUREML_RESOURCE_GROUP AZUREML_WORKSPACE

# Where Python may not keep what it compiles, MLflow takes four seconds longer at each start.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := .venv/bin/python
INSTALLED := .venv/installed.txt
IS_SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
# 3.11 first: it is the Python of the steps on Azure ML.
BASE_PYTHON = $(or $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
  $$python -c '$(IS_SUPPORTED)' 2>/dev/null && echo $$python && break; done),\
  $(error Python 3.11, 3.12, 3.13 or 3.14 is needed, and none is on the PATH))

.PHONY: help
help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(INSTALLED): environment/requirements.txt pyproject.toml
	@$(BASE_PYTHON) scripts/dev/install.py

.PHONY: setup
setup: $(INSTALLED)  ## Install the locked packages in .venv (run by the others)

# Working

.PHONY: run validate data ui graph
run: $(INSTALLED)  ## Run pipeline.yml here (SET="inputs.seed=1 …", DATA=FILE)
	@$(PYTHON) scripts/changes.py $(PYTHON) scripts/run_local.py

validate: $(INSTALLED)  ## Check every spec; mistakes are shown as file:line:column
	@$(PYTHON) scripts/validate.py $(VALIDATE)

data: $(INSTALLED)  ## Download the real data, 30,000 clients, to data/
	@$(PYTHON) scripts/dev/download_data.py

graph: $(INSTALLED)  ## Draw pipeline.yml as a Mermaid flowchart
	@$(PYTHON) -m azml.cli graph

ui: $(INSTALLED)  ## Look at runs and models in MLflow (PORT=5000)
	@$(PYTHON) -m azml.cli ui --port "$${PORT:-5000}"

# On Azure ML

.PHONY: azure submit register deploy rollback status stream download
azure:
	@scripts/azure.sh check

# What cannot be installed fails on Azure ML minutes later, when the image is built.
submit: override VALIDATE := --environments
submit: $(INSTALLED) validate azure  ## Submit to Azure ML (SET, DATA, REGISTERED=1)
	@scripts/azure.sh submit

register: $(INSTALLED) validate azure  ## Register environment, data and components on Azure ML
	@$(PYTHON) scripts/register.py

deploy: $(INSTALLED) validate azure  ## Deploy the champion to the online endpoint (VERSION=3)
	@$(PYTHON) scripts/deploy.py deploy

rollback: $(INSTALLED) azure  ## Send all traffic back to the previous deployment
	@$(PYTHON) scripts/deploy.py rollback

status:  ## Show the job submitted last, or JOB=name: status and link
	@scripts/azure.sh status

stream:  ## Follow the log of that job
	@scripts/azure.sh stream

download:  ## Download outputs and model of that job to .local/azure
	@scripts/azure.sh download

# Working on the project

.PHONY: test lint lock bench schemas docs clean
test: $(INSTALLED)  ## Run the tests
	@$(PYTHON) -m pytest -n logical --dist loadfile --no-loadscope-reorder

lint: $(INSTALLED)  ## Check specs, code, types, scripts and workflows
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) scripts/validate.py
	.venv/bin/actionlint
	.venv/bin/zizmor --offline --quiet .
	.venv/bin/shellcheck scripts/azure.sh .github/await-job.sh

lock:  ## Resolve the locked packages (UPGRADE=1: to the newest ones)
	@$(BASE_PYTHON) scripts/dev/lock.py

bench: $(INSTALLED)  ## Measure pipeline, validator, runner (DATA=FILE, SPECS=FOLDER)
	@$(PYTHON) scripts/dev/bench_pipeline.py $(if $(DATA),--data "$$DATA")
	@$(PYTHON) scripts/dev/bench_tools.py $(if $(DATA),--data "$$DATA") $(if $(SPECS),--specs "$$SPECS")

docs: $(INSTALLED)  ## Regenerate the graph and the rule documentation
	@$(PYTHON) scripts/dev/docs.py

schemas: $(INSTALLED)  ## Generate the JSON Schemas from azure-ai-ml
	@$(PYTHON) scripts/dev/make_schemas.py

clean:  ## Remove .venv and caches; runs and models in .local stay
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache build dist scripts/*.egg-info
	find . -name __pycache__ -not -path './.local/*' -type d -prune -exec rm -rf {} +
