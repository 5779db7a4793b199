"""A pipeline without steps, or an empty job file.

Bad:
    type: pipeline
    jobs: {}

Fix: add a step.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-pipeline (jobs is required).
"""

from azml.core.components import Component
from azml.core.place import Place
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("empty-pipeline")


def check_project(project: SpecProject) -> Findings:
    for path in project.empty:
        yield error("the file is empty; expected a job", Place(project.document(path)))


def check_component(component: Component) -> Findings:
    if component.type == "pipeline" and component.data.get("jobs", "none") in ({}, None):
        yield error("the pipeline has no steps", component, "jobs", key=True)
