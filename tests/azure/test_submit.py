"""The real azure-ai-ml submits pipelines over HTTPS to a workspace on loopback."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from azure.ai.ml import load_component, load_data, load_environment, load_job
from azure.core.exceptions import HttpResponseError
from layout import CREDIT, ROOT
from standin import storage
from standin.workspace import ID

pytest_plugins = ["standin.fixtures"]


@pytest.fixture
def project(tmp_path):
    """A copy of the specs that a test may break."""
    return shutil.copytree(CREDIT, tmp_path / "project")


def submit(azure, folder: Path, **overrides: str) -> dict:
    """Do what `az ml job create --file pipeline.yml --set …` does; return what the workspace got."""
    with azure.client() as client:
        changes = [{key.replace("__", "."): value} for key, value in overrides.items()]
        job = client.jobs.create_or_update(load_job(folder / "pipeline.yml", params_override=changes))
        assert job.studio_url
    return azure.workspace.assets["jobs", job.name, None]


@pytest.fixture(scope="module")
def submitted(azure):
    start = len(azure.exchanges)
    job = submit(azure, CREDIT)
    return job, azure.exchanges[start:]


def component(azure, job: dict, step: str) -> dict:
    return azure.workspace.find(job["jobs"][step]["componentId"])["componentSpec"]


def uploads(exchanges) -> dict[str, int]:
    """Path below its container and size of every blob that was written."""
    return {
        each.request.path.split("?")[0].split("/", 2)[2]: len(each.request.body)
        for each in exchanges
        if each.request.host == storage.HOST
        and each.request.method == "PUT"
        and "comp=" not in each.request.path
    }


def test_the_pipeline_of_this_repository_is_accepted(azure):
    """Whatever its steps are: each has a component, and only files under version control are sent."""
    start = len(azure.exchanges)
    job = submit(azure, ROOT)
    written = yaml.safe_load((ROOT / "pipeline.yml").read_text("utf-8"))
    assert list(job["jobs"]) == list(written["jobs"])
    assert all(component(azure, job, name)["command"] for name in job["jobs"])
    sent = {Path(path).name for path in uploads(azure.exchanges[start:])}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sent and sent <= {Path(path).name for path in tracked.splitlines()}


def test_every_step_of_this_repository_keeps_its_limit_and_takes_an_identity(azure):
    """As the README says for storage that takes identities only."""
    steps = yaml.safe_load((ROOT / "pipeline.yml").read_text("utf-8"))["jobs"]
    identity = {f"jobs__{name}__identity__type": "user_identity" for name in steps}
    job = submit(azure, ROOT, **identity)
    assert all(job["jobs"][name]["identity"] == {"identity_type": "UserIdentity"} for name in steps)
    for name in (name for name, step in steps.items() if "limits" in step):
        assert re.fullmatch(r"PT\d+[SMH]", job["jobs"][name]["limits"]["timeout"])
    for name in (name for name, step in steps.items() if "resources" in step):
        assert job["jobs"][name]["resources"]["instance_type"]


def test_graph_and_bindings(submitted):
    job, _ = submitted
    given = {
        name: {key: each["value"] for key, each in step["inputs"].items()}
        for name, step in job["jobs"].items()
    }
    written = yaml.safe_load((CREDIT / "pipeline.yml").read_text("utf-8"))["jobs"]
    assert given == {name: step["inputs"] for name, step in written.items()}
    assert given["train"]["train_data"] == "${{parent.jobs.data_prep.outputs.train_data}}"
    bound = {
        name: {key: each["value"] for key, each in step["outputs"].items()}
        for name, step in job["jobs"].items()
    }
    assert bound == {name: step["outputs"] for name, step in written.items()}


def test_literals_outputs_and_settings(submitted):
    job, _ = submitted
    literals = {
        key: each["value"] for key, each in job["inputs"].items() if each["jobInputType"] == "literal"
    }
    assert literals == {
        "test_train_ratio": "0.25",
        "learning_rate": "0.05",
        "max_iter": "100",
        "max_leaf_nodes": "31",
        "seed": "42",
        "registered_model_name": "credit_defaults_model",
    }
    kinds = {key: each["jobOutputType"] for key, each in job["outputs"].items()}
    assert kinds == {"train_data": "uri_folder", "test_data": "uri_folder", "model": "mlflow_model"}
    assert job["experimentName"] == "credit-default"
    assert job["settings"]["default_compute"] == f"{ID}/computes/serverless"


@pytest.mark.parametrize("step", ["data_prep", "train"])
def test_component(azure, submitted, step):
    job, _ = submitted
    spec = component(azure, job, step)
    written = yaml.safe_load((CREDIT / "components" / step / f"{step}.yml").read_text("utf-8"))
    assert spec["command"] == written["command"]
    assert {key: port["type"] for key, port in spec["inputs"].items()} == {
        key: port["type"] for key, port in written["inputs"].items()
    }
    defaults = {
        key: float(port["default"])
        for key, port in spec["inputs"].items()
        if port["type"] in ("number", "integer")
    }
    assert defaults == {key: written["inputs"][key]["default"] for key in defaults}


def test_environment_is_the_image_and_the_conda_file(azure, submitted):
    job, _ = submitted
    assert component(azure, job, "train")["environment"] == component(azure, job, "data_prep")["environment"]
    environment = azure.workspace.find(component(azure, job, "train")["environment"])
    written = yaml.safe_load((CREDIT / "environment" / "environment.yml").read_text("utf-8"))
    assert environment["image"] == written["image"]
    conda = (CREDIT / "environment" / written["conda_file"]).read_text("utf-8")
    assert yaml.safe_load(environment["condaFile"]) == yaml.safe_load(conda)


def test_uploads_the_two_scripts_and_the_data_and_nothing_else(azure, submitted):
    job, exchanges = submitted
    sent = uploads(exchanges)
    assert sorted(re.sub(r"^LocalUpload/\w+/", "", path) for path in sent) == [
        "credit_card_synthetic.csv",
        "data_prep/data_prep.py",
        "train/train.py",
    ]
    folder = job["inputs"]["credit_data"]["uri"].partition("/paths/")[2]
    assert azure.storage.blobs(folder) == {
        folder: (CREDIT / "data" / "credit_card_synthetic.csv").read_bytes()
    }
    for step in ("data_prep", "train"):
        code = azure.workspace.find(component(azure, job, step)["code"])
        container, _, prefix = code["codeUri"].removeprefix(f"https://{storage.HOST}/").partition("/")
        script = (CREDIT / "components" / step / f"{step}.py").read_bytes()
        assert azure.storage.blobs(prefix, container) == {f"{step}/{step}.py": script}


def test_submitting_again_uploads_nothing_and_reuses_the_components(azure, submitted):
    first, _ = submitted
    start = len(azure.exchanges)
    second = submit(azure, CREDIT)
    assert uploads(azure.exchanges[start:]) == {}
    assert second == first


def test_changed_code_is_uploaded_and_only_that(azure, submitted, project):
    script = project / "components" / "train" / "train.py"
    script.write_text(script.read_text("utf-8") + "\n# changed\n", "utf-8")
    start = len(azure.exchanges)
    submit(azure, project)
    assert list(uploads(azure.exchanges[start:])) == ["train/train.py"]


def test_set_changes_what_arrives(azure):
    job = submit(azure, CREDIT, inputs__learning_rate="0.1", settings__force_rerun="true")
    assert job["inputs"]["learning_rate"]["value"] == "0.1"
    assert job["settings"]["force_rerun"] is True


def test_runs_from_the_registered_assets(azure):
    with azure.client() as client:
        client.environments.create_or_update(load_environment(CREDIT / "environment" / "environment.yml"))
        client.data.create_or_update(load_data(CREDIT / "data" / "credit-card.yml"))
        reference = [{"environment": "azureml:aml-scikit-learn:1.0.0"}]
        for step in ("data_prep", "train"):
            spec = CREDIT / "components" / step / f"{step}.yml"
            client.components.create_or_update(load_component(spec, params_override=reference))
    job = submit(
        azure,
        CREDIT,
        jobs__data_prep__component="azureml:data_prep_credit_defaults:1.0.0",
        jobs__train__component="azureml:train_credit_defaults_model:1.0.0",
        inputs__credit_data__path="azureml:credit-card:initial",
    )
    assert job["inputs"]["credit_data"]["uri"].endswith("/data/credit-card/versions/initial")
    assert job["jobs"]["train"]["componentId"].endswith(
        "/components/train_credit_defaults_model/versions/1.0.0"
    )
    assert component(azure, job, "train")["environment"].endswith(
        "/environments/aml-scikit-learn/versions/1.0.0"
    )


BROKEN = {
    "unknown parent input": (
        "pipeline.yml",
        "${{parent.inputs.max_iter}}",
        "${{parent.inputs.max_itr}}",
        "max_itr",
    ),
    "unknown step": (
        "pipeline.yml",
        "jobs.data_prep.outputs.test_data",
        "jobs.dataprep.outputs.test_data",
        "dataprep",
    ),
    "unknown output of a step": (
        "pipeline.yml",
        "data_prep.outputs.test_data",
        "data_prep.outputs.test",
        "no output test",
    ),
    "unknown pipeline output": (
        "pipeline.yml",
        "${{parent.outputs.model}}",
        "${{parent.outputs.modell}}",
        "modell",
    ),
    "required input left out": ("pipeline.yml", "      data: ${{parent.inputs.credit_data}}\n", "", "data"),
    "literal of the wrong type": (
        "pipeline.yml",
        "max_iter: 100",
        "max_iter: many",
        "'many' is not a integer",
    ),
    "literal out of range": ("pipeline.yml", "learning_rate: 0.05", "learning_rate: 7", "outside"),
    "fraction for an integer": ("pipeline.yml", "seed: 42", "seed: 4.2", "4.2 is not an integer"),
    "data where a literal belongs": (
        "pipeline.yml",
        "seed: ${{parent.inputs.seed}}",
        "seed: ${{parent.inputs.credit_data}}",
        "data is bound",
    ),
    "compute that is not there": ("pipeline.yml", "azureml:serverless", "azureml:cpu-cluster", "cpu-cluster"),
    "component that is not registered": (
        "pipeline.yml",
        "./components/train/train.yml",
        "azureml:trainer:1",
        "trainer",
    ),
    "data that is not registered": (
        "pipeline.yml",
        "path: ./data/credit_card_synthetic.csv",
        "path: azureml:clients:1",
        "clients",
    ),
    "environment that is not registered": (
        "components/train/train.yml",
        "environment: file:../../environment/environment.yml",
        "environment: azureml:none:1",
        "none",
    ),
    "experiment's name": (
        "pipeline.yml",
        "experiment_name: credit-default",
        "experiment_name: credit default",
        "experiment",
    ),
    "undeclared input in a command": (
        "components/train/train.yml",
        "${{inputs.seed}}",
        "${{inputs.sead}}",
        "sead",
    ),
}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_broken_spec_fails_here_as_on_azure(azure, project, mistake):
    file, right, wrong, named = BROKEN[mistake]
    text = (project / file).read_text("utf-8")
    assert right in text
    (project / file).write_text(text.replace(right, wrong), "utf-8")
    jobs = [key for key in azure.workspace.assets if key[0] == "jobs"]
    with pytest.raises(Exception, match=re.escape(named)):
        submit(azure, project)
    assert [key for key in azure.workspace.assets if key[0] == "jobs"] == jobs


def test_a_version_is_never_overwritten(azure, project):
    with azure.client() as client:
        spec = project / "environment" / "environment.yml"
        client.environments.create_or_update(load_environment(spec, params_override=[{"name": "fixed"}]))
        spec.write_text(spec.read_text("utf-8").replace("openmpi5.0", "openmpi4.1"), "utf-8")
        with pytest.raises(HttpResponseError, match="exists already with other content"):
            client.environments.create_or_update(load_environment(spec, params_override=[{"name": "fixed"}]))


def test_nothing_asked_for_another_host(azure):
    """Runs last: whatever the client wanted beyond the stand-ins was refused and is listed."""
    assert azure.front.refused == []
