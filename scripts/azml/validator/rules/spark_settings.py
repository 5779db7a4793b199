"""Missing or contradicting settings of a Spark job, or data in a mode other than ``direct``.

Bad:
    type: spark
    conf: {spark.driver.cores: 1, spark.driver.memory: 2g}

Fix: set cores and memory of driver and executors, and executor.instances or a dynamic allocation with
minExecutors and maxExecutors; either a compute or resources; ``mode: direct``.

Source: azure-ai-ml entities/_job/spark_helpers.py (when the job is validated, not in the schema).
"""

from azml.core.components import Component, Step
from azml.core.expressions import find_bindings
from azml.core.values import is_true, mapping
from azml.validator.dataflow import text_of
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("spark-settings")

_SIZES = ("spark.driver.cores", "spark.driver.memory", "spark.executor.cores", "spark.executor.memory")
_BOUNDS = ("spark.dynamicAllocation.minExecutors", "spark.dynamicAllocation.maxExecutors")


def check_component(component: Component) -> Findings:
    if component.type == "spark" and component.is_job and not component.pointer:
        yield from _check(component, component)


def check_step(step: Step) -> Findings:
    if step.meant_type == "spark" and step.component:
        yield from _check(step, step.component)


def _check(user: Component | Step, component: Component) -> Findings:
    if "compute" in user.data and "resources" in user.data:
        yield error("a Spark job takes either a compute or resources, not both", user, "resources", key=True)
    holder = user if "conf" in user.data else component
    conf = mapping(component.data.get("conf")) | mapping(user.data.get("conf"))
    if missing := _missing(conf):
        yield error(f"missing settings: {', '.join(missing)}", holder, "conf", key=True)
    low, high = (conf.get(key) for key in _BOUNDS)
    if isinstance(low, int) and isinstance(high, int) and not 0 < low <= high:
        yield error(f"{low} must be at least 1 and at most maxExecutors ({high})", holder, "conf", _BOUNDS[0])
    yield from _check_modes(user, component)


def _check_modes(user: Component | Step, component: Component) -> Findings:
    for name, port in (*component.inputs.items(), *component.outputs.items()):
        place = (port.pointer[-2], name)
        given = user.document.get((*user.pointer, *place))
        is_given = port.is_data and isinstance(given, dict) and not find_bindings(text_of(given))
        if is_given and "direct" not in (str(given.get("mode")).lower(), str(port.option("mode")).lower()):
            path = (*place, "mode") if "mode" in given else place
            yield error("Spark jobs support only mode: direct", user, *path, key=path == place)


def _missing(conf: dict) -> list[str]:
    is_dynamic = is_true(conf.get("spark.dynamicAllocation.enabled"))
    wanted = (*_SIZES, *(_BOUNDS if is_dynamic else ("spark.executor.instances",)))
    # driver_cores is another way to write spark.driver.cores
    is_known = all(str(key).startswith("spark.") for key in conf)
    return [key for key in wanted if conf.get(key) is None] if is_known else []
