"""What MLflow shows of a pipeline's own run: a name that says what changed, and a report as description."""

import re
from collections.abc import Mapping

from .summary import Summary, verdict

MOST_OF_NAME = 60
# Overrides of these change nothing that runs.
WORDS = ("display_name", "experiment_name", "description", "tags", "properties")
# Parts of an override's path that say nothing to a person.
PLAIN = ("inputs", "jobs", "settings", "path")


def run_name(title: str, summary: Summary) -> str:
    """Return what a run is called: what was set, else what changed in the first step, and its title."""
    texts = [text for text in summary.overrides if not text.startswith(WORDS)]
    changed = ", ".join(map(_short, texts)) or next(
        (f"{name}: {step['changed']}" for name, step in summary.steps.items() if step["changed"]), ""
    )
    if len(changed) > MOST_OF_NAME:
        changed = f"{changed[: MOST_OF_NAME - 1]}…"
    return f"{changed} · {title}" if changed else title


def _short(override: str) -> str:
    path, _, value = override.partition("=")
    parts = [part for part in path.split(".") if part not in PLAIN]
    return f"{'.'.join(parts) or path}={value}"


def markdown(summary: Summary, description: str) -> str:
    """Return a report on a run, in Markdown."""
    rows = [f"| {name} | {_step(step)} |" for name, step in summary.steps.items()]
    models = [f"[{name} v{version}](#/models/{name}/versions/{version})" for name, version in summary.models]
    lines = [
        *([description.strip(), ""] if description.strip() else []),
        f"**{verdict(summary, 'utf-8')}**",
        "",
        "| step | status | seconds | |",
        "| --- | --- | --- | --- |",
        *rows,
        "",
        *([f"Registered: {', '.join(models)}", ""] if models else []),
        *([f"Set: `{' '.join(summary.overrides)}`", ""] if summary.overrides else []),
        *[f"- {name}: `{path}`" for name, path in summary.outputs.items()],
    ]
    return "\n".join(lines).strip()


def _step(step: Mapping) -> str:
    remark = re.sub(r"\s+", " ", f"{step['remark']} {step['note']}").strip().replace("|", "\\|")
    return f"{step['status']} | {step['seconds']:.1f} | {remark}"
