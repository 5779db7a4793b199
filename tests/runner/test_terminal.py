"""What a terminal shows while a pipeline runs, and what a pipe gets."""

import os
import re
import socket
import subprocess
import sys

import pytest
from azml.cli import main
from azml.runner.process import free_port
from checkout import RUN_LOCAL, Checkout, job

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals of this kind")
ESCAPES = re.compile(r"\x1b\[[?\d;]*[A-Za-z]")
TALK = """import time
for n in range(4):
    print(n, 'tells ' + 30 * 'more ')
    time.sleep(0.3)
raise SystemExit({})
"""


def on_terminal(checkout: Checkout, *arguments: str, columns: int = 80, keys: str = "") -> tuple[str, int]:
    """Run the command on a terminal of that width, where ``keys`` are typed; return its output and status."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    command = [sys.executable, RUN_LOCAL, "--no-validate", *arguments]
    variables = {name: each for name, each in os.environ.items() if name not in ("COLUMNS", "LINES")}
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
    process = subprocess.Popen(command, cwd=checkout.folder, env=variables | {"TERM": "xterm"}, **streams)
    os.close(theirs)
    os.write(ours, keys.encode())
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:  # the end, on Linux
        pass
    os.close(ours)
    return said.decode().replace("\r\n", "\n"), process.wait()


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_running_steps_show_the_last_line_of_their_logs(checkout: Checkout, columns: int):
    checkout.write("src/talk.py", TALK.format(0))
    checkout.pipeline({"talker": job("python talk.py", code="./src"), "other": job("sleep 1")})
    said, code = on_terminal(checkout, columns=columns)
    assert code == 0
    shown = said[said.index("\n", said.index("run .local")) : said.index("✓ completed")]
    lines = [ESCAPES.sub("", line) for line in shown.splitlines()]
    assert max(map(len, lines)) <= columns
    assert any(re.match(r"talker  Running +\d\.\d s  \d", line) for line in lines)
    assert any(line.endswith("…") and len(line) == columns for line in lines)
    assert shown.endswith("\x1b[?25h\x1b[1;32m")
    assert re.search(r"\ntalker +Completed +\d\.\d s\nother +Completed +\d\.\d s\n", "\n".join(lines))


def test_failure_fits_the_terminal(checkout: Checkout):
    words = " ".join(f"word{number}" for number in range(30))
    checkout.write(
        "src/fail.py",
        f"def again(n):\n    [again(n - 1) for _ in [1]] if n else wrong()\n\n\n"
        f"def wrong():\n    raise ValueError({words!r})\n\n\nagain(1)\n",
    )
    checkout.pipeline({"a": job("python fail.py", code="./src")})
    said, code = on_terminal(checkout, columns=60)
    end = ESCAPES.sub("", said[said.index("a failed") : said.index("  spec ")])
    assert code == 1 and max(map(len, end.splitlines())) <= 60
    assert "\n  |     " in end and f"ValueError: {words} (exit code 1)" in " ".join(end.split())
    assert end.count("src/fail.py:2\n") == 1  # not once for each call of itself


def test_debugged_step_has_the_terminal(checkout: Checkout):
    checkout.write("src/stop.py", "import sys\nx = 6\nbreakpoint()\nprint('x is', x, sys.stdin.isatty())\n")
    steps = {"stop": job("python stop.py", code="./src", limits={"timeout": 1}), "other": job("true")}
    checkout.pipeline(steps)
    said, code = on_terminal(checkout, "--debug", "stop", keys="x = 7 * 6\np 'now', x\ncontinue\n")
    assert code == 0 and "(Pdb)" in said and "('now', 42)" in said and "x is 42 True\n" in said
    assert "\nstop  Completed" in said
    assert "\nstop  Completed" in on_terminal(checkout, "--debug", "stop", keys="continue\n")[0]
    assert (
        "BdbQuit" in (ended := on_terminal(checkout, "--debug", "stop", keys="quit\n"))[0] and ended[1] == 1
    )


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("stop", "azml: --debug needs a terminal"),
        ("stpo", "azml: no step 'stpo' runs; did you mean 'stop'?"),
        ("tune", "azml: --debug is for command steps, 'tune' is a sweep step"),
    ],
)
def test_step_that_cannot_be_debugged(checkout: Checkout, step: str, said: str):
    sweep = {
        "type": "sweep",
        "trial": {"command": "true", "environment": {"image": "i"}},
        "search_space": {"x": {"type": "choice", "values": [2, 1]}},
        "sampling_algorithm": "grid",
        "objective": {"goal": "minimize", "primary_metric": "loss"},
    }
    checkout.pipeline({"stop": job("true"), "tune": sweep})
    done = checkout.run("--debug", step, code=2)
    assert said in done.err and not (checkout.folder / ".local/runs").exists()


def test_ui_ends_with_its_server(checkout: Checkout):
    import psutil

    command = [sys.executable, "-m", "azml.cli", "ui", "--port", str(free_port())]
    variables = os.environ | {"PYTHONPATH": str(RUN_LOCAL.parent)}
    process = subprocess.Popen(command, cwd=checkout.folder, env=variables, stdout=subprocess.PIPE)
    server = psutil.Process(process.pid)
    while not (started := server.children()):
        assert process.poll() is None
    process.terminate()
    assert process.wait(30) == 0
    assert psutil.wait_procs(started, timeout=10)[1] == []


def test_ui_where_another_server_listens(checkout: Checkout, monkeypatch, capsys):
    monkeypatch.chdir(checkout.folder)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["ui", "--port", str(port)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and f"port {port} is in use" in said.err


def test_pipe_gets_plain_lines(checkout: Checkout):
    checkout.write("src/talk.py", TALK.format(3))
    checkout.pipeline({"talker": job("python talk.py", code="./src"), "quiet": job("printf 'no end'")})
    said = checkout.run("--verbose", code=1).out
    lines = said[: said.index("talker failed")].splitlines()
    assert [line for line in lines if line.startswith("talker | ")] == [
        f"talker | {number} tells {30 * 'more '}".rstrip() for number in range(4)
    ]
    assert "quiet | no end" in lines and "\x1b" not in said
    assert "talker | " not in checkout.run(code=1).out
