"""One attempt at a step: the folder, files and variables that Azure ML would give it, then its process.

The folder holds ``code`` (the snapshot, where the command runs), ``inputs`` (read-only copies, kept only
after a failure), ``environment`` (what the step installs, kept only after a failure), ``outputs/<name>``,
``logs/std_log.txt`` and ``command.sh``, which runs the step again.
"""

import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from azml.core.paths import read_text
from azml.core.secrets import hide_secrets

from .data.files import (
    Data,
    DataError,
    copy_links,
    copy_snapshot,
    inside,
    link_out_of,
    listing,
    reason,
    remove,
    set_writable,
    shipped_files,
    signature,
)
from .data.registered import Registered
from .data.staging import Shelf, stage
from .environments.interpreter import Interpreter
from .environments.overlay import binaries, make_overlay, overlay_variables
from .environments.variables import PassedVariables, lone_process
from .offline import read_logged, remark
from .output.console import Console
from .process import CANCELLED, FOLDER_VARIABLE, Processes
from .steps.step import PlannedStep
from .tracking.store import FAILED, FINISHED, KILLED, Tracking, TrackingError, mlflow_version
from .tracking.tags import BORROWED, BORROWED_TAG, FOLDER_TAG, spec_tags

# How a step installs packages, in a shell or as the arguments of a process.
_INSTALLS = re.compile(r"\b(?:pip3?|uv|conda|mamba)\b[^\n]{0,40}?\b(?:install|add|update)\b")
SCRIPTS = (".py", ".sh", ".bash")
# Unsets in a shell what would not have reached the step. PWD and the like are bash's own.
_UNSET = """shopt -s nocasematch
for name in $(compgen -e); do
  case $name in {passed}|PWD|OLDPWD|SHLVL|_) ;; *) unset "$name" 2> /dev/null ;; esac
done
shopt -u nocasematch"""
# The output that Azure ML fills with the run's artifacts: ./outputs, logs and what MLflow logged
# (https://learn.microsoft.com/azure/machine-learning/how-to-manage-models, "Job output").
BUILT_IN = "artifacts"


# A command made with typer draws its tracebacks in boxes, which break the words of what failed.
PLAIN_TRACEBACKS = dict.fromkeys(("TYPER_STANDARD_TRACEBACK", "_TYPER_STANDARD_TRACEBACK"), "1")


@dataclass(frozen=True)
class World:
    """What all steps of a run share.

    ``home`` is ``.local``, ``folder`` the run's folder in it; ``served_uri`` starts a server of the MLflow
    store and returns its address; ``borrowing`` are the steps whose MLflow is this machine's, because what
    their environment has is not known; ``debugged`` is the step that has the terminal, if any.
    """

    home: Path
    folder: Path
    tracking: Tracking
    served_uri: Callable[[], str]
    experiment: str
    experiment_id: str
    interpreters: dict[str, Interpreter]
    borrowing: set[str]
    processes: Processes
    console: Console
    shelf: Shelf
    passed: PassedVariables
    debugged: str = ""

    @property
    def pycache(self) -> Path:
        """The folder for what Python compiles of environments that are not compiled."""
        return self.home / "pycache"

    def tracking_uri(self, step: PlannedStep) -> str:
        """Return the address of the MLflow store for a step.

        Two versions of MLflow cannot share a sqlite store: a step with another one, or that may install
        one, gets a server.
        """
        packages = self.interpreters[step.id].packages
        theirs = packages.get("mlflow", packages.get("mlflow-skinny"))
        if theirs in (None, mlflow_version()) and not installs_packages(step):
            return self.tracking.uri
        return self.served_uri() + (BORROWED if step.id in self.borrowing else "")

    def start_run(self, step: PlannedStep, folder: Path, name: str, parent: str) -> str:
        """Open the MLflow run of a step, or of a part of one, that writes to ``folder``; return its id."""
        data = {key: value for key, value in step.inputs.items() if value and key not in step.literals}
        tags = {
            **spec_tags(step.settings),
            **({BORROWED_TAG: "this machine's"} if step.id in self.borrowing else {}),
            FOLDER_TAG: str(self.folder),
            "azureml.local.step": str(folder),
            "azureml.local.spec": str(step.place),
            **{f"azureml.input.{key}": str(value) for key, value in data.items()},
            **{f"azureml.output.{key}": str(folder / "outputs" / key) for key in step.outputs},
        }
        return self.tracking.start(self.experiment_id, name, tags, {}, parent)


