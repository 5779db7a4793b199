"""What the service refuses, so that a broken spec fails against the stand-in too.

Names follow azure-ai-ml's own patterns; the rest is what a workspace must know to build the graph: every
reference exists, every binding has a target, every step gets the inputs that its component requires, of the
declared type.
"""

import re
from graphlib import CycleError, TopologicalSorter
from urllib.parse import urlsplit

import yaml

NAMES = {
    "environments": r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}",
    "components": r"[a-z][a-z0-9_]{0,254}",
    "data": r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}",
    "codes": r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}",
    "jobs": r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}",
}
STEP = r"[a-z_][a-z0-9_]*"
EXPERIMENT = r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}"
LITERALS = {"string", "number", "integer", "boolean"}
BINDING = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")


class Refusal(Exception):
    """The service's answer to a request that it will not carry out."""


def check(workspace, kind: str, name: str, version: str | None, properties: dict) -> None:
    """Raise Refusal where the service would not take this resource; `workspace` knows what exists."""
    if kind not in NAMES:
        raise Refusal(f"the stand-in keeps no {kind}")
    _demand(re.fullmatch(NAMES[kind], name), f"{kind} name {name!r} is not allowed")
    if kind in CHECKS:
        CHECKS[kind](workspace, properties)


def _demand(condition, message: str) -> None:
    if not condition:
        raise Refusal(message)


def _environment(_, properties: dict) -> None:
    _demand(
        properties.get("image") or properties.get("build"), "an environment needs an image or a build context"
    )
    conda = yaml.safe_load(properties.get("condaFile") or "{}")
    _demand(isinstance(conda, dict), "condaFile is not a conda specification")


def _code(workspace, properties: dict) -> None:
    url = urlsplit(properties["codeUri"])
    _, container, *folder = url.path.split("/")
    _demand(
        workspace.storage.blobs("/".join(folder), container),
        f"nothing was uploaded to {properties['codeUri']}",
    )


def _data(workspace, properties: dict) -> None:
    _demand(
        properties.get("dataUri", "").startswith(("azureml:", "https:", "wasbs:")),
        "dataUri is not an address",
    )


def _component(workspace, properties: dict) -> None:
    spec = properties["componentSpec"]
    for reference in ("environment", "code"):
        if spec.get(reference):
            workspace.find(spec[reference])
    for group, name in re.findall(r"\$\{\{(inputs|outputs)\.(\w+)\}\}", spec.get("command", "")):
        _demand(name in spec.get(group, {}), f"the command uses {group}.{name}, which is not declared")


def _job(workspace, properties: dict) -> None:
    _demand(properties.get("jobType") == "Pipeline", f"the stand-in runs no {properties.get('jobType')} job")
    _demand(re.fullmatch(EXPERIMENT, properties["experimentName"]), "the experiment's name is not allowed")
    for given in properties["inputs"].values():
        if "/providers/Microsoft.MachineLearningServices/" in given.get("uri", ""):
            workspace.find(given["uri"])
    compute = properties.get("settings", {}).get("default_compute")
    steps = properties["jobs"]
    for name, step in steps.items():
        _demand(re.fullmatch(STEP, name), f"step name {name!r} is not allowed")
        _demand(compute or step.get("computeId"), f"step {name} has no compute")
        workspace.find_compute(step.get("computeId") or compute)
        _step(workspace, properties, name, step)
    try:
        TopologicalSorter({name: _upstream(step) for name, step in steps.items()}).prepare()
    except CycleError as cycle:
        raise Refusal(f"the steps feed each other in a circle: {' -> '.join(cycle.args[1])}") from None


def _step(workspace, job: dict, name: str, step: dict) -> None:
    spec = workspace.find(step["componentId"])["componentSpec"]
    declared = spec.get("inputs", {})
    for key, given in step["inputs"].items():
        _demand(key in declared, f"step {name}: the component has no input {key}")
        _value(workspace, job, f"step {name}, input {key}", declared[key], given)
    for key, port in declared.items():
        has_value = key in step["inputs"] or port.get("optional") or "default" in port
        _demand(has_value, f"step {name}: required input {key} is not given")
    for key, given in step.get("outputs", {}).items():
        _demand(key in spec.get("outputs", {}), f"step {name}: the component has no output {key}")
        for target in BINDING.findall(given.get("value", "")):
            group, _, output = target.removeprefix("parent.").partition(".")
            _demand(group == "outputs" and output in job["outputs"], f"step {name}: no such output: {target}")


def _value(workspace, job: dict, place: str, port: dict, given: dict) -> None:
    value = given.get("value", given.get("uri"))
    bindings = BINDING.findall(str(value))
    for target in bindings:
        source = _source(workspace, job, place, target)
        if source.get("jobInputType") == "literal":
            _value(workspace, job, place, port, {"value": source["value"], "job_input_type": "literal"})
        else:
            _demand(port["type"] not in LITERALS, f"{place}: data is bound where a {port['type']} is wanted")
    if not bindings and port["type"] in LITERALS:
        _literal(place, port, str(value))
    elif not bindings:
        _demand("uri" in given, f"{place}: {value!r} is a literal where {port['type']} is wanted")


def _source(workspace, job: dict, place: str, target: str) -> dict:
    match target.split("."):
        case ["parent", "inputs", name] if name in job["inputs"]:
            return job["inputs"][name]
        case ["parent", "jobs", step, "outputs", name] if step in job["jobs"]:
            outputs = workspace.find(job["jobs"][step]["componentId"])["componentSpec"].get("outputs", {})
            _demand(name in outputs, f"{place}: step {step} has no output {name}")
            return outputs[name]
    raise Refusal(f"{place}: the binding {target} has no target")


def _literal(place: str, port: dict, text: str) -> None:
    if port["type"] == "string":
        _demand(text in port.get("enum", [text]), f"{place}: {text!r} is not one of {port.get('enum')}")
        return
    if port["type"] == "boolean":
        _demand(text.lower() in ("true", "false"), f"{place}: {text!r} is not a boolean")
        return
    try:
        number = float(text)
    except ValueError:
        raise Refusal(f"{place}: {text!r} is not a {port['type']}") from None
    _demand(port["type"] == "number" or number.is_integer(), f"{place}: {text} is not an integer")
    low, high = float(port.get("min", number)), float(port.get("max", number))
    _demand(low <= number <= high, f"{place}: {text} is outside {port.get('min')} to {port.get('max')}")


def _upstream(step: dict) -> set[str]:
    values = " ".join(str(given.get("value")) for given in step["inputs"].values())
    return set(re.findall(r"\$\{\{\s*parent\.jobs\.(\w+)\.outputs", values))


CHECKS = {"environments": _environment, "codes": _code, "data": _data, "components": _component, "jobs": _job}
