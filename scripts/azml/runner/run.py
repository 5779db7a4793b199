"""``azml run``: run a job of Azure ML on this machine."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

from azml.core.configuration import runner_settings
from azml.core.environment import NOTHING, WHOLE, Environment, read_environment
from azml.core.finding import did_you_mean
from azml.core.home import HOME, prepare_home, write_json
from azml.core.project import Project
from azml.core.secrets import hide_secrets
from azml.core.show import finding_text
from azml.core.values import mapping

from .attempt import World
from .data.files import DataError, reason
from .data.staging import Shelf
from .diagnosis import diagnose
from .environments.builder import Builder, BuildError, unknown
from .environments.interpreter import Interpreter, InterpreterError, inspect
from .environments.variables import PassedVariables, read_passed_variables
from .execute import Execution
from .forecast import Forecast
from .offline import offline_notes
from .output.console import Console, new_terminal, print_failure, print_ignored, print_summary
from .output.preview import print_plan, print_sources, print_variables
from .plan import Plan
from .planning.loading import CannotStart, Check, Loaded, load_plan
from .planning.part import Part
from .process import GRACE_SECONDS, Processes
from .reuse import Reuse
from .session import SHELF, open_session
from .steps.step import PlannedStep
from .summary import FAILED_STEP, RECORD, Summary
from .tracking.process import serving
from .tracking.store import FAILED, FINISHED, KILLED, Tracking, TrackingError
from .tracking.tags import FOLDER_TAG, spec_tags

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
# What keeps a run from starting, or ends it.
ERRORS = (CannotStart, TrackingError, DataError, OSError)


@dataclass(frozen=True)
class Options:
    """What the user asks of a run; ``python`` runs every step, ``relax`` allows undeclared versions.

    ``check`` says what Azure ML would refuse; None: it is run all the same. ``debug`` is the step that gets
    the terminal.
    """

    check: Check | None = None
    part: Part = field(default_factory=Part)
    force_rerun: bool = False
    plan_only: bool = False
    python: Path | None = None
    relax: bool = False
    verbose: bool = False
    debug: str = ""


@dataclass(frozen=True)
class Ended:
    """A run that has ended; ``text`` is what was said of it at its end."""

    execution: Execution
    summary: Summary
    text: str


def run(path: Path, overrides: list[str], options: Options) -> int:
    """Run the job in a file; return 0 if it completed, 1 if it failed, 2 if it could not start."""
    _prepare_terminal()
    try:
        ended = perform(path, overrides, options, _Stop())
        code = 0 if ended is None or ended.summary.status == FINISHED else 1
        return _leave(code) if ended and ended.execution.is_abandoned else code
    except ERRORS as error:
        if options.plan_only and isinstance(error, OSError):
            raise  # nothing ran: the output is closed or its disk full
        print(why(error), file=sys.stderr)
        return 2 if isinstance(error, CannotStart) else 1
    except KeyboardInterrupt:
        print("azml: cancelled", file=sys.stderr)
    return 1


def perform(path: Path, overrides: list[str], options: Options, stop: "_Stop | None" = None) -> Ended | None:
    """Run the job in a file, or print its plan; raise one of ``ERRORS``. ``stop`` takes over the signals."""
    job = load_plan(path, overrides, options.part, options.check)
    passed = _passed_variables(job.project)
    if options.plan_only:
        _foresee(job, options, passed)
        return None
    _check_debugged(job.plan, options.debug)
    if stop:
        stop.catch_signals()
    with ExitStack() as stack:
        execution = _prepare(job, options, passed, stack)
        if stop:
            stop.processes = execution.world.processes
        return _execute(execution, overrides)


def why(error: Exception) -> str:
    """Return what to say of one of ``ERRORS``."""
    return hide_secrets(str(error) if isinstance(error, CannotStart) else f"azml: {reason(error)}")


def _prepare_terminal() -> None:
    """Print escapes for what the terminal cannot show: a missing character must not end a run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _passed_variables(project: Project) -> PassedVariables:
    try:
        return read_passed_variables(project.root)
    except ValueError as error:
        raise CannotStart(f"azml: {error}") from error


