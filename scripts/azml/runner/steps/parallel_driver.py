"""Runs a parallel step's mini-batches: ``python parallel_driver.py SETTINGS ARGUMENTS`` in the code folder.

It runs in the step's own Python (3.6 or newer), so it imports nothing but the standard library, and pandas
where the input is a table. Each process loads the entry script, calls ``init()`` once and ``run()`` for one
mini-batch after the other; one that crashes or takes too long is replaced and its mini-batch tried again.
"""

import importlib
import inspect
import json
import multiprocessing
import os
import re
import shlex
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

CONTEXT = multiprocessing.get_context("spawn")


class Context:
    """What ``run(mini_batch, context)`` is told of its mini-batch."""

    def __init__(self, index, keys):
        self.minibatch_index = index
        self.partition_key_value = keys


# Splitting the input


def split(settings):
    """Return (mini_batch, keys) for each mini-batch: a list of files, or a part of a table."""
    path = settings["input"]
    if settings["table"]:
        files, reader = read_mltable(Path(path), settings["table"])
        if reader:
            return list(split_rows(reader(files), settings)) if files else []
    else:
        files = files_below(path)
    if settings["partition_keys"]:
        raise SystemExit("partition_keys need a table: an MLTable that reads files")
    size = settings["files"]
    return [(files[start : start + size], {}) for start in range(0, len(files), size)]


def files_below(path):
    """Return a file, or all files below a folder, in order."""
    if Path(path).is_file():
        return [str(path)]
    return sorted(str(Path(folder, name)) for folder, _, names in os.walk(path) for name in names)


def read_mltable(folder, content):
    """Return the files of an MLTable, and the function that reads them as one table, or None."""
    files: list = []
    for entry in content.get("paths") or []:
        kind, name = next(iter(entry.items()))
        name = name.replace("file://", "")
        found = sorted(map(str, folder.glob(name))) if kind == "pattern" else None
        files += files_below(folder / name) if found is None else found
    steps = {}
    for step in content.get("transformations") or []:
        steps.update(step if isinstance(step, dict) else {step: {}})
    name = next((name for name in steps if name in READERS), None)
    if name is None:
        return files, None
    return files, lambda listed: read_table(listed, folder, READERS[name], steps[name] or {}, steps)


def read_table(files, folder, reader, options, steps):
    """Return all files as one table, with the columns that their paths give, without those dropped."""
    partition = steps.get("extract_columns_from_partition_format", {}).get("partition_format")
    tables = []
    for file in files:
        table = reader(file, options)
        for column, value in path_columns(Path(file).relative_to(folder).as_posix(), partition).items():
            table[column] = value
        tables.append(table)
    dropped = steps.get("drop_columns") or []
    dropped = [dropped] if isinstance(dropped, str) else dropped
    return concatenate(tables).drop(columns=dropped, errors="ignore")


def path_columns(path, partition):
    """Return the columns in a path: ``{Store}/{Brand}.csv`` is a partition format."""
    if not partition:
        return {}
    pattern = "".join(
        f"(?P<{part[1:-1]}>[^/]+?)" if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{\w+\})", partition)
    )
    match = re.fullmatch(pattern, path)
    return match.groupdict() if match else {}


def concatenate(tables):
    import pandas

    return pandas.concat(tables, ignore_index=True)


def read_delimited(file, options):
    import pandas

    if not Path(file).stat().st_size:
        return pandas.DataFrame()
    has_header = str(options.get("header", "all_files_same_headers")) != "no_header"
    separator = options.get("delimiter", ",")
    encoding = {"utf8": "utf-8", "ascii": "ascii"}.get(options.get("encoding", "utf8"), "utf-8")
    return pandas.read_csv(file, sep=separator, header=0 if has_header else None, encoding=encoding)


def read_parquet(file, options):
    import pandas

    return pandas.read_parquet(file)


def read_json_lines(file, options):
    import pandas

    return pandas.read_json(file, lines=True)


READERS = {
    "read_delimited": read_delimited,
    "read_parquet": read_parquet,
    "read_json_lines": read_json_lines,
}


