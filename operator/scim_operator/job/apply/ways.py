"""The ways to send one change, and what a service teaches by refusing some of them and taking another.

A lesson needs evidence: one way was refused in words that may be about it, and another way carried the very same
change. Where none does, the change itself is at fault, and nothing is learned.

| a change was refused                                              | other ways are tried    | is it a lesson?        |
|-------------------------------------------------------------------|-------------------------|------------------------|
| in words that may be about the form (400, 501)                    | those that differ in it | yes                    |
| as a method is: 405, 501; or 403 or 404, and the resource is read | the other method        | yes, but for 404 where |
|                                                                   |                         | members are added      |
| in any other way                                                  | only if it takes access | no                     |
| and it failed: 500, 302, 401 or no answer, three times in a row,  | only if it takes access | no                     |
| while the resource can be read                                    |                         |                        |
| and it was to wait: 429, 503 with Retry-After, as often, while    | the other method, only  | no                     |
| the resource can be read                                          | if it takes access      |                        |
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.core.plan.parts import only_takes_access
from scim_operator.core.plan.verb import Verb
from scim_operator.core.service.capabilities import MemberForm, MemberRemoval
from scim_operator.core.service.quirks import Found, Quirk, by_type
from scim_operator.errors import (
    PatchUnsupported,
    Rejected,
    ResourceGone,
    Throttled,
    Unauthorized,
    Unavailable,
    Unreachable,
    WrongService,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.core.keys import ObjectKey, ResourceType
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.service.capabilities import Capabilities
    from scim_operator.errors import ScimOperatorError
    from scim_operator.job.base.ports import Service

MOST = 6
"""Ways that are tried for one change."""

SPEAKING = frozenset({400, 501})
"""Statuses that may mean "not in this form"; 422 says that the form is right (RFC 9110 section 15.5.21)."""

_SYNTAX = frozenset({"", "invalidsyntax", "invalidpath", "invalidfilter", "notarget"})
"""scimTypes (RFC 7644 section 3.12) that may be about how a change is written."""

_VALUE = _SYNTAX | {"invalidvalue"}
"""The same where what is refused is the form of a value: a list of members, a member, an id."""

_ID = _VALUE | {"mutability"}

FORBIDDEN = 403
"""The status of Unauthorized that is no matter of the moment: the change, or all of its kind, is not allowed."""

FAILURES = 3
"""Times in a row that what takes access may fail for a passing reason, before other ways are tried.

Where nothing else is answered either, the service is away, and they are counted from the first again.
"""

DROPS = 2
"""Times in a row that a PATCH may leave the resource without what it did not name, before PUT is tried."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to send a change."""

    patch: bool
    removal: MemberRemoval
    form: MemberForm
    put_id: bool

    def over(self, capabilities: Capabilities) -> Capabilities:
        """Return the capabilities with this way in force."""
        return replace(
            capabilities, patch=self.patch, member_removal=self.removal, member_form=self.form, put_id=self.put_id
        )


