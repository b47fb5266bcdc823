"""What a config refers to: its token, password or client credentials, its headers, its CA bundle.

A rotated Secret is taken up at once.

Each is read for the servers that it is sent to, or trusted for, and for no others (docs/adr/0021-secrets.md).
"""

from __future__ import annotations

import base64
import hashlib
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from scim_operator.api.auth import ONE_WAY, Auth, BearerAuth, SecretKeyRef
from scim_operator.core.connection.expiry import ANNOTATION, Expiry, expires
from scim_operator.core.connection.proofs import CERTIFICATE, CLIENT, PROXY, TOKEN, Proof, header
from scim_operator.core.connection.proofs import PASSWORD as PASSWORD_PROOF
from scim_operator.core.secrecy.destinations import CLIENT_CERTIFICATE, DataRef, Destination, destination_of, going_to
from scim_operator.errors import InvalidSpec, Unauthorized
from scim_operator.scim.auth import header_value
from scim_operator.scim.connect import open_token_endpoint
from scim_operator.scim.egress import STRICT
from scim_operator.scim.oauth2 import FIELD as TOKEN_URL
from scim_operator.scim.oauth2 import ClientCredentials, ClientSecret
from scim_operator.scim.passage import ClientCertificate, Pass, present
from scim_operator.scim.url import FIELD as SERVICE_URL
from scim_operator.scim.url import PROXY as PROXY_URL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from scim_operator.job.base.ports import SecretReader
    from scim_operator.job.base.settings import Settings
    from scim_operator.scim.auth import TokenSource
    from scim_operator.scim.clock import Clock
    from scim_operator.scim.egress import Egress

CLIENT_ID, CLIENT_SECRET = "client_id", "client_secret"
"""The keys of a Secret with OAuth2 client credentials, by RFC 6749's names."""
USERNAME, PASSWORD = "username", "password"
"""The keys of a Secret of type kubernetes.io/basic-auth."""


class SecretToken:
    """The token in the Secret that a config names; read once, and again when the service refuses it."""

    def __init__(self, secret_reader: SecretReader, settings: Settings) -> None:
        self._secret_reader = secret_reader
        self._settings = settings
        self._token: str | None = None

    async def token(self, *, fresh: bool = False) -> str:
        """Return the token to send; raises SecretNotFound naming what is missing, InvalidSpec when it is not text."""
        if self._token is None or fresh:
            self._token = await self._read()
        return self._token

    async def close(self) -> None:
        """Nothing is held."""

    async def _read(self) -> str:
        [token] = await _texts(self._secret_reader, self._settings, chosen(self._settings))
        return token


class SecretLogin(SecretToken):
    """The name and the password of HTTP Basic in the Secret that a config names, as one token (RFC 7617 section 2)."""

    _name = ""

    def account(self) -> str:
        """Return whose password it is, "" before it was read: passwords change, and the account stays."""
        return self._name and f"Basic {self._name}"

    async def _read(self) -> str:
        read = await _texts(self._secret_reader, self._settings, chosen(self._settings))
        name, password = map(_without_newline, read)
        token = _as_basic(self._settings, "spec.service.auth.basic", name, password)
        self._name = name
        return token


def _as_basic(settings: Settings, field: str, name: str, password: str) -> str:
    """Return a name and a password as HTTP Basic sends them. Raises Unauthorized for what it cannot carry."""
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    settings.veil.cover_secret(password, token)
    if not name or not password or ":" in name:
        raise Unauthorized(
            f"The Secret that {field} names has an empty username or password, or a colon in the username, which HTTP "
            "Basic cannot carry: correct it."
        )
    return token


class NoToken:
    """The token source of a config whose headers alone prove it."""

    async def token(self, *, fresh: bool = False) -> str:
        """Return no token."""
        return ""

    async def close(self) -> None:
        """Nothing is held."""


class SecretHeaders:
    """The headers whose values are in Secrets; read once, and again when the service refuses them."""

    def __init__(self, secret_reader: SecretReader, settings: Settings) -> None:
        self._secret_reader = secret_reader
        self._settings = settings
        self._headers: dict[str, str] | None = None

    async def headers(self, *, fresh: bool = False) -> dict[str, str]:
        """Return the headers to send; raises SecretNotFound naming what is missing, Unauthorized for no header."""
        if self._headers is None or fresh:
            read = {}
            for header, used in zip(self._settings.spec.service.headers, _of_headers(self._settings), strict=True):
                [value] = await _texts(self._secret_reader, self._settings, used)
                read[header.name] = header_value(header.name, value)
            self._headers = read
        return self._headers


