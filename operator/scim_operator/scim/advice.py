"""The table of messages: what an answer means, and what to do next, by operation, status and scimType.

| given            | from                                                                                    |
|------------------|-----------------------------------------------------------------------------------------|
| operation        | the request: its method, and whether it names a resource or has a filter                |
| status, scimType | the answer (RFC 7644 section 3.12)                                                      |
| alone            | whether the same connection serves everything else, so that this one object is refused  |

The first row that fits decides. No row suggests what the API refuses, and none blames a manifest for what its author
cannot change, as when a resource is listed or deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from scim_operator.scim.operations import Operation


class Meaning(Enum):
    """What an answer means to the caller, each an error of `errors.py`."""

    UNAUTHORIZED = auto()
    WRONG_URL = auto()
    REDIRECTED = auto()
    GONE = auto()
    NO_PATCH = auto()
    MOVED = auto()
    TOO_LARGE = auto()
    THROTTLED = auto()
    UNAVAILABLE = auto()
    REJECTED = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. `statuses` and `scim_types` empty and `alone` None fit all; `next` is a whole sentence."""

    meaning: Meaning
    next: str
    operations: frozenset[Operation] = frozenset(Operation)
    statuses: frozenset[int] = frozenset()
    scim_types: frozenset[str] = frozenset()
    alone: bool | None = None

    def fits(self, operation: Operation, status: int, scim_type: str, *, alone: bool) -> bool:
        """Return whether the row is about such an answer."""
        return (
            operation in self.operations
            and (not self.statuses or status in self.statuses)
            and (not self.scim_types or scim_type.lower() in self.scim_types)
            and self.alone in (None, alone)
        )


_O = Operation
_M = Meaning
_READS = frozenset({_O.LIST, _O.FIND, _O.READ})
_CHANGES = frozenset({_O.REPLACE, _O.MODIFY})
_WRITES = frozenset({_O.CREATE, _O.DELETE}) | _CHANGES
_SENDS = frozenset({_O.CREATE}) | _CHANGES
_BY_ID = frozenset({_O.READ, _O.DELETE}) | _CHANGES
_ENDPOINTS = frozenset({_O.LIST, _O.FIND, _O.CREATE})
_BAD = frozenset({400, 422})
_LATER = frozenset({408, 425, *range(500, 1000)})
_TAKEN = frozenset({409})
_RIGHTS = frozenset({401, 403})
_REDIRECTS = frozenset(range(300, 400))
_IN_FRONT = frozenset({407, 411, 414, 417, 421, 426, 431, 451, *range(494, 500)})
"""Statuses about the request, the connection or the place (RFC 9110, RFC 6585, RFC 7725, nginx), and no resource."""

_ASK = "ask the service's administrator"
_EITHER = "It is tried again when the manifest or the config changes."
_AFTER_END = "Access is ended in another way until then, by disabling a user and by emptying a group."

LATER = "Nothing is sent until its time is up."
"""The next step after a 503 that names a time: the service is busy or under repair, whatever the budget is."""
SMALLER = "It is sent again in smaller parts."
FULL = "It cannot be made smaller: if the group is full, take members out of it or split it."
"""The next step where a request names one member alone, or a group as a whole."""
TOO_LONG = "It cannot be made smaller: shorten its values, or ask the service's administrator for its limit."
"""The same of a user."""

_DUPLICATE = (
    "Another resource has one of its unique values: give this manifest another one, or let the match be adopted. "
    f"If no one can be found who has it, it may be hidden from this token: {_ASK}."
)

