"""What kind of spec a document is: by the name in its ``$schema``, else by its shape.

Kinds are named after azure-ai-ml's ``load_*`` functions, and so after the groups of ``az ml``: job, data, ...
"""

import re

from .components import LITERAL_TYPES
from .document import Document
from .finding import NEARLY_THE_SAME, nearest
from .values import mapping

# The names that each kind has in ``$schema``: https://azuremlschemas.azureedge.net/latest/<name>.schema.json
# (https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview), in older specs
# http://azureml/sdk-2-0/<name>.json; capitals do not count.
NAMES = {
    "job": (
        *("commandJob", "pipelineJob", "sweepJob", "parallelJob", "sparkJob", "autoMLJob", "importJob"),
        *("finetuningJob", "distillationJob"),
    ),
    "component": (
        *("commandComponent", "pipelineComponent", "parallelComponent", "sparkComponent", "sweepComponent"),
        *("automlComponent", "importComponent", "dataTransferComponent", "dataTransferCopyComponent"),
        *("dataTransferImportComponent", "dataTransferExportComponent"),
    ),
    "environment": ("environment",),
    "data": ("data", "dataImport"),
    "model": ("model",),
    "schedule": ("schedule", "jobSchedule", "monitorSchedule", "importDataSchedule"),
    "online_endpoint": ("managedOnlineEndpoint", "kubernetesOnlineEndpoint", "onlineEndpoint"),
    "online_deployment": ("managedOnlineDeployment", "kubernetesOnlineDeployment", "onlineDeployment"),
    "batch_endpoint": ("batchEndpoint",),
    "batch_deployment": ("batchDeployment",),
    "model_batch_deployment": ("modelBatchDeployment",),
    "pipeline_component_batch_deployment": ("pipelineComponentBatchDeployment",),
    "compute": (
        *("compute", "amlCompute", "computeInstance", "kubernetesCompute", "synapseSparkCompute"),
        *("vmCompute", "virtualMachineCompute"),
    ),
    "datastore": ("azureBlob", "azureFile", "azureDataLakeGen1", "azureDataLakeGen2", "oneLake"),
    "connection": ("connection", "workspaceConnection"),
    "workspace": ("workspace", "hub", "project"),
    "registry": ("registry",),
    "feature_store": ("featureStore",),
    "feature_set": ("featureSet",),
    "feature_store_entity": ("featureStoreEntity",),
    "feature_set_backfill": ("featureSetBackfill",),
    "model_package": ("modelPackage", "modelVersionPackage"),
    "index_asset": ("index",),
    "capability_host": ("capabilityHost",),
    "deployment_template": ("deploymentTemplate",),
}

_KINDS = {name.lower(): kind for kind, names in NAMES.items() for name in names}
_SPELLINGS = {name.lower(): name for names in NAMES.values() for name in names}
_FILE = re.compile(r"(?P<name>\w+)(?P<endings>(?:\.\w+)*)")
# Prompt flow reads these, the tool that publishes assets to a registry, and the feature store's library.
_OF_OTHER_TOOLS = re.compile(
    r"promptflow|/(?:flow|prompt|\w+\.prompt)\.schema\.json$|/FeatureSetSpec\.", re.IGNORECASE
)

