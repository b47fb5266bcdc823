"""Who is in which group: all groups, with the number of their members. Each leads to its members and their ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.console.markup import Content, tag
from scim_operator.console.pages.frame import Frame, notice, numbered, object_link, page, state, table
from scim_operator.console.people import Query
from scim_operator.core.keys import Kind
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from scim_operator.console.people import Entry
    from scim_operator.console.source import Source
    from scim_operator.review.access.ways import Ways

MOST = 50
"""Groups of one part of the list."""


def access(frame: Frame, source: Source, ways: Ways, text: str, begin: int) -> str:
    """Return the page."""
    found = source.people.find(Query(text, kind=Kind.GROUP.value), begin, MOST)
    field = tag("input", type="search", id="field-q", name_="q", value=text)
    search = tag(
        "form", tag("div", tag("label", "Search a group", for_="field-q"), field),
        tag("button", "Search", type="submit"),
        class_="search", role="search", method="get", action="/access",
    )  # fmt: skip
    rows = (_row(ways, each) for each in found.entries)
    return page(
        frame,
        "Access",
        notice("Not all are read yet.") if source.reading else None,
        search,
        tag("p", f"{counted(found.total, 'group')} found.", id="total"),
        table("Groups", ("Group", "Called", "Members in effect", "State", "Reason"), rows),
        numbered("/access", begin, MOST, found.total, q=text),
        notice("The page of a group says since when each member is in it, who wrote that and who approved it."),
    )


def _row(ways: Ways, entry: Entry) -> tuple[Content, ...]:
    number = len(ways.members(entry.key.name))
    doubt = " and perhaps others" if ways.fault(entry.key.name) else ""
    return object_link(entry.key), entry.title, f"{number}{doubt}", state(entry.state), entry.reason
