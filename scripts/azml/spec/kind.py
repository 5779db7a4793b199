"""What kind of spec a document is: by its ``$schema``, else by its shape.

Kinds are named as Azure ML names their schemas: ``pipelineJob``, ``commandComponent``, ``environment``.
"""

import re

from .document import Document

# .../latest/commandComponent.schema.json, the address of every published Azure ML schema
# (https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview)
_SCHEMA = re.compile(r"(?:^|/)(?P<kind>\w+)\.schema\.json$", re.IGNORECASE)

JOB_KINDS = {"pipelineJob", "commandJob", "sweepJob", "parallelJob", "sparkJob", "autoMLJob", "importJob"}

ASSET_KINDS = {
    "commandComponent": "component",
    "pipelineComponent": "component",
    "parallelComponent": "component",
    "sparkComponent": "component",
    "sweepComponent": "component",
    "dataTransferComponent": "component",
    "environment": "environment",
    "data": "data",
    "model": "model",
}

_KNOWN = {kind.lower(): kind for kind in (*JOB_KINDS, *ASSET_KINDS)}
_MODEL_TYPES = ("mlflow_model", "custom_model", "triton_model")
_DATA_TYPES = ("uri_file", "uri_folder", "mltable")


def schema_name(document: Document) -> str | None:
    """Return the name in a document's ``$schema``, as written there, or None."""
    data = document.data
    text = data.get("$schema") if isinstance(data, dict) else None
    match = _SCHEMA.search(text) if isinstance(text, str) and "promptflow" not in text else None
    return match["kind"] if match else None


def is_flow(document: Document) -> bool:
    """Tell whether a document is a prompt flow or a run of one: usable as a component, with ports unseen."""
    data = document.data if isinstance(document.data, dict) else {}
    return "promptflow" in str(data.get("$schema", "")) or isinstance(data.get("nodes"), list)


def kind_of(document: Document) -> str | None:
    """Return the document's kind, or None when nothing says that Azure ML reads it."""
    if not isinstance(document.data, dict):
        return None
    if "$schema" in document.data:
        name = schema_name(document)
        return _KNOWN.get(name.lower(), name) if name else None
    return _kind_by_shape(document.data)


def _kind_by_shape(data: dict) -> str | None:
    declared = data.get("type")
    if declared == "pipeline" and isinstance(data.get("jobs"), dict):
        return "pipelineComponent" if "version" in data and "name" in data else "pipelineJob"
    if declared == "command" and "command" in data:
        named = "name" in data and ("version" in data or "outputs" in data or "is_deterministic" in data)
        return "commandComponent" if named and "compute" not in data else "commandJob"
    if declared == "sweep" and "search_space" in data:
        return "sweepJob"
    if "name" in data and ("conda_file" in data or "image" in data) and "type" not in data:
        return "environment" if set(data) <= _ENVIRONMENT_KEYS else None
    if "name" in data and "path" in data:
        return "data" if declared in _DATA_TYPES else "model" if declared in _MODEL_TYPES else None
    return None


_ENVIRONMENT_KEYS = {
    "name",
    "version",
    "description",
    "tags",
    "properties",
    "image",
    "conda_file",
    "build",
    "inference_config",
    "os_type",
}


def is_no_component(document: Document) -> bool:
    """Tell whether a file that a step names is plainly something else than a component.

    azure-ai-ml reads it as a component whatever its ``$schema`` says; a job's own keys make it fail.
    """
    kind, data = kind_of(document), document.data
    if kind is None or ASSET_KINDS.get(kind) == "component" or not isinstance(data, dict):
        return False
    if kind in ASSET_KINDS or kind not in JOB_KINDS:
        return True
    values = data["inputs"].values() if isinstance(data.get("inputs"), dict) else ()
    return bool(_JOB_KEYS & set(data)) or any(not isinstance(each, dict) for each in values)


_JOB_KEYS = {"compute", "experiment_name"}
