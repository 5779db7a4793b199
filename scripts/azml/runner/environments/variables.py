"""The environment variables of the shell that reach the steps: few, as tox passes few.

A step that needs another is green here and fails on Azure ML, which knows nothing of this shell. A
repository that needs one all the same names it: ``pass-env = ["HF_HOME"]`` under ``[tool.azml]``.
"""

import json
import os
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from azml.core.configuration import runner_settings

from ..process import LOOPBACK, free_port

# What this machine is: where things are, how it reaches the network. Never counts for reuse.
MACHINE = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TMPDIR", "TMP", "TEMP"),
    *("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "JAVA_HOME"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_CERT"),
    *("PIP_CONFIG_FILE", "PIP_CACHE_DIR", "PIP_DEFAULT_TIMEOUT", "PIP_DISABLE_PIP_VERSION_CHECK"),
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_CACHE_DIR"),
)
WINDOWS = (
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERNAME", "USERPROFILE", "HOMEDRIVE"),
    *("HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES*", "COMMONPROGRAMFILES*"),
    *("NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
)
# What can change what a step computes: language, order of sorting, time zone.
COUNTED = ("LANG", "LANGUAGE", "LC_*", "TZ")
_PATTERN = re.compile(r"[A-Za-z_*?][\w*?]*", re.ASCII)


@dataclass(frozen=True)
class PassedVariables:
    """Which variables pass; ``added`` are the names and patterns of the repository."""

    added: tuple[str, ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """Everything that passes, in the patterns of a shell; upper and lower case are the same."""
        return (*MACHINE, *(WINDOWS if os.name == "nt" else ()), *COUNTED, *self.added)

    def values(self) -> dict[str, str]:
        """Return the variables that pass, with their values."""
        return {name: value for name, value in os.environ.items() if _matches(name, self.patterns)}

    def counted(self) -> dict[str, str]:
        """Return the variables that a step's reuse depends on."""
        passed = self.values().items()
        return {name: value for name, value in passed if _matches(name, (*COUNTED, *self.added))}


def lone_process(distribution: dict) -> dict[str, str]:
    """Return what tells a distributed script that it is the only process, as Azure ML tells each its rank.

    https://learn.microsoft.com/azure/machine-learning/how-to-train-distributed-gpu
    """
    kind = str(distribution.get("type", "")).lower()
    if kind == "pytorch":
        first = dict.fromkeys(("NODE_RANK", "RANK", "LOCAL_RANK"), "0")
        return {**first, "WORLD_SIZE": "1", "MASTER_ADDR": LOOPBACK, "MASTER_PORT": str(free_port())}
    if kind == "tensorflow":
        task = {"type": "worker", "index": 0}
        return {"TF_CONFIG": json.dumps({"cluster": {"worker": [f"{LOOPBACK}:{free_port()}"]}, "task": task})}
    return {}


def read_passed_variables(folder: Path) -> PassedVariables:
    """Return what passes in the repository of a folder; raise ValueError for a wrong ``pass-env``."""
    added = runner_settings(folder).get("pass-env", [])
    if not isinstance(added, list):
        raise ValueError("pass-env: expected a list of names of environment variables")
    for name in added:
        if not isinstance(name, str) or not _PATTERN.fullmatch(name):
            raise ValueError(f"pass-env: {name!r} is not the name of an environment variable")
    return PassedVariables(tuple(added))


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name.upper(), pattern.upper()) for pattern in patterns)
