"""How connections to a service are made: TLS, a client certificate, a proxy. What comes from Secrets is read again."""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.errors import HostNotNamed, InvalidSpec, ScimOperatorError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from scim_operator.scim.clock import Clock
    from scim_operator.scim.url import ServiceUrl

LARGEST_BUNDLE = 1024 * 1024
"""Bytes of a CA bundle, or a client certificate: parsing a hostile one takes time."""
RENEWED = 60.0
"""Seconds after which Secrets are read again: a certificate is replaced before it ends, and refused by no one."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What Secrets add to a connection; not to be shown.

    Args: certificate, a client certificate with its chain and its key, in PEM; login, the credentials for the proxy as
    HTTP Basic sends them.
    """

    certificate: bytes = b""
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
    """The way to a service. `read` gets what is in Secrets, None where there are none; `proxy` is on the way."""

    def __init__(
        self,
        ca_bundle: bytes | None = None,
        *,
        proxy: ServiceUrl | None = None,
        read: Callable[[], Awaitable[Pass]] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.proxy = proxy
        self._ca_bundle = ca_bundle
        self._read = read
        self._clock = clock
        self._pass = Pass()
        plain = tls_context(ca_bundle)
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
        tls = tls_context(self._ca_bundle)
        if found.certificate:
            _present(tls, found.certificate)
        headers = {"Proxy-Authorization": f"Basic {found.login}"} if found.login else {}
        return Way(tls, self._way.to_proxy, headers)


def tls_context(ca_bundle: bytes | None = None) -> ssl.SSLContext:
    """Return settings for TLS 1.2 or newer, verified against the system's roots and those of the bundle.

    Raises InvalidSpec, in one sentence, when the bundle is no PEM.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_bundle is not None:
        _trust(context, ca_bundle)
    return context


def _trust(context: ssl.SSLContext, ca_bundle: bytes) -> None:
    if len(ca_bundle) > LARGEST_BUNDLE:
        raise InvalidSpec("spec.service.tls.caBundleRef names more than 1 MiB: keep only the service's own CAs in it.")
    try:
        context.load_verify_locations(cadata=ca_bundle.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise InvalidSpec(
            "spec.service.tls.caBundleRef names something that is no PEM certificate: it must hold one or more blocks "
            "that begin with -----BEGIN CERTIFICATE-----."
        ) from error


def _present(context: ssl.SSLContext, certificate: bytes) -> None:
    field = "spec.service.tls.clientCertificateRef"
    if len(certificate) > LARGEST_BUNDLE:
        raise InvalidSpec(f"{field} names more than 1 MiB: keep only the certificate, its chain and its key in it.")
    try:
        with _as_file(certificate) as path:
            context.load_cert_chain(path, password="")
    except (ssl.SSLError, ValueError, OSError):
        raise InvalidSpec(
            f"{field} names no client certificate: tls.crt must hold it in PEM, with its chain, and tls.key the key "
            "that fits it, without a passphrase."
        ) from None


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
