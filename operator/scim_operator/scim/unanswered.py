"""Our error for a request without an answer: whether it is the service or the proxy that did not give one, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
from yarl import URL

from scim_operator.errors import ScimOperatorError, Unauthorized, Unreachable, WrongService, WrongServiceReason
from scim_operator.scim.passage import certificate_refused
from scim_operator.scim.url import PROXY

if TYPE_CHECKING:
    from scim_operator.scim.url import ServiceUrl


class NoTunnel(aiohttp.ClientError):
    """The proxy broke off, or said no HTTP, when it was asked for a connection."""


class _Peer(NamedTuple):
    """A server as messages call it, and the field of its URL."""

    name: str
    field: str


_PROXY = _Peer("the proxy", PROXY)


def unanswered(error: Exception, field: str, proxy: ServiceUrl | None) -> ScimOperatorError:
    """Return our error for one of aiohttp's. Only a failure to connect proves that nothing was sent.

    Args: field, the field of the service's URL; proxy, what is connected to in place of that, None for no proxy.
    """
    service = _Peer("the service", field)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _no_tunnel(error.status)
    if isinstance(error, NoTunnel):
        return _no_proxy()
    if (problem := _tls_problem(error, service, proxy)) is not None:
        return problem
    peer = service if proxy is None else _PROXY
    for kind, happened in _NOT_SENT:
        if isinstance(error, kind):
            return Unreachable(happened.format(name=peer.name, field=peer.field), sent=False)
    if isinstance(error, TimeoutError):
        return Unreachable("The service did not answer in time; the request may have taken effect.")
    return Unreachable("The connection broke before the answer was complete; the request may have taken effect.")


_NOT_SENT = [
    (aiohttp.ClientConnectorDNSError, "The host name of {name} cannot be resolved: check {field}."),
    (aiohttp.ClientConnectorError, "No connection to {name}'s address: check {field} and the network."),
    (aiohttp.ConnectionTimeoutError, "No answer from {name} to the connection within 10 s."),
    (aiohttp.InvalidURL, "{field} is no URL that can be connected to."),
]


def _tls_problem(error: Exception, service: _Peer, proxy: ServiceUrl | None) -> WrongService | None:
    if _REFUSED.search(str(error)):
        return certificate_refused()
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        problem = _certificate_problem(error.certificate_error)
    elif isinstance(error, aiohttp.ClientSSLError):
        problem = "no common version or cipher of TLS, or no TLS at all on this port"
    else:
        return None
    if proxy is None:
        return _tls_failed(problem, service, "")
    at = URL(proxy.base, encoded=True)
    if (error.host, error.port) == (at.host, at.port):
        return _tls_failed(problem, _PROXY, "")
    return _tls_failed(problem, service, ", and whether the proxy of spec.service.proxy answers in its place")


_REFUSED = re.compile(r"ALERT_(BAD_CERTIFICATE|CERTIFICATE_|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)")
"""Alerts by which a server ends the handshake over the client's certificate (RFC 8446 section 6.2)."""


def _no_tunnel(status: int) -> ScimOperatorError:
    """Return the error for a proxy that answers CONNECT otherwise than with success; nothing went to the service."""
    if status == 407:
        return Unauthorized(
            "The proxy of spec.service.proxy answered 407: write its username and password into the Secret that "
            "spec.service.proxy.secretRef names.",
            status=status,
        )
    return Unreachable(
        f"The proxy of spec.service.proxy answered {status}, and made no connection to the service: check that it "
        "lets the operator through to the service's host and port, and reaches it.",
        sent=False,
    )


def _no_proxy() -> Unreachable:
    return Unreachable(
        "The proxy of spec.service.proxy made no connection to the service, and did not say why: check that "
        f"{PROXY} is a proxy that knows CONNECT, with http or https as it speaks.",
        sent=False,
    )


def _certificate_problem(error: Exception) -> str:
    """Return OpenSSL's own words, which name neither secrets nor persons."""
    return getattr(error, "verify_message", "").rstrip(".") or "certificate verify failed"


def _tls_failed(problem: str, peer: _Peer, more: str) -> WrongService:
    following = (
        "If it has a private CA, name its certificate in spec.service.tls.caBundleRef; else check host and port of "
        f"{peer.field}{more}."
    )
    if any(words in problem for words in _OUT_OF_TIME):
        following = (
            f"Have the certificate of {peer.name}, or that of the CA which signed it, renewed, or correct the clock of "
            "the operator's node."
        )
    return WrongService(
        f"TLS with {peer.name} failed: {problem}. {following}",
        reason=WrongServiceReason.TLS_FAILED,
    )


_OUT_OF_TIME = ("has expired", "is not yet valid")
"""OpenSSL's words for a certificate that holds no more, or not yet: no other CA helps against that."""
