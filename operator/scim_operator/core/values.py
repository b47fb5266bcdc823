"""Values: dataclasses that no one changes once they are made, and that are made many times for each object.

`@valueclass(frozen=True, slots=True)` is `@dataclass(frozen=True, slots=True)`, and mypy takes it for that: to assign
to a field is an error. At run time nothing looks out for it, and each object is made in a fifth of the time. What is
equal, and its hash, are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["valueclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass as valueclass
else:
    from dataclasses import dataclass

    def valueclass(*, frozen: bool, slots: bool, order: bool = False) -> object:
        """Return what makes such a class."""
        return dataclass(slots=slots, order=order, unsafe_hash=frozen)
