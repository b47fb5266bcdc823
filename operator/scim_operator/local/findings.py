"""Problems of manifests, and their places: `file:line: message`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from scim_operator.core.printing import one_line, visible


class Severity(StrEnum):
    """Severity: an error fails the command, a warning does not. The words are those of GitHub's annotations."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to fix. `line` counts from 1; 0 means the file as a whole."""

    file: str
    line: int
    message: str
    severity: Severity = Severity.ERROR

    def as_text(self) -> str:
        """Return one line, as compilers write it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        kind = "" if self.severity is Severity.ERROR else "warning: "
        return f"{one_line(place)}: {kind}{one_line(self.message)}"

    def as_annotation(self) -> str:
        """Return one workflow command of GitHub, which shows the message at its line of the pull request."""
        line = f",line={self.line}" if self.line else ""
        return f"::{self.severity.value} file={_property(self.file)}{line}::{_data(self.message)}"


def _data(text: str) -> str:
    """Escape a text as GitHub's own toolkit does; unprintable characters are shown by their number."""
    shown = {"\r": "%0D", "\n": "%0A"}
    return "".join(shown.get(part, visible(part)) for part in re.split(r"([\r\n])", text.replace("%", "%25")))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
