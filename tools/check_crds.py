"""Checks that crds/ matches the models; `make check` calls it."""

from __future__ import annotations

import filecmp
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, "-c", "from scim_operator.cli import main; main()", "crds", "--write")


def stale(kept: Path, generated: Path) -> list[str]:
    """Return the files that differ, or that only one of the two directories has."""
    names = {path.name for folder in (kept, generated) for path in folder.glob("*.yaml")}
    _, differing, absent = filecmp.cmpfiles(kept, generated, names, shallow=False)
    return sorted(differing + absent)


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([*COMMAND, scratch], check=True, stdout=subprocess.DEVNULL)
        found = stale(ROOT / "crds", Path(scratch))
    if found:
        print(f"{', '.join(found)}: not what the models say; run `make chart`.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
