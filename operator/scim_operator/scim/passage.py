"""How connections to a service are made: TLS, a client certificate, a proxy. What comes from Secrets is read again."""

from __future__ import annotations

import base64
import binascii
import codecs
import os
import ssl
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.connection.proofs import CERTIFICATE
from scim_operator.errors import HostNotNamed, InvalidSpec, ScimOperatorError, WrongService, WrongServiceReason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from scim_operator.scim.clock import Clock
    from scim_operator.scim.protocol import Response
    from scim_operator.scim.url import ServiceUrl

LARGEST_BUNDLE = 1024 * 1024
"""Bytes of a CA bundle, or a client certificate: parsing a hostile one takes time."""
RENEWED = 60.0
"""Seconds after which Secrets are read again: a certificate is replaced before it ends, and refused by no one."""


BUNDLE = "spec.service.tls.caBundleRef"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A client certificate with its chain, and its key, both in PEM, and the name of their Secret; not to be shown."""

    secret: str
    chain: bytes
    key: bytes

    @property
    def key_itself(self) -> str:
        """Return the key without the lines around it."""
        return "".join(line for line in self.key.decode(errors="replace").splitlines() if "-----" not in line)

    def __repr__(self) -> str:
        return "ClientCertificate(…)"


@dataclass(frozen=True, slots=True)
class Pass:
    """What Secrets add to a connection; not to be shown. `login` is for the proxy, as HTTP Basic sends it."""

    certificate: ClientCertificate | None = None
    login: str = ""

    def __repr__(self) -> str:
        return "Pass(…)"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to connect: TLS with the service, TLS with the proxy (never with our certificate), and its headers."""

    tls: ssl.SSLContext
    to_proxy: ssl.SSLContext
    headers: dict[str, str]


