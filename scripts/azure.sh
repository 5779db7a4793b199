#!/usr/bin/env bash
# What the Makefile's targets for Azure ML do. All they are given is in the environment (see README.md): SET DATA
# REGISTERED STREAM JOB AZUREML_SUBSCRIPTION AZUREML_RESOURCE_GROUP AZUREML_WORKSPACE.
#   azure.sh check                     name what is missing before anything can be sent, and what mends it
#   azure.sh submit                    send pipeline.yml as `az ml job create --file pipeline.yml` does, stream it
#   azure.sh status, stream, download  the job submitted last, or JOB
set -euo pipefail

LAST_JOB=.local/azure-job

stop() {
    printf 'make: %s\n  %s\n' "$1" "$2" >&2
    exit 2
}

# Fill the array `scope` with the options that name the workspace, `name` being that of the workspace's own.
set_scope() {
    local name=$1 value
    scope=()
    for value in "${AZUREML_SUBSCRIPTION:-}" "${AZUREML_RESOURCE_GROUP:-}" "${AZUREML_WORKSPACE:-}"; do
        case $value in [-@]*) stop "'$value' is not the name of a workspace" "AZUREML_WORKSPACE=<name>" ;; esac
    done
    [ -z "${AZUREML_SUBSCRIPTION:-}" ] || scope+=(--subscription "$AZUREML_SUBSCRIPTION")
    [ -z "${AZUREML_RESOURCE_GROUP:-}" ] || scope+=(--resource-group "$AZUREML_RESOURCE_GROUP")
    [ -z "${AZUREML_WORKSPACE:-}" ] || scope+=("$name" "$AZUREML_WORKSPACE")
}

need_az() {
    command -v az >/dev/null || stop "the Azure CLI, az, is not installed" \
        "https://learn.microsoft.com/cli/azure/install-azure-cli, or: pipx install azure-cli"
}

check() {
    local said account=()
    need_az
    set_scope --name
    [ -z "${AZUREML_SUBSCRIPTION:-}" ] || account=(--subscription "$AZUREML_SUBSCRIPTION")
    az extension show --name ml --output none 2>/dev/null || stop "az has no ml extension" \
        "az extension add --name ml"
    said=$(az account show --output none ${account[@]+"${account[@]}"} 2>&1) || stop "no login: $said" \
        "az login"
    said=$(az ml workspace show --output none ${scope[@]+"${scope[@]}"} 2>&1) || stop "no workspace: $said" \
        "az configure --defaults group=<resource group> workspace=<workspace>"
}

submit() {
    local created
    set_scope --workspace-name
    created=$(.venv/bin/python scripts/changes.py az ml job create --file pipeline.yml \
        ${scope[@]+"${scope[@]}"} --query '[name, services.Studio.endpoint]' --output tsv)
    mkdir -p "${LAST_JOB%/*}"
    printf '%s\n' "$created" >"$LAST_JOB"
    printf 'Submitted %s\n%s\n' "${created%%$'\n'*}" "${created#*$'\n'}"
    [ "${STREAM:-yes}" = no ] || JOB='' stream
}

# Name the job that is asked for: JOB, or the one submitted last.
set_job() {
    need_az
    set_scope --workspace-name
    job=${JOB:-$(head -n 1 "$LAST_JOB" 2>/dev/null || true)}
    [ -n "$job" ] || stop "nothing was submitted from here yet" "JOB=<name of a job>"
    [[ $job =~ ^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$ ]] || stop "'$job' is not the name of a job" "JOB=<name of a job>"
}

status() {
    set_job
    az ml job show --name "$job" ${scope[@]+"${scope[@]}"} \
        --query '{name: name, status: status, studio: services.Studio.endpoint}' --output yaml
}

stream() {
    set_job
    az ml job stream --name "$job" ${scope[@]+"${scope[@]}"}
}

download() {
    set_job
    az ml job download --name "$job" --all --download-path ".local/azure/$job" ${scope[@]+"${scope[@]}"}
}

"$1"
