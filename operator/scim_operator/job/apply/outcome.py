"""What became of a plan that was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from scim_operator.core.records.status import Reformatted
    from scim_operator.core.resource import Document


@dataclass(frozen=True, slots=True)
class Done:
    """A plan that was carried out. `document` is what the service holds now, None when it holds nothing.

    `sent` are the paths whose values were just sent, `reformatted` those of them that the service stores otherwise.
    """

    document: Document | None
    reformatted: tuple[Reformatted, ...] = ()
    sent: frozenset[str] = frozenset()

    @property
    def kept(self) -> tuple[str, ...]:
        """Return what was just sent, and not taken: the service kept what it had."""
        return tuple(each.path for each in self.reformatted if each.kept)

    def forms(self, known: Iterable[Reformatted], unlike: Container[str] | None) -> tuple[Reformatted, ...]:
        """Return what the service stores otherwise, given what was known: of what was sent, only the news counts.

        `unlike` are the attributes that are not as asked for, where they were compared: what is, is no longer known.
        """
        still = (each for each in known if each.path not in self.sent and (unlike is None or each.path in unlike))
        return (*still, *self.reformatted)


class PlanAgain:
    """The service is not as the plan supposed; what was learned is in the index, and a new plan is due."""


PLAN_AGAIN = PlanAgain()
MORE = PlanAgain()
"""The resource was created, and there is more to send."""
TAKEN = PlanAgain()
"""The service says that the resource exists already, and it was found."""
Outcome = Done | PlanAgain
