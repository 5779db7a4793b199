"""Drawing a pipeline: ``azml graph``, and the picture in the README."""

import subprocess
import sys

from layout import ROOT


def graph(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "azml.cli", "graph", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


def test_the_readme_shows_the_pipeline_as_it_is():
    drawn = graph().stdout
    assert f"```mermaid\n{drawn}```" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_nested_pipelines_are_boxes(tmp_path):
    (tmp_path / "inner.yml").write_text(
        "type: pipeline\nname: inner\nversion: 1\ninputs: {raw: {type: uri_folder}}\n"
        "outputs: {done: {type: uri_folder}}\njobs:\n"
        "  clean:\n    command: cp ${{inputs.raw}} ${{outputs.done}}\n"
        "    inputs: {raw: '${{parent.inputs.raw}}'}\n    outputs: {done: '${{parent.outputs.done}}'}\n"
    )
    (tmp_path / "pipeline.yml").write_text(
        "type: pipeline\ninputs: {data: {type: uri_folder, path: .}}\njobs:\n"
        "  prepare:\n    type: pipeline\n    component: ./inner.yml\n"
        "    inputs: {raw: '${{parent.inputs.data}}'}\n"
        "  end:\n    command: ls ${{inputs.x}}\n    inputs: {x: '${{parent.jobs.prepare.outputs.done}}'}\n"
    )
    assert graph(str(tmp_path / "pipeline.yml")).stdout.splitlines() == [
        "flowchart LR",
        '  subgraph jobs.prepare["prepare"]',
        '    jobs.prepare.jobs.clean["clean"]',
        "  end",
        '  jobs.end["end"]',
        '  in.data(["data"]) --> jobs.prepare',
        "  jobs.prepare -- done --> jobs.end",
    ]


def test_what_is_no_pipeline_is_said_in_one_line():
    done = graph("environment/environment.yml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "azml: there is no pipeline in environment/environment.yml\n"
