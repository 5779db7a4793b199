"""Measures the validator against azure-ai-ml, and what reuse saves and a step costs: `make bench`.

Whole processes, the sides taking turns, medians; the ratio is what counts, since both feel a busy machine.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
SPECS = ["pipeline.yml", "components", "environment", "data"]
TRIVIAL_STEPS = 50

# azure-ai-ml's own load and validate of each file, by the loader of its kind.
SDK = """
import logging, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
sys.path.insert(0, sys.argv[1])
import azure.ai.ml as ml
from azml.core.document import load
from azml.core.kinds import kind_of
for path in map(Path, sys.argv[2:]):
    load_spec = getattr(ml, f"load_{kind_of(load(path))}", None)
    try:
        loaded = load_spec(path) if load_spec else None
        getattr(loaded, "_validate", lambda: None)()
    except Exception:
        pass
"""


def seconds(command: list[object], folder: Path) -> float:
    """Return the wall time of one whole process; its output is thrown away."""
    start = time.perf_counter()
    subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, env=environment())
    return time.perf_counter() - start


def environment() -> dict[str, str]:
    """No job's variables, and bytecode kept as it is by default: the SDK's was made when it was installed."""
    outside = ("MLFLOW_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(outside)}


def compare(
    title: str, times: int, ours: Callable[[], float], theirs: Callable[[], float], other: str
) -> None:
    """Print both medians and their ratio."""
    ours()  # warms the disk cache
    pairs = [(ours(), theirs()) for _ in range(times)]
    mine, their = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{title:44} {mine:8.2f} s   {other} {their:8.2f} s   ratio {mine / their:.3f}", flush=True)


def bench_validator(corpus: Path | None, times: int) -> None:
    """The project's specs against load + validate of pipeline.yml; a folder of specs against both."""
    validate = [sys.executable, SCRIPTS / "validate.py"]
    sdk = [sys.executable, "-c", SDK, SCRIPTS]
    compare(
        "validate this project's specs",
        times,
        lambda: seconds([*validate, *SPECS], ROOT),
        lambda: seconds([*sdk, "pipeline.yml"], ROOT),
        "azure-ai-ml, pipeline.yml alone",
    )
    if corpus:
        files = sorted(str(path) for path in corpus.rglob("*.y*ml") if path.is_file())
        compare(
            f"validate {len(files)} files of {corpus.name}",
            min(times, 3),
            lambda: seconds([*validate, "."], corpus),
            lambda: seconds([*sdk, *files], corpus),
            "azure-ai-ml",
        )


def bench_reuse(data: Path, times: int, folder: Path) -> None:
    """A run in which every step is reused against the same run in full."""
    run = [sys.executable, SCRIPTS / "run_local.py", ROOT / "pipeline.yml"]
    run += ["--set", f"inputs.credit_data.path={data}"]
    seconds(run, folder)
    full = [*run, "--force-rerun"]
    compare(
        "run pipeline.yml again, all steps reused",
        times,
        lambda: seconds(run, folder),
        lambda: seconds(full, folder),
        "in full",
    )


def bench_steps(times: int, folder: Path) -> None:
    """What the runner needs for a step that does nothing."""
    jobs = "".join(f"  step_{n}:\n    command: 'true'\n" for n in range(TRIVIAL_STEPS))
    (folder / "trivial.yml").write_text(f"type: pipeline\njobs:\n{jobs}")
    command = [sys.executable, SCRIPTS / "run_local.py", "trivial.yml", "--force-rerun"]
    seconds(command, folder)
    median = statistics.median(seconds(command, folder) for _ in range(times))
    print(
        f"run {TRIVIAL_STEPS} trivial steps {median:33.2f} s   {median / TRIVIAL_STEPS:.3f} s a step",
        flush=True,
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "credit_card_synthetic.csv")
    parser.add_argument("--specs", type=Path, help="a folder with many specs, such as azureml-examples/cli")
    parser.add_argument("--runs", type=int, default=5, help="runs of each side")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        bench_validator(args.specs, args.runs)
        bench_reuse(args.data.resolve(), args.runs, Path(folder))
        bench_steps(args.runs, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
