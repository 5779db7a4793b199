"""The command ``azml``: the parsers of its subcommands, and which part of the tool answers each."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .core.show import bug_text
from .validator.output import FORMATS

_DESCRIPTION = "Check Azure ML YAML offline, and run its pipelines on this machine."
_VALIDATE = """Find the mistakes in Azure ML YAML before it is submitted. Exit status: 0 no errors, 1 errors
(with --format sarif 0, for the upload to run, unless --strict is given), 2 could not run."""
_RUN = """Run an Azure ML job on this machine, without an Azure account. Exit status: 0 completed, 1 failed,
2 could not start."""
_UI = "Look at the runs of this folder in MLflow, until Ctrl+C"
_ENVIRONMENTS = "List the environments that azml run has built in this folder, or remove some"
_GRAPH = "Draw a pipeline as a Mermaid flowchart"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    try:
        try:
            options = _parser().parse_args(argv)
            return options.answer(options)
        finally:
            if not sys.stdout.closed:  # the language server closes it
                sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the output has seen enough, but perhaps not the verdict
        _drop_output()
        return 2
    except Exception as error:  # a bug here must not read as a verdict on somebody's specs
        _drop_output()
        print(f"azml: {bug_text(error)}", file=sys.stderr)
        return 2


def _drop_output() -> None:
    """Let go of what is not yet written: a closed pipe or full disk would be met again at the exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def validate_main() -> int:
    """Run ``azml validate`` under its name as a pre-commit hook, ``azureml-validate``."""
    return main(["validate", *sys.argv[1:]])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="azml", description=_DESCRIPTION)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_validate(_command(commands, "validate", _VALIDATE, _validate))
    _add_run(_command(commands, "run", _RUN, _run))
    ui = _command(commands, "ui", _UI, _ui)
    ui.add_argument("--port", type=_port, default=5000)
    _add_environments(_command(commands, "environments", _ENVIRONMENTS, _environments))
    graph = _command(commands, "graph", _GRAPH, _graph)
    graph.add_argument("pipeline", metavar="PIPELINE", nargs="?", type=Path, default=Path("pipeline.yml"))
    _command(commands, "rules", "List the rules of azml validate", _rules)
    _command(commands, "lsp", "Serve an editor: the Language Server Protocol on standard input", _lsp)
    explain = _command(commands, "explain", "Explain rules: what they find, why, and the fix", _explain)
    explain.add_argument("rules", metavar="RULE", nargs="+")
    return parser


def _command(commands: Any, name: str, text: str, answer: Callable) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, description=text, help=text.partition(". Exit")[0])
    parser.set_defaults(answer=answer)
    return parser


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a number from 1 to 65535, not '{text}'")


def _add_validate(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--format", choices=FORMATS, default="text")
    add("--output", metavar="FILE", type=Path, help="write the report there")
    rules: dict[str, Any] = {
        "metavar": "RULE,...",
        "type": lambda text: text.split(","),
        "action": "extend",
        "default": [],
    }
    add("--select", **rules, help="report these rules and no others")
    add("--ignore", **rules, help="do not report these rules")
    add(
        "--environments",
        action="store_true",
        help="also resolve pip's packages of each environment with uv; needs the package index",
    )
    add("--strict", action="store_true", help="exit with status 1 on warnings too, in every format")
    add("--baseline", metavar="FILE", type=Path, help="do not report what is known there")
    add("--write-baseline", action="store_true", help="make all findings known")
    add("--fix", action="store_true", help="apply the fixes that are certain")
    add("--unsafe-fixes", action="store_true", help="also apply fixes that are only likely to be right")
    add("--diff", action="store_true", help="show what the fixes would change, and write nothing")
    add("paths", metavar="PATH", nargs="*", type=Path, help="default: the whole repository")


def _add_run(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("pipeline", metavar="PIPELINE", nargs="?", type=Path, default=Path("pipeline.yml"))
    add(
        "--set",
        dest="overrides",
        metavar="KEY=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="change the job before it runs, as az ml job create --set does",
    )
    add("--step", metavar="NAME", default="", help="run this step alone, on what the last runs left")
    add("--from", dest="start", metavar="NAME", default="", help="run this step and all that follow from it")
    add("--until", metavar="NAME", default="", help="run this step and all that it needs")
    add("--force-rerun", action="store_true", help="reuse no earlier step")
    add("--plan", action="store_true", help="print what each step would do, run nothing")
    add("--verbose", action="store_true", help="print all that the steps print, with their names")
    add("--debug", metavar="STEP", default="", help="give this step the terminal, for breakpoint()")
    add("--no-validate", action="store_true", help="run even what Azure ML would refuse")
    add("--python", type=Path, metavar="PATH", help="run all steps with this Python, build no environment")
    add("--relax", action="store_true", help="if an environment cannot be built, try other versions")


class _Version(argparse.Action):
    """Look the version up only when it is asked for: package metadata is slow to read."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from .validator.about import version

        print(f"azml {version()}")
        parser.exit()


def _add_environments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--remove", metavar="KEY", nargs="+", default=[], help="delete these, or 'all'")


# Each part is imported when it is asked for: the validator starts in a tenth of a second.


def _validate(options: argparse.Namespace) -> int:
    from .validator.command import validate

    gc.disable()  # what a check makes lives to its end: looking for garbage takes a third of the time
    return validate(options)


def _run(options: argparse.Namespace) -> int:
    try:
        from .runner.planning.part import Part
        from .runner.run import Options, run
    except ModuleNotFoundError as error:
        from .api import missing_runner

        print(f"azml: {missing_runner(error)}", file=sys.stderr)
        return 2

    from .validator.engine import job_errors

    wanted = Options(
        None if options.no_validate else job_errors,
        Part(options.step, options.start, options.until),
        options.force_rerun,
        options.plan,
        options.python,
        options.relax,
        options.verbose,
        options.debug,
    )
    return run(options.pipeline, options.overrides, wanted)


def _environments(options: argparse.Namespace) -> int:
    from .core.home import HOME
    from .runner.environments.builder import print_environments, remove_environments

    if options.remove:
        return remove_environments(HOME, options.remove)
    print_environments(HOME)
    return 0


def _ui(options: argparse.Namespace) -> int:
    from .runner.tracking.ui import serve

    return serve(options.port)


def _graph(options: argparse.Namespace) -> int:
    from .core.graph import mermaid
    from .core.linker import Linker
    from .core.paths import repository_root
    from .core.project import Project
    from .core.show import finding_text

    project = Project(repository_root(options.pipeline))
    pipeline = Linker(project).link(options.pipeline)
    if pipeline is None or not (pipeline.base or pipeline).steps:
        findings = project.document(options.pipeline).findings
        nothing = f"azml: there is no pipeline in {options.pipeline}"
        print(finding_text(findings[0]) if findings else nothing, file=sys.stderr)
        return 2
    print(mermaid(pipeline), end="")
    return 0


def _lsp(options: argparse.Namespace) -> int:
    try:
        from .lsp.server import start
    except ModuleNotFoundError as error:
        print(f"azml: {error.name} is missing; pip install 'azml[lsp]'", file=sys.stderr)
        return 2
    start()
    return 0


def _rules(options: argparse.Namespace) -> int:
    from .validator.explain import list_rules

    print(list_rules())
    return 0


def _explain(options: argparse.Namespace) -> int:
    from .validator.explain import explain

    return explain(options.rules)


if __name__ == "__main__":
    sys.exit(main())
