"""The page of one user or group: attributes, groups and the ways by which they come, outcomes, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.console.markup import Content, Html, tag
from scim_operator.console.pages import history
from scim_operator.console.pages.frame import (
    Frame,
    address,
    facts,
    form,
    moment,
    notice,
    numbered,
    object_link,
    object_path,
    page,
    standing,
    state,
    table,
    within,
)  # fmt: skip
from scim_operator.console.steps import shown
from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.revision import revision_of
from scim_operator.core.records.status import condition_of
from scim_operator.core.wording import counted
from scim_operator.review.access.wording import path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scim_operator.console.source import Detail, Source
    from scim_operator.core.explain.explanation import Beside, Explanation
    from scim_operator.review.access.ways import Ways

_VERDICTS = {"equal": "good", "differs": "warn"}
MOST = 200
"""Members of a group in one part of the list."""


def person(frame: Frame, source: Source, detail: Detail, ways: Ways, configs: Sequence[str], begin: int = 0) -> str:
    """Return the page."""
    key = detail.record.key
    access = _groups(key, ways, source.home) if key.kind is Kind.USER else _members(key, ways, source, begin)
    return page(
        frame,
        _title(detail),
        facts(_facts(detail, in_cluster=source.in_cluster)),
        _outcomes(detail.record.status) if source.in_cluster else None,
        access,
        history.asked(key, source.home, configs),
        _why(frame, source, key, configs),
        _attributes(detail, asks=source.in_cluster),
    )


def _title(detail: Detail) -> str:
    called = detail.document.get("userName" if detail.record.key.kind is Kind.USER else "displayName")
    name = detail.record.key.name
    return f"{name} ({called})" if isinstance(called, str) and called and called != name else name


def _facts(detail: Detail, *, in_cluster: bool) -> Iterator[tuple[str, Content]]:
    record = detail.record
    yield "Object", f"{record.key} of namespace {record.key.namespace}"
    yield "Ready", _ready(record.status) if in_cluster else None
    yield "Labels", ", ".join(map("=".join, record.labels.items()))
    if record.window is not None:
        yield "From", moment(record.window.begin.isoformat()) if record.window.begin else None
        yield "Until", moment(record.window.end.isoformat()) if record.window.end else None
    yield "Suspended", "spec.suspend is true: nothing is sent for it" if record.suspended else None
    yield "Being deleted", "yes" if record.goes else None
    yield "Manager", record.manager
    yield "Revision in Git", revision_of(record.annotations)


def _ready(status: Mapping[str, Any]) -> Content:
    found = condition_of(status, "Ready")
    return (state(str(found.get("status", ""))), " ", str(found.get("reason", ""))) if found else "not reported"


def _outcomes(status: Mapping[str, Any]) -> Html | None:
    rows = [
        (str(entry["config"]), *_condition(each))
        for entry in status.get("services") or ()
        for each in entry.get("conditions") or ()
        if isinstance(each, dict)
    ]
    if not rows:
        return notice("The operator has not reported on it.")
    return table("Outcome at each service", ("Config", "Condition", "Status", "Reason", "Message", "Since"), rows)


def _condition(body: Mapping[str, Any]) -> Iterator[Content]:
    type_ = _text(body, "type")
    yield type_
    yield standing(type_, _text(body, "status"))
    yield _text(body, "reason")
    yield _text(body, "message")
    yield moment(_text(body, "lastTransitionTime"))


def _groups(key: ObjectKey, ways: Ways, home: str) -> Html:
    rows = [
        (
            object_link(ObjectKey(Kind.GROUP, key.namespace, group), home),
            tag("ul", _paths(ways, group, key.name), class_="plain"),
        )
        for group in ways.groups_of(key.name)
    ]
    heading = tag("h2", f"In {counted(len(rows), 'group')}")
    return tag("section", heading, table("Groups, and by which way", ("Group", "Way"), rows) if rows else None)


def _members(key: ObjectKey, ways: Ways, source: Source, begin: int) -> Html:
    users = ways.members(key.name)
    part = users[begin : begin + MOST]
    rows = (
        (object_link(ObjectKey(Kind.USER, key.namespace, user), source.home), _called(source, key, user),
         tag("ul", _paths(ways, key.name, user), class_="plain"))
        for user in part
    )  # fmt: skip
    return tag(
        "section",
        tag("h2", f"{counted(len(users), 'member')}, those of nested groups too"),
        _fault(ways.fault(key.name)),
        table("Members, and by which way", ("User", "Called", "Way"), rows),
        numbered(object_path(key), begin, MOST, len(users), **within(key.namespace, source.home)),
    )


def _fault(fault: str) -> Html | None:
    return notice("Who else is a member cannot be known: ", fault, bad=True) if fault else None


def _called(source: Source, group: ObjectKey, user: str) -> str:
    entry = source.people.get(ObjectKey(Kind.USER, group.namespace, user))
    return entry.title if entry is not None else "there is no such manifest"


def _paths(ways: Ways, group: str, user: str) -> Iterator[Html]:
    for each in ways.paths(group, user):
        yield tag("li", path(each))


def _why(frame: Frame, source: Source, key: ObjectKey, configs: Sequence[str]) -> Html:
    parts = []
    for name in configs:
        where, place = f"{object_path(key)}/why", within(key.namespace, source.home)
        target = f"why-{name}"
        parts += [
            tag("h3", f"By {name}"),
            tag("div", tag("p", "…"), id=target, hx_get=address(where, config=name, **place), hx_trigger="load"),
        ]
        if source.in_cluster:
            hidden = tag("input", type="hidden", name_="config", value=name)
            parts.append(
                form(
                    frame,
                    address(where, **place),
                    "Ask the service now",
                    hidden,
                    hx_post=address(where, **place),
                    hx_target=f"[id='{target}']",
                )
            )
    return tag("section", tag("h2", "Why"), parts or notice("There is no ProvisioningConfig to explain it by."))


def explained(explanation: Explanation) -> Html:
    """Return the part of the page that says why, step by step."""
    steps = (
        (tag("dt", step.name), tag("dd", step.outcome, tag("ul", (tag("li", each) for each in step.details))))
        for step in explanation.steps
    )
    return tag(
        "div",
        tag("p", tag("strong", explanation.conclusion)),
        _beside(explanation.attributes) if explanation.attributes else None,
        tag("dl", steps),
    )


def _beside(attributes: Sequence[Beside]) -> Html:
    head = ("Attribute", "By the manifest", "At the service", "Verdict")
    rows = (
        (each.attribute, each.wanted, each.there, state(each.verdict, _VERDICTS.get(each.verdict, "quiet")))
        for each in attributes
    )
    return table("Attributes beside the service's", head, rows)


def explained_page(frame: Frame, explanation: Explanation) -> str:
    """Return the same as a page of its own, for browsers that run no script."""
    return page(frame, f"Why: {explanation.subject}, by {explanation.config}", explained(explanation))


def _attributes(detail: Detail, *, asks: bool) -> Html:
    rows = [(name, shown(value)) for name, value in sorted(detail.document.items())]
    asked = tag("p", "What the service has beside them, Ask the service now says, under Why.")
    return tag(
        "section",
        tag("h2", "Attributes"),
        asked if asks else None,
        table("As the manifest has them", ("Attribute", "Value"), rows),
    )


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
