"""Bounds of a directory under review: as with kustomize, no link in it leads a reader elsewhere."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from scim_operator.local.git import top_level


@dataclass(slots=True)
class Bounds:
    """The extent of one place on the command line; `root` is a directory, its links resolved."""

    root: Path
    named: bool
    """True where a person named the file itself; its other names are then none of our business."""
    _names: Counter[tuple[int, int]] | None = field(default=None, repr=False)

    def problem(self, file: Path) -> str:
        """Return why an existing file is outside of the place; "" when it is inside."""
        real = Path(os.path.realpath(file))
        if not real.is_relative_to(self.root):
            return f"leads out of {self.root}; put a copy of the file there"
        if not self.named and not self._has_all_names(real):
            return f"has another name outside of {self.root} (a hard link); put a copy of the file there"
        return ""

    def _has_all_names(self, real: Path) -> bool:
        found = real.lstat()
        if found.st_nlink < 2:
            return True
        if self._names is None:
            self._names = _names_below(self.root)
        return self._names[found.st_dev, found.st_ino] >= found.st_nlink


def bounds_of(place: Path) -> Bounds:
    """Return the bounds of an existing file or directory."""
    is_file = not place.is_dir()
    return Bounds(Path(os.path.realpath(place.parent if is_file else place)), named=is_file)


def leads_out(place: Path) -> bool:
    """Return whether a place is a link that leads out of its repository: the change under review may have made it."""
    top = top_level(Path(os.path.abspath(place)).parent)  # noqa: PTH100 - as it is written, links not resolved
    return top is not None and not Path(os.path.realpath(place)).is_relative_to(os.path.realpath(top))


def _names_below(root: Path) -> Counter[tuple[int, int]]:
    names: Counter[tuple[int, int]] = Counter()
    for folder, _, files in os.walk(root):
        for name in files:
            found = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - for many files
            names[found.st_dev, found.st_ino] += 1
    return names