# Shapes that tell a kind: the keys that are there and, unless None, the words that their values have.
_DATA_TYPES = ("uri_file", "uri_folder", "mltable")
_MODEL_TYPES = ("mlflow_model", "custom_model", "triton_model")
_SERVING_AND_ASSETS: tuple[tuple[str, dict], ...] = (
    ("pipeline_component_batch_deployment", {"endpoint_name": None, "component": None, "type": ["pipeline"]}),
    ("model_batch_deployment", {"endpoint_name": None, "model": None, "settings": None, "type": ["model"]}),
    ("online_deployment", {"endpoint_name": None, "instance_type": None}),
    ("online_deployment", {"endpoint_name": None, "model": None, "type": ["kubernetes"]}),
    ("schedule", {"create_job": None, "trigger": None}),
    ("schedule", {"create_monitor": None, "trigger": None}),
    ("schedule", {"import_data": None, "trigger": None}),
    ("online_endpoint", {"name": None, "auth_mode": ("key", "aml_token")}),
    ("data", {"name": None, "path": None, "type": _DATA_TYPES}),
    ("model", {"name": None, "path": None, "type": _MODEL_TYPES}),
)
_STORES = ("azure_blob", "azure_file", "azure_data_lake_gen2")
_RESOURCES: tuple[tuple[str, dict], ...] = (
    ("compute", {"name": None, "type": ("amlcompute", "computeinstance", "synapsespark")}),
    ("compute", {"name": None, "type": ("kubernetes", "virtualmachine"), "resource_id": None}),
    ("datastore", {"name": None, "type": _STORES, "account_name": None}),
    ("datastore", {"name": None, "type": ["azure_data_lake_gen1"], "store_name": None}),
    ("datastore", {"name": None, "type": ["one_lake"], "one_lake_workspace_name": None}),
    ("connection", {"name": None, "type": None, "target": None, "credentials": None}),
    ("workspace", {"name": None, "managed_network": None}),
    ("workspace", {"name": None, "kind": ("hub", "project")}),
    ("registry", {"name": None, "replication_locations": None}),
    ("feature_store", {"name": None, "offline_store": None}),
    ("feature_store_entity", {"name": None, "index_columns": None}),
    ("feature_set", {"specification": None, "entities": None}),
    ("model_package", {"inferencing_server": None, "base_environment_source": None}),
)

_JOB_KEYS = {"compute", "experiment_name"}
ENVIRONMENT_KEYS = {
    *("name", "version", "description", "tags", "properties", "image", "conda_file", "build"),
    *("inference_config", "os_type"),
}


# What the text of a spec holds at least: a $schema, a reference, or one of the keys that a shape is told by.
_MAY_BE_SPEC = re.compile(
    r"azureml|\$\{\{\s*parent\.|^\s*\{|^[\"']?kind[\"']?\s*:\s*[\"']?(?:hub|project)|^[\"']?(?:\$schema|type|jobs|"
    r"command|trigger|auth_mode|image|conda_file|build|managed_network|replication_locations|offline_store|"
    r"index_columns|specification|inferencing_server|endpoint_name|<<)[\"']?\s*:",
    re.MULTILINE,
)


def may_be_spec(text: str) -> bool:
    """Tell from its text whether a file may be a spec: the YAML of other tools need not be parsed."""
    return bool(_MAY_BE_SPEC.search(text))


def schema_name(document: Document) -> str | None:
    """Return the name in a document's ``$schema``, as written there; None where it is not Azure ML's."""
    data = document.data
    text = data.get("$schema") if isinstance(data, dict) else None
    if not isinstance(text, str) or _OF_OTHER_TOOLS.search(text):
        return None
    folder, _, file = text.rpartition("/")
    match = _FILE.fullmatch(file)
    is_ours = match and (match["endings"].lower() == ".schema.json" or "azureml" in folder.lower())
    return match["name"] if match and is_ours else None


def known_name(name: str) -> str | None:
    """Return the name of a schema that a name in ``$schema`` is, or was probably meant to be; or None."""
    return nearest(name, _SPELLINGS.values(), NEARLY_THE_SAME)


def kind_of(document: Document) -> str | None:
    """Return the document's kind, or None when nothing says that Azure ML reads it."""
    data = document.data
    if not isinstance(data, dict):
        return None
    name = schema_name(document)
    if name is None:
        # Azure ML does not read $schema: a shape that is unmistakable counts.
        if "$schema" in data:
            return _runnable_by_shape(data) if _is_unmistakable(data) else None
        return kind_by_shape(data)
    kind = _KINDS.get(name.lower())
    if kind == "batch_deployment":
        return _kind_of_batch_deployment(data)
    # What runs is told by its shape, the rest by the name that was meant.
    return kind or _runnable_by_shape(data) or _KINDS.get((known_name(name) or "").lower())