class Ways:
    """The ways that one service takes. What it teaches is kept with its capabilities, and here for single attributes.

    `_put_only` has what PATCH was refused for although PUT carried it, `_proven` which methods have worked, `_futile`
    which ways of removing members were taken and did nothing; `_drops` counts what a PATCH has lost of an object, and
    `_failures` how often what takes access from it has failed.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._put_only: set[tuple[ResourceType, str]] = set()
        self._proven: set[tuple[ResourceType, bool]] = set()
        self._futile: set[MemberRemoval] = set()
        self._drops: Counter[ObjectKey] = Counter()
        self._failures: Counter[tuple[ObjectKey, Verb | None]] = Counter()
        self.unread: dict[str, ScimOperatorError] = {}
        """What could not be read when that was last tried, by id, and why."""
        self.ended: set[str] = set()
        """The ids of those whose end the service has confirmed, or whom it did not know, since they were last read."""
        self.suspects: set[ResourceType] = set()
        """The types of which a write may have lost what no one manages: the next one is looked at before, too."""

    @property
    def quirks(self) -> tuple[Found, ...]:
        """Return which attributes go by PUT although the type is patched; members by their path."""
        patched = (one for one in self._put_only if self._service.capabilities.of(one[0]).patch)
        return by_type(Quirk.PUT_ONLY, ((type, topic.lstrip("+-")) for type, topic in patched))

    def first(self, plan: Plan) -> Way:
        """Return the way that is in force for a change."""
        now = self._capabilities(plan)
        only = any((plan.key.kind.resource_type, topic) in self._put_only for topic in _topics(plan))
        put = (only or self._drops[plan.key] >= DROPS) and not now.is_insisted("patch")
        return Way(now.patch and not put, now.member_removal, now.member_form, now.put_id)

    def keeps_failing(self, plan: Plan) -> bool:
        """Note that what takes access has failed for a passing reason; return whether that lasts, and is its own."""
        error = self.unread.get(plan.id)
        if error is not None and passes(error):
            return False
        self._failures[plan.key, plan.verb] += 1
        return self._failures[plan.key, plan.verb] >= FAILURES

    def fails_no_more(self, plan: Plan) -> None:
        """Note that what takes access was carried out, or that the resource cannot be read either."""
        self._failures.pop((plan.key, plan.verb), None)

    def after(self, way: Way, plan: Plan, error: ScimOperatorError) -> Iterator[Way]:
        """Yield the ways that differ from a refused one in what the refusal may be about; another method comes last.

        What takes access, and does nothing else, is tried in every way, whatever the refusal says. One that asks to
        wait speaks of the method alone.
        """
        if isinstance(error, Throttled):
            yield from self._other_method(way, plan)
            return
        now, whatever = self._capabilities(plan), only_takes_access(plan)
        removing, creating = bool(plan.member_removals), plan.verb is Verb.CREATE
        about_value = whatever or _speaks(error, _VALUE)
        if way.patch and removing and not creating and about_value and not now.is_insisted("member_removal"):
            yield from (replace(way, removal=each) for each in MemberRemoval)
        if plan.member_adds and about_value and not now.is_insisted("member_form"):
            yield from (replace(way, form=each) for each in MemberForm)
        about_id = whatever or _speaks(error, _ID)
        if not way.patch and not creating and about_id and not now.is_insisted("put_id"):
            yield replace(way, put_id=not way.put_id)
        about_method = whatever or _lacks_method(error) or _speaks(error, _SYNTAX)
        if not creating and about_method:
            yield from self._other_method(way, plan)

    def _other_method(self, way: Way, plan: Plan) -> Iterator[Way]:
        now = self._capabilities(plan)
        if not now.is_insisted("patch"):
            yield replace(way, patch=not way.patch, put_id=way.put_id if way.patch else now.put_id)

    def worked(self, plan: Plan, way: Way, refused: Iterable[tuple[Way, ScimOperatorError]]) -> None:
        """Note that a way carried a change, and learn from those that were refused for it in words about the way."""
        type = plan.key.kind.resource_type
        self.fails_no_more(plan)
        before = {each: error for each, error in refused if _teaches(plan, error)}
        first = next(iter(before), way)
        if first.removal is not way.removal:
            self._service.learn("member_removal", way.removal)
        if first.form is not way.form:
            self._service.learn("member_form", way.form)
        if any(each.patch is way.patch and each.put_id is not way.put_id for each in before) and not way.patch:
            self._service.learn("put_id", way.put_id)
        if first.patch is not way.patch:
            self._learn_method(plan, way, before[first])
        if plan.verb is not Verb.CREATE:
            self._proven.add((type, way.patch))

    def _learn_method(self, plan: Plan, way: Way, error: ScimOperatorError) -> None:
        """Learn that a method is not there for a type, or not for an attribute, where that was refused alone."""
        type, topics = plan.key.kind.resource_type, _topics(plan)
        if _lacks_method(error):
            if (type, not way.patch) not in self._proven:  # else it is this resource's trouble
                self._prefer(type, patch=way.patch)
        elif way.patch:
            self._prefer(type, patch=True)
        elif len(topics) == 1:
            self._put_only.update((type, topic) for topic in topics)

    def _prefer(self, type: ResourceType, *, patch: bool) -> None:
        self._service.unlearn("patch", type)
        if self._service.capabilities.of(type).patch is not patch:
            self._service.learn("patch", patch, type)

    def in_vain(self, plan: Plan) -> bool:
        """Note that a change of members was answered with success and not made; return whether another way is left.

        What PUT does not do either is not PATCH's fault, so that is taken back.
        """
        type, way = plan.key.kind.resource_type, self.first(plan)
        if not way.patch:
            self._service.unlearn("patch", type)
            return False
        if plan.member_removals:
            self._futile.add(way.removal)
            left = [each for each in MemberRemoval if each not in self._futile]
            if left and self._service.learn("member_removal", left[0]):
                return True
        return self._service.learn("patch", False, type)  # noqa: FBT003 - a capability's value

    def dropped(self, plan: Plan) -> None:
        """Note that after a PATCH the resource lacks what it had and the PATCH did not name, or has it otherwise."""
        self._drops[plan.key] += 1

    def lost(self, plan: Plan) -> None:
        """Note that a PATCH has lost what it did not name, as a look right before it shows: such a type goes by PUT."""
        if not self._capabilities(plan).is_insisted("patch"):
            self._prefer(plan.key.kind.resource_type, patch=False)

    def kept(self, plan: Plan, way: Way | None) -> None:
        """Note that the resource is as it should be: where only PUT leaves it so, PATCH is given up."""
        if self._drops.pop(plan.key, 0) >= DROPS and way is not None and not way.patch:
            self._prefer(plan.key.kind.resource_type, patch=False)

    def _capabilities(self, plan: Plan) -> Capabilities:
        return self._service.capabilities.of(plan.key.kind.resource_type)


def passes(error: ScimOperatorError) -> bool:
    """Return whether a request failed for a reason that may pass: to wait, no word of the service's own, or none."""
    if isinstance(error, Unreachable):
        return error.sent
    if isinstance(error, Unauthorized):
        return error.status != FORBIDDEN
    return isinstance(error, Throttled | Unavailable | WrongService)


def _topics(plan: Plan) -> frozenset[str]:
    """Return what a plan changes, each as a word."""
    members = [word for word, some in (("+members", plan.member_adds), ("-members", plan.member_removals)) if some]
    return frozenset((*(str(change.path) for change in plan.changes), *members))


def _lacks_method(error: ScimOperatorError) -> bool:
    """Return whether a refusal says that the service does not have the method (RFC 9110 sections 15.5.6, 15.6.2).

    Of a resource that is there, 404 is a router's word for it. 403 may be about this one resource alone.
    """
    if isinstance(error, Rejected):
        return error.status in {405, 501}
    return isinstance(error, PatchUnsupported | ResourceGone)


def _teaches(plan: Plan, error: ScimOperatorError) -> bool:
    """Return whether a refusal is a lesson once another way is taken; 404 may be about a new member, and pass."""
    if isinstance(error, ResourceGone) and plan.member_adds:
        return False
    return _lacks_method(error) or _speaks(error, _ID)


def _speaks(error: ScimOperatorError, of: frozenset[str]) -> bool:
    """Return whether a refusal may be about the form, by its status and scimType."""
    return isinstance(error, Rejected) and error.status in SPEAKING and error.scim_type.lower() in of
