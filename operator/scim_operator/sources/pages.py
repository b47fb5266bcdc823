"""Saved answers of an API, one file for each page, and what they say about completeness. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec
from scim_operator.scim import reading
from scim_operator.scim.values import Unreadable, count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.resource import Document, JsonValue

_LAST = re.compile(r"[^/\\]*$")


@dataclass(frozen=True, slots=True)
class Page:
    """One file. `following`: whether it says that another page follows; `total`: of how many objects it is a part."""

    name: str
    items: list[JsonValue]
    following: bool = False
    total: int | None = None
    context: str = ""


def parsed(name: str, body: bytes) -> JsonValue:
    """Return the JSON of a file. Errors: InvalidSpec."""
    try:
        return reading.parse(body)
    except Unreadable as error:
        raise InvalidSpec(f"{name}: cannot be read: {error}; export it again") from None


def page(name: str, body: bytes) -> Page:
    """Return a file as a page: a list, or an object with `value`, as OData has it. Errors: InvalidSpec."""
    content = parsed(name, body)
    if isinstance(content, list):
        return Page(name, content)
    value = content.get("value") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(value, list):
        raise InvalidSpec(f"{name}: is no list, and no answer with a list as its value; export it again")
    link, context = content.get("@odata.nextLink"), content.get("@odata.context")
    about = f"{link if isinstance(link, str) else ''} {context if isinstance(context, str) else ''}"
    return Page(name, value, bool(link), count(content.get("@odata.count")), about)


def in_name(pattern: re.Pattern[str], name: str) -> str:
    """Return the id of a group that a file's own name has in it; "" for none."""
    last = _LAST.search(name)
    found = pattern.findall(last[0] if last else name)
    return str(found[-1]) if found else ""


def note(found: dict[str, Document], id: str, item: Document, place: str) -> None:
    """Note an object by its id; again where pages overlap. Errors: InvalidSpec, where it is another one by then."""
    if found.setdefault(id, item) != item:
        raise InvalidSpec(
            f"{place}: its id is another one's too, or it stands there with other attributes; export all at once"
        )


def check_whole(what: str, pages: Iterable[Page], objects: int) -> None:
    """Refuse pages of which one is known to be missing, or may be.

    Errors: InvalidSpec. That a page in the middle is there, only the announced total can say.
    """
    several = list(pages)
    totals = [each.total for each in several if each.total is not None]
    following = sum(each.following for each in several)
    if totals and max(totals) > objects:
        raise InvalidSpec(f"the files have {objects} of {max(totals)} {what}; give all pages")
    if following >= len(several) > 0:
        raise InvalidSpec(f"the last page of {what} is missing: each file says that another follows; give all pages")
    if following and following + 1 != len(several):
        raise InvalidSpec(f"pages of {what} are missing, or of two listings; give all pages of one")
    if following and not totals:
        raise InvalidSpec(
            f"whether all pages of {what} are there cannot be said; save them with $count=true and the header "
            "ConsistencyLevel: eventual, or import live"
        )


def check_groups(members: Iterable[str], groups: Iterable[str]) -> None:
    """Refuse members of a group that the files do not have: a file's name may have an id for another reason.

    Errors: InvalidSpec.
    """
    if unknown := sorted(set(members) - set(groups)):
        raise InvalidSpec(
            f"a file is of the members of group {unknown[0]}, which is in no file of groups: give that one too, or "
            "take the id out of the file's name"
        )