def _check_debugged(plan: Plan, name: str) -> None:
    """Raise CannotStart if a step cannot be given the terminal."""
    types = {step.id: step.type for step in plan.steps}
    if not name:
        return
    if name not in types:
        raise CannotStart(f"azml: no step '{name}' runs{did_you_mean(name, types)}")
    if types[name] != "command":
        raise CannotStart(f"azml: --debug is for command steps, '{name}' is a {types[name]} step")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise CannotStart("azml: --debug needs a terminal, which is where breakpoint() reads from")


# Stopping


class _Stop:
    """What signals do: the first stops the run, the second ends it without waiting, the third at once."""

    def __init__(self) -> None:
        self.processes: Processes | None = None
        self.count = 0

    def catch_signals(self) -> None:
        """Be what is called for a signal."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup sets it
                signal.signal(number, self)

    def __call__(self, number: int, frame: object) -> None:
        self.count += 1
        if self.count == 1:
            raise KeyboardInterrupt
        if self.count > 2:
            os._exit(1)
        threading.Thread(target=self._hurry, daemon=True).start()

    def _hurry(self) -> None:
        if self.processes:
            self.processes.hurry()
        time.sleep(2 * GRACE_SECONDS)  # for the records to be closed
        os._exit(1)


def _leave(code: int) -> NoReturn:
    """End the process without waiting for the threads of the steps."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


# The plan


def _foresee(job: Loaded, options: Options, passed: PassedVariables) -> None:
    """Print the plan, and which of its steps would be reused."""
    _refuse_unknown(job, options)
    try:
        forecast = _forecast(job, options, passed, inspect(options.python))
    except InterpreterError as error:
        raise CannotStart(f"azml: {error}") from error
    print_sources(job.sources, forecast)
    print_plan(job.plan, forecast, HOME)
    print_variables(passed.values())


def _refuse_unknown(job: Loaded, options: Options) -> None:
    """Raise CannotStart for the first environment that cannot be built, where no Python is given for all."""
    for step in job.plan.steps if options.python is None else ():
        environment = read_environment(job.project, step.environment)
        if finding := unknown(environment, job.project.stand_ins):
            raise CannotStart(finding_text(finding, sys.stderr.isatty()))


def _forecast(job: Loaded, options: Options, passed: PassedVariables, own: Interpreter) -> Forecast:
    home = HOME.absolute()
    reuse, builder = Reuse(home, job.project, {}, passed), Builder(home, options.relax)
    force = "--force-rerun" if options.force_rerun else job.plan.forced_by
    return Forecast(reuse, own, builder, Tracking(home), force, bool(options.python))


# The run


def _prepare(job: Loaded, options: Options, passed: PassedVariables, stack: ExitStack) -> Execution:
    """Open everything that the run needs, until ``stack`` closes; raise CannotStart."""
    project, plan = job.project, job.plan
    _refuse_unknown(job, options)
    try:
        prepare_home()
        print_ignored(plan.remote_only())
        own = inspect(options.python)
        if job.sources:
            print_sources(job.sources, _forecast(job, options, passed, own))
        interpreters, borrowing, notes = _interpreters(project, plan, options, own)
        world = stack.enter_context(_world(plan, options, interpreters, borrowing, passed))
    except BuildError as error:
        raise CannotStart(finding_text(error.finding, sys.stderr.isatty())) from error
    except (InterpreterError, TrackingError, OSError) as error:
        raise CannotStart(f"azml: {reason(error)}") from error
    for note in notes:
        print(note)
    reuse = Reuse(world.home, project, interpreters, passed)
    execution = Execution(plan, world, reuse, options.force_rerun or bool(plan.forced_by))
    if plan.is_pipeline:
        tags = {
            **spec_tags(plan.job.data),
            FOLDER_TAG: str(world.folder),
            "azureml.local.spec": str(plan.job.document.path),
        }
        params = {name: hide_secrets(value) for name, value in plan.literals.items()}
        execution.pipeline_run = world.tracking.start(world.experiment_id, plan.title, tags, params)
    return execution


