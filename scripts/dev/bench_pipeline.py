"""Measures the pipeline against the tutorial's two steps, whole processes on the same versions: `make bench`.

The tutorial's way (scripts/dev/tutorial): CSV files, GradientBoostingClassifier with 100 trees, autolog, and
the tutorial's learning rate of 0.05. The sides take turns, so that a busy machine slows both; all log to a
sqlite store that exists already. Prints the median of wall and processor time, the highest peak memory, and
each as a share of the tutorial's.
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
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data" / "default_of_credit_card_clients.csv"
OURS = ROOT / "components"
TUTORIAL = ROOT / "scripts" / "dev" / "tutorial"
SCHEMA = ROOT / "data" / "schema.yml"
RUNNER = ROOT / "scripts" / "run_local.py"
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
sys.argv = [f"{step}.py", *arguments]
timed("all after the imports", module.run)(getattr(module, step), module.parser().parse_args())
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time and of the processors, and the peak memory, in MB, of the largest process."""

    seconds: float
    cpu: float
    megabytes: float

    def __add__(self, other: "Cost") -> "Cost":
        largest = max(self.megabytes, other.megabytes)
        return Cost(self.seconds + other.seconds, self.cpu + other.cpu, largest)


def environment(folder: Path) -> dict[str, str]:
    """No job's variables, a store in the folder, and bytecode kept as it is by default."""
    left_out = ("MLFLOW_", "PYTHONDONTWRITEBYTECODE")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**outside, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db", "PYTHONPATH": str(OURS)}


def run(command: list[object], folder: Path) -> Cost:
    """One whole process. Raises RuntimeError with what it said if it fails."""
    words = [sys.executable, *map(str, command)]
    with tempfile.TemporaryFile("w+") as said:
        start = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, env=environment(folder), stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{words[1]} failed:\n{said.read()}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def script(side: str, name: str) -> Path:
    return TUTORIAL / f"{name}.py" if side == "tutorial" else OURS / name / f"{name}.py"


def contract(side: str) -> list[object]:
    return [] if side == "tutorial" else ["--schema", SCHEMA]


def prepare(side: str, data: Path, folder: Path) -> Cost:
    shutil.rmtree(folder / side, ignore_errors=True)
    outputs = ["--train_data", folder / side / "train", "--test_data", folder / side / "test"]
    return run([script(side, "data_prep"), "--data", data, *contract(side), *outputs], folder)


def train(side: str, folder: Path, seed: int = 0) -> Cost:
    shutil.rmtree(folder / side / "model", ignore_errors=True)
    inputs = ["--train_data", folder / side / "train", "--model", folder / side / "model"]
    test = ["--test_data", folder / side / "test", "--registered_model_name", side]
    own = test if side == "tutorial" else [*contract(side), "--seed", seed]
    return run([script(side, "train"), *inputs, "--learning_rate", "0.05", *own], folder)


def evaluate(side: str, folder: Path) -> Cost:
    folders = [part for name in ("model", "report") for part in (f"--{name}", folder / side / name)]
    inputs = ["--test_data", folder / side / "test", *contract(side)]
    return run([script(side, "evaluate"), *inputs, *folders], folder)


def register(side: str, folder: Path) -> Cost:
    names = ("model", "report", "decision")
    folders = [part for name in names for part in (f"--{name}", folder / side / name)]
    name = side.replace(", ", "-").replace(" ", "-")
    inputs = ["--test_data", folder / side / "test", *contract(side), "--registered_model_name", name]
    return run([script(side, "register"), *inputs, *folders], folder)


def by_runner(data: Path, folder: Path, *options: str) -> Cost:
    return run([RUNNER, ROOT / "pipeline.yml", "--set", f"inputs.credit_data.path={data}", *options], folder)


class Pipeline:
    """Whole pipelines; each training has another seed, so that the gate compares two models."""

    SIDES = (
        "prepare, train, register",
        "with evaluation and gate",
        "by the runner",
        "again",
        "again, without register",
        "tutorial",
    )

    def __init__(self, data: Path, folder: Path) -> None:
        self.data, self.folder, self.seed = data, folder, 0

    def measure(self, side: str) -> Cost:
        self.seed += 1
        if side == "by the runner":
            return by_runner(self.data, self.folder, "--force-rerun")
        if side == "again":
            return by_runner(self.data, self.folder)
        if side == "again, without register":
            return by_runner(self.data, self.folder, "--until", "evaluate")
        if side == "tutorial":
            return prepare(side, self.data, self.folder) + train(side, self.folder)
        cost = prepare(side, self.data, self.folder) + train(side, self.folder, self.seed)
        report = evaluate(side, self.folder)
        cost += register(side, self.folder)
        return cost + report if side == "with evaluation and gate" else cost


