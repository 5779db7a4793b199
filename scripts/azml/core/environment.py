"""What a step's environment is: its Python, the packages it asks for, and how much of it a file here says.

An environment is named (``azureml:name:version``, a file), or written where it is used. Its definition is an
image, an image and a conda file, or a folder with a Dockerfile
(https://learn.microsoft.com/azure/machine-learning/reference-yaml-environment).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .conda import CondaPackage, read_conda_package
from .paths import is_file, read_text
from .place import Place
from .project import Project
from .references import ASSET, FILE, REGISTRY, parse_reference
from .values import mapping, sequence

# How much of an environment is known: all its packages, some of them, nothing.
WHOLE, PART, NOTHING = "whole", "part", "nothing"
_CURATED = re.compile(r"mcr\.microsoft\.com/azureml/curated/(?P<name>[^:@]+)")
_PYTHON_IMAGE = re.compile(r"(?:docker\.io/)?(?:library/)?python:(?P<version>\d+\.\d+(?:\.\d+)?)")
_OPTION = re.compile(r"(?P<option>-{1,2}[\w-]+)(?:[ =]\s*(?P<value>\S.*))?")
# Options of a requirements file that say where packages come from.
INDEXES = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--pre", "--no-index")
_PIP_INSTALL = re.compile(r"\bpip3?\s+install\s+(?P<arguments>(?:[^&|;\n\\]|\\\n|\\.)+)")
_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)?(?P<image>\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Requirement:
    """One package asked for: a requirement as pip reads it, where it is written, and what changed on the way.

    ``note`` says so for a conda package that has another name on PyPI.
    """

    text: str
    place: Place
    note: str = ""

    @property
    def is_for_pip(self) -> bool:
        """Tell whether it stands in the pip section of a conda file."""
        return self.place.pointer[-2:-1] == ("pip",)


@dataclass
class Environment:
    """A step's environment, as far as files say it.

    ``place`` is where the step names it, ``definition`` where it is defined (None: not in this repository),
    ``name`` the reference. ``python`` is a version or specifier ("3.8", ">=3.8,<3.11"). ``left_out`` has what
    conda installs and PyPI does not have, ``conda`` is where the conda file's content stands. ``parts`` is
    everything that was read, for comparison.
    """

    place: Place
    name: str = ""
    definition: Place | None = None
    image: str = ""
    python: str = ""
    python_place: Place | None = None
    requirements: list[Requirement] = field(default_factory=list)
    indexes: list[Requirement] = field(default_factory=list)
    left_out: list[Requirement] = field(default_factory=list)
    known: str = NOTHING
    conda_file: Path | None = None
    parts: list[str] = field(default_factory=list)
    conda: Place | None = None

    @property
    def is_python_exact(self) -> bool:
        """Tell whether one minor version is asked for, no range."""
        return re.fullmatch(r"\d+\.\d+(\.\d+|\.\*)?", self.python) is not None

    @property
    def python_minor(self) -> str:
        """The Python asked for up to its minor version ("3.8"), or "" where any will do.

        Micro versions differ in fixes only, and few of them can still be installed.
        """
        match = re.match(r"(?:~=|>=)?(\d+\.\d+)", self.python)
        return match[1] if match else ""


def read_environment(project: Project, place: Place) -> Environment:
    """Return the environment named or written at a place of a spec."""
    environment = Environment(place)
    value, definition = place.value, place
    if isinstance(value, str):
        environment.name = value.strip()
        environment.parts.append(environment.name)
        found = _find(project, environment.name, place)
        if found is None:
            _read_curated(environment, curated_name(environment.name))
            return environment
        definition = found
    environment.definition = definition
    if definition.data:
        environment.parts.append(repr(definition.data))
        _read_definition(project, environment, definition)
    return environment


def curated_name(text: str) -> str:
    """Return the name of a curated environment in a reference or an image, or an empty text."""
    if match := _CURATED.match(text):
        image = f"mcr.microsoft.com/azureml/curated/{match['name']}"
        return next((name for name, known in curated().items() if known["image"] == image), match["name"])
    reference = parse_reference(text)
    if reference.kind == REGISTRY and "/registries/azureml/" in text:
        return reference.name
    return reference.name if reference.kind == ASSET and reference.name.startswith("AzureML-") else ""


@cache
def curated() -> dict[str, dict]:
    """Return the curated environments whose packages are known here: python and requirements, by name."""
    text = Path(__file__).with_name("curated.json").read_text(encoding="utf-8")
    return json.loads(text)["environments"]


def _find(project: Project, text: str, place: Place) -> Place | None:
    """Return the spec of this repository that a reference names."""
    reference = parse_reference(text)
    if stand_in := project.stand_ins.find(text):
        return Place(project.document(stand_in))
    if reference.kind == ASSET:
        found = project.find_asset("environment", reference, place.document.path)
        return Place(found) if found else None
    path = reference.resolve(place.document.path.parent)
    return Place(project.document(path)) if reference.kind == FILE and is_file(path) else None


def _read_curated(environment: Environment, name: str) -> None:
    known = curated().get(name)
    if known:
        environment.python = known["python"]
        environment.requirements = [Requirement(text, environment.place) for text in known["requirements"]]
        environment.known = PART


def _read_definition(project: Project, environment: Environment, definition: Place) -> None:
    image, conda = definition.data.get("image"), definition.data.get("conda_file")
    environment.image = image if isinstance(image, str) else ""
    if "dependencies" in definition.data:  # a conda file that stands in for an environment
        _read_conda_file(project, environment, definition)
    elif conda is not None:
        _read_conda_file(project, environment, definition.below("conda_file"))
    elif isinstance(definition.data.get("build"), dict):
        _read_build(project, environment, definition.below("build"))
    else:
        _read_image(environment)


def _read_image(environment: Environment) -> None:
    if match := _PYTHON_IMAGE.match(environment.image):
        environment.python, environment.known = match["version"], PART
    elif name := curated_name(environment.image):
        _read_curated(environment, name)


# Conda files


def _read_conda_file(project: Project, environment: Environment, place: Place) -> None:
    """Read a conda file, or what is written in its place."""
    if isinstance(place.value, str):
        path = parse_reference(place.value).resolve(place.document.path.parent)
        environment.conda_file = path
        if not is_file(path):
            return
        place = Place(project.document(path))
    if not place.data:
        return
    environment.parts.append(repr(place.data))
    environment.known, environment.conda = WHOLE, place
    for index, entry in enumerate(sequence(place.data.get("dependencies"))):
        here = place.below("dependencies", index)
        if isinstance(entry, str):
            _add_conda_package(environment, read_conda_package(entry), here)
        for number, line in enumerate(sequence(mapping(entry).get("pip"))):
            if isinstance(line, str):
                _add_pip_line(environment, line, here.below("pip", number), place.document.path.parent)


def _add_conda_package(environment: Environment, package: CondaPackage, place: Place) -> None:
    if package.name == "python":
        environment.python, environment.python_place = package.specifier.removeprefix("=="), place
    elif not package.pypi_name:
        environment.left_out.append(Requirement(package.text, place, "PyPI does not have it"))
    elif package.name != "pip":
        note = f"{package.name} is {package.pypi_name} on PyPI" if package.is_renamed else ""
        environment.requirements.append(Requirement(package.pypi_name + package.specifier, place, note))


def _add_pip_line(environment: Environment, line: str, place: Place, folder: Path) -> None:
    """Add a line of a requirements file; ``folder`` is where its paths start."""
    text = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
    option = _OPTION.fullmatch(text)
    if option and option["option"] in ("-r", "--requirement"):
        _read_requirements_file(environment, folder / (option["value"] or ""), place)
    elif option and option["option"] in INDEXES:
        environment.indexes.append(Requirement(text, place))
    elif option or (text and "://" not in text and (text.startswith(".") or "/" in text.split("@")[0])):
        environment.left_out.append(Requirement(text, place, "it is local to the image's build"))
        environment.known = PART
    elif text:
        environment.requirements.append(Requirement(_without_options(text), place))
        if "://" in text:  # what it brings is not known
            environment.known = PART


def _without_options(requirement: str) -> str:
    return re.sub(r"\s+--\S.*", "", requirement)


def _read_requirements_file(environment: Environment, path: Path, place: Place) -> None:
    if not is_file(path):
        environment.left_out.append(Requirement(f"-r {path.name}", place, "the file does not exist"))
        environment.known = PART
        return
    text = read_text(path)
    environment.parts.append(text)
    for line in text.replace("\\\n", " ").splitlines():
        _add_pip_line(environment, line, place, path.parent)


# Dockerfiles


def _read_build(project: Project, environment: Environment, build: Place) -> None:
    """Read what a Dockerfile says of Python and of packages; its other steps have no effect here."""
    folder = build.document.path.parent / str(build.data.get("path") or ".")
    path = folder / str(build.data.get("dockerfile_path") or "Dockerfile")
    text = read_text(path)
    environment.parts.append(text)
    images = _FROM.findall(text)
    environment.image = images[-1] if images else ""
    _read_image(environment)
    for match in _PIP_INSTALL.finditer(text):
        _add_arguments(environment, match["arguments"].replace("\\\n", " "), build, folder)
    for name in _conda_files(text):
        if is_file(folder / name):
            _read_conda_file(project, environment, Place(project.document(folder / name)))
    if environment.requirements or environment.python:
        environment.known = PART


def _add_arguments(environment: Environment, arguments: str, place: Place, folder: Path) -> None:
    words = iter(word.strip("'\"") for word in arguments.split())
    for word in words:
        if word in ("-r", "--requirement"):
            _read_requirements_file(environment, folder / Path(next(words, "")).name, place)
        elif word in INDEXES:
            environment.indexes.append(Requirement(f"{word} {next(words, '')}", place))
        elif not word.startswith(("-", "\\")) and "$" not in word:
            _add_pip_line(environment, word, place, folder)


def _conda_files(dockerfile: str) -> Iterator[str]:
    for command in re.findall(r"conda env (?:create|update)[^\n&]*", dockerfile):
        yield from (Path(name).name for name in re.findall(r"(?:-f|--file)[ =]\s*(\S+)", command))
