"""What a step's environment is said to be, from every form in which a spec can say it."""

from pathlib import Path

import pytest
import yaml
from azml.core.conda import read_conda_package
from azml.core.environment import NOTHING, PART, WHOLE, Environment, read_environment
from azml.core.place import Place
from azml.core.project import Project


def read(folder: Path, environment: object, **files: object) -> Environment:
    """Return the environment of a job in a folder; ``files`` are further ones, ``__`` for a dot in a name."""
    (folder / ".git").mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    (folder / "job.yml").write_text(yaml.safe_dump({"command": "x", "environment": environment}))
    project = Project(folder)
    return read_environment(project, Place(project.document(folder / "job.yml"), ("environment",)))


CONDA = {"dependencies": ["python=3.8.5", "pip=21", "pytorch=1.10", {"pip": ["mlflow==2.9", "-r more.txt"]}]}
SPEC = {"name": "e", "version": "1", "image": "mcr.microsoft.com/azureml/openmpi", "conda_file": "conda.yml"}


@pytest.mark.parametrize(
    "environment",
    ["azureml:e:1", "azureml:e@latest", "file:e.yml", "./e.yml", SPEC, {"image": "i", "conda_file": CONDA}],
    ids=["version", "label", "file", "path", "inline, conda file", "inline, inline"],
)
def test_every_form_leads_to_the_same_packages(tmp_path: Path, environment: object) -> None:
    found = read(tmp_path, environment, e__yml=SPEC, conda__yml=CONDA, more__txt="tqdm  # bar\n\nrich>=13\n")
    assert [line.text for line in found.requirements] == ["torch==1.10.*", "mlflow==2.9", "tqdm", "rich>=13"]
    assert (found.python, found.python_minor, found.known) == ("3.8.5.*", "3.8", WHOLE)
    assert found.requirements[0].note == "pytorch is torch on PyPI"


def test_each_package_has_its_place(tmp_path: Path) -> None:
    text = "dependencies:\n  - python=3.8\n  - numpy=1.2\n  - pip:\n      - mlflow\n"
    found = read(tmp_path, {"image": "i", "conda_file": "conda.yml"}, conda__yml=text)
    assert [str(line.place).rpartition("/")[2] for line in found.requirements] == [
        "conda.yml:3:5",
        "conda.yml:5:9",
    ]
    assert str(found.python_place).endswith("conda.yml:2:5")


@pytest.mark.parametrize(
    ("environment", "known", "python"),
    [
        ("azureml:nowhere:1", NOTHING, ""),
        ("azureml:AzureML-sklearn-1.0-ubuntu20.04-py38-cpu@latest", PART, "3.8"),
        ("azureml://registries/azureml/environments/sklearn-1.5/labels/latest", PART, "3.10"),
        ({"image": "mcr.microsoft.com/azureml/curated/sklearn-1.5:12"}, PART, "3.10"),
        ({"image": "python:3.9-slim"}, PART, "3.9"),
        ({"image": "ghcr.io/somebody/something"}, NOTHING, ""),
        ({"image": "i", "conda_file": "./none.yml"}, NOTHING, ""),
        ("./none.yml", NOTHING, ""),
        (5, NOTHING, ""),
        (None, NOTHING, ""),
    ],
)
def test_how_much_is_known(tmp_path: Path, environment: object, known: str, python: str) -> None:
    found = read(tmp_path, environment)
    assert (found.known, found.python) == (known, python)
    assert bool(found.requirements) == (python in ("3.8", "3.10"))


def test_dockerfile(tmp_path: Path) -> None:
    dockerfile = """FROM python:3.9-slim
COPY requirements.txt /tmp/
RUN apt-get update && pip install --no-cache-dir -r /tmp/requirements.txt \\
    'mlflow<3' && rm -rf /tmp
"""
    build = {"build": {"path": "."}}
    found = read(tmp_path, build, Dockerfile=dockerfile, requirements__txt="pandas==1.5\n")
    assert [line.text for line in found.requirements] == ["pandas==1.5", "mlflow<3"]
    assert (found.python, found.known) == ("3.9", PART)


def test_lines_that_are_not_packages(tmp_path: Path) -> None:
    lines = [
        "--extra-index-url https://x/simple",
        "-e .",
        "./local.whl",
        "git+https://x/y",
        "a==1 --hash=sha256:0",
    ]
    found = read(
        tmp_path, {"image": "i", "conda_file": {"dependencies": ["python", "openssl", {"pip": lines}]}}
    )
    assert [line.text for line in found.indexes] == lines[:1]
    assert [line.text for line in found.left_out] == ["openssl", *lines[1:3]]
    assert [line.text for line in found.requirements] == ["git+https://x/y", "a==1"]
    assert found.known == PART


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("numpy", "numpy"),
        ("numpy=1.21", "numpy==1.21.*"),
        ("numpy=1.21.*", "numpy==1.21.*"),
        ("numpy==1.21.2", "numpy==1.21.2"),
        ("numpy 1.21.2", "numpy==1.21.2"),
        ("numpy=1.21.2=py38_0", "numpy==1.21.2.*"),
        ("numpy>=1.21,<2", "numpy>=1.21,<2"),
        ("numpy >=1.21, <2", "numpy>=1.21,<2"),
        ("numpy[version='>=1.21']", "numpy>=1.21"),
        ("conda-forge::numpy=1", "numpy==1.*"),
        ("NumPy", "numpy"),
        ("py-xgboost=1.5", "xgboost==1.5.*"),
        ("cpuonly", ""),
        ("cudatoolkit=11.1", ""),
        ("libgcc-ng", ""),
        ("librosa", "librosa"),
        ("nonsense; and more", "nonsense"),
        ("", ""),
    ],
)
def test_conda_packages(written: str, read: str) -> None:
    package = read_conda_package(written)
    assert (package.pypi_name and package.pypi_name + package.specifier) == read
