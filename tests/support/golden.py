"""Output as files that a person can review: `tests/cli/golden/NAME.txt`, with each escape shown as `␛`.

`GOLDEN=write make test ARGS=tests/cli` writes what the code says now; the diff is then what is reviewed.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "cli" / "golden"


def check(name: str, text: str) -> None:
    """Compare the text with the file of that name."""
    file, shown = FOLDER / f"{name}.txt", text.replace("\x1b", "␛").rstrip("\n") + "\n"
    if os.environ.get("GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    assert file.is_file(), f"there is no {file}; GOLDEN=write makes it"
    assert shown == file.read_text(encoding="utf-8"), f"{file} differs; GOLDEN=write writes it, and review the diff"
