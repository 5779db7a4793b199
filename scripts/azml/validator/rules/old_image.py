"""A Microsoft base image on an operating system that no longer gets security updates.

Bad:
    image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:20240101.v1

Fix: use a maintained one, such as mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04. Advice, so the rule is
off by default.

Source: https://github.com/Azure/AzureML-Containers (support ends with that of the system); Ubuntu's standard
support: 16.04 until 2021-04, 18.04 until 2023-05, 20.04 until 2025-05 (https://ubuntu.com/about/release-cycle).
"""

import re

from azml.core.finding import WARNING
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("old-image", severity=WARNING, is_default=False)

_OLD = re.compile(r"mcr\.microsoft\.com/azureml/.*?ubuntu(?P<year>16|18|20)\.?04")


def check_project(project: SpecProject) -> Findings:
    told = set()
    for place in project.places("image"):
        match = _OLD.search(place.text)
        if match and (place.document.path, place.text) not in told:
            told.add((place.document.path, place.text))
            yield warning(f"this image builds on Ubuntu {match['year']}.04, which is out of support", place)
