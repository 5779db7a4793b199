"""``azml run``: run a job of Azure ML's on this machine."""

import argparse
import fcntl
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from azml.core.components import Component
from azml.core.finding import ERROR, Finding
from azml.core.kinds import kind_of
from azml.core.linker import Linker
from azml.core.project import Project, repository_root
from azml.core.show import finding_text
from azml.core.values import mapping

from .attempt import World
from .data import DataError, Hashes, words
from .display import Display, tail
from .execute import FAILED_STEP, NOT_STARTED, Execution, Result
from .interpreter import Interpreter, InterpreterError, inspect
from .overrides import OverrideError, apply_overrides
from .plan import Plan, PlannedStep, StepOutput, Value, environment_spec, render_command
from .planner import make_plan
from .process import Processes, end_escaped
from .reuse import Reuse
from .tracking import FAILED, FINISHED, FOLDER_TAG, KILLED, Tracking, TrackingError, mlflow_version

HOME = Path(".local")
# What the core cannot link or bind; other findings are the validator's business, Azure ML runs such files.
REFUSED = ("yaml-syntax", "missing-file", "unknown-binding", "cycle", "malformed-binding")
MOST_METRICS = 12


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotStart(Exception):
    """Nothing was run; the message, of one or more lines, says why."""


def run(options: argparse.Namespace) -> int:
    """Run the job: 0 it completed, 1 it failed, 2 it could not start."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that lacks a character must not end a run
            stream.reconfigure(errors="backslashreplace")
    try:
        with ExitStack() as stack:
            return _run(options, stack)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except (TrackingError, DataError, OSError) as error:
        print(f"azml: {words(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        print("azml: cancelled", file=sys.stderr)
    return 1


def _stop(number: int, frame: object) -> None:
    """Stop the run, once: whoever asks twice must not interrupt the stopping."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(options: argparse.Namespace, stack: ExitStack) -> int:
    project, job = _load(options.pipeline, options.overrides)
    plan = make_plan(project, job)
    _refuse(plan.findings)
    if options.plan:
        print_plan(plan)
        return 0
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _stop)
    try:
        interpreter = inspect(options.python)
        print_notes(project, plan, interpreter)
        execution = _open(project, plan, interpreter, options.force_rerun, stack)
    except (InterpreterError, TrackingError, OSError) as error:
        raise CannotStart(f"azml: {words(error)}") from error
    return _execute(execution)


def _load(path: Path, overrides: list[str]) -> tuple[Project, Component]:
    if not path.is_file():
        what = "is no file" if path.exists() else "does not exist"
        raise CannotStart(f"azml: {path} {what}")
    project = Project(repository_root(path))
    document = project.document(path)
    _refuse([each for each in document.findings if each.rule in REFUSED])
    if not isinstance(document.data, dict):
        raise CannotStart(f"azml: {path} holds no job: a mapping was expected")
    kind = kind_of(document)
    if kind not in ("job", "component", None):
        raise CannotStart(f"azml: {path} holds no job but a spec of the kind '{kind}'")
    try:
        apply_overrides(document, overrides)
    except OverrideError as error:
        raise CannotStart(f"azml: {error}") from error
    linker = Linker(project)
    job = linker.component(document, (), is_job=True)
    used = [component.document.findings for component in linker.components.values()]
    _refuse([each for found in (*used, linker.findings) for each in found if each.rule in REFUSED])
    return project, job


def _refuse(findings: list[Finding]) -> None:
    """Stop at errors, say warnings."""
    text = "\n".join(finding_text(each, sys.stderr.isatty()) for each in sorted(set(findings)))
    if any(each.severity == ERROR for each in findings):
        raise CannotStart(text)
    if text:
        print(text, file=sys.stderr)


# Before the run


def print_plan(plan: Plan) -> None:
    """Print each step, what it takes and its command."""
    for number, step in enumerate(plan.steps, 1):
        print(f"{number}. {step.id} ({'sweep' if step.sweep else 'command'}, {step.place})")
        paths = {f"outputs.{name}": f"{HOME}/runs/RUN/{step.id}/outputs/{name}" for name in step.outputs}
        for name, value in step.inputs.items():
            if value is not None:
                paths[f"inputs.{name}"] = _shown(value)
                print(f"   {name} = {_shown(value)}")
        searched = {name: f"<{name}>" for name in (step.sweep.search_space if step.sweep else ())}
        print(f"   $ {render_command(step, paths, searched).strip()}")


def _shown(value: Value) -> str:
    return f"{HOME}/runs/RUN/{value}" if isinstance(value, StepOutput) else str(value)


def print_notes(project: Project, plan: Plan, interpreter: Interpreter) -> None:
    """Say once what is different here: settings without effect, packages of other versions."""
    if ignored := plan.remote_only():
        print(f"no effect on this machine: {', '.join(ignored)}")
    differences: dict[str, None] = {}
    for step in plan.steps:
        for part in environment_spec(project, step):
            if isinstance(part, dict):
                differences |= dict.fromkeys(interpreter.differences(part))
    if differences:
        print(f"not as in the environment spec: {', '.join(differences)}")


