"""An MLTable file that names a local file or folder which is not there.

Bad (data/table/MLTable):
    paths:
      - file: ./customers.csv

Fix: correct the path; it counts from the MLTable file's folder.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-mltable; azure-ai-ml
_utils/_data_utils.py
"""

import re
from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.finding import ERROR, WARNING, Finding
from azml.validator.files import DATA
from azml.validator.specs import SpecProject

ID = "mltable-path"

_ADDRESS = re.compile(r"[A-Za-z][\w+.\-]+:|[$*{]")


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every missing path of the MLTable files that specs use."""
    for use in project.file_uses:
        path = use.path / "MLTable"
        if use.role != DATA or use.type != "mltable" or not path.is_file():
            continue
        document = project.document(path)
        entries = mapping(document.data).get("paths")
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            for key, text in mapping(entry).items():
                if key in ("file", "folder") and isinstance(text, str) and not _ADDRESS.match(text):
                    target = path.parent / text
                    if not target.exists():
                        alike = any(target.parent.glob(f"*{target.suffix}")) if target.suffix else False
                        message = f"the {key} {text} does not exist"
                        related = (use.document.related("used here", use.pointer),)
                        yield document.finding(
                            ID,
                            message,
                            ("paths", index, key),
                            related=related,
                            severity=ERROR if alike else WARNING,
                        )
