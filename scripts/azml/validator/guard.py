"""A bug in a rule costs what that rule would have found in one place, not the whole check."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from azml.core.show import bug_text, show_path

Found = TypeVar("Found")


class Guard:
    """Yields what is found until something fails; ``failures`` are the messages on what failed."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def __call__(self, what: str, find: Callable[..., Iterable[Found]], subject: object) -> Iterator[Found]:
        """Yield what ``find(subject)`` finds; what it raises becomes a failure of ``what`` in a document."""
        try:
            yield from find(subject)
        except Exception as error:
            self.failures.append(f"{_where(subject)}{what}: {bug_text(error)}")


def _where(subject: object) -> str:
    path = getattr(getattr(subject, "document", subject), "path", subject)
    return f"{show_path(str(path))}: " if isinstance(path, Path) else ""
