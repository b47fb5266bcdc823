"""Entra's Test Connection: a filter that nothing can match must answer an empty list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import ResourceType
from scim_operator.errors import (
    IncompleteListing,
    Rejected,
    ScimOperatorError,
    Throttled,
    Unauthorized,
    Unavailable,
    Unreachable,
    WrongService,
    WrongServiceReason,
)
from scim_operator.scim.filters import equals

if TYPE_CHECKING:
    import random

    from scim_operator.scim.lessons import Lessons
    from scim_operator.scim.pager import Pager

_NAMED_BY = {ResourceType.USER: parse("userName"), ResourceType.GROUP: parse("displayName")}


class Probe:
    """Tests the connection to one service. Of `types`, one at least must answer; `random` is for the name."""

    def __init__(self, pager: Pager, lessons: Lessons, random: random.Random) -> None:
        self._pager = pager
        self._lessons = lessons
        self._random = random
        self.types: tuple[ResourceType, ...] = (ResourceType.USER,)

    async def run(self) -> None:
        """Return where the service answers for one of the types; raises why it does not answer for the first.

        One that refuses all of them in SCIM's own words is there, and accepts the credentials: it shows no lists.
        """
        errors: list[ScimOperatorError] = []
        for type in self.types:
            try:
                await self._ask(type)
            except ScimOperatorError as error:
                errors.append(error)
                if not _may_be_of_a_part(error):
                    break
            else:
                return
        if not all(isinstance(error, Rejected) and error.in_scim for error in errors):
            raise errors[0] from None

    async def _ask(self, type: ResourceType) -> None:
        path, name = _NAMED_BY[type], f"scim-operator-probe-{self._random.getrandbits(64):016x}"
        if not self._lessons.may_filter(type, path):
            await self._without_filter(type, equals(path, name))
            return
        try:
            page = await self._pager.page(type, equals(path, name))
        except Rejected as error:
            self._lessons.filter_refused(type, path, error)
            await self._ask(type)
            return
        if page.resources or page.total:
            raise _filter_ignored()

    async def _without_filter(self, type: ResourceType, filter: str) -> None:
        """Ask for a list; where that is refused, for the filter that was refused before: by now it may be taken."""
        try:
            await self._pager.page(type)
        except Rejected:
            if not self._lessons.has_learned_of_filters(type):
                raise
            if (page := await self._pager.page(type, filter)).resources or page.total:
                raise _filter_ignored() from None
            self._lessons.filter_taken(type)


def _may_be_of_a_part(error: ScimOperatorError) -> bool:
    """Return whether an error may be about one resource type, while the service answers for the others."""
    if isinstance(error, WrongService):
        return error.reason in _OF_A_PATH
    if isinstance(error, Unauthorized):
        return error.status == 403
    return isinstance(error, Rejected | Unavailable | Unreachable | Throttled | IncompleteListing)


_OF_A_PATH = (WrongServiceReason.WRONG_URL, WrongServiceReason.NOT_SCIM, WrongServiceReason.REDIRECTED)
"""What an answer says of the one path that was asked."""


def _filter_ignored() -> WrongService:
    return WrongService(
        "The service answers a filter that nothing can match with resources, so it ignores filters: check "
        "spec.service.url, or set spec.service.capabilities.filter to false if this is the right service.",
        reason=WrongServiceReason.FILTER_IGNORED,
    )
