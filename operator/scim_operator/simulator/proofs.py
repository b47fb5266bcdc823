"""What clients have to show before the service looks at a request: a token or a password, headers, a certificate."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.messages import Reply
from scim_operator.simulator.settings import Wanted

if TYPE_CHECKING:
    from scim_operator.simulator.messages import Request
    from scim_operator.simulator.settings import Settings

PLAIN = Wanted()
_PAGE = "<html><head><title>400 {0}</title></head><body><h1>400 Bad Request</h1>{0}</body></html>"
MISSING, UNKNOWN = "No required SSL certificate was sent", "The SSL certificate error"
"""What nginx answers over TLS that it has accepted, where others end the handshake with an alert."""


def unauthorized(scheme: str = "Bearer") -> Reply:
    """VMware's answer to missing, wrong and expired credentials, which is no SCIM error."""
    body = b'{"errors":[{"code":"401","message":"Unauthorized"}]}'
    return Reply(401, body, "application/json", {"WWW-Authenticate": scheme})


def unproven(request: Request, settings: Settings) -> Reply | None:
    """Returns the answer to a client that does not show all that is wanted, None to one that does."""
    fault = request.hit(FaultName.CLIENT_CERTIFICATE)
    if fault is not None or (settings.wanted.client_ca is not None and not request.certificate):
        return _no_certificate(UNKNOWN if fault == "unknown" else MISSING)
    if any(not _same(request.headers.get(name, ""), value) for name, value in settings.wanted.headers):
        return Reply(401, b'{"message":"No API key found in request"}', "application/json")
    if settings.wanted.schemes and not _authorized(request.authorization, settings):
        return unauthorized('Basic realm="scim"' if settings.wanted.username else "Bearer")
    return None


def noted(request: Request, wanted: Wanted) -> tuple[str, ...]:
    """Returns a note of what a client showed, right or wrong, without the values; none where only a token is wanted."""
    if wanted == PLAIN:
        return ()
    scheme = request.authorization.partition(" ")[0]
    headers = [name for name, _ in wanted.headers if name in request.headers]
    certificate = f"CN={request.certificate}" if request.certificate else ""
    return (f"showed {', '.join(filter(None, [scheme, *headers, certificate])) or 'nothing'}",)


def _no_certificate(words: str) -> Reply:
    return Reply(400, _PAGE.format(words).encode(), "text/html")


def _authorized(authorization: str, settings: Settings) -> bool:
    scheme, _, given = authorization.partition(" ")
    if settings.wanted.username:
        return scheme.lower() == "basic" and _same(_decoded(given), f"{settings.wanted.username}:{settings.token}")
    return scheme.lower() in {each.lower() for each in settings.wanted.schemes} and _same(given.strip(), settings.token)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())