TABLE: tuple[Row, ...] = (
    Row(
        _M.THROTTLED,
        f"{LATER} Lower spec.service.budget if this is frequent.",
        statuses=frozenset({429}),
    ),
    # RFC 7644 has tooMany for filters only; services use it for members too.
    Row(
        _M.TOO_LARGE,
        SMALLER,
        _SENDS,
        frozenset({400}),
        frozenset({"toomany"}),
    ),
    Row(_M.TOO_LARGE, SMALLER, statuses=frozenset({413})),
    Row(
        _M.UNAUTHORIZED,
        "The token has expired, was revoked or lacks rights: write a new one into the Secret that spec.service.auth "
        "names; it is taken up without a restart.",
        statuses=_RIGHTS,
        alone=False,
    ),
    Row(
        _M.REJECTED,
        f"Other requests work with the same credentials, so they may not create this one: {_ASK} for the right, and "
        "whether a seat limit or a policy is in the way.",
        frozenset({_O.CREATE}),
        _RIGHTS,
        alone=True,
    ),
    Row(
        _M.REJECTED,
        "Other requests work with the same credentials, so this resource is protected at the service, such as its own "
        f"administrators: {_ASK} for the right to change it, or take the manifest out of scope.",
        _CHANGES,
        _RIGHTS,
        alone=True,
    ),
    Row(
        _M.REJECTED,
        f"Other requests work with the same credentials, so they may not delete: {_ASK} for the right, or set "
        f"whenDeleted and whenOutOfScope to an action that deletes nothing. {_AFTER_END}",
        frozenset({_O.DELETE}),
        _RIGHTS,
        alone=True,
    ),
    Row(
        _M.REJECTED,
        f"Other requests work with the same credentials, so they may not read this: {_ASK} for the right to read all "
        "users and groups.",
        _READS,
        _RIGHTS,
        alone=True,
    ),
    Row(
        _M.GONE,
        "It was deleted at the service; its id is forgotten and it is matched again.",
        _BY_ID,
        frozenset({404, 410}),
    ),
    Row(
        _M.WRONG_URL,
        "There is no such endpoint below spec.service.url: check its path, which ends in /scim/v2 for VMware Identity "
        "Service.",
        _ENDPOINTS,
        frozenset({404, 410}),
        alone=False,
    ),
    Row(
        _M.REJECTED,
        "Other requests work below the same URL, so the service does not have this endpoint: if it has no groups, set "
        "spec.groups.enabled to false.",
        _ENDPOINTS,
        frozenset({404, 410}),
        alone=True,
    ),
    Row(
        _M.NO_PATCH,
        "It has no PATCH; resources are replaced with PUT instead.",
        frozenset({_O.MODIFY}),
        frozenset({405, 501}),
    ),
    Row(
        _M.REJECTED,
        "The service does not replace resources: if it changes them with PATCH, set spec.service.capabilities.patch to "
        "true.",
        frozenset({_O.REPLACE}),
        frozenset({405, 501}),
    ),
    Row(
        _M.REJECTED,
        "The service deletes nothing by SCIM: set whenDeleted and whenOutOfScope to an action that deletes nothing, "
        f"and leave deleteAfter out. {_AFTER_END}",
        frozenset({_O.DELETE}),
        frozenset({405, 501}),
    ),
    Row(
        _M.REJECTED,
        "The service creates nothing by SCIM: create it there, and let it be adopted; or leave Create out of "
        "spec.users.actions or spec.groups.actions.",
        frozenset({_O.CREATE}),
        frozenset({405, 501}),
    ),
    Row(
        _M.REJECTED,
        "The service cannot filter: everything is listed instead.",
        frozenset({_O.FIND}),
        frozenset({405, 501}),
    ),
    Row(
        _M.REJECTED,
        f"The service cannot be read by SCIM, so that nothing can be compared: {_ASK}.",
        _READS,
        frozenset({405, 501}),
    ),
    # A deletion names no version that could have moved.
    Row(
        _M.MOVED,
        "The resource changed meanwhile; it is read again.",
        frozenset(Operation) - {Operation.DELETE},
        frozenset({412}),
    ),
    Row(
        _M.UNAVAILABLE,
        "Nothing was asked for that would be answered so: have the cache in between bypassed for spec.service.url. It "
        "is tried again.",
        statuses=frozenset({304}),
    ),
    # Where it leads is not said: a host's name has room for a secret too.
    Row(
        _M.REDIRECTED,
        f"Other requests work below the same URL, so only this one is redirected, and it was not carried out: {_ASK} "
        "which address takes it, and whether a proxy in between redirects it.",
        _WRITES,
        _REDIRECTS,
        alone=True,
    ),
    Row(
        _M.REDIRECTED,
        f"Other requests work below the same URL, so only this one is redirected: {_ASK} where it is answered, and "
        "whether a proxy in between redirects it.",
        _READS,
        _REDIRECTS,
        alone=True,
    ),
    Row(
        _M.REDIRECTED,
        "Redirects are not followed, since they would carry the token along, and another path may be another tenant: "
        "ask for the final address, as with curl -I, and put it into spec.service.url. Where it is a login page, a "
        "gateway in between does not take the credentials.",
        statuses=_REDIRECTS,
    ),
    Row(_M.UNAVAILABLE, "It is tried again.", statuses=_LATER),
    Row(
        _M.REJECTED,
        "Something at the service still refers to it: remove that there. It is tried again. " + _AFTER_END,
        frozenset({_O.DELETE}),
        _TAKEN,
    ),
    Row(
        _M.REJECTED,
        f"The service refuses to delete it: {_ASK}, or set whenDeleted and whenOutOfScope to an action that deletes "
        f"nothing. {_AFTER_END}",
        frozenset({_O.DELETE}),
    ),
    Row(
        _M.REJECTED,
        _DUPLICATE,
        frozenset({_O.CREATE}),
        _TAKEN,
    ),
    Row(
        _M.REJECTED,
        _DUPLICATE,
        frozenset({_O.CREATE}),
        scim_types=frozenset({"uniqueness"}),
    ),
    Row(
        _M.REJECTED,
        "Another resource has one of the new values: give this manifest another one, or put the former value back.",
        _CHANGES,
        scim_types=frozenset({"uniqueness"}),
    ),
    Row(
        _M.REJECTED,
        "An attribute that was sent is immutable or read-only at the service. Put the former value back; or send it "
        "once only, by a mapping with source and apply: OnCreate.",
        _CHANGES,
        scim_types=frozenset({"mutability"}),
    ),
    Row(
        _M.REJECTED,
        "An attribute that was sent is the service's own to set: leave it out of the manifest, or set ignore: true in "
        "its mapping if the service does not require it.",
        frozenset({_O.CREATE}),
        scim_types=frozenset({"mutability"}),
    ),
    Row(
        _M.REJECTED,
        "Another resource has one of the new values, or the resource is in use: give this manifest another value, or "
        "put the former one back.",
        _CHANGES,
        _TAKEN,
    ),
    Row(
        _M.REJECTED,
        "The service does not know an attribute that was sent: leave it out of the manifest, or set ignore: true in "
        "its mapping if the service does not require it.",
        _SENDS,
        scim_types=frozenset({"invalidpath", "notarget"}),
    ),
    Row(
        _M.REJECTED,
        f"Correct the value in the manifest or its mapping. If the values are right, a seat limit may be in the way: "
        f"{_ASK}. {_EITHER}",
        frozenset({_O.CREATE}),
        scim_types=frozenset({"invalidvalue"}),
    ),
    Row(
        _M.REJECTED,
        f"Correct the value in the manifest or its mapping. {_EITHER}",
        _CHANGES,
        scim_types=frozenset({"invalidvalue"}),
    ),
    Row(
        _M.REJECTED,
        "The service speaks another version of SCIM: put the URL of its SCIM 2.0 service into spec.service.url.",
        scim_types=frozenset({"invalidvers"}),
    ),
    Row(
        _M.REJECTED,
        f"The service cannot read the request: choose its profile in spec.service.profile, or {_ASK}. {_EITHER}",
        _SENDS,
        scim_types=frozenset({"invalidsyntax"}),
    ),
    Row(
        _M.REJECTED,
        "The service cannot filter by this attribute: choose another in matching.",
        frozenset({_O.FIND}),
        _BAD,
    ),
    Row(
        _M.REJECTED,
        "The service refuses to list: set spec.service.capabilities.pageSize to a smaller number.",
        frozenset({_O.LIST}),
        _BAD,
    ),
    Row(
        _M.REJECTED,
        f"The service refuses to show it: {_ASK}.",
        _READS,
    ),
    Row(
        _M.REJECTED,
        f"The service wants another content type than SCIM's own (RFC 7644 section 3.1): check spec.service.url, or "
        f"{_ASK}.",
        _SENDS,
        frozenset({415, 406}),
    ),
    Row(
        _M.REJECTED,
        f"The service has no seat or license left: free one, or buy one. {_EITHER}",
        _SENDS,
        frozenset({402}),
    ),
    Row(
        _M.REJECTED,
        "It is locked at the service: unlock it there. It is tried again when the manifest or the config changes.",
        _SENDS,
        frozenset({423}),
    ),
    Row(
        _M.REJECTED,
        "The service takes no change that does not name the version that it is of: set "
        "spec.service.capabilities.etag to true.",
        _CHANGES,
        frozenset({428}),
    ),
    Row(
        _M.REJECTED,
        f"What stands in front of the service takes no such request, be the manifest right or not: {_ASK}. {_EITHER}",
        _SENDS,
        _IN_FRONT,
    ),
    Row(_M.REJECTED, f"Correct the manifest or the mapping. {_EITHER}", _SENDS),
)


def advice(operation: Operation, status: int, scim_type: str, *, alone: bool) -> Row:
    """Return the row of the table that is about such an answer."""
    return next(row for row in TABLE if row.fits(operation, status, scim_type, alone=alone))
