"""uv, which resolves and builds environments: where it is, how it is run, and what its errors mean.

The one module of the core that starts a process.
"""

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from .environment import Requirement

# pip takes the best version that any index has; uv by default stops at the first index with the package.
AS_PIP = ("--index-strategy", "unsafe-best-match")
MOST_REASON = 300
_MARKS = "\N{MULTIPLICATION SIGN}├╰│"  # what uv begins the lines of a cause with


def find_uv() -> str | None:
    """Return the path of uv: the one on PATH, else that of the package beside this Python."""
    user = sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))
    folders = [os.environ.get("PATH", os.defpath), sysconfig.get_path("scripts"), user]
    return shutil.which("uv", path=os.pathsep.join(folders))


def run_tool(command: list[str], **options) -> subprocess.CompletedProcess[str]:
    """Run uv or conda, outside of any environment that is active, and return what it says; raise OSError."""
    variables = {
        name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX")
    }
    variables["PATH"] = os.pathsep.join([variables.get("PATH", os.defpath), *_pyenv_folders()])
    variables |= options.pop("variables", {})
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", errors="replace", env=variables, **options
    )


def _pyenv_folders() -> list[str]:
    """Return where pyenv keeps its Pythons: its shims start only those that are switched on."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [str(path) for path in sorted(root.glob("versions/*/bin"), reverse=True)]


def reason(stderr: str) -> str:
    """Return the cause that uv (or conda) names, in at most two sentences."""
    lines = [re.sub(rf"^[{_MARKS}─▶\s]+", "", line) for line in stderr.splitlines()]
    error = next((line for line in lines if line.startswith(("error: ", "Failed to "))), "")
    error = error.removeprefix("error: ")
    causes = re.split(r"(?m)^(?:cause: )?(?=Because |And because )", "\n".join(lines).split("\n\n")[0])[1:]
    if fetched := re.search(r"Failed to (?:fetch|download):? `?(\w+://[^\s`]+)", stderr):
        text = f"cannot fetch {fetched[1]}: {_last_error(lines)}"
    elif causes:
        text = " … ".join(dict.fromkeys([causes[0], causes[-1]]))
    elif error.startswith("Failed to") or "cause: " in stderr:
        text = f"{error}: {_last_error(lines)}"
    else:
        text = error or next((line for line in reversed(lines) if line), "no reason given")
    text = re.sub(r", we can conclude that .*?\.(?=\s|$)", ".", text, flags=re.DOTALL)
    text = re.sub(r"\{[^}]*\}", "", re.sub(r"\s+", " ", text)).strip()  # {...}: where a dependency counts
    if len(text) <= MOST_REASON:
        return text
    half = MOST_REASON // 2
    return f"{text[:half]} … {text[-half:]}"  # what was being done, and why it failed


def _last_error(lines: list[str]) -> str:
    """Return the line of a failed build that tells most."""
    telling = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception)\b|fatal", line)]
    last = telling[-1] if telling else next((line for line in reversed(lines) if line), "")
    return last.removeprefix("cause: ")


def mentioned(requirements: Sequence[Requirement], text: str) -> list[Requirement]:
    """Return the requirements whose packages a text names; first those that it quotes, the last one first."""
    quoted = [each for each in requirements if _has_word(text, each.text)]
    names = [each for each in requirements if _has_word(canonicalize_name(text), _subject(each.text))]
    return [*reversed(quoted), *(each for each in names if each not in quoted)]


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def _subject(text: str) -> str:
    """Return what a message calls a requirement: its address, or its package."""
    address = re.search(r"https?://[^#@\s]+", text)
    return canonicalize_name(address[0]) if address else package_name(text)


def package_name(text: str) -> str:
    """Return the normalized name of a requirement's package, or a text that is not a requirement."""
    try:
        return canonicalize_name(Parsed(text).name)
    except InvalidRequirement:
        return canonicalize_name(text)


def name_only(text: str) -> str:
    """Return a requirement without its versions; a text that is not a requirement stays."""
    try:
        requirement = Parsed(text)
    except InvalidRequirement:
        return text
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    marker = f"; {requirement.marker}" if requirement.marker else ""
    return text if requirement.url else f"{requirement.name}{extras}{marker}"
