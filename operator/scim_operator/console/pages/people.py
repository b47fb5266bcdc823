"""The list of users and groups, which narrows while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.console.markup import Content, Html, joined, tag
from scim_operator.console.pages.frame import (
    Frame,
    namespace_choice,
    notice,
    numbered,
    object_link,
    page,
    selection,
    state,
    table,
)
from scim_operator.console.people import STATES
from scim_operator.core.keys import Kind
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.console.people import Entry, Query
    from scim_operator.console.source import Source

MOST = 50
"""Objects of one part of the list."""
KINDS = (("", "Users and groups"), (Kind.USER.value, "Users"), (Kind.GROUP.value, "Groups"))


def people(
    frame: Frame, source: Source, query: Query, begin: int, configs: Sequence[str], places: Sequence[str] = ()
) -> str:
    """Return the page; `places` are the namespaces to choose from."""
    return page(
        frame,
        "People and groups",
        notice(source.unseen, bad=True) if source.unseen else None,
        _search(source, query, configs, places),
        results(source, query, begin),
    )


def _search(source: Source, query: Query, configs: Sequence[str], places: Sequence[str]) -> Html:
    counts = source.people.reasons()
    reasons = [("", "Any reason"), *((name, f"{name} ({counts[name]})") for name in sorted(filter(None, counts)))]
    text = tag(
        "input", type="search", id="field-q", name_="q", value=query.text, autocomplete="off",
        placeholder="Name, userName, e-mail",
    )  # fmt: skip
    fields: Content = (
        tag("div", tag("label", "Search", for_="field-q"), text),
        namespace_choice(places, query.namespace),
        selection("kind", "Kind", KINDS, query.kind),
        selection("state", "State", [("", "Any state"), *((each, each) for each in STATES)], query.state),
        selection("reason", "Reason", reasons, query.reason),
        selection("config", "Config", [("", "Any config"), *((each, each) for each in configs)], query.config),
        tag("button", "Search", type="submit"),
    )
    return tag(
        "form", fields, class_="search", role="search", method="get", action="/people", hx_get="/people/results",
        hx_trigger="input delay:120ms, submit", hx_target="#results", hx_swap="outerHTML", hx_sync="this:replace",
    )  # fmt: skip


def results(source: Source, query: Query, begin: int) -> Html:
    """Return the part of the page that a search replaces."""
    found = source.people.find(query, begin, MOST)
    given = {"q": query.text, "kind": query.kind, "state": query.state, "reason": query.reason, "config": query.config}
    given |= {"namespace": query.namespace}
    several = () if source.home else ("Namespace",)
    content: Content = (
        notice("Not all are read yet: what is missing here may come in a moment.") if source.reading else None,
        tag("p", f"{counted(found.total, 'object')} found.", id="total", role="status"),
        table(
            "Users and groups",
            ("Name", *several, "Kind", "Called", "State", "Reason"),
            (_row(each, source.home) for each in found.entries),
        ),
        numbered("/people", begin, MOST, found.total, **given),
    )
    return tag("div", joined(content), id="results")


def _row(entry: Entry, home: str) -> tuple[Content, ...]:
    kind = "User" if entry.key.kind is Kind.USER else "Group"
    place = () if home else (entry.key.namespace,)
    return object_link(entry.key, home), *place, kind, entry.title, state(entry.state), entry.reason