class Passage:
    """The way to a service. `read` gets what is in Secrets, None where there are none; `proxy` is on the way.

    `source` says where the bundle comes from, for messages.
    """

    def __init__(
        self,
        ca_bundle: bytes | None = None,
        *,
        source: str = BUNDLE,
        proxy: ServiceUrl | None = None,
        read: Callable[[], Awaitable[Pass]] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.proxy = proxy
        self._ca_bundle = ca_bundle
        self._read = read
        self._clock = clock
        self._pass = Pass()
        self._source = source
        plain = tls_context(ca_bundle, source)
        self._way = Way(plain, plain, {})
        self._until = float("-inf")

    async def way(self) -> Way:
        """Return the way for the next request. Raises InvalidSpec, SecretNotFound, HostNotNamed."""
        if self._read is not None and self._clock is not None and self._clock.monotonic() >= self._until:
            self._until = self._clock.monotonic() + RENEWED
            await self._renew(self._read)
        return self._way

    def doubt(self) -> None:
        """Read Secrets again before the next request: what they had was refused."""
        self._until = float("-inf")

    async def _renew(self, read: Callable[[], Awaitable[Pass]]) -> None:
        try:
            found = await read()
            if found != self._pass:
                self._way = self._made(found)
                self._pass = found
        except HostNotNamed:
            self.doubt()
            raise
        except ScimOperatorError:
            if self._pass == Pass():  # what is in use stays in use until it is refused, as a token does
                self.doubt()
                raise

    def _made(self, found: Pass) -> Way:
        tls = tls_context(self._ca_bundle, self._source)
        if found.certificate is not None:
            present(tls, found.certificate)
        headers = {"Proxy-Authorization": f"Basic {found.login}"} if found.login else {}
        return Way(tls, self._way.to_proxy, headers)


def tls_context(ca_bundle: bytes | None = None, source: str = BUNDLE) -> ssl.SSLContext:
    """Return settings for TLS 1.2 or newer, verified against the system's roots and those of the bundle.

    Raises InvalidSpec, in one sentence that begins with the `source` of the bundle, when it is no PEM.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_bundle is not None:
        _trust(context, ca_bundle, source)
    return context


def _trust(context: ssl.SSLContext, ca_bundle: bytes, source: str) -> None:
    if len(ca_bundle) > LARGEST_BUNDLE:
        raise InvalidSpec(f"{source} holds more than 1 MiB: keep only the service's own CAs in it.")
    found = _certificates(ca_bundle)
    if not found:
        raise InvalidSpec(
            f"{source} holds no CA certificate in PEM: write one or more blocks that begin with "
            "-----BEGIN CERTIFICATE----- into it."
        )
    if number := _unreadable(found, context):
        raise InvalidSpec(
            f"{source} holds a certificate that cannot be read, number {number} of {len(found)}: write each as a "
            "whole, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."
        )


def _certificates(pem: bytes) -> list[bytes]:
    """Return the certificates in PEM as DER, whatever is between them (RFC 7468 section 2); b"" for a broken one."""
    found = []
    for block in pem.split(_BEGIN)[1:]:
        body, end, _ = block.partition(_END)
        try:
            found.append(base64.b64decode(b"".join(body.split()), validate=True) if end else b"")
        except binascii.Error:
            found.append(b"")
    return found


def _unreadable(certificates: list[bytes], into: ssl.SSLContext) -> int:
    """Have TLS trust certificates; return the number of the first that is none, counted from 1, 0 where all are."""
    for number, der in enumerate(certificates, 1):
        try:
            into.load_verify_locations(cadata=der)
        except (ssl.SSLError, ValueError):
            return number
    return 0


def present(context: ssl.SSLContext, given: ClientCertificate) -> None:
    """Have TLS show a client certificate. Raises InvalidSpec naming the Secret, the key and the fix."""
    if len(given.chain) + len(given.key) > LARGEST_BUNDLE:
        raise _unusable(given, " holds more than 1 MiB: keep only the certificate, its chain and its key in it")
    if _BEGIN not in given.chain:
        raise _unusable(given, f", key tls.crt, holds no certificate in PEM: {_CHAIN}")
    if b"PRIVATE KEY-----" not in given.key:
        raise _unusable(given, f", key tls.key, holds no private key in PEM: {_KEY}")
    if b"ENCRYPTED" in given.key:
        raise _unusable(given, f", key tls.key, holds a private key with a passphrase: {_KEY}")
    try:
        chain = "".join(map(ssl.DER_cert_to_PEM_cert, _certificates(given.chain)))
        with _as_file(chain.encode() + given.key.removeprefix(codecs.BOM_UTF8)) as path:
            context.load_cert_chain(path, password="")
    except (ssl.SSLError, ValueError, OSError) as error:
        raise _unusable(given, _misfit(given, error)) from None


_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
_CHAIN = "write the certificate into it, then its chain, each a block that begins with -----BEGIN CERTIFICATE-----"
_KEY = "write the certificate's own key into it, unencrypted, a block that begins with -----BEGIN PRIVATE KEY-----"


def refuses_certificate(response: Response) -> bool:
    """Return whether an answer is nginx's page for a client without a certificate, or with a wrong or expired one.

    Others end the handshake with an alert.
    """
    return response.status == 400 and any(words in response.body[:4096] for words in _PAGES)


_PAGES = (b"No required SSL certificate was sent", b"The SSL certificate error")


def certificate_refused() -> WrongService:
    """Return the error for a service that does not take our certificate, or none."""
    return WrongService(
        "The service refused the TLS connection for want of a client certificate that it knows: name one in "
        f"{CERTIFICATE.field}, or renew it.",
        reason=WrongServiceReason.TLS_FAILED,
    )


def _misfit(given: ClientCertificate, error: Exception) -> str:
    if "MISMATCH" in (getattr(error, "reason", "") or ""):
        return (
            ": its keys tls.crt and tls.key do not fit each other: write the certificate and the key that was made for "
            "it, the certificate itself first in tls.crt, and its chain after it"
        )
    if _unreadable(_certificates(given.chain), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)):
        return f", key tls.crt, holds a certificate that cannot be read: {_CHAIN}"
    return f", key tls.key, holds a private key that cannot be read: {_KEY}"


def _unusable(given: ClientCertificate, problem: str) -> InvalidSpec:
    return InvalidSpec(f"{CERTIFICATE.field}: Secret {given.secret}{problem}.")


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """Provide a path to bytes, for OpenSSL reads keys from files alone: in memory where there is such a file."""
    if hasattr(os, "memfd_create"):
        with open(os.memfd_create("certificate"), "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor, no path
            file.write(content)
            yield f"/proc/self/fd/{file.fileno()}"
        return
    with tempfile.NamedTemporaryFile() as named:  # readable by its owner alone
        named.write(content)
        named.flush()
        yield named.name
