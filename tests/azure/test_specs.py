"""Every spec of this repository, read by azure-ai-ml: the library that does the work inside `az ml`."""

from pathlib import Path

import pytest
from azure.ai.ml import load_component, load_data, load_environment, load_job
from azure.ai.ml._utils._asset_utils import get_ignore_file, get_upload_files_from_folder
from layout import ROOT

SPECS = {
    "pipeline.yml": load_job,
    "components/data_prep/data_prep.yml": load_component,
    "components/train/train.yml": load_component,
    "environment/environment.yml": load_environment,
    "data/credit-card.yml": load_data,
}
CODE = {
    "components/data_prep/data_prep.yml": ["data_prep.py"],
    "components/train/train.yml": ["train.py"],
}


def test_every_spec_is_listed_here():
    found = {
        str(path.relative_to(ROOT))
        for folder in ("components", "environment", "data")
        for path in (ROOT / folder).rglob("*.yml")
        if "$schema:" in path.read_text("utf-8")
    }
    assert found | {"pipeline.yml"} == set(SPECS)


@pytest.mark.parametrize("spec", SPECS)
def test_loads_and_validates(spec):
    entity = SPECS[spec](ROOT / spec)
    result = entity._validate() if hasattr(entity, "_validate") else None
    assert result is None or (result.passed and not result._warnings), result


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec != "pipeline.yml"])
def test_serialises_to_rest(spec):
    """Assets go over the wire as they load; the pipeline's own body is asserted where it is submitted."""
    assert SPECS[spec](ROOT / spec)._to_rest_object().properties


def test_pipeline_serialises_to_rest():
    properties = load_job(ROOT / "pipeline.yml")._to_rest_object().properties
    assert properties["jobType"] == "Pipeline"
    assert list(properties["jobs"]) == ["data_prep", "train"]
    assert all(node["componentId"] for node in properties["jobs"].values())


@pytest.mark.parametrize("spec", CODE)
def test_only_the_step_script_is_uploaded(spec):
    with load_component(ROOT / spec)._build_code() as code:
        files = get_upload_files_from_folder(code.path, ignore_file=get_ignore_file(code.path))
    assert sorted(name for _, name in files) == CODE[spec]
    assert sum(Path(path).stat().st_size for path, _ in files) < 100_000
