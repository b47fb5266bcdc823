"""Bounds on what one run takes away: a source that lost much counts as incomplete, and is refused as a whole. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.wording import counted
from scim_operator.errors import InvalidSpec
from scim_operator.sources.made import NOUN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from scim_operator.sources.update.units import Part

FEWEST = 5
"""So many may always go: a tenth of a small tenant is no one."""
_NOTHING = "nothing was written"


def check_leavers(gone: Mapping[Kind, int], still: Mapping[Kind, int], most: int) -> None:
    """Refuse a source without anyone, and one that lost more than `most` percent. Errors: InvalidSpec."""
    for kind in Kind:
        number, before = gone.get(kind, 0), gone.get(kind, 0) + still.get(kind, 0)
        if number == before and (number > 1 or (number and kind is Kind.USER)):
            raise InvalidSpec(
                f"The source has none of the {counted(before, NOUN[kind])} any more that it had: it may be cut off, or "
                f"another one; {_NOTHING}. Correct it, or remove the manifests by hand."
            )
        if exceeds(number, before, most):
            raise InvalidSpec(
                f"{number} of {counted(before, NOUN[kind])} are not at the source any more, more than {most} %: it may "
                f"be cut off; {_NOTHING}. If they did leave, give --max-leavers."
            )


def check_members(gone: int, were: int, most: int) -> None:
    """Refuse a source by which too many would be out of groups. Errors: InvalidSpec."""
    if exceeds(gone, were, most):
        raise InvalidSpec(
            f"{gone} of {counted(were, 'membership')} are not at the source any more, more than {most} %: a part of it "
            f"may lack; {_NOTHING}. If they did end, give --max-leavers."
        )


def exceeds(number: int, before: int, most: int) -> bool:
    """Return whether so many of what was there are more than `most` percent, and enough to count."""
    return number >= FEWEST and number * 100 > before * most


def check_parts(gave: Iterable[tuple[Collection[Part], Collection[Part]]], dropped: Collection[str]) -> None:
    """Refuse a source that gives an attribute for none any more; `gave`: before and now, of those who are still there.

    `dropped` names the attributes of which that is known. Errors: InvalidSpec.
    """
    before: Counter[Part] = Counter()
    now: Counter[Part] = Counter()
    for was, is_now in gave:
        before.update(was)
        now.update(is_now)
    for part in sorted(before):
        if not now[part] and before[part] >= FEWEST and spelt(part) not in dropped:
            raise InvalidSpec(
                f"The source gave {spelt(part)} for {before[part]} manifests, and gives it for none any more: a column "
                f"may lack; {_NOTHING}. If it is to be taken away, give --drop={spelt(part)}."
            )


def spelt(part: Part) -> str:
    """Return a part as messages and options write it: `emails[work].value`."""
    return ".".join(part).replace(".[", "[")
