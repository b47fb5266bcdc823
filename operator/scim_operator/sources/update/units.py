"""What of a spec the source gives, part by part, and a spec in which those parts are laid over what stands in Git.

The source owns the parts that it gives, and takes away those that it gave and gives no more. All others are a person's.
A part is a field, an attribute of one that has several, or one of an element of a list that its `type` tells apart.
Members are each on their own: the source decides about those whom it knows. Pure.
"""

from __future__ import annotations

from bisect import bisect
from typing import TYPE_CHECKING, Any

from scim_operator.sources.update.editing import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    Known = Callable[[str, str], bool]
    """Whether the source decides about a member, by `userRef` or `groupRef` and its name."""

Part = tuple[str, ...]
MEMBERS = "members"
_NESTED = frozenset({"name", "enterprise", "ws1b"})
_BY_URN = "extensions"


def values_of(spec: Mapping[str, Any]) -> Iterator[tuple[Part, Any]]:
    """Yield the parts of a spec with their values; members are one part."""
    for field, value in spec.items():
        if field == _BY_URN and isinstance(value, dict):
            yield from (((field, urn, name), each) for urn, several in value.items() for name, each in several.items())
        elif field in _NESTED and isinstance(value, dict):
            yield from (((field, name), each) for name, each in value.items())
        elif field != MEMBERS and _is_typed(value):
            yield from (((field, f"[{_type(each)}]", name), value) for each in value for name, value in each.items())
        else:
            yield (field,), value


def parts_of(spec: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the parts of a spec."""
    return (part for part, _ in values_of(spec))


def _type(element: Mapping[str, Any]) -> str:
    return element.get("type") or ""


def laid_over(
    spec: Mapping[str, Any], given: Mapping[str, Any], gave: Collection[Part], known: Known
) -> dict[str, Any]:
    """Return the spec of Git with what the source gives, and without what it gave before and gives no more."""
    gives = set(parts_of(given))
    made = dict(spec)
    for field in _fields(gave):
        lost = [part for part in gave if part[0] == field and part not in gives]
        if field == MEMBERS:
            continue  # the source does not say any more who is in the group, which is not to say no one
        if field not in given and lost == [(field,)]:
            made.pop(field, None)
        elif lost and field in made:
            _set(made, field, _without(made[field], [part[1:] for part in lost if len(part) > 1]))
    for field, value in given.items():
        _set(made, field, _over(field, made.get(field), value, known))
    return made


def _fields(gave: Collection[Part]) -> list[str]:
    return list(dict.fromkeys(part[0] for part in gave))


def _set(made: dict[str, Any], field: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    if value in ({}, []) and field != MEMBERS:
        made.pop(field, None)
    else:
        made[field] = value


def _is_typed(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, list) and bool(value) and typed(value)


def _over(field: str, here: Any, given: Any, known: Known) -> Any:  # noqa: ANN401 - any JSON value
    if field == MEMBERS:
        return _members(here if isinstance(here, list) else [], given, known)
    if field in _NESTED:
        return {**(here if isinstance(here, dict) else {}), **given}
    if field == _BY_URN and isinstance(here, dict):
        return {**here, **{urn: {**_mapping(here.get(urn)), **several} for urn, several in given.items()}}
    if _is_typed(here) and _is_typed(given):
        by_type = {_type(each): each for each in given}
        kept = [{**each, **by_type.pop(_type(each), {})} for each in here]
        return [*kept, *by_type.values()]
    return given


def _mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, dict) else {}


def _without(here: Any, lost: Sequence[Part]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a field without the parts that are lost, and without what that leaves empty."""
    if _is_typed(here):
        return _elements(here, lost)
    if not isinstance(here, dict):
        return here
    made = dict(here)
    for name, *rest in lost:
        if not rest:
            made.pop(name, None)
        elif isinstance(made.get(name), dict):
            below = {each: value for each, value in made[name].items() if each not in rest}
            _set(made, name, below)
    return made


def _elements(here: Sequence[Mapping[str, Any]], lost: Sequence[Part]) -> list[dict[str, Any]]:
    gone: dict[str, set[str]] = {}
    for type_, *rest in lost:
        gone.setdefault(type_[1:-1], set()).update(rest)
    kept = []
    for each in here:
        names = gone.get(_type(each), set())
        left = {name: value for name, value in each.items() if name not in names - {"type"}}
        is_whole = "value" in left or "value" not in each
        if not names or (is_whole and left.keys() - {"type", "primary"}):
            kept.append(left)
    return kept


def _members(here: Sequence[Any], given: Sequence[Any], known: Known) -> list[Any]:
    wanted = {reference(each): each for each in given}
    kept = [each for each in here if (name := reference(each)) in wanted or not (name[1] and known(*name))]
    there = {reference(each) for each in kept}
    names = [reference(each) for each in kept]
    in_order = names == sorted(names)
    for name, each in wanted.items():
        if name not in there:
            at = bisect(names, name) if in_order else len(names)
            names.insert(at, name)
            kept.insert(at, each)
    return kept


def reference(member: Any) -> tuple[str, str]:  # noqa: ANN401 - any JSON value
    """Return the field and the name by which a member refers to a manifest; no name where it does otherwise."""
    if isinstance(member, dict):
        for field in ("userRef", "groupRef"):
            referred = member.get(field)
            if isinstance(referred, dict) and isinstance(name := referred.get("name"), str):
                return field, name
    return "", ""
