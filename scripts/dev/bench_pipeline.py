"""Measures the pipeline against the tutorial's two steps, whole processes on the same versions: `make bench`.

The tutorial's way (scripts/dev/tutorial): CSV files, GradientBoostingClassifier with 100 trees, autolog, and
the tutorial's learning rate of 0.05. The sides take turns, so that a busy machine slows both; all log to a
sqlite store that exists already. Prints the median wall time, the highest peak memory and both as shares of
the tutorial's.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data" / "default_of_credit_card_clients.csv"
OURS = ROOT / "components"
TUTORIAL = ROOT / "scripts" / "dev" / "tutorial"
STEPS = {
    "ours": {"data_prep": OURS / "data_prep" / "data_prep.py", "train": OURS / "train" / "train.py"},
    "tutorial": {"data_prep": TUTORIAL / "data_prep.py", "train": TUTORIAL / "train.py"},
}
RUNNER = ROOT / "scripts" / "run_local.py"
TARGET = "default payment next month"
SEEDS = range(5)
# Imports modules, then runs a step in the same process with timers around some of its functions.
BREAKDOWN = """
import importlib, sys, time

def timed(label, function):
    def call(*args, **kwargs):
        start = time.perf_counter()
        result = function(*args, **kwargs)
        print(f"  {label:24} {time.perf_counter() - start:6.2f} s", file=sys.stderr)
        return result
    return call

step, modules, functions, *arguments = sys.argv[1:]
for name in modules.split():
    timed(f"import {name}", importlib.import_module)(name)
module = timed(f"import {step} itself", importlib.import_module)(step)
for name in functions.split():
    setattr(module, name, timed(name, getattr(module, name)))
timed("all after the imports", module.main)(arguments)
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time and the peak memory, in MB, of the largest process."""

    seconds: float
    megabytes: float


def environment(folder: Path) -> dict[str, str]:
    """No job's variables, and a store in the folder."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    return {**outside, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}


def run(command: list[object], folder: Path) -> Cost:
    """One whole process. Raises RuntimeError with what it said if it fails."""
    command = [sys.executable, *map(str, command)]
    with tempfile.TemporaryFile("w+") as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{command[1]} failed:\n{said.read()}")
    return Cost(seconds, usage.ru_maxrss / 1024)


def prepare(side: str, data: Path, folder: Path) -> Cost:
    shutil.rmtree(folder / side, ignore_errors=True)
    outputs = ["--train_data", folder / side / "train", "--test_data", folder / side / "test"]
    return run([STEPS[side]["data_prep"], "--data", data, *outputs], folder)


def train(side: str, folder: Path) -> Cost:
    shutil.rmtree(folder / side / "model", ignore_errors=True)
    options = ["--learning_rate", "0.05", "--registered_model_name", side, "--model", folder / side / "model"]
    inputs = ["--train_data", folder / side / "train", "--test_data", folder / side / "test"]
    return run([STEPS[side]["train"], *inputs, *options], folder)


def pipeline(side: str, data: Path, folder: Path) -> Cost:
    """Both steps, one after the other; the runner runs them from pipeline.yml."""
    if side == "ours, by the runner":
        settings = ["--set", f"inputs.credit_data.path={data}", "--force-rerun"]
        return run([RUNNER, ROOT / "pipeline.yml", *settings], folder)
    steps = prepare(side, data, folder), train(side, folder)
    return Cost(sum(step.seconds for step in steps), max(step.megabytes for step in steps))


def compare(title: str, measure: Callable[[str], Cost], sides: Sequence[str], times: int) -> None:
    """Prints each side's median and peak, the last side being the tutorial's."""
    costs = {side: [] for side in sides}
    for _ in range(times):
        for side in sides:
            costs[side].append(measure(side))
    seconds = {side: statistics.median(cost.seconds for cost in costs[side]) for side in sides}
    megabytes = {side: max(cost.megabytes for cost in costs[side]) for side in sides}
    print(f"\n{title} (runs: {times})")
    for side in sides:
        shares = f"{seconds[side] / seconds['tutorial']:6.3f} {megabytes[side] / megabytes['tutorial']:6.2f}"
        print(
            f"  {side:20} {seconds[side]:8.2f} s {megabytes[side]:8.0f} MB   of the tutorial's: {shares}",
            flush=True,
        )