def split_rows(table, settings):
    """Yield (rows, keys) of a table: a group for each combination of keys, else parts of a size in bytes."""
    keys = settings["partition_keys"]
    if keys:
        for values, rows in table.groupby(keys if len(keys) > 1 else keys[0], sort=True):
            values = values if isinstance(values, tuple) else (values,)
            yield rows.reset_index(drop=True), dict(zip(keys, values))  # noqa: B905 (Python 3.10)
        return
    width = max(len(table.to_csv(index=False, header=False)) // max(len(table), 1), 1)
    count = max(settings["bytes"] // width, 1)
    for start in range(0, len(table), count):
        yield table.iloc[start : start + count].reset_index(drop=True), {}


# A process


def work(pipe, script, arguments):
    """Load the script, then run mini-batches until the pipe closes; answer (rows, count, problem)."""
    sys.argv = [script, *arguments]
    sys.path.insert(0, str(Path(script).absolute().parent))
    try:
        module = importlib.import_module(Path(script).stem)
        if hasattr(module, "init"):
            module.init()
        takes_context = len(inspect.signature(module.run).parameters) > 1
    except BaseException:
        pipe.send((None, 0, "init failed:\n" + traceback.format_exc()))
        return
    pipe.send(([], 0, None))
    while True:
        try:
            batch, context = pipe.recv()
        except EOFError:
            return
        try:
            given = (batch, context) if takes_context else (batch,)
            pipe.send((*rows_of(module.run(*given)), None))
        except Exception:
            pipe.send((None, 0, traceback.format_exc()))
        sys.stdout.flush()


def rows_of(result):
    """Return the lines and the number of items that ``run()`` gave back: a list, a tuple or a DataFrame."""
    if isinstance(result, (list, tuple)):
        return [str(item) for item in result], len(result)
    if hasattr(result, "to_csv"):
        text = result.to_csv(sep=" ", header=False, index=False)
        return text.splitlines(), len(result)
    raise TypeError("run() must return a list, a tuple or a DataFrame, not " + type(result).__name__)


class Worker:
    """A process that runs mini-batches, replaced where it dies."""

    def __init__(self, settings, arguments):
        self.settings, self.arguments = settings, arguments
        self.process: Any = None

    def run(self, batch, context):
        """Return (rows, count, problem) of one mini-batch, tried again as often as the settings say.

        Of several problems the first counts: a second attempt may stumble over what the first one left.
        """
        problems = []
        for attempt in range(self.settings["max_retries"] + 1):
            rows, count, problem = self._try(batch, context)
            if problem is None:
                return rows, count, None
            problems.append(problem)
            print(f"mini-batch {context.minibatch_index}, attempt {attempt + 1}: {problem}", flush=True)
        return None, 0, problems[0]

    def _try(self, batch, context):
        problem = self._start()
        if problem:
            self.stop()
            return None, 0, problem
        try:
            self.pipe.send((batch, context))
            if self.pipe.poll(self.settings["timeout"]):
                return self.pipe.recv()
            problem = f"stopped after {self.settings['timeout']} s (retry_settings.timeout)"
        except (EOFError, OSError):
            problem = self._crash()
        self.stop()
        return None, 0, problem

    def _start(self):
        """Start the process where none runs; return what went wrong, or None."""
        if self.process is not None:
            return None
        self.pipe, theirs = CONTEXT.Pipe()
        given = (theirs, self.settings["entry_script"], self.arguments)
        self.process = CONTEXT.Process(target=work, args=given, daemon=True)
        self.process.start()
        theirs.close()
        try:
            return self.pipe.recv()[2]
        except EOFError:
            return self._crash()

    def _crash(self):
        self.process.join(5)
        return f"the process crashed (exit code {self.process.exitcode})"

    def stop(self):
        if self.process is not None:
            self.process.kill() if hasattr(self.process, "kill") else self.process.terminate()
            self.process.join()
            self.pipe.close()
            self.process = None


# The whole


class Run:
    """All mini-batches: what they gave back, and how many failed."""

    def __init__(self, settings, arguments):
        self.settings, self.arguments = settings, arguments
        self.batches = split(settings)
        self.rows = {}
        self.failed_batches = self.failed_items = 0
        self.problem = self.cause = None
        self.lock = threading.Lock()
        self.next = iter(range(len(self.batches)))

    def execute(self):
        """Run everything; return what went wrong, or None."""
        count = max(min(self.settings["processes"], os.cpu_count() or 1, len(self.batches)), 1)
        empty = "" if self.batches else ": the input is empty"
        print(f"{len(self.batches)} mini-batches, {count} processes{empty}", flush=True)
        threads = [threading.Thread(target=self._consume) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.problem or self._append()

    def _consume(self):
        worker = Worker(self.settings, self.arguments)
        while True:
            with self.lock:
                index = next(self.next, None)
                if index is None or self.problem:
                    break
            batch, keys = self.batches[index]
            result = worker.run(batch, Context(index, keys))
            with self.lock:
                self._count(index, batch, *result)
        worker.stop()

    def _count(self, index, batch, rows, count, problem):
        """Count what failed: mini-batches after all retries, and the items that ``run()`` did not return."""
        if problem is None:
            self.rows[index] = rows
        else:
            self.failed_batches += 1
            self.cause = self.cause or problem
        self.failed_items += max(len(batch) - count, 0)
        limits = (
            ("mini_batch_error_threshold", self.failed_batches, "mini-batches"),
            ("error_threshold", self.failed_items, "items"),
        )
        for name, failed, what in limits:
            if 0 <= self.settings[name] < failed:
                self.problem = f"{failed} {what} failed, over the {name} of {self.settings[name]}"

    def _append(self):
        """Write all rows; return what is wrong where there is none, as on Azure ML (NoResultToAppendError).

        https://github.com/Azure/MachineLearningNotebooks/issues/1652 shows its driver's message.
        """
        if not self.settings["append_row_to"]:
            return None
        if not self.batches:
            return "append_row_to has nothing to take: the input is empty, so there is no mini-batch"
        if not any(self.rows.values()):
            return "append_row_to has nothing to take: no mini-batch succeeded with a result of run()"
        with Path(self.settings["append_row_to"]).open("a", encoding="utf-8") as file:
            for index in sorted(self.rows):
                file.writelines(row + "\n" for row in self.rows[index])
        return None


def main():
    try:
        arguments = shlex.split(sys.argv[2])
    except ValueError as error:
        raise SystemExit(f"program_arguments cannot be split: {error}") from None
    run = Run(json.loads(sys.argv[1]), arguments)
    problem = run.execute()
    if problem:
        print(f"{run.cause}\n{problem}" if run.cause else problem, flush=True)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
