"""Every spec of this repository, read by azure-ai-ml: the library that does the work inside `az ml`."""

import subprocess
from pathlib import Path

import pytest
from azure.ai.ml import (
    load_batch_endpoint,
    load_component,
    load_data,
    load_environment,
    load_job,
    load_online_deployment,
    load_online_endpoint,
)
from azure.ai.ml._utils._asset_utils import get_ignore_file, get_upload_files_from_folder
from azure.ai.ml.entities._load_functions import load_pipeline_component_batch_deployment, load_schedule
from layout import ROOT

LOADERS = {
    "pipelineJob": load_job,
    "commandComponent": load_component,
    "pipelineComponent": load_component,
    "environment": load_environment,
    "data": load_data,
    "batchEndpoint": load_batch_endpoint,
    "pipelineComponentBatchDeployment": load_pipeline_component_batch_deployment,
    "managedOnlineEndpoint": load_online_endpoint,
    "managedOnlineDeployment": load_online_deployment,
    "schedule": load_schedule,
}
# What takes the region of the workspace on its way to REST.
SERIALIZERS = {
    load_batch_endpoint: lambda entity: entity._to_rest_batch_endpoint("westeurope"),
    load_pipeline_component_batch_deployment: lambda entity: entity._to_rest_object("westeurope"),
    load_online_endpoint: lambda entity: entity._to_rest_online_endpoint("westeurope"),
    load_online_deployment: lambda entity: entity._to_rest_object("westeurope"),
}


def loader(path: Path):
    """Return what loads a spec, by the name in its `$schema`; None where the file is none of these."""
    lines = path.read_text("utf-8").splitlines()
    schema = next((line for line in lines if line.startswith("$schema:")), "")
    return LOADERS.get(schema.rpartition("/")[2].removesuffix(".schema.json"))


FOLDERS = ("components", "environment", "data")
FILES = [
    ROOT / "pipeline.yml",
    ROOT / "scripts" / "schedule.yml",
    *(path for name in FOLDERS for path in sorted((ROOT / name).rglob("*.yml"))),
]
SPECS = {str(path.relative_to(ROOT)): loader(path) for path in FILES if loader(path)}
WITH_CODE = [
    spec
    for spec, load in SPECS.items()
    if load is load_component and getattr(load_component(ROOT / spec), "code", None)
]


def test_there_is_a_spec_of_each_kind():
    assert set(LOADERS.values()) == set(SPECS.values())


@pytest.mark.parametrize("spec", SPECS)
def test_loads_and_validates(spec):
    entity = SPECS[spec](ROOT / spec)
    result = entity._validate() if hasattr(entity, "_validate") else None
    assert result is None or (result.passed and not result._warnings), result


@pytest.mark.parametrize("spec", SPECS)
def test_serializes_to_rest(spec):
    load = SPECS[spec]
    serialize = SERIALIZERS.get(load, lambda entity: entity._to_rest_object())
    assert serialize(load(ROOT / spec)).properties


@pytest.mark.parametrize("spec", WITH_CODE)
def test_the_snapshot_is_small_and_under_version_control(spec):
    with load_component(ROOT / spec)._build_code() as code:
        files = get_upload_files_from_folder(code.path, ignore_file=get_ignore_file(code.path))
        size = sum(Path(path).stat().st_size for path, _ in files)
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tracked = {Path(path).name for path in listed.splitlines()}
    sent = {Path(name).name for _, name in files}
    assert sent and sent <= tracked
    assert size < 100_000
