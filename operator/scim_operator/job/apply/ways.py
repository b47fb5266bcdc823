"""The ways to send one update, and what a service teaches by refusing some of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.service.capabilities import MemberRemoval

if TYPE_CHECKING:
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.service.capabilities import Capabilities
    from scim_operator.job.base.ports import Service

DIALECT = frozenset({400, 501})
"""Statuses that may mean "not in this form"."""


class Ways:
    """The ways that one service takes; what it teaches is kept with its capabilities."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._tried_styles: set[MemberRemoval] = set()

    def of(self, plan: Plan) -> list[Capabilities]:
        """Return the ways to send an update, the one in force first, PUT last."""
        return _ways(plan, self._service.capabilities)

    def worked(self, way: Capabilities) -> None:
        """Note that a way was taken where the one in force was refused."""
        if way.patch:
            self._service.learn("member_removal", way.member_removal)
        else:
            self._service.learn("patch", False)  # noqa: FBT003

    def in_vain(self, *, removing: bool) -> None:
        """Note that the dialect did not work: try the other way of removing, and after that whole groups by PUT."""
        style = self._service.capabilities.member_removal
        if removing and style not in self._tried_styles:
            self._tried_styles.add(style)
            other = (set(MemberRemoval) - self._tried_styles) or None
            if other:
                self._service.learn("member_removal", other.pop())
                return
        self._service.learn("patch", False)  # noqa: FBT003


def _ways(plan: Plan, capabilities: Capabilities) -> list[Capabilities]:
    """Return the ways to send an update, the one in force first, PUT last. Only removals of members have dialects.

    A refusal of whatever comes with them may be about that, and says nothing of dialects.
    """
    if not capabilities.patch or not plan.member_removals or len(plan.apart) > 1:
        return [capabilities]
    others = [style for style in MemberRemoval if style is not capabilities.member_removal]
    patching = [replace(capabilities, member_removal=style) for style in others]
    return [capabilities, *patching, replace(capabilities, patch=False)]
