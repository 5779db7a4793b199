"""Calls `az ml` in the workspace that the user chose, for the scripts behind the Makefile's targets."""

import os
import re
import subprocess

SCOPE = {
    "AZUREML_SUBSCRIPTION": "--subscription",
    "AZUREML_RESOURCE_GROUP": "--resource-group",
    "AZUREML_WORKSPACE": "--workspace-name",
}
# az exits with 3 for ARM's own 404 (https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-tips),
# and with 1 where the ml extension words the answer anew: then the error's code says what it was.
NOT_FOUND = 3
NOT_FOUND_SAID = re.compile(r"\b(ResourceNotFound|NotFound|ResourceNotFoundError|was not found)\b|\(404\)")


class Stop(Exception):
    """Something that the user must see to; nothing further is done."""


def az(*words: str) -> subprocess.CompletedProcess:
    """Run `az ml …` and return how it ended."""
    chosen = [(flag, os.environ[name]) for name, flag in SCOPE.items() if os.environ.get(name)]
    scope = [word for pair in chosen for word in pair]
    return subprocess.run(["az", "ml", *words, *scope], capture_output=True, text=True, check=False)


def ask(what: str, *words: str) -> str:
    """Return what `az ml …` prints; raise Stop with its error when it fails."""
    done = az(*words)
    if done.returncode:
        raise Stop(f"{what}: {done.stderr.strip()}")
    return done.stdout.strip()


def find(what: str, *words: str) -> str | None:
    """Return what `az ml … show` prints, None for what does not exist; raise Stop when it fails."""
    done = az(*words)
    if done.returncode == 0:
        return done.stdout.strip()
    if done.returncode == NOT_FOUND or NOT_FOUND_SAID.search(done.stderr):
        return None
    raise Stop(f"{what}: {done.stderr.strip()}")