def _interpreters(
    project: Project, plan: Plan, options: Options, own: Interpreter
) -> tuple[dict[str, Interpreter], set[str], list[str]]:
    """Return the Python of each step, the steps that borrow this machine's MLflow, and notes.

    Raise BuildError.
    """
    builder = Builder(HOME.absolute(), options.relax)
    found: dict[str, Interpreter] = {}
    borrowing: set[str] = set()
    notes: dict[str, None] = {}
    for step in plan.steps:
        environment = read_environment(project, step.environment)
        found[step.id], more = _interpreter(environment, own, builder, is_given=options.python is not None)
        notes |= dict.fromkeys([*more, *offline_notes(step, found[step.id])])
        if not found[step.id].has_mlflow_of(environment):
            borrowing.add(step.id)
    return found, borrowing, list(notes)


def _interpreter(
    environment: Environment, own: Interpreter, builder: Builder, is_given: bool
) -> tuple[Interpreter, list[str]]:
    """Return the Python of one environment, and notes on it."""
    differences = own.differences(environment)
    if is_given:
        text = f"not as in the environment spec: {', '.join(differences)}"
        return own, [text] if differences else []
    interpreter, notes = builder.build(environment) if differences else (own, [])
    return interpreter, [*notes, *_unknown_packages(environment)]


def _unknown_packages(environment: Environment) -> list[str]:
    """Say that an environment holds packages that no file here lists: what runs here may fail there."""
    if environment.known == WHOLE or not (environment.image or environment.name):
        return []
    source = f"{environment.place}: {environment.image or environment.name}"
    if environment.known == NOTHING:
        return [f"{source}: its packages are not known here; the step runs with this machine's Python"]
    return [f"{source} may have packages that are not known here; the step runs without them"]


@contextmanager
def _world(
    plan: Plan,
    options: Options,
    interpreters: dict[str, Interpreter],
    borrowing: set[str],
    passed: PassedVariables,
) -> Iterator[World]:
    """Yield what the steps of a new run share."""
    with open_session(plan.job.document.path.stem) as (folder, tracking):
        name = str(plan.job.data.get("experiment_name") or Path.cwd().name)
        console = Console([step.id for step in plan.steps], options.verbose, bool(options.debug))
        with serving(tracking.uri, folder / "mlflow-server.log") as served_uri:
            experiment_id = tracking.experiment(name)
            shared = (tracking, served_uri, name, experiment_id, interpreters, borrowing)
            parts = (Processes(folder), console, Shelf(folder / SHELF), passed)
            yield World(HOME.absolute(), folder, *shared, *parts, options.debug)


def _execute(execution: Execution, overrides: list[str]) -> Ended:
    status, started = FAILED, time.monotonic()
    try:
        print(f"run {execution.world.folder.relative_to(Path.cwd())}", flush=True)
        with execution.world.console:
            succeeded = execution.run()
        status = FINISHED if succeeded else FAILED
    except KeyboardInterrupt:
        status = KILLED
    finally:
        try:
            execution.close(status)
        finally:
            ended = _summarize(execution, status, time.monotonic() - started, overrides)
    return ended


def _summarize(execution: Execution, status: str, seconds: float, overrides: list[str]) -> Ended:
    """Print what came of the run, the reason of each failure first, and keep it as ``run.json``."""
    terminal = new_terminal(record=True)
    folder, steps = execution.world.folder, execution.plan.steps
    for step in steps:
        result = execution.results.get(step.id)
        if result and result.status == FAILED_STEP:
            print_failure(terminal, step, result, diagnose(execution, step))
    summary = execution.summary(status, seconds, overrides)
    if metric := _headline(steps):
        summary.set_headline(metric, folder.parent)
    write_json(folder / RECORD, summary.as_data())
    print_summary(terminal, summary, folder)
    execution.publish(summary)
    return Ended(execution, summary, terminal.export_text().strip())


def _headline(steps: list[PlannedStep]) -> str:
    """Return the metric that matters: the configured one, else what a sweep optimizes."""
    with suppress(ValueError):
        if metric := runner_settings(Path.cwd()).get("headline-metric"):
            return str(metric)
    metrics = [mapping(step.settings.get("objective")).get("primary_metric") for step in steps]
    return next((str(metric) for metric in reversed(metrics) if metric), "")
