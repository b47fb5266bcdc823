"""What a session does before it has listed its service: all that a read by the id on record is enough for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from typing import Any

    from scim_operator.job.session.edits import Edits
    from scim_operator.job.session.leavers import Leavers


@dataclass(frozen=True, slots=True)
class Ahead:
    """Who leaves, and what is edited."""

    leavers: Leavers
    edits: Edits

    def tasks(self, shown: Mapping[str, Any]) -> tuple[Coroutine[Any, Any, None], ...]:
        """Return what is done until `close`. `shown` is what the config's status says of a plan."""
        return self.leavers.run(shown), self.edits.run()

    def close(self) -> None:
        """Begin nothing more: from now on the workers of the session look at everything."""
        self.leavers.close()
        self.edits.close()
