"""What a person is told after an import: counts, what was left out and why, and what to do next. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.wording import counted, some
from scim_operator.sources.made import NOUN

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
            f"Additive, for they have members without a manifest, who stay in them: {some(done.partial, _MOST)} "
            f"({counted(len(done.partial), 'group')})."
        )
    if at_service and done.without_id:
        yield (
            f"Without an externalId at the service: {in_words(done.without_id)}. The operator would give each "
            "one, which is a write; a mapping {target: externalId, source: externalId, apply: OnCreate} keeps them."
        )


def in_words(counts: Counter[Kind]) -> str:
    """Return counts by kind, as `3 users and 1 group`."""
    return " and ".join(counted(counts[kind], NOUN[kind]) for kind in Kind if counts[kind]) or "nothing"


def _told_apart(several: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for places in several[:_MOST]:
        yield f"Named with a part of their own, for they would have one name: {some(places, _MOST)}."
    if len(several) > _MOST:
        yield f"The same goes for {counted(len(several) - _MOST, 'more name')}."


def _attributes(left: Counter[str]) -> str:
    return some(left.most_common(), _MOST, lambda each: f"{each[0][:100]} ({counted(each[1], 'row')})")
