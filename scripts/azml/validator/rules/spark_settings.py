"""Settings of a Spark job that Azure ML refuses: missing or contradicting ones, and modes but ``direct``.

Bad:
    type: spark
    conf: {spark.driver.cores: 1, spark.driver.memory: 2g}

Fix: give driver and executors their cores and memory, and executor.instances or a dynamic allocation with
minExecutors and maxExecutors; a compute or resources; ``mode: direct``.

Source: azure-ai-ml entities/_job/spark_helpers.py (when the job is validated, not in the schema).
"""

from azml.spec.binding import find_bindings
from azml.spec.component import Component, Step, is_true, mapping
from azml.validator.contracts import text_of
from azml.validator.findings import Findings, error

_SIZES = ("spark.driver.cores", "spark.driver.memory", "spark.executor.cores", "spark.executor.memory")
_BOUNDS = ("spark.dynamicAllocation.minExecutors", "spark.dynamicAllocation.maxExecutors")


def check_component(component: Component) -> Findings:
    if component.type == "spark" and component.is_job and not component.pointer:
        yield from _check(component, component)


def check_step(step: Step) -> Findings:
    if step.type == "spark" and step.component:
        yield from _check(step, step.component)


def _check(user: Component | Step, component: Component) -> Findings:
    if "compute" in user.data and "resources" in user.data:
        yield error("a Spark job has a compute or resources, not both", user, "resources", key=True)
    holder = user if "conf" in user.data else component
    conf = mapping(component.data.get("conf")) | mapping(user.data.get("conf"))
    if missing := _missing(conf):
        path = ["conf"] if "conf" in holder.data else []
        yield error(f"these settings are missing: {', '.join(missing)}", holder, *path, key=True)
    low, high = (conf.get(key) for key in _BOUNDS)
    if isinstance(low, int) and isinstance(high, int) and not 0 < low <= high:
        message = f"{low} must be at least 1 and at most maxExecutors ({high})"
        yield error(message, holder, "conf", _BOUNDS[0])
    for name, port in (*component.inputs.items(), *component.outputs.items()):
        place = (port.pointer[-2], name)
        given = user.document.get((*user.pointer, *place))
        is_unbound = port.is_data and isinstance(given, dict) and not find_bindings(text_of(given))
        modes = (str(given.get("mode")), str(port.option("mode"))) if is_unbound else ("direct",)
        if "direct" not in map(str.lower, modes):
            path = (*place, "mode") if "mode" in given else place
            yield error("Spark takes data in the mode direct only", user, *path, key=path == place)


def _missing(conf: dict) -> list[str]:
    is_dynamic = is_true(conf.get("spark.dynamicAllocation.enabled"))
    wanted = (*_SIZES, *(_BOUNDS if is_dynamic else ("spark.executor.instances",)))
    # driver_cores is another way to write spark.driver.cores
    is_known = all(str(key).startswith("spark.") for key in conf)
    return [key for key in wanted if conf.get(key) is None] if is_known else []