def token_source(
    secret_reader: SecretReader, settings: Settings, *, ca_bundle: bytes | None, clock: Clock, egress: Egress = STRICT
) -> TokenSource:
    """Return where the config's tokens come from; raises InvalidSpec when it names none, or several places."""
    service = settings.spec.service
    auth = service.auth
    ways = [way for way in (auth.bearer, auth.basic, auth.oauth2) if way is not None]
    if len(ways) > 1 or not (ways or service.headers or service.tls.client_certificate_ref):
        raise InvalidSpec(f"spec.service.auth: {ONE_WAY}.")
    if auth.oauth2 is not None:
        transport = open_token_endpoint(
            service,
            auth.oauth2,
            ca_bundle=ca_bundle,
            egress=egress,
            read_pass=read_pass(secret_reader, settings, certificate=False),
            clock=clock,
        )
        return ClientCredentials(auth.oauth2, transport, lambda: _client(secret_reader, settings), clock)
    if auth.basic is not None:
        return SecretLogin(secret_reader, settings)
    return SecretToken(secret_reader, settings) if auth.bearer is not None else NoToken()


class Used(NamedTuple):
    """Names keys of a Secret that a config uses, the servers that their values go to, and what they are."""

    name: str
    keys: tuple[str, ...]
    to: tuple[Destination, ...]
    proof: Proof = TOKEN


def chosen(settings: Settings) -> Used:
    """Return the Secret of `auth`. Errors: InvalidSpec, where it names none.

    Both servers of OAuth2 are named: the token that the client's credentials get goes to the service.
    """
    auth, to = settings.spec.service.auth, destinations(settings)
    if auth.bearer is not None:
        return Used(auth.bearer.secret_ref.name, (auth.bearer.secret_ref.key,), to)
    if auth.basic is not None:
        return Used(auth.basic.secret_ref.name, (USERNAME, PASSWORD), to, PASSWORD_PROOF)
    if auth.oauth2 is not None:
        return Used(auth.oauth2.secret_ref.name, (CLIENT_ID, CLIENT_SECRET), to, CLIENT)
    raise InvalidSpec(f"spec.service.auth: {ONE_WAY}.")


def _of_headers(settings: Settings) -> list[Used]:
    service = settings.spec.service
    to = _through(settings, _destination(service.url, SERVICE_URL))
    return [Used(each.secret_ref.name, (each.secret_ref.key,), to, header(each.name)) for each in service.headers]


def used(settings: Settings) -> list[Used]:
    """Return all Secrets that prove the operator to the service. Errors: InvalidSpec."""
    auth = settings.spec.service.auth
    own = [chosen(settings)] if auth.scheme else []
    return [*own, *_of_headers(settings), *_of_certificate(settings), *_of_proxy(settings)]


def _of_certificate(settings: Settings) -> list[Used]:
    ref = settings.spec.service.tls.client_certificate_ref
    to = _through(settings, _destination(settings.spec.service.url, SERVICE_URL))
    return [] if ref is None else [Used(ref.name, CLIENT_CERTIFICATE, to, CERTIFICATE)]


def _of_proxy(settings: Settings) -> list[Used]:
    proxy = settings.spec.service.proxy
    if proxy is None or proxy.secret_ref is None:
        return []
    return [Used(proxy.secret_ref.name, (USERNAME, PASSWORD), (_destination(proxy.url, PROXY_URL),), PROXY)]


def _through(settings: Settings, *servers: Destination) -> tuple[Destination, ...]:
    """Return servers, and the proxy on the way to them.

    TLS hides everything from an honest proxy. Of one whose author also names a CA it would hide nothing: who
    answers for a Secret has to agree to the proxy too.
    """
    proxy = settings.spec.service.proxy
    if proxy is None:
        return servers
    return (*servers, replace(_destination(proxy.url, PROXY_URL), secure=True))


def read_pass(
    secret_reader: SecretReader, settings: Settings, *, certificate: bool = True
) -> Callable[[], Awaitable[Pass]] | None:
    """Return what reads the client certificate and the proxy's credentials; None where the config names neither."""
    certificates = _of_certificate(settings) if certificate else []
    logins = _of_proxy(settings)

    async def read() -> Pass:
        shown, login = None, ""
        for each in certificates:
            shown = _certificate(each, await _values(secret_reader, settings, each))
            settings.veil.cover_secret(shown.key_itself)
        for each in logins:
            name, password = map(_without_newline, await _texts(secret_reader, settings, each))
            login = _as_basic(settings, PROXY.field, name, password)
        return Pass(shown, login)

    return read if certificates or logins else None


