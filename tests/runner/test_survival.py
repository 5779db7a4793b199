"""What the runner survives: signals, kills, full disks, floods, company, and odd names."""

import contextlib
import http.server
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from checkout import LOG_METRIC, RUN_LOCAL, Checkout, job

MEGABYTES = 200
FILES = 3_000


def wait_for(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def children(checkout: Checkout) -> list[int]:
    """Return the processes that the checkout's steps have started and that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"STEP_OF={checkout.folder}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def statuses(checkout: Checkout) -> list[str]:
    with sqlite3.connect(checkout.folder / ".local/mlflow.db") as store:
        return [row[0] for row in store.execute("SELECT name || ' ' || status FROM runs ORDER BY start_time")]


STUBBORN = "trap '' TERM INT; (setsid sleep 300 &); touch $STEP_OF/started; sleep 300; sleep 300"


def slow(checkout: Checkout, command: str = STUBBORN) -> None:
    """Write a pipeline whose second step runs on and on."""
    variables = {"STEP_OF": str(checkout.folder)}
    first = job("echo x > ${{outputs.out}}", "out")
    second = job(command, inputs={"x": "${{parent.jobs.first.outputs.out}}"}, environment_variables=variables)
    checkout.pipeline({"first": first, "second": second, "third": second}, experiment_name="e")


needs_proc = pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_everything(checkout: Checkout, number: signal.Signals) -> None:
    slow(checkout, STUBBORN if number == signal.SIGTERM else STUBBORN.replace("trap '' TERM INT; ", ""))
    process = checkout.start()
    wait_for((checkout.folder / "started").exists, "the step")
    process.send_signal(number)
    time.sleep(0.05)
    process.send_signal(number)  # once more, as impatient people do
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1 and err == ""
    assert "canceled in" in out
    assert children(checkout) == []
    steps = checkout.done(out).steps
    assert steps["first"] == "Completed" and {steps["second"], steps["third"]} <= {"Canceled", "Not started"}
    assert "pipeline KILLED" in statuses(checkout) and "second RUNNING" not in statuses(checkout)


class Stalling(http.server.BaseHTTPRequestHandler):
    """Sends a byte now and then, and never ends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"x")
                time.sleep(self.server.pause)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("pause", [0.1, 1000], ids=["slow", "silent"])