def compare(title: str, measure: Callable[[str], Cost], sides: Sequence[str], times: int) -> None:
    """Prints each side's median and peak, the last side being the tutorial's."""
    costs: dict[str, list[Cost]] = {side: [] for side in sides}
    for turn in range(times):
        print(f"measuring: {title.lower()}, {turn + 1} of {times}", file=sys.stderr, flush=True)
        for side in sides:
            costs[side].append(measure(side))
    middle = {
        side: Cost(
            statistics.median(cost.seconds for cost in costs[side]),
            statistics.median(cost.cpu for cost in costs[side]),
            max(cost.megabytes for cost in costs[side]),
        )
        for side in sides
    }
    last = middle[sides[-1]]
    print(f"\n{title} (runs: {times}); in brackets the share of the tutorial's")
    for side, cost in middle.items():
        seconds = f"{cost.seconds:7.2f} s ({cost.seconds / last.seconds:.3f})"
        cpu = f"{cost.cpu:7.2f} s of processors ({cost.cpu / last.cpu:.3f})"
        memory = f"{cost.megabytes:6.0f} MB ({cost.megabytes / last.megabytes:.2f})"
        print(f"  {side:26} {seconds} {cpu} {memory}", flush=True)


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
    pipeline = Pipeline(data, folder)
    print("measuring: each once, for stores and caches to be there", file=sys.stderr, flush=True)
    for side in pipeline.SIDES:
        pipeline.measure(side)
    compare("The pipeline", pipeline.measure, pipeline.SIDES, times)


def bench_training(data: Path, folder: Path, times: int) -> None:
    rows = repeat_rows(data, 20, folder / "rows20.csv")
    for side in ("ours", "tutorial"):
        prepare(side, rows, folder)
    compare("Training on 20 times the rows", lambda side: train(side, folder), ("ours", "tutorial"), times)


def bench_preparation(data: Path, folder: Path, times: int) -> None:
    rows = repeat_rows(data, 100, folder / "rows100.csv")
    sides = ("ours", "tutorial")
    compare("Preparing 100 times the rows", lambda side: prepare(side, rows, folder), sides, times)


def bench_breakdown(data: Path, folder: Path, times: int) -> None:
    """Where the time of our steps goes."""
    parts = {name: folder / "parts" / name for name in ("train", "test", "model", "report", "decision")}
    split = ["--train_data", parts["train"], "--test_data", parts["test"], *contract("ours")]
    break_down("data_prep", "pandas mlflow", "read_clients write log", ["--data", data, *split], folder)
    imports = "pandas mlflow sklearn.ensemble mlflow.sklearn"
    own = ["--train_data", parts["train"], *contract("ours"), "--model", parts["model"]]
    break_down("train", imports, "read_table fit save", own, folder)
    own = [
        "--model",
        parts["model"],
        "--test_data",
        parts["test"],
        *contract("ours"),
        "--report",
        parts["report"],
    ]
    imports = "pandas mlflow sklearn.inspection matplotlib.figure"
    break_down("evaluate", imports, "load_model score_groups importances with_intervals", own, folder)
    own += ["--decision", parts["decision"]]
    break_down("register", "pandas mlflow", "find_champion judge create_version", own, folder)


def break_down(step: str, imports: str, functions: str, arguments: list[object], folder: Path) -> None:
    start = time.perf_counter()
    command = [sys.executable, "-c", BREAKDOWN, step, imports, functions, *map(str, arguments)]
    variables = {**environment(folder), "PYTHONPATH": f"{OURS}{os.pathsep}{OURS / step}"}
    result = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=True)
    print(f"\nWhere the time of {step} goes: {time.perf_counter() - start:.2f} s as a process")
    print("\n".join(line for line in result.stderr.splitlines() if line.endswith(" s")), flush=True)


def bench_quality(data: Path, folder: Path, times: int) -> None:
    """Test ROC AUC of both models on the same five splits, at pipeline.yml's settings."""
    sys.path[:0] = [str(OURS), str(OURS / "data_prep"), str(OURS / "train")]
    data_prep, training = import_module("data_prep"), import_module("train")
    read_contract = import_module("shared.contract").read_contract
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    scores: dict[str, list[float]] = {"ours": [], "tutorial": []}
    contract = read_contract(SCHEMA)
    for seed in SEEDS:
        options = ["--schema", str(SCHEMA), "--train_data", "-", "--seed", str(seed)]
        args = data_prep.parser().parse_args(["--data", str(data), "--test_data", "-", *options])
        train_data, test_data = data_prep.split(args, contract).values()
        x, x_test = (training.as_features(table, contract) for table in (train_data, test_data))
        y, y_test = (table[contract.target.name] for table in (train_data, test_data))
        tutorial = GradientBoostingClassifier(n_estimators=100, learning_rate=0.05, random_state=seed).fit(
            x, y
        )
        ours = training.fit(training.parser().parse_args([*options, "--model", "-"]), contract, train_data)
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
