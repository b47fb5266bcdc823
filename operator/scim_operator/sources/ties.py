"""Ties between manifests: managers, members, groups within groups; by the ids or names that the source has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.sources.row import Refused
from scim_operator.sources.spec import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.sources.made import Imported, Made


MOST_MEMBERS = 20_000
"""Members that one manifest lists (`api.group`)."""


def tie(made: Iterable[Made], done: Imported) -> list[Made]:
    """Give users their managers and groups their members, by name; what has no manifest is counted in `done`.

    Return what is imported: a group of more members than a manifest can list is refused.
    """
    everyone = list(made)
    people = _Book(each for each in everyone if each.kind is Kind.USER)
    groups = _Book(each for each in everyone if each.kind is Kind.GROUP)
    in_groups: dict[str, list[Made]] = {}
    for each in everyone:
        if each.kind is Kind.USER:
            _manage(each, people, done)
            for name in each.draft.groups:
                in_groups.setdefault(name.lower(), []).append(each)
    for each in everyone:
        if each.kind is Kind.GROUP:
            _fill(each, people, groups, in_groups, done)
    return [each for each in everyone if not _is_too_large(each, done)]


def _is_too_large(each: Made, done: Imported) -> bool:
    if each.kind is Kind.USER or len(each.spec.get("members", ())) <= MOST_MEMBERS:
        return False
    fix = "split it, or leave it out with --group-where"
    done.refused.append(
        Refused(each.row.place, f"has more than {MOST_MEMBERS:,} members, the most of a manifest; {fix}")
    )
    return True


class _Book:
    """Manifests by what names them."""

    def __init__(self, made: Iterable[Made]) -> None:
        self._found: dict[str, Made | None] = {}
        for each in made:
            for known in {each.row.id} if each.row.id else _known_as(each):
                self._found[known] = each if known not in self._found else None

    def find(self, reference: str) -> Made | None:
        """Return what the reference names; None where that is nothing, or several."""
        found = self._found.get(reference)
        return found if found is not None else self._found.get(reference.lower())


def _known_as(made: Made) -> set[str]:
    """Return what names a row of a source without ids: what people type for it, in lower case."""
    texts = [made.identity, made.spec.get("externalId", ""), *(each["value"] for each in made.spec.get("emails", ()))]
    number = made.spec.get("enterprise", {}).get("employeeNumber", "")
    return {text.lower() for text in (*texts, number) if text}


def _manage(user: Made, people: _Book, done: Imported) -> None:
    if not user.draft.manager:
        return
    manager = people.find(user.draft.manager)
    if manager is None or manager is user:
        done.loose += 1
        return
    user.spec = in_order(Kind.USER, {**user.spec, "manager": {"userRef": {"name": manager.name}}})


def _fill(group: Made, people: _Book, groups: _Book, in_groups: dict[str, list[Made]], done: Imported) -> None:
    members = group.row.members
    found: dict[tuple[str, str], None] = {}
    missing = 0
    for reference in members or ():
        user, nested = _found(people, Kind.USER, reference), _found(groups, Kind.GROUP, reference)
        if user is not None:
            found["userRef", user.name] = None
        elif nested is not None and nested is not group:
            found["groupRef", nested.name] = None
        else:
            missing += 1
    for user in in_groups.get(group.called, ()):
        found["userRef", user.name] = None
    # Of whom the service does not show, no one knows whether they belong there.
    unseen = members is None and bool(group.row.id and found)
    listed: list[dict[str, Any]] = [{field: {"name": name}} for field, name in sorted(found)]
    _say(group, listed, known=members is not None or bool(listed), whole=not (missing or unseen), done=done)


def _found(book: _Book, kind: Kind, reference: str) -> Made | None:
    """Return what a member names: `User/7`, `Group/7`, or `/7` where the source does not say which of the two."""
    type_ = kind.resource_type.value
    if not reference.startswith(("/", f"{type_}/")):
        return None
    return book.find(f"{type_}/{reference.partition('/')[2]}")


def _say(group: Made, listed: list[dict[str, Any]], *, known: bool, whole: bool, done: Imported) -> None:
    fields = dict(group.spec)
    if not whole:
        fields["membershipPolicy"] = "Additive"
        done.partial.append(group.name)
    if known:
        fields["members"] = listed
    group.spec = in_order(Kind.GROUP, fields)
