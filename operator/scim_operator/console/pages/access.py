"""Who is in which group: all groups, with the number of their members. Each leads to its members and their ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.console.markup import Content, tag
from scim_operator.console.pages.frame import Frame, namespace_choice, notice, numbered, object_link, page, state, table
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scim_operator.console.people import Entry, Query
    from scim_operator.console.source import Source
    from scim_operator.review.access.ways import Ways

MOST = 50
"""Groups of one part of the list."""


def access(
    frame: Frame, source: Source, ways: Callable[[str], Ways], query: Query, begin: int, places: Sequence[str]
) -> str:
    """Return the page; `ways` are those of a namespace, `places` the namespaces to choose from."""
    text = query.text
    found = source.people.find(query, begin, MOST)
    of = {each: ways(each) for each in {entry.key.namespace for entry in found.entries}}
    several = () if source.home else ("Namespace",)
    field = tag("input", type="search", id="field-q", name_="q", value=text)
    search = tag(
        "form", tag("div", tag("label", "Search a group", for_="field-q"), field),
        namespace_choice(places, query.namespace),
        tag("button", "Search", type="submit"),
        class_="search", role="search", method="get", action="/access",
    )  # fmt: skip
    rows = (_row(of[each.key.namespace], each, source.home) for each in found.entries)
    return page(
        frame,
        "Access",
        notice(source.unseen, bad=True) if source.unseen else None,
        notice("Not all are read yet.") if source.reading else None,
        search,
        tag("p", f"{counted(found.total, 'group')} found.", id="total"),
        table("Groups", ("Group", *several, "Called", "Members in effect", "State", "Reason"), rows),
        numbered("/access", begin, MOST, found.total, q=text, namespace=query.namespace),
        notice("The page of a group says since when each member is in it, who wrote that and who approved it."),
    )


def _row(ways: Ways, entry: Entry, home: str) -> tuple[Content, ...]:
    number = len(ways.members(entry.key.name))
    doubt = " and perhaps others" if ways.fault(entry.key.name) else ""
    place = () if home else (entry.key.namespace,)
    return object_link(entry.key, home), *place, entry.title, f"{number}{doubt}", state(entry.state), entry.reason