@dataclass
class Attempt:
    """A step, or a trial of it, with a folder and an MLflow run of its own.

    ``shown`` is the same folder by a path without characters that a shell would interpret; ``root_run`` is
    the pipeline's run; ``chosen`` has the values of the step's search space. ``remark`` is what there is
    to say of a command that completed.
    """

    world: World
    step: PlannedStep
    folder: Path
    shown: Path
    run: str
    root_run: str
    data: dict[str, Data]
    chosen: Mapping[str, str]
    seconds: float | None
    remark: str = ""

    # For the types of steps

    def trial(self, number: int, chosen: Mapping[str, str], seconds: float | None) -> "Attempt":
        """Return one trial of this step, with a folder and an MLflow run of its own."""
        folder, shown = (path / "trials" / str(number) for path in (self.folder, self.shown))
        run = self.world.start_run(self.step, folder, f"{self.step.id}.{number}", self.run)
        return replace(self, folder=folder, shown=shown, run=run, chosen=chosen, seconds=seconds)

    def note(self, text: str) -> None:
        """Show how far the step is."""
        self.world.console.note(self.step.id, text)

    def execute(self) -> str | None:
        """Run the command and close its MLflow run; return what went wrong, or None."""
        try:
            problem = self._run()
        except (DataError, OSError) as error:
            problem = reason(error)
        try:
            self._finish(problem)
        except (TrackingError, OSError) as error:  # a full disk: the next run closes this one
            return f"{problem}; {reason(error)}" if problem else reason(error)
        return problem

    @property
    def interpreter(self) -> Interpreter:
        """The Python of the step's environment."""
        return self.world.interpreters[self.step.id]

    @property
    def overlay(self) -> Path:
        """The folder of the step's own layer over its environment."""
        return self.shown / "environment"

    @property
    def log(self) -> Path:
        """The file that holds the command's output and errors."""
        return log_below(self.folder)

    # Running

    def _run(self) -> str | None:
        paths = self._prepare()
        before = self._input_signatures()
        command = self.step.render_command(paths, self.chosen)
        variables = self._variables(paths)
        self._write_command(command, variables)
        folder, processes = self.folder / "code", self.world.processes
        name = self.folder.relative_to(self.world.folder).as_posix()
        is_debugged = self.step.id == self.world.debugged
        log, seconds = (None, None) if is_debugged else (self.log, self.seconds)
        with self.world.console.following(self.step.id, name, self.log):
            problem = processes.run(command, folder, variables, log, seconds)
        return problem or self._changed_input(before) or self._wrong_output()

    def _prepare(self) -> dict[str, str]:
        """Fill the step's folder; return the path of each input and output, as the command sees it."""
        self.folder.mkdir(parents=True)  # nothing is there yet, not even a link
        for name in ("code/outputs", "code/logs", "outputs", "logs"):
            (self.folder / name).mkdir(parents=True)
        copy_snapshot(self.step.definition, self.folder / "code")
        make_overlay(self.interpreter, self.overlay)
        paths = {}
        for name, source in self.data.items():
            folder = self.folder / "inputs" / name
            staged = stage(source, folder, self.world.shelf, self.step.is_writable(name))
            paths[f"inputs.{name}"] = str(self.shown / staged.relative_to(self.folder))
        for name, kind in self.step.outputs.items():
            if kind != "uri_file" or name in self.step.files:
                (self.folder / "outputs" / name).mkdir()
            paths[f"outputs.{name}"] = str(self.step.output(name).below(self.shown))
        return paths

    def _variables(self, paths: Mapping[str, str]) -> dict[str, str]:
        """Return the environment variables of a job on Azure ML, on top of the few that pass from here."""
        world = self.world
        own = world.passed.values()
        below = self.interpreter.scripts_folder
        folders = (str(binaries(self.overlay)), str(below), own.get("PATH", os.defpath))
        variables = {
            "PATH": os.pathsep.join(folders),
            **overlay_variables(self.interpreter, self.overlay, world.pycache),
            "PYTHONUNBUFFERED": "1",  # for what is printed to be seen at once
            **PLAIN_TRACEBACKS,
            "MLFLOW_TRACKING_URI": world.tracking_uri(self.step),
            "MLFLOW_RUN_ID": self.run,
            "MLFLOW_EXPERIMENT_ID": world.experiment_id,
            "MLFLOW_EXPERIMENT_NAME": world.experiment,
            FOLDER_VARIABLE: str(world.folder),
            "AZUREML_RUN_ID": self.run,
            "AZUREML_ROOT_RUN_ID": self.root_run,
            "AZUREML_ARM_SUBSCRIPTION": "local",
            "AZUREML_ARM_RESOURCEGROUP": "local",
            "AZUREML_ARM_WORKSPACE_NAME": "local",
            "AZUREML_ARM_PROJECT_NAME": world.experiment,
        }
        given = self._parameters()
        for place, path in paths.items():
            kind, _, name = place.partition(".")
            given[name] = path
            variables[f"AZURE_ML_{'INPUT' if kind == 'inputs' else 'OUTPUT'}_{name}"] = path
        for name, value in given.items():  # azure-ai-ml: the notes on CommandJob and SweepJob
            variables[f"AZUREML_PARAMETER_{name}"] = value
            if self.chosen:
                variables[f"AZUREML_SWEEP_{name}"] = value
        return {**own, **variables, **lone_process(self.step.distribution), **self.step.variables}

    def _parameters(self) -> dict[str, str]:
        return {**self.step.literals, **self.chosen}

    def _write_command(self, command: str, variables: Mapping[str, str]) -> None:
        """Write a script that runs the step again alone, on the same inputs, as an MLflow run of its own."""
        left_out = {"MLFLOW_RUN_ID", FOLDER_VARIABLE}
        passed = self.world.passed.values()
        changed = {name: value for name, value in variables.items() if passed.get(name) != value}
        if not self.world.tracking_uri(self.step).startswith("sqlite:"):  # a server that ends with this run
            changed["MLFLOW_TRACKING_URI"] = (self.folder / "mlruns").as_uri()
            left_out.add("MLFLOW_EXPERIMENT_ID")
        exports = [
            f"export {name}={shlex.quote(value)}"
            for name, value in sorted(changed.items())
            if name.isidentifier() and name not in left_out
        ]
        code = shlex.quote(str(self.folder / "code"))
        unset = _UNSET.format(passed="|".join(self.world.passed.patterns))
        lines = ["#!/usr/bin/env bash", unset, *exports, *self._link_lines()]
        text = "\n".join([*lines, f"cd {code} || exit", command, ""])
        (self.folder / "command.sh").write_text(text, encoding="utf-8", errors="surrogateescape")

    def _link_lines(self) -> list[str]:
        """Return the lines that make the link again by whose path the command knows this folder, if any."""
        depth = len(self.folder.relative_to(self.world.folder).parts)
        root = self.shown.parents[depth - 1]
        if root == self.world.folder:
            return []
        folder, link, target = (shlex.quote(str(path)) for path in (root.parent, root, self.world.folder))
        clean = shlex.quote(f"rm -r {folder}")
        return [f"mkdir -m 700 {folder} || exit", f"trap {clean} EXIT", f"ln -s {target} {link}"]

    # Checking what the command did

    def _input_signatures(self) -> dict[str, str]:
        names = [name for name in self.data if not self.step.is_writable(name)]
        return {name: self._signature(name) for name in names}

    def _signature(self, name: str) -> str:
        files = listing(self.folder / "inputs" / name)
        return signature(files, with_links=not self.data[name].is_shared)[0]

    def _changed_input(self, before: Mapping[str, str]) -> str | None:
        for name, seen in before.items():
            if self._signature(name) != seen:
                return f"the step changed its input '{name}', which is read-only on Azure ML (ro_mount)"
        return None

    def _wrong_output(self) -> str | None:
        """Return what is wrong with an output: nothing is there, or what is there is not the run's own."""
        for name, kind in self.step.outputs.items():
            path = self.folder / "outputs" / name
            if link := link_out_of(path):
                return f"its output '{name}' holds a link that leads out of it, {link.name}: copy the data"
            if kind == "uri_file" and not self.step.output(name).below(self.folder).exists():
                return f"the command wrote nothing to its output '{name}'"
            if path.exists() and not (path.is_file() or path.is_dir()):
                return f"its output '{name}' is neither a file nor a folder"
        return None

    def _finish(self, problem: str | None) -> None:
        """Keep what the step left, in its folder and in its MLflow run."""
        tracking = self.world.tracking
        params = {name: hide_secrets(value) for name, value in self._parameters().items()}
        tracking.add_params(self.run, params)
        logged = read_logged(self.log, self.interpreter)
        tracking.add_metrics(self.run, logged.metrics)
        self.remark = remark(logged)
        tracking.end(self.run, FINISHED if problem is None else KILLED if problem == CANCELLED else FAILED)
        artifacts = tracking.artifacts(self.world.experiment_id, self.run)
        for source, name in (("code/outputs", "outputs"), ("code/logs", "logs"), ("logs", "user_logs")):
            _link_tree(self.folder / source, inside(artifacts, name))
        if BUILT_IN in self.step.outputs and not listing(self.folder / "outputs" / BUILT_IN):
            _link_tree(artifacts, inside(self.folder / "outputs", BUILT_IN))
        if problem is None:
            self._keep_models()
        self._clean_up(failed=problem is not None)

    def _keep_models(self) -> None:
        """Keep the files of the models that the step registered by a path in its folder, as Azure ML does.

        https://learn.microsoft.com/azure/machine-learning/how-to-manage-models-mlflow, "Create models from
        a local path": ``mlflow.register_model("file://...")``.
        """
        for name, version, path in self.world.tracking.models_by_path():
            if any(path.is_relative_to(folder) for folder in (self.folder, self.shown)) and path.exists():
                _, kept = Registered(self.world.home).add(name, str(version), path)
                self.world.tracking.move_model(name, version, kept, self.run)

    def _clean_up(self, failed: bool) -> None:
        """Delete what only a failed step is looked at for; keep the outputs from being changed."""
        inputs = self.folder / "inputs"
        if failed:
            if inputs.exists():
                set_writable(inputs, True)
            return
        remove(inputs)
        remove(self.folder / "environment")
        for folder in (self.folder, self.shown):  # what Python has compiled of the step's own
            remove(self.world.pycache / folder.relative_to(folder.anchor))
        for name in self.step.outputs:
            set_writable(self.folder / "outputs" / name, False, folders=False)


def log_below(folder: Path) -> Path:
    """Return the log of a step or trial, in its folder."""
    return folder / "logs" / "std_log.txt"


def installs_packages(step: PlannedStep) -> bool:
    """Tell whether a step's command, or a script of its code, seems to install packages."""
    if _INSTALLS.search(step.command):
        return True
    scripts = (file.source for file in shipped_files(step.definition) if file.name.endswith(SCRIPTS))
    return any(_INSTALLS.search(read_text(file)) for file in scripts)


def _link_tree(source: Path, target: Path) -> None:
    """Give the files of a folder, unless it is a link, a second name below another."""
    if source.is_dir() and not source.is_symlink():
        copy_links(source, target)
