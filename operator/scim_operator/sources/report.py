"""What a person is told after an import: counts, what was left out and why, and what to do next. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from scim_operator.sources.made import Imported

_MOST = 10


def notes(done: Imported, *, at_service: bool) -> Iterator[str]:
    """Yield sentences; `at_service`: the rows are what a service has, and the first sweep is to write nothing."""
    if done.passed_over:
        yield f"Passed over, for `where` is not true of them: {in_words(done.passed_over)}."
    if done.told_apart:
        yield from _told_apart(done.told_apart)
    if done.left:
        yield f"Left out, for manifests cannot hold it, and so not managed: {_attributes(done.left)}."
    if done.loose:
        yield f"Left out: {counted(done.loose, 'manager')} without a manifest."
    if done.partial:
        yield (
            f"Additive, for they have members without a manifest, who stay in them: {_some(done.partial)} "
            f"({counted(len(done.partial), 'group')})."
        )
    if at_service and done.without_id:
        yield (
            f"Without an externalId at the service: {in_words(done.without_id)}. The operator would give each "
            "one, which is a write; a mapping {target: externalId, source: externalId, apply: OnCreate} keeps them."
        )


def in_words(counts: Counter[Kind]) -> str:
    """Return counts by kind, as `3 users and 1 group`."""
    words = {Kind.USER: "user", Kind.GROUP: "group"}
    return " and ".join(counted(counts[kind], words[kind]) for kind in Kind if counts[kind]) or "nothing"


def _told_apart(several: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for places in several[:_MOST]:
        yield f"Named with a part of their own, for they would have one name: {_some(places)}."
    if len(several) > _MOST:
        yield f"The same goes for {counted(len(several) - _MOST, 'more name')}."


def _attributes(left: Counter[str]) -> str:
    shown = [f"{name[:100]} ({counted(count, 'row')})" for name, count in left.most_common(_MOST)]
    more = f" and {len(left) - _MOST} more" if len(left) > _MOST else ""
    return f"{', '.join(shown)}{more}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"