def repeat_rows(data: Path, times: int, file: Path) -> Path:
    """The data with its clients repeated under new IDs."""
    *header, clients = data.read_text().split("\n", 2)
    rows = [row.partition(",")[2] for row in clients.splitlines()]
    with file.open("w") as stream:
        stream.writelines(f"{line}\n" for line in header)
        for turn in range(times):
            stream.writelines(f"{turn * len(rows) + number},{row}\n" for number, row in enumerate(rows, 1))
    return file


def bench_pipeline(data: Path, folder: Path, times: int) -> None:
    sides = ["ours", "ours, by the runner", "tutorial"] if RUNNER.exists() else ["ours", "tutorial"]
    for side in sides:
        pipeline(side, data, folder)  # creates the stores and warms the disk cache
    compare("The pipeline", lambda side: pipeline(side, data, folder), sides, times)


def bench_training(data: Path, folder: Path, times: int) -> None:
    rows = repeat_rows(data, 20, folder / "rows20.csv")
    for side in STEPS:
        prepare(side, rows, folder)
    compare("Training on 20 times the rows", lambda side: train(side, folder), list(STEPS), times)


def bench_preparation(data: Path, folder: Path, times: int) -> None:
    rows = repeat_rows(data, 100, folder / "rows100.csv")
    compare("Preparing 100 times the rows", lambda side: prepare(side, rows, folder), list(STEPS), times)


def bench_breakdown(data: Path, folder: Path, times: int) -> None:
    """Where the time of our two steps goes."""
    split = ["--train_data", folder / "split", "--test_data", folder / "split"]
    functions = "read_table check_values write log"
    break_down("data_prep", "mlflow", functions, ["--data", data, *split], folder)
    imports = "pandas mlflow sklearn.ensemble matplotlib.figure mlflow.sklearn"
    functions = "read fit evaluate draw_importance save register run"
    break_down("train", imports, functions, [*split, "--model", folder / "broken_down"], folder)


def break_down(step: str, imports: str, functions: str, arguments: list[object], folder: Path) -> None:
    start = time.perf_counter()
    command = [sys.executable, "-c", BREAKDOWN, step, imports, functions, *map(str, arguments)]
    variables = {**environment(folder), "PYTHONPATH": str(OURS / step)}
    result = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=True)
    print(f"\nWhere the time of {step} goes: {time.perf_counter() - start:.2f} s as a process")
    print("\n".join(line for line in result.stderr.splitlines() if line.endswith(" s")), flush=True)


def bench_quality(data: Path, folder: Path, times: int) -> None:
    """Test ROC AUC of both models on the same five splits, at pipeline.yml's settings."""
    sys.path[:0] = [str(OURS / "data_prep"), str(OURS / "train")]
    import data_prep
    import train
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    scores = {"ours": [], "tutorial": []}
    for seed in SEEDS:
        options = ["--train_data", "-", "--test_data", "-", "--seed", str(seed)]
        tables = data_prep.prepare(data_prep.parse_arguments(["--data", str(data), *options]))
        (x, y), (x_test, y_test) = ((t.drop([TARGET]).to_pandas(), t[TARGET].to_numpy()) for t in tables)
        tutorial = GradientBoostingClassifier(n_estimators=100, learning_rate=0.05, random_state=seed).fit(
            x, y
        )
        ours = train.fit(train.parse_arguments([*options, "--model", "-"]), x, y)
        for side, model in (("ours", ours), ("tutorial", tutorial)):
            scores[side].append(roc_auc_score(y_test, model.predict_proba(x_test)[:, 1]))
    print(f"\nTest ROC AUC, mean and range over seeds {SEEDS.start} to {SEEDS.stop - 1}")
    for side, values in scores.items():
        print(f"  {side:20} {statistics.mean(values):.4f}  ({min(values):.4f} to {max(values):.4f})")


BENCHMARKS = {
    "pipeline": bench_pipeline,
    "training": bench_training,
    "preparation": bench_preparation,
    "breakdown": bench_breakdown,
    "quality": bench_quality,
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument(
        "--data", type=Path, default=DATA, help="the real data (default: what `make data` got)"
    )
    parser.add_argument("--runs", type=int, default=3, help="runs of each side")
    parser.add_argument("--only", choices=BENCHMARKS, nargs="+", default=list(BENCHMARKS))
    args = parser.parse_args(argv)
    if not args.data.is_file():
        print(f"{args.data}: no such file; `make data` downloads it", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        for name in args.only:
            BENCHMARKS[name](args.data.resolve(), Path(folder), args.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