def test_signal_ends_a_download_and_the_wait_for_it(checkout: Checkout, pause: float) -> None:
    """The second run waits for the lock of the first."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stalling) as server:
        server.pause, server.daemon_threads, server.block_on_close = pause, True, False
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        path = f"http://127.0.0.1:{server.server_port}/x"
        checkout.pipeline({"a": job("true", inputs={"x": {"type": "uri_file", "path": path}})})
        runs = []
        for _ in range(2):
            runs.append(checkout.start())
            wait_for(lambda: statuses(checkout).count("pipeline RUNNING") == len(runs), "the run")
            time.sleep(1)
        for process in runs:
            process.send_signal(signal.SIGINT)
        for process in runs:
            out, err = process.communicate(timeout=40)
            assert (process.returncode, err) == (1, "") and "canceled in" in out
        server.shutdown()
    assert statuses(checkout) == ["pipeline KILLED"] * 2


def test_signal_ends_a_sweep_of_millions(checkout: Checkout) -> None:
    tune = {
        "type": "sweep",
        "trial": {"command": "grep VmHWM /proc/$PPID/status > peak; mv peak $HERE/started; sleep 300"},
        "environment_variables": {"HERE": str(checkout.folder)},
        "search_space": {"n": {"type": "uniform", "min_value": 0, "max_value": 1}},
        "sampling_algorithm": "random",
        "objective": {"goal": "minimize", "primary_metric": "loss"},
        "limits": {"max_total_trials": 3_000_000},
    }
    checkout.pipeline({"tune": tune})
    process = checkout.start()
    started = checkout.folder / "started"
    wait_for(started.exists, "the first trial")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "canceled in" in out
    assert int(started.read_text().split()[1]) < 200_000, "the runner's memory in kB"


@needs_proc
def test_second_signal_ends_what_hangs(checkout: Checkout) -> None:
    told = "trap 'touch $STEP_OF/told' TERM; touch $STEP_OF/started; while true; do sleep 0.1; done"
    slow(checkout, told)
    process = checkout.start()
    wait_for((checkout.folder / "started").exists, "the step")
    with sqlite3.connect(checkout.folder / ".local/mlflow.db", isolation_level=None) as store:
        store.execute("BEGIN EXCLUSIVE")  # the runner waits for a minute at each statement
        process.send_signal(signal.SIGINT)
        wait_for((checkout.folder / "told").exists, "the first signal to arrive")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=40)
        store.execute("ROLLBACK")
    assert process.returncode == 1
    wait_for(lambda: not children(checkout), "the steps")


@pytest.mark.parametrize("share", [0, 0.5], ids=["another file", "cut in half"])
def test_damaged_store_is_refused_and_kept(checkout: Checkout, share: float) -> None:
    store = checkout.folder / ".local/mlflow.db"
    whole = store.read_bytes()
    damaged = whole[: int(share * len(whole))] or b"no database" * 1000
    store.write_bytes(damaged)
    checkout.pipeline({"a": job("true")})
    remedy = next(line for line in checkout.refused().splitlines() if "mv " in line)
    assert store.read_bytes() == damaged
    subprocess.run(remedy.partition("run again: ")[2], shell=True, check=True)
    assert not store.exists() and store.with_name("mlflow.db.damaged").read_bytes() == damaged


@needs_proc
def test_killed_runner_leaves_a_run_that_the_next_one_closes(checkout: Checkout) -> None:
    slow(checkout)
    process = checkout.start()
    wait_for((checkout.folder / "started").exists, "the step")
    process.kill()
    process.communicate()
    wait_for(lambda: not children(checkout), "the step to end with its runner")
    assert "pipeline RUNNING" in statuses(checkout)
    slow(checkout, "cat ${{inputs.x}}")
    assert checkout.run().steps == {"first": "Reused", "second": "Completed", "third": "Completed"}
    assert {"pipeline FAILED"} < {each for each in statuses(checkout) if each.endswith("FAILED")}
    assert not [each for each in statuses(checkout) if each.endswith("RUNNING")]
    assert children(checkout) == []


def test_runner_killed_as_a_step_ends_reuses_only_what_was_complete(checkout: Checkout) -> None:
    """The step kills the runner: its outputs are there, but nothing says that they are whole."""
    command = f"echo x > ${{{{outputs.out}}}}; test -e {checkout.folder}/go || kill -9 $PPID"
    checkout.pipeline({"a": job(command, "out")})
    process = checkout.start()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    checkout.write("go", "")
    assert checkout.run().steps == {"a": "Completed"}
    assert checkout.run().steps == {"a": "Reused"}


@needs_proc
def test_killed_step_fails(checkout: Checkout) -> None:
    slow(checkout, "(sleep 300 &); kill -9 $$")
    done = checkout.run(code=1)
    assert "second failed: ended by signal 9 (Killed)" in done.out
    assert children(checkout) == []


# Disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here (not root)")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_full_disk(small_disk: Path, new_checkout: Callable[..., Checkout]) -> None:
    checkout = new_checkout(small_disk / "checkout")
    fill = f"dd if=/dev/zero of={small_disk}/big bs=1M count=20; echo x > ${{{{outputs.out}}}}"
    # One after the other: what the end of a step beside it frees would be room for the rest.
    after = {"x": "${{parent.jobs.first.outputs.out}}"}
    second = job(fill, "out", inputs=after)
    checkout.pipeline({"first": job("echo x > ${{outputs.out}}", "out"), "second": second})
    process = checkout.start()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "second failed: exit code 1; " in out and "disk is full" in out and "Traceback" not in err
    (small_disk / "big").unlink()
    checkout.pipeline({"first": job("echo x > ${{outputs.out}}", "out")})
    assert checkout.run().steps["first"] in ("Reused", "Completed")
    assert not [each for each in statuses(checkout) if each.endswith("RUNNING")]


def test_files_that_cannot_grow(checkout: Checkout) -> None:
    """A full disk that needs no privilege: what is written beyond a limit fails."""
    checkout.write("data/big", "x" * 3_000_000)
    given = {"x": {"type": "uri_file", "path": "./data/big"}}
    tune = {
        "type": "sweep",
        "trial": "./trial.yml",
        "inputs": given,
        "search_space": {"n": {"type": "choice", "values": [1]}},
        "sampling_algorithm": "grid",
        "objective": {"goal": "minimize", "primary_metric": "loss"},
        "limits": {"max_total_trials": 1},
    }
    declared = {"x": {"type": "uri_file"}, "n": {"type": "integer"}}
    command = f"echo {'${{inputs.x}}'}; {LOG_METRIC} loss 1"
    checkout.write("trial.yml", {"type": "command", "inputs": declared, "command": command})
    checkout.pipeline({"a": job("true", inputs=given), "b": job("true"), "tune": tune})
    process = subprocess.run(
        ["bash", "-c", f"ulimit -f 2000; trap '' XFSZ; exec '{sys.executable}' '{RUN_LOCAL}' --no-validate"],
        cwd=checkout.folder,
        capture_output=True,
        text=True,
    )
    done = checkout.done(process.stdout)
    assert process.returncode == 1 and "Traceback" not in process.stderr
    assert "a failed: File too large" in process.stdout
    assert done.steps == {"a": "Failed", "b": "Completed", "tune": "Failed"}
    failed = ["pipeline FAILED", "tune FAILED", "tune.0 FAILED"]
    assert sorted(statuses(checkout)) == ["a FAILED", "b FINISHED", *failed]
    assert checkout.run().steps == {"a": "Completed", "b": "Reused", "tune": "Completed"}


# Floods


@needs_proc
def test_step_that_prints_without_end(checkout: Checkout) -> None:
    flood = f"head -c {MEGABYTES}000000 /dev/zero | tr '\\0' x"
    checkout.pipeline({"a": job(f"{flood}; echo; grep VmHWM /proc/$PPID/status; exit 1")})
    done = checkout.run(code=1)
    assert len(done.out) < 200_000
    log = done.folder / "a/logs/std_log.txt"
    assert log.stat().st_size > MEGABYTES * 1_000_000
    most = int(re.search(r"\| VmHWM:\s+(\d+) kB", done.out)[1])
    assert most < 100_000, "the runner's memory"
    kept = next((checkout.folder / ".local/mlartifacts").rglob("std_log.txt"))
    assert kept.samefile(log), "the log is kept once"


def test_step_that_writes_many_files(checkout: Checkout) -> None:
    write = f"seq {FILES} | split -l 1 -a 5 - ${{{{outputs.many}}}}/f"
    step = job(write)
    step["outputs"] = {"many": {"type": "uri_folder"}}
    count = job("ls ${{inputs.x}} | wc -l > ${{outputs.out}}", "out")
    count["inputs"] = {"x": "${{parent.jobs.a.outputs.many}}"}
    checkout.pipeline({"a": step, "b": count})
    assert checkout.run().output("b").strip() == str(FILES)
    assert checkout.run().steps == {"a": "Reused", "b": "Reused"}


# Company


def test_two_runs_at_once(checkout: Checkout) -> None:
    """Both wait for each other inside their steps, so that they do run at once."""
    meet = f"touch {checkout.folder}/$ME; until test -e {checkout.folder}/$OTHER; do sleep 0.02; done"
    record = f"{LOG_METRIC} score 1; echo $ME > ${{{{outputs.out}}}}"
    same = job("echo same > ${{outputs.out}}", "out")
    for me, other in ("ab", "ba"):
        variables = {"ME": me, "OTHER": other}
        step = job(f"{meet}; {record}", "out", environment_variables=variables, limits={"timeout": 60})
        checkout.write(f"{me}/pipeline.yml", {"type": "pipeline", "jobs": {"step": step, "same": same}})
    runs = [checkout.start(f"{name}/pipeline.yml") for name in "ab"]
    done = [checkout.done(*process.communicate(timeout=60)) for process in runs]
    assert [process.returncode for process in runs] == [0, 0]
    assert done[0].folder != done[1].folder
    assert [each.output("step") for each in done] == ["a", "b"]
    assert not [each for each in statuses(checkout) if "FINISHED" not in each]


def test_nothing_of_an_earlier_run_is_overwritten(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("date +%N > ${{outputs.out}}", "out")})
    done = [checkout.run("--force-rerun") for _ in range(2)]
    first = done[0].output("a")
    assert done[0].folder != done[1].folder and done[1].output("a") != first == done[0].output("a")
    consumer = job("echo x >> ${{inputs.x}} || true", inputs={"x": "${{parent.jobs.a.outputs.out}}"})
    checkout.pipeline({"a": job("date +%N > ${{outputs.out}}", "out"), "b": consumer})
    changed = checkout.run(code=1 if os.geteuid() == 0 else 0)
    assert changed.output("a") and "x" not in changed.output("a")


# Names


@pytest.mark.parametrize("name", ['it\'s "quoted"', "Zürich 東京", "a:b;c&d?", "per%20cent #1 $HOME"])
def test_odd_checkout_path(tmp_path: Path, new_checkout: Callable[..., Checkout], name: str) -> None:
    checkout = new_checkout(tmp_path / name)
    links = {"TMPDIR": str(tmp_path)}
    checkout.write("my data/ü 'x'.csv", "1")
    checkout.write("my code/s.py", "import sys; print(open(sys.argv[1]).read(), file=open(sys.argv[2], 'w'))")
    command = "python s.py ${{inputs.x}} ${{outputs.out}}; test $CODE = 0 || exit $CODE"
    command += f"; {LOG_METRIC} score 1"
    step = job(command, "out", code="./my code", environment_variables={"CODE": 0})
    step["inputs"] = {"x": {"type": "uri_file", "path": "./my data/ü 'x'.csv"}}
    checkout.write("my job.yml", {"type": "pipeline", "jobs": {"a": step}})
    done = checkout.run("my job.yml", **links)
    assert done.output("a") == "1" and "score" in done.out
    assert checkout.run("my job.yml", **links).steps == {"a": "Reused"}
    failed = checkout.run("my job.yml", "--set", "jobs.a.environment_variables.CODE=3", code=1, **links)
    again = next(line.split(None, 1)[1] for line in failed.out.splitlines() if line.startswith("  again"))
    assert subprocess.run(again, shell=True, cwd=checkout.folder, env={**os.environ, **links}).returncode == 3
    assert not list(tmp_path.glob("azml-*")), "a link that nobody needs any more"


def test_data_with_names_that_are_no_text(checkout: Checkout) -> None:
    folder = checkout.folder / "data"
    folder.mkdir()
    try:
        (folder / os.fsdecode(b"caf\xe9.csv")).write_text("1")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    step = job("cat ${{inputs.x}}/* > ${{outputs.out}}", "out")
    step["inputs"] = {"x": {"type": "uri_folder", "path": "./data"}}
    checkout.pipeline({"a": step})
    assert checkout.run().output("a") == "1"
    assert checkout.run().steps == {"a": "Reused"}
