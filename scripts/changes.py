"""Run a command with the changes to pipeline.yml that SET, DATA and REGISTERED ask for, as --set KEY=VALUE.

``make run`` and ``make submit`` both go this way and read what the user typed alike: as data, quoted as in a
shell, and never as options.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ADDRESSES = ("azureml:", "https:", "wasbs:", "abfss:")
DATA_INPUT = "inputs.credit_data.path"


class Stop(Exception):
    """What the user typed cannot be meant; nothing was started."""


def changes() -> Iterator[str]:
    """Yield KEY=VALUE; the last of a key counts, so SET has the last word."""
    if os.environ.get("REGISTERED") == "1":
        yield from _registered()
    if data := os.environ.get("DATA", "").strip():
        if not data.startswith(ADDRESSES) and not Path(data).is_file():
            raise Stop(f"DATA={data} is not a file\n  give a file's path, or azureml:<name>:<version>")
        yield f"{DATA_INPUT}={data}"
    yield from _words(os.environ.get("SET", ""))


def _words(text: str) -> Iterator[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        example = "SET=\"inputs.a=1 inputs.b='two words'\""
        raise Stop(f"SET has a quote without its partner: {text}\n  {example}") from None
    for word in words:
        key, is_change, _ = word.partition("=")
        if not is_change or not key or key.startswith(("-", "@")):
            raise Stop(f"SET: {word!r} is not KEY=VALUE\n  SET=\"inputs.a=1\" changes the input 'a'")
        yield word


def _registered() -> list[str]:
    command = [sys.executable, str(Path(__file__).with_name("register.py")), "--references"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout.splitlines()


def checked(change: str) -> str:
    """Return a change that az takes as it is: it would read a file in place of a value that begins with @."""
    if change.partition("=")[2].startswith("@"):
        raise Stop(f"{change}: a value cannot begin with @, which makes az read a file")
    return change


def main(command: list[str]) -> int:
    """Run the command and return its exit status; 2 where the changes cannot be meant."""
    try:
        given = [checked(change) for change in changes()]
    except Stop as stop:
        print(f"make: {stop}", file=sys.stderr)
        return 2
    words = [*command, *(["--set", *given] if given else [])]
    os.execvp(words[0], words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
