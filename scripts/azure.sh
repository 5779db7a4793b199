#!/usr/bin/env bash
# azure.sh check    name what is missing before anything can be sent, with the line that mends it
# azure.sh submit   send pipeline.yml as `az ml job create --file pipeline.yml` does, print name and link, stream
# `make submit` sets: SET DATA REGISTERED SUBSCRIPTION RESOURCE_GROUP WORKSPACE STREAM PYTHON (see README.md).
set -euo pipefail

LAST_JOB=.local/azure-job

stop() {
    printf 'make: %s\n  %s\n' "$1" "$2" >&2
    exit 2
}

# Print each word of a line, quoted as in a shell, without letting the shell run anything in it.
words() {
    [ -z "$1" ] || printf '%s' "$1" | xargs -n 1 printf '%s\n'
}

check() {
    local account=() workspace=() said
    [ -z "${SUBSCRIPTION:-}" ] || account=(--subscription "$SUBSCRIPTION")
    [ -z "${RESOURCE_GROUP:-}" ] || workspace+=(--resource-group "$RESOURCE_GROUP")
    [ -z "${WORKSPACE:-}" ] || workspace+=(--name "$WORKSPACE")
    command -v az >/dev/null || stop "the Azure CLI, az, is not installed" \
        "https://learn.microsoft.com/cli/azure/install-azure-cli, or: pipx install azure-cli"
    az extension show --name ml --output none 2>/dev/null || stop "az has no ml extension" \
        "az extension add --name ml"
    said=$(az account show --output none ${account[@]+"${account[@]}"} 2>&1) || stop "no login: $said" \
        "az login"
    said=$(az ml workspace show --output none ${account[@]+"${account[@]}"} ${workspace[@]+"${workspace[@]}"} 2>&1) ||
        stop "no workspace: $said" \
            "az configure --defaults group=<resource group> workspace=<workspace>"
}

# The changes to pipeline.yml, one KEY=VALUE a line; the last of a key counts, so SET has the last word.
changes() {
    [ "${REGISTERED:-}" != 1 ] || "${PYTHON:-python3}" scripts/register.py --references || exit
    case "${DATA:-}" in
    '') ;;
    azureml:* | https:* | wasbs:* | abfss:*) printf 'inputs.credit_data.path=%s\n' "$DATA" ;;
    *)
        [ -f "$DATA" ] || stop "DATA=$DATA is not a file" "give a file's path, or azureml:<name>:<version>"
        printf 'inputs.credit_data.path=%s\n' "$DATA"
        ;;
    esac
    words "${SET:-}" || stop "SET has a quote without its partner: $SET" "SET=\"inputs.a=1 inputs.b='two words'\""
}

submit() {
    local scope=() set=() lines created change
    [ -z "${SUBSCRIPTION:-}" ] || scope+=(--subscription "$SUBSCRIPTION")
    [ -z "${RESOURCE_GROUP:-}" ] || scope+=(--resource-group "$RESOURCE_GROUP")
    [ -z "${WORKSPACE:-}" ] || scope+=(--workspace-name "$WORKSPACE")
    lines=$(changes)
    while IFS= read -r change; do
        [ -z "$change" ] || set+=("$change")
    done <<<"$lines"
    [ ${#set[@]} = 0 ] || set=(--set "${set[@]}")
    created=$(az ml job create --file pipeline.yml ${set[@]+"${set[@]}"} ${scope[@]+"${scope[@]}"} \
        --query '[name, services.Studio.endpoint]' --output tsv)
    mkdir -p "${LAST_JOB%/*}"
    printf '%s\n' "$created" >"$LAST_JOB"
    printf 'Submitted %s\n%s\n' "${created%%$'\n'*}" "${created#*$'\n'}"
    [ "${STREAM:-yes}" = no ] || az ml job stream --name "${created%%$'\n'*}" ${scope[@]+"${scope[@]}"}
}

"$1"
