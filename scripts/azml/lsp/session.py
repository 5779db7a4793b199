"""What the editor has open, and what is known of it: findings, and the project around a file."""

from pathlib import Path

from azml.core.finding import Finding
from azml.core.paths import repository_root
from azml.core.project import Documents
from azml.validator.engine import check
from azml.validator.specs import SpecProject


class Session:
    """The open files. Files are read again only when they change, on disk or in the editor."""

    def __init__(self) -> None:
        self.documents = Documents()
        self.findings: list[Finding] = []
        # The last text of each open file that was YAML: names are completed while a line is being typed.
        self._whole: dict[Path, str] = {}

    def set_text(self, path: Path, text: str) -> None:
        """Take in what the editor shows of a file."""
        self.documents.texts[path] = text
        if not self.documents.read(path).findings:
            self._whole[path] = text

    def close(self, path: Path) -> None:
        """Forget an open file: what is on disk counts again."""
        self.documents.texts.pop(path, None)
        self._whole.pop(path, None)

    def check(self) -> dict[Path, list[Finding]]:
        """Return the findings by file, on what is open and on what that concerns."""
        found: dict[Path, list[Finding]] = {path: [] for path in self.documents.texts}
        self.findings = check(list(found), documents=self.documents).findings if found else []
        for finding in self.findings:
            found.setdefault(Path(finding.path), []).append(finding)
        return found

    def project(self, path: Path) -> SpecProject:
        """Return the project around a file, linked; the file as it was when it last was YAML."""
        documents = self.documents
        if documents.read(path).findings and path in self._whole:
            documents = Documents()
            documents.texts = self.documents.texts | self._whole
        project = SpecProject(repository_root(path), documents)
        project.settle_kinds([path])
        project.follow([path])
        return project
