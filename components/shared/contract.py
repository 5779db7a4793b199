"""The data contract: which columns the clients' file has and what their values may be.

The YAML file is described in data/schema.yml. Names of columns stand there and nowhere in the code.
"""

from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from shared.step import BadInput

TYPES = ("integer", "number", "string")
Range = tuple[float, float]


@dataclass(frozen=True)
class Column:
    """One column; `values` maps each allowed value to what it is called in reports."""

    name: str
    type: str
    aliases: list[str] = field(default_factory=list)
    min: float | None = None
    max: float | None = None
    values: dict[Any, str] = field(default_factory=dict)
    median: Range | None = None  # of the whole column: notices amounts in another unit
    max_missing: float = 0.0  # share of the rows
    sensitive: bool = False  # never a feature; kept with the test data for the report by group
    bands: list[float] = field(default_factory=list)  # where groups of a sensitive number begin

    @property
    def names(self) -> list[str]:
        return [self.name, *self.aliases]


@dataclass(frozen=True)
class Contract:
    """The columns of the clients' file. The target's values: first what is 0 (repaid), then what is 1."""

    file: Path
    identifier: Column
    target: Column
    columns: list[Column]
    target_rate: Range
    min_rows: int

    @property
    def features(self) -> list[Column]:
        return [column for column in self.columns if not column.sensitive]

    @property
    def sensitive(self) -> list[Column]:
        return [column for column in self.columns if column.sensitive]


def read_contract(file: Path) -> Contract:
    """Read a contract. Raises BadInput naming the key that is wrong."""
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise BadInput(f"{file}: not YAML: {line}{error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: not YAML: {' '.join(str(error).split())}") from None
    keys = ("identifier", "target", "target_rate", "min_rows", "max_missing", "columns")
    data = _mapping(file, "", data, keys, required=("identifier", "target", "columns"))
    if not isinstance(data["columns"], dict) or not data["columns"]:
        raise BadInput(f"{file}: columns: expected a mapping of names to what is allowed")
    share = data.get("max_missing", 0)
    columns = [
        _column(
            file, f"columns.{name}", {"max_missing": share, "name": str(name), **_given(file, name, each)}
        )
        for name, each in data["columns"].items()
    ]
    if all(column.sensitive for column in columns):
        raise BadInput(f"{file}: columns: every column is sensitive, so there is nothing to learn from")
    target_keys = [f.name for f in fields(Column)]
    target = _mapping(file, "target", data["target"], target_keys, required=("name",))
    target = _column(file, "target", {"type": "integer", "values": [0, 1], **target})
    if len(target.values) != 2:
        raise BadInput(f"{file}: target.values: expected two values, what counts as 0 and what counts as 1")
    return Contract(
        file=file,
        identifier=Column(str(data["identifier"]), "any"),
        target=target,
        columns=columns,
        target_rate=_numbers(file, "target_rate", data.get("target_rate", (0, 1)), 2),
        min_rows=_number(file, "min_rows", data.get("min_rows", 1)),
    )


def _given(file: Path, name: str, each: object) -> dict:
    return _mapping(file, f"columns.{name}", each, [f.name for f in fields(Column)], required=("type",))


def _mapping(file: Path, place: str, data: object, keys: list[str] | tuple, required: tuple) -> dict:
    where = f"{file}: {place}: " if place else f"{file}: "
    if not isinstance(data, dict):
        raise BadInput(f"{where}expected a mapping, found {data!r}")
    for key in data:
        if key not in keys:
            near = get_close_matches(str(key), keys, 1)
            raise BadInput(f"{where}unknown key '{key}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    for key in required:
        if key not in data:
            raise BadInput(f"{where}the key '{key}' is missing")
    return data


def _column(file: Path, place: str, given: dict) -> Column:
    """Check what a column is given. Raises BadInput."""
    if given["type"] not in TYPES:
        raise BadInput(f"{file}: {place}.type: '{given['type']}' is not one of {', '.join(TYPES)}")
    for key in ("min", "max", "max_missing"):
        if key in given:
            _number(file, f"{place}.{key}", given[key])
    if "median" in given:
        _numbers(file, f"{place}.median", given["median"], 2)
    if "bands" in given:
        _numbers(file, f"{place}.bands", given["bands"])
    values = given.get("values", {})
    if isinstance(values, list):
        values = {value: str(value) for value in values}
    return Column(**{**given, "values": values})


def _number(file: Path, place: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"{file}: {place}: expected a number, found {value!r}")
    return value


def _numbers(file: Path, place: str, values: object, count: int | None = None) -> tuple[float, ...]:
    if not isinstance(values, list | tuple) or count not in (None, len(values)):
        raise BadInput(f"{file}: {place}: expected {'two ' if count else ''}numbers, found {values!r}")
    return tuple(_number(file, place, value) for value in values)
