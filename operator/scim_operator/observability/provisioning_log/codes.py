"""Entra's error codes for what can go wrong here, with a recommendation for each.

The codes are those of Entra's provisioning log, so that people and queries know them; the recommendations are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator import errors
from scim_operator.core.records.status import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.errors import ScimOperatorError

INCOMPATIBLE = "SystemForCrossDomainIdentityManagementServiceIncompatible"
CREDENTIALS = "SystemForCrossDomainIdentityManagementCredentialValidationFailure"

RECOMMENDED: Mapping[str, str] = {
    "EntryConflict": "The value is taken at the service. Give the manifest another, or remove or rename what has it.",
    "DuplicateSourceEntries": "Several manifests claim one value. Change userName, displayName or externalId of one.",
    "DuplicateTargetEntries": "Several resources match. Leave one of them, or set externalId on the right one.",
    "MissingValues": "Set the attributes that are named in the manifest, or map a source or default to them.",
    "SchemaPropertyCanOnlyAcceptValue": "Write a value that the attribute accepts, in the manifest or the mapping.",
    "SchemaAttributeNotFound": "The service does not know an attribute. Drop its mapping with ignore: true.",
    "NotPermitted": "The service keeps this value as first set. Put the old value back, or delete the resource there.",
    "UnprocessableEntity": "The service refused the request. The reason says why: fix the manifest or the mapping.",
    "InsufficientRights": "Give the token's owner the right to change this resource at the service.",
    "MethodNotAllowed": "Nothing: another method is tried. If it stays, set spec.service.capabilities.",
    "NotImplemented": "Set spec.service.capabilities to what the service can do.",
    "InvalidAnchor": "Nothing: someone deleted the resource at the service; it is matched again, and created again.",
    "TooManyRequests": "Nothing: it is tried again when the service allows. If it lasts, lower spec.service.budget.",
    "InternalServerError": "Nothing: it is tried again. If it lasts, ask the service's administrator.",
    "WebExceptionProtocolError": "Nothing: it is tried again. If it lasts, check the network and spec.service.url.",
    "Timeout": "Nothing: it is tried again. If it lasts, look at the service's load.",
    "InternalError": "Nothing: a request to the API server failed; it is tried again.",
    "Unauthorized": "Put a valid token into the Secret that spec.service.auth names.",
    CREDENTIALS: "Make the Secret or ConfigMap that the message names, with its key.",
    INCOMPATIBLE: "Check spec.service.url and profile: the service does not do as it answers, or is no SCIM service.",
    "EntrySynchronizationSkipped": "Approve the plan, lift suspend, list the action, or set mode: Apply.",
    "ReferenceNotResolved": "Look at the members, or the manager, that the reason names; the rest is sent by itself.",
    "EntryQuarantined": "Fix what keeps the service from being used; see the condition Quarantined of the config.",
}
"""The next step of a person, by code."""

OF_REASON: Mapping[Reason, str] = {
    Reason.CONFLICT: "DuplicateSourceEntries",
    Reason.AMBIGUOUS: "DuplicateTargetEntries",
    Reason.NOT_OWNED: "EntryConflict",
    Reason.OWNED_BY_OTHER: "EntryConflict",
    Reason.INVALID_SPEC: "MissingValues",
    Reason.UNDECIDED: "MissingValues",
    Reason.IMMUTABLE: "NotPermitted",
    Reason.INCOMPLETE: "ReferenceNotResolved",
    Reason.REJECTED: "UnprocessableEntity",
    Reason.RETRYING: "InternalServerError",
    Reason.INTERNAL_ERROR: "InternalError",
    Reason.HELD: "EntrySynchronizationSkipped",
    Reason.NEEDED: "EntrySynchronizationSkipped",
    Reason.PLANNED: "EntrySynchronizationSkipped",
    Reason.SUSPENDED: "EntrySynchronizationSkipped",
    Reason.ACTION_OFF: "EntrySynchronizationSkipped",
    Reason.QUARANTINED: "EntryQuarantined",
}
"""The code of a verdict that no error led to; reasons that are no trouble have none."""

OF_ERROR: Mapping[type[ScimOperatorError], str] = {
    errors.InvalidSpec: "SchemaPropertyCanOnlyAcceptValue",
    errors.Rejected: "UnprocessableEntity",
    errors.TerminalError: "UnprocessableEntity",
    errors.Unreachable: "WebExceptionProtocolError",
    errors.Unavailable: "InternalServerError",
    errors.Throttled: "TooManyRequests",
    errors.PreconditionFailed: "EntryConflict",
    errors.ResourceGone: "InvalidAnchor",
    errors.PatchUnsupported: "MethodNotAllowed",
    errors.RequestTooLarge: "UnprocessableEntity",
    errors.DeletionRefused: "InsufficientRights",
    errors.NotWritten: "InternalError",
    errors.NotAnswered: "InternalError",
    errors.LeaseLost: "InternalError",
    errors.IncompleteListing: INCOMPATIBLE,
    errors.InternalError: "InternalError",
    errors.TransientError: "InternalServerError",
    errors.TooManyFailures: "EntryQuarantined",
    errors.SecretNotFound: CREDENTIALS,
    errors.HostNotNamed: CREDENTIALS,
    errors.Unauthorized: "Unauthorized",
    errors.PartMissing: INCOMPATIBLE,
    errors.NotYetKnown: "InternalServerError",
    errors.WrongService: INCOMPATIBLE,
    errors.SlashMissing: INCOMPATIBLE,
    errors.DependencyNotReady: "InternalError",
    errors.ScimOperatorError: "InternalError",
}
"""The code of an error, by the nearest of its classes."""

_OF_STATUS: Mapping[int, str] = {
    200: INCOMPATIBLE,
    401: "Unauthorized",
    403: "InsufficientRights",
    405: "MethodNotAllowed",
    409: "EntryConflict",
    501: "NotImplemented",
}
_OF_SCIM_TYPE: Mapping[str, str] = {
    "uniqueness": "EntryConflict",
    "mutability": "NotPermitted",
    "invalidvalue": "SchemaPropertyCanOnlyAcceptValue",
    "invalidpath": "SchemaAttributeNotFound",
}
"""By RFC 7644 section 3.12's keyword, in lower case."""


def code_of(error: ScimOperatorError) -> str:
    """Return Entra's code for an error: by what the service answered where it did, else by the error's class."""
    if isinstance(error, errors.Rejected):
        by_answer = _OF_SCIM_TYPE.get(error.scim_type.lower()) or _OF_STATUS.get(error.status)
        if by_answer:
            return by_answer
    if isinstance(error, errors.Unavailable) and error.status in (200, 501):
        return _OF_STATUS[error.status]
    if isinstance(error, errors.Unreachable) and isinstance(error.__cause__, TimeoutError):
        return "Timeout"
    return next(OF_ERROR[kind] for kind in type(error).__mro__ if kind in OF_ERROR)