def _open(
    project: Project, plan: Plan, interpreter: Interpreter, force_rerun: bool, stack: ExitStack
) -> Execution:
    """Prepare the run's folder, its MLflow run and everything that the steps share."""
    home = HOME.absolute()
    home.mkdir(exist_ok=True)
    tracking = Tracking(home)
    with _locked(home / "lock", wait=True):
        tracking.prepare()
        _close_dead_runs(tracking)
        folder = _run_folder(home / "runs", plan)
        stack.enter_context(_locked(folder / ".lock", wait=True))
    name = str(plan.job.data.get("experiment_name") or Path.cwd().name)
    experiment_id = tracking.experiment(name)
    theirs = interpreter.packages.get("mlflow", interpreter.packages.get("mlflow-skinny"))
    shares = theirs in (None, mlflow_version())  # two versions of MLflow cannot share a sqlite store
    served = nullcontext(lambda: tracking.uri) if shares else tracking.server(folder / "mlflow-server.log")
    uri = stack.enter_context(served)
    world = World(home, tracking, uri, name, experiment_id, interpreter, Processes())
    reuse = Reuse(home / "reuse", project, interpreter, Hashes(home / "hashes.db"))
    display = Display([step.id for step in plan.steps])
    execution = Execution(plan, folder, world, reuse, display, force_rerun or plan.forces_rerun)
    if plan.is_pipeline:
        title = str(plan.job.data.get("display_name") or plan.job.document.path.stem)
        tags = {
            **mapping(plan.job.data.get("tags")),
            FOLDER_TAG: str(folder),
            "azureml.local.spec": str(plan.job.document.path),
        }
        execution.pipeline_run = tracking.start(experiment_id, title, tags, plan.literals)
    return execution


@contextmanager
def _locked(path: Path, wait: bool) -> Iterator[TextIO | None]:
    """Hold a lock that ends with this process; without ``wait`` yield None where another has it."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield file


def _close_dead_runs(tracking: Tracking) -> None:
    """Mark as failed what a runner that was killed has left open."""
    for run, folder in tracking.running():
        lock = Path(folder, ".lock")
        with _locked(lock, wait=False) if lock.parent.is_dir() else nullcontext(True) as mine:
            if mine:
                end_escaped(run)
                end_escaped(folder)
                tracking.end(run, FAILED)


def _run_folder(runs: Path, plan: Plan) -> Path:
    """Make the new run's folder: never one that is there already."""
    runs.mkdir(exist_ok=True)
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{plan.job.document.path.stem}"
    for number in range(1, 1000):
        folder = runs / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            continue
    raise FileExistsError(f"{runs / stem} and a thousand like it exist")


# The run and its end


def _execute(execution: Execution) -> int:
    status = FAILED
    try:
        print(f"run {execution.folder.relative_to(Path.cwd())}", flush=True)
        with execution.display:
            succeeded = execution.run()
        status = FINISHED if succeeded else FAILED
    except KeyboardInterrupt:
        status = KILLED
    finally:
        try:
            execution.close(status)
        finally:
            print_summary(execution, status)
    return 0 if status == FINISHED else 1


def print_summary(execution: Execution, status: str) -> None:
    """Print how it went: failures with their last lines, or the metrics and models that came of it."""
    tracking, results = execution.world.tracking, execution.results
    for step in execution.plan.steps:
        if results[step.id].status == FAILED_STEP:
            print_failure(step, results[step.id])
    if left := [name for name, result in results.items() if result.status == NOT_STARTED]:
        print(f"not run: {', '.join(left)}")
    needed = {name for step in execution.plan.steps for name in step.needs}
    done = {name: result.run for name, result in results.items() if result.succeeded}
    metrics = [
        each for name, run in done.items() if name not in needed for each in tracking.metrics(run).items()
    ]
    for name, value in metrics[:MOST_METRICS]:
        print(f"  {name:<24} {value:.6g}")
    for name, version in (each for run in done.values() for each in tracking.models(run)):
        print(f"registered model {name}, version {version}")
    seconds = time.monotonic() - execution.started
    word = {FINISHED: "completed", FAILED: "failed", KILLED: "cancelled"}[status]
    print(
        f"{word} in {seconds:.1f} s; to look at it: mlflow ui --backend-store-uri sqlite:///{HOME}/mlflow.db"
    )


def print_failure(step: PlannedStep, result: Result) -> None:
    """Print a failed step's last lines, where its log and its spec are, and how to run it again alone."""
    print(f"\n{step.id} failed: {result.problem}")
    print(f"  spec     {step.place}")
    if result.log and result.log.exists():
        for line in tail(result.log):
            print(f"  | {line}")
        print(f"  log      {result.log}")
        print(f"  again    bash {shlex.quote(str(result.log.parent.parent / 'command.sh'))}")
