"""What a service teaches by refusing: no PATCH, no filter, smaller requests. It is in force for the next request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import AttributePath, parse
from scim_operator.core.keys import ResourceType
from scim_operator.core.service.quirks import Found, Quirk, by_type
from scim_operator.core.wording import camel
from scim_operator.errors import PatchUnsupported, Rejected, RequestTooLarge
from scim_operator.scim.advice import FULL, SMALLER, TOO_LONG
from scim_operator.scim.capabilities import Settings, pages_by_cursor, read_provider_config
from scim_operator.scim.protocol import Method, members_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.service.capabilities import Capabilities
    from scim_operator.scim.profile import Profile
    from scim_operator.scim.protocol import Request

_NATURAL_KEYS = {parse("userName"), parse("displayName")}
"""A service that can filter by neither these nor another attribute cannot filter."""


class Lessons:
    """The capabilities in force for one service, and what it taught about them.

    Args: profile, the kind of service; overrides, the capabilities that the config insists on, by name (None for what
    it leaves open).
    """

    def __init__(self, profile: Profile, overrides: Mapping[str, object]) -> None:
        self.capabilities: Capabilities
        self._settings = Settings(profile.capabilities, spec=dict(overrides))
        self.slashes: dict[str, bool] = {}
        """Whether addresses of a kind end in a slash: the service redirects to that, and reads were answered there."""
        self.cursor_only = False
        """Whether the service says that it pages by cursor alone (RFC 9865)."""
        self._not_filterable: set[tuple[ResourceType, AttributePath]] = set()
        self._put_in_force()

    def learn(self, name: str, value: object, type: ResourceType | None = None) -> bool:
        """Put a capability in force that was found out, of one type or of all; False when the config insists."""
        learned = self._settings.learn(name, value, type)
        self._put_in_force()
        return learned

    def unlearn(self, name: str, type: ResourceType | None = None) -> None:
        """Take back what was found out: it works."""
        self._settings.unlearn(name, type)
        self._put_in_force()

    def take_config(self, content: object) -> None:
        """Put in force what a ServiceProviderConfig says."""
        most = self._settings.profile.page_size
        self.cursor_only = pages_by_cursor(content)
        self._settings.discovered = read_provider_config(content, page_size=most)
        self._put_in_force()

    @property
    def quirks(self) -> tuple[Found, ...]:
        """Return what was found out that no capability says."""
        slash = (Found(Quirk.TRAILING_SLASH),) if any(self.slashes.values()) else ()
        single = ((type, str(path)) for type, path in self._not_filterable if self.capabilities.of(type).filter)
        return *slash, *by_type(Quirk.NOT_FILTERABLE, single)

    def may_filter(self, type: ResourceType, path: AttributePath) -> bool:
        """Return whether a filter by this attribute is worth a request."""
        return self.capabilities.of(type).filter and (type, path) not in self._not_filterable

    def has_learned_of_filters(self, type: ResourceType) -> bool:
        """Return whether it was a refusal that taught that the type has no filters, or none by an attribute."""
        insisted = self.capabilities.of(type).is_insisted("filter")
        return not insisted and any(of is type for of, _ in self._not_filterable)

    def filter_taken(self, type: ResourceType) -> None:
        """Note that a filter that was refused before is taken: what was learned of the type's filters is forgotten."""
        self._not_filterable = {each for each in self._not_filterable if each[0] is not type}
        self.unlearn("filter", type)

    def distrust_filter(self, type: ResourceType, path: AttributePath) -> None:
        """Filter by this attribute no more: the service answers with others."""
        self._not_filterable.add((type, path))

    def filter_refused(self, type: ResourceType, path: AttributePath, error: Rejected) -> None:
        """Remember that a filter was refused; raises the refusal when it was about something else.

        400 is about this attribute of this type, until the natural key and another one were refused alike.
        """
        if error.status not in {400, 501}:
            raise error
        if path in _NATURAL_KEYS and self.capabilities.of(type).is_insisted("filter"):
            raise _insisted("filter", error) from error
        self._not_filterable.add((type, path))
        refused = {each for of, each in self._not_filterable if of is type}
        if error.status == 501 or (len(refused) > 1 and refused & _NATURAL_KEYS):
            self._insist("filter", False, error, type)  # noqa: FBT003 - a capability's value

    def page_refused(self, smaller: int, error: Rejected) -> None:
        """Remember that only pages of this size are taken; raises Rejected where the config insists on another."""
        self._insist("page_size", smaller, error)

    def refused(self, request: Request, error: PatchUnsupported | RequestTooLarge) -> None:
        """Learn from the refusal of a size; raises Rejected where no other size, or no other method, can be tried.

        That one method is refused teaches nothing until another one has carried the same change.
        """
        if isinstance(error, RequestTooLarge):
            self._halve(request, error)
        elif self.capabilities.of(request.type).is_insisted("patch"):
            raise _insisted("patch", error) from error

    def _halve(self, request: Request, error: RequestTooLarge) -> None:
        """Halve what was too large; a PUT carries a group whole, and one member is as small as it gets.

        When even one is too much, it is the group that is full, and requests for others need not stay small.
        """
        members = members_in(request)
        if members <= 1 or request.method is Method.PUT:
            self._settings.unlearn("member_chunk")
            self._put_in_force()
            following = FULL if request.type is ResourceType.GROUP else TOO_LONG
            raise Rejected(str(error).replace(SMALLER, following), status=413) from error
        if members // 2 < self.capabilities.member_chunk:
            self._insist("member_chunk", members // 2, error)

    def _insist(self, name: str, value: object, error: Exception, type: ResourceType | None = None) -> None:
        """Put what was learned in force; raises Rejected where the config insists on something else."""
        if not self._settings.learn(name, value, type):
            raise _insisted(name, error) from error
        self._put_in_force()

    def _put_in_force(self) -> None:
        self.capabilities = self._settings.in_force()


def _insisted(name: str, error: Exception) -> Rejected:
    return Rejected(
        f"{error} The config insists on it: remove spec.service.capabilities.{camel(name)}.",
        status=getattr(error, "status", 0),
    )