def bearing(settings: Settings) -> Settings:
    """Return the settings with a token in place of OAuth2, for a caller that has one and asks no token endpoint."""
    auth = settings.spec.service.auth
    if auth.oauth2 is None:
        return settings
    bearer = Auth(bearer=BearerAuth(secret_ref=SecretKeyRef(name=auth.oauth2.secret_ref.name)))
    service = settings.spec.service.model_copy(update={"auth": bearer})
    return replace(settings, spec=settings.spec.model_copy(update={"service": service}))


def destinations(settings: Settings) -> tuple[Destination, ...]:
    """Return where what the config refers to is used: the service, the token endpoint and the proxy where there is one.

    Errors: InvalidSpec, for a URL that is none.
    """
    service = settings.spec.service
    urls = {SERVICE_URL: service.url}
    if service.auth.oauth2 is not None:
        urls[TOKEN_URL] = service.auth.oauth2.token_url
    return _through(settings, *(_destination(url, field) for field, url in urls.items()))


async def ca_bundle(secret_reader: SecretReader, settings: Settings) -> bytes | None:
    """Return the CA certificates that the config names, None when it names none."""
    ref = settings.spec.service.tls.ca_bundle_ref
    if ref is None:
        return None
    wanted = DataRef(ref.kind.value, settings.namespace, ref.name, (ref.key,))
    return (await secret_reader.read(wanted, going_to(*destinations(settings))))[ref.key]


async def fingerprint(secret_reader: SecretReader, settings: Settings) -> str:
    """Changes whenever a Secret's values or the CA bundle do; raises SecretNotFound, HostNotNamed."""
    read = [each for one in used(settings) for each in (await _values(secret_reader, settings, one)).values()]
    return hashlib.sha256(b"\0".join([*read, await ca_bundle(secret_reader, settings) or b""])).hexdigest()


async def first_end(secret_reader: SecretReader, settings: Settings) -> Expiry | None:
    """Return what of all that proves the operator ends first; None where nothing says so.

    Errors: InvalidSpec where a Secret's annotation is no date, or a certificate cannot be used; those of reading them.
    """
    ends = [await _end(secret_reader, settings, each) for each in used(settings)]
    return min(filter(None, ends), key=lambda end: end.at, default=None)


async def _end(secret_reader: SecretReader, settings: Settings, each: Used) -> Expiry | None:
    # No key of a Secret can have the name of an annotation, so a vault gives annotations among the optional keys.
    ref = DataRef("Secret", settings.namespace, each.name, each.keys, (ANNOTATION,))
    values = await secret_reader.read(ref, going_to(*each.to))
    if each.keys == CLIENT_CERTIFICATE:
        present(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), _certificate(each, values))
    content = values[each.keys[0]] if len(each.keys) == 1 or each.keys == CLIENT_CERTIFICATE else b""
    try:
        at = expires(content.decode(errors="replace"), values.get(ANNOTATION, b"").decode(errors="replace").strip())
    except InvalidSpec as error:
        raise InvalidSpec(f"Secret {each.name}: {error}") from None
    return None if at is None else Expiry(at, proof=each.proof)


def _certificate(each: Used, values: Mapping[str, bytes]) -> ClientCertificate:
    return ClientCertificate(each.name, *(values[key] for key in CLIENT_CERTIFICATE))


async def _client(secret_reader: SecretReader, settings: Settings) -> ClientSecret:
    values = await _texts(secret_reader, settings, chosen(settings))
    client = ClientSecret(*(value.strip() for value in values))
    settings.veil.cover_secret(client.secret)
    return client


async def _texts(secret_reader: SecretReader, settings: Settings, used: Used) -> list[str]:
    """Return the texts under keys of a Secret."""
    values = await _values(secret_reader, settings, used)
    return [_decoded(values[key], used.name, key) for key in used.keys]


async def _values(secret_reader: SecretReader, settings: Settings, used: Used) -> dict[str, bytes]:
    return await secret_reader.read(DataRef("Secret", settings.namespace, used.name, used.keys), going_to(*used.to))


def _without_newline(text: str) -> str:
    """Return a text without the end of a line, which editors put there; blanks may belong to a password."""
    return text.rstrip("\r\n")


def _decoded(body: bytes, name: str, key: str) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        what = "it" if key in {CLIENT_ID, CLIENT_SECRET, USERNAME, PASSWORD} else "the token"
        raise InvalidSpec(f"Secret {name}, key {key}: {what} is no UTF-8 text.") from None


def _destination(url: str, field: str) -> Destination:
    try:
        return destination_of(url)
    except ValueError:
        raise InvalidSpec(f"{field} must be a URL such as https://host/path.") from None
