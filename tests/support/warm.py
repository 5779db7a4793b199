"""Runs the runner in processes of its own that need not import it: each is forked from one that has.

Importing takes most of the time of a short run, and the tests have hundreds of them.
"""

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path


class Warm:
    """A process that has imported the runner and forks one for each run."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([sys.executable, __file__], stdin=pipe, stdout=pipe, text=True)
        atexit.register(self._process.kill)

    def run(self, arguments: list[str], folder: Path, variables: dict[str, str], output: Path) -> int:
        """Run ``azml`` in a folder and return its exit status; it prints to ``output``/out and /err."""
        request = {
            "arguments": arguments,
            "folder": str(folder),
            "variables": variables,
            "output": str(output),
        }
        assert self._process.stdin and self._process.stdout
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@cache
def warm() -> Warm:
    """Return the one of this process."""
    return Warm()


def serve() -> None:
    """Fork a process for each request and answer with its exit status."""
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            become(request)
            sys.exit(main(request["arguments"]))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def become(request: dict) -> None:
    """Take the folder, the variables and the output files of a request."""
    os.setsid()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"])
    for number, name in ((0, os.devnull), (1, f"{request['output']}/out"), (2, f"{request['output']}/err")):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        opened = os.open(name, flags)
        os.dup2(opened, number)
        os.close(opened)


if __name__ == "__main__":
    from azml.cli import main

    import_module("azml.runner.run")
    serve()
