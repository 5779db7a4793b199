#!/usr/bin/env bash
# Wait for the job submitted last; succeed only if it completed.
# A login by OIDC lasts about an hour and cannot renew itself (https://github.com/Azure/login/issues/372), so
# each look logs in anew, with a fresh token of the workflow's run.
set -euo pipefail

job=$(head -n 1 .local/azure-job)
[[ $job =~ ^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$ ]] || exit 1
seconds=${POLL_SECONDS:-120}
patience=5 # looks in a row that may fail: the network, Azure or GitHub away for a moment

login() {
    local token
    token=$(curl --silent --show-error --fail --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
        "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange" | jq --raw-output .value) &&
        az login --service-principal --username "$AZURE_CLIENT_ID" --tenant "$AZURE_TENANT_ID" \
            --federated-token "$token" --output none
}

look() {
    az ml job show --name "$job" --subscription "$AZUREML_SUBSCRIPTION" \
        --resource-group "$AZUREML_RESOURCE_GROUP" --workspace-name "$AZUREML_WORKSPACE" \
        --query status --output tsv
}

failures=0
before=
while true; do
    if login && status=$(look); then
        failures=0
    else
        failures=$((failures + 1))
        status="unknown ($failures of $patience)"
    fi
    [ "$status" = "$before" ] || printf '%s %s: %s\n' "$(date -u +%H:%M)" "$job" "$status"
    before=$status
    case $status in
    Completed) exit 0 ;;
    Failed | Canceled | NotResponding | Paused)
        echo "::error::$job ended as $status"
        exit 1
        ;;
    esac
    [ "$failures" -lt "$patience" ] || exit 1
    sleep "$seconds"
done