def _is_unmistakable(data: dict) -> bool:
    """Tell whether a mapping runs something as only Azure ML does: other tools have jobs and commands too."""
    steps = mapping(data.get("jobs")).values()
    has_steps = any({"component", "environment"} & set(mapping(step)) for step in steps)
    return {"command", "environment"} <= set(data) or has_steps


def _kind_of_batch_deployment(data: dict) -> str:
    """Return which of the two a batch deployment is: the samples of both name one schema."""
    if data.get("type") == "pipeline":
        return "pipeline_component_batch_deployment"
    return "model_batch_deployment" if "settings" in data else "batch_deployment"


def kind_by_shape(data: dict) -> str | None:
    """Return the kind whose shape a mapping has, or None: other tools write YAML too."""
    return (
        _kind_in(_SERVING_AND_ASSETS, data)
        or _runnable_by_shape(data)
        or _environment_by_shape(data)
        or _kind_in(_RESOURCES, data)
    )


def _kind_in(shapes: tuple[tuple[str, dict], ...], data: dict) -> str | None:
    return next((kind for kind, shape in shapes if _has_shape(data, shape)), None)


def _has_shape(data: dict, shape: dict) -> bool:
    return all(key in data and (words is None or data[key] in words) for key, words in shape.items())


def _runnable_by_shape(data: dict) -> str | None:
    component = "component" if _is_component(data) else None
    match data:
        case {"type": "command", "command": _} | {"type": "pipeline", "jobs": dict()}:
            return component or "job"
        case {"type": "spark", "entry": _}:
            return component or "job"
        case {"type": "parallel", "task": _}:
            return component
        case {"type": "pipeline", "component": _} | {"type": "sweep", "trial": _, "search_space": _}:
            return "job"
        case {"type": "automl" | "finetuning", "task": _, "training_data": _}:
            return "job"
        case {"type": "distillation", "teacher_model_endpoint_connection": _}:
            return "job"
        case {"command": _, "environment": _} if "type" not in data:
            return component or ("job" if "compute" in data and "name" not in data else None)
    return None


def _is_component(data: dict) -> bool:
    """Tell whether what can be run declares its inputs, as a component does, and gives them no values."""
    if "name" not in data or _JOB_KEYS & set(data):
        return False
    if {"version", "is_deterministic"} & set(data):
        return True
    inputs = mapping(data.get("inputs")).values()
    if any(not isinstance(each, dict) or {"path", "value"} & set(each) for each in inputs):
        return False
    return any(each.get("type") in LITERAL_TYPES for each in inputs) or {"command", "outputs"} <= set(data)


def _environment_by_shape(data: dict) -> str | None:
    match data:
        case {"type": _}:
            return None
        case {"name": _, "image": _, "conda_file": _} | {"name": _, "build": {"path": _}}:
            return "environment"
        case {"name": _, "image": _} | {"name": _, "conda_file": _} if set(data) <= ENVIRONMENT_KEYS:
            return "environment"
    return None


def is_conda(document: Document) -> bool:
    """Tell whether a document is what conda reads: dependencies, and nothing of an environment's own."""
    data = mapping(document.data)
    return isinstance(data.get("dependencies"), list) and not {"image", "build", "conda_file"} & set(data)


def is_flow(document: Document) -> bool:
    """Tell whether a document is a prompt flow or a run of one: usable as a component, with ports unseen."""
    data = mapping(document.data)
    return "promptflow" in str(data.get("$schema", "")) or isinstance(data.get("nodes"), list)


def is_no_component(document: Document) -> bool:
    """Tell whether a file that a step names is plainly something else than a component.

    azure-ai-ml reads it as a component whatever its ``$schema`` says; a job's own keys make it fail.
    """
    kind, data = kind_of(document), document.data
    if kind != "job":
        return kind not in ("component", None)
    values = mapping(data.get("inputs")).values()
    return bool(_JOB_KEYS & set(data)) or any(not isinstance(each, dict) for each in values)
