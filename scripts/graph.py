"""Draw a pipeline from its YAML as a Mermaid flowchart: ``python scripts/graph.py [PIPELINE]``."""

import sys
from pathlib import Path

from azml.core.graph import mermaid
from azml.core.project import Project, repository_root
from azml.core.show import finding_text


def main(argv: list[str]) -> int:
    """Print the flowchart; 2 when there is no pipeline to draw."""
    path = Path(argv[0] if argv else "pipeline.yml")
    project = Project(repository_root(path))
    pipeline = project.link(path)
    if pipeline is None or not (pipeline.base or pipeline).steps:
        findings = project.document(path).findings
        print(finding_text(findings[0]) if findings else f"graph: {path} holds no pipeline", file=sys.stderr)
        return 2
    print(mermaid(pipeline), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
