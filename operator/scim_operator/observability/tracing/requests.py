"""A request to the service as a span, by OpenTelemetry's conventions for HTTP clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import urlsplit

from scim_operator.observability.tracing.spans import NO_SPAN, WAITED, current

if TYPE_CHECKING:
    from scim_operator.scim.exchange import Sent

RESOURCE_TYPE = "scim_operator.resource_type"


class Server(NamedTuple):
    """The host and port of a service."""

    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """Return those of a URL, which was found to be one before."""
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443))


def trace_request(sent: Sent, server: Server) -> None:
    """Note a request that has just ended as a piece of what its task works on; what belongs to nothing is not noted.

    The address is a template, for an id or a filter may be someone's name.
    """
    if (span := current()) is NO_SPAN:
        return
    template = sent.place.replace("<id>", "{id}")
    attributes: dict[str, str | int | float] = {
        "http.request.method": sent.method.value,
        "server.address": server.host,
        "server.port": server.port,
        "url.template": template,
        WAITED: round(sent.waited, 6),
    }
    if sent.type is not None:
        attributes[RESOURCE_TYPE] = sent.type.value
    if sent.status:
        attributes["http.response.status_code"] = sent.status
    if sent.resends:
        attributes["http.request.resend_count"] = sent.resends
    request = span.child(f"{sent.method.value} {template}", attributes, ago=sent.seconds, client=True)
    if failure := sent.failure or (str(sent.status) if sent.status >= 400 else ""):
        request.fail(failure)
    request.end()
