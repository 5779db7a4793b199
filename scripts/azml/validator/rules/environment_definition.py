"""An environment without an image or build context, with both, or with an invalid image name.

Bad:
    name: train-environment
    conda_file: conda.yml

Fix: give an image, with or without a conda_file, or a build context with a Dockerfile. An image name has no
scheme (https://), no spaces and no capital letters after the registry.

Source: azure-ai-ml entities/_assets/environment.py (checked only when it is submitted);
https://github.com/distribution/reference (the grammar of image names).
"""

import re

from azml.core.kinds import ENVIRONMENT_KEYS
from azml.core.place import Place
from azml.validator.findings import Findings, error, warning
from azml.validator.placeholders import OPEN
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("environment-definition")


def check_project(project: SpecProject) -> Findings:
    files = (spec for spec in project.specs if spec.kind == "environment")
    for place in (*files, *project.places("environment")):
        yield from _check(place)
    for place in project.places("image"):
        yield from _check_image(place)


def _check_image(image: Place) -> Findings:
    """Check an image name; one that is still to be filled in has a mark or is all capitals."""
    if OPEN.search(image.text) or image.text.isupper():
        return
    bare = re.sub(r"^(?:https?|docker)://|\s", "", image.text)
    first, slash, rest = bare.partition("/")
    registry = f"{first}/" if slash and re.search("[.:]", first) else ""
    path = re.split("[:@]", rest if registry else bare, maxsplit=1)[0]
    tag = bare[len(registry) + len(path) :]
    if (right := registry + path.lower() + tag) != image.text:
        yield error(f"'{image.text}' is not a valid image name; write '{right}'", image)


def _check(environment: Place) -> Findings:
    data = environment.value
    # An unknown key may be a misspelled image or build: its own finding says so.
    if not isinstance(data, dict) or set(data) - ENVIRONMENT_KEYS - {"$schema"}:
        return
    if "image" in data and "build" in data:
        message = "an environment takes either an image or a build context, not both"
        yield error(message, environment, "build", key=True)
    elif "image" not in data and "build" not in data:
        yield error("an environment needs an image or a build context", environment, key=True)
    elif "build" in data and "conda_file" in data:
        message = "conda_file is ignored with a build context; install the packages in the Dockerfile"
        yield warning(message, environment, "conda_file", key=True)
