"""What a config refers to: its token or client credentials, its CA bundle. A rotated Secret is taken up at once.

Each is read for the servers that it is sent to, or trusted for, and for no others (docs/adr/0021-secrets.md).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.api.auth import Auth, BearerAuth, SecretKeyRef
from scim_operator.core.connection.expiry import ANNOTATION, expires
from scim_operator.core.secrecy.destinations import DataRef, Destination, destination_of, going_to
from scim_operator.errors import InvalidSpec
from scim_operator.scim.connect import open_token_endpoint
from scim_operator.scim.egress import STRICT
from scim_operator.scim.oauth2 import FIELD as TOKEN_URL
from scim_operator.scim.oauth2 import ClientCredentials, ClientSecret
from scim_operator.scim.url import FIELD as SERVICE_URL

if TYPE_CHECKING:
    from datetime import datetime

    from scim_operator.job.base.ports import SecretReader
    from scim_operator.job.base.settings import Settings
    from scim_operator.scim.auth import TokenSource
    from scim_operator.scim.clock import Clock
    from scim_operator.scim.egress import Egress

CLIENT_ID, CLIENT_SECRET = "client_id", "client_secret"
"""The keys of a Secret with OAuth2 client credentials, by RFC 6749's names."""


class SecretToken:
    """The token in the Secret that a config names; read once, and again when the service refuses it."""

    def __init__(self, secret_reader: SecretReader, settings: Settings, bearer: BearerAuth) -> None:
        self._secret_reader = secret_reader
        self._settings = settings
        self._ref = bearer.secret_ref
        self._token: str | None = None

    async def token(self, *, fresh: bool = False) -> str:
        """Return the token to send; raises SecretNotFound naming what is missing, InvalidSpec when it is not text."""
        if self._token is None or fresh:
            [self._token] = await _texts(self._secret_reader, self._settings, self._ref.name, self._ref.key)
        return self._token

    async def close(self) -> None:
        """Nothing is held."""


def token_source(
    secret_reader: SecretReader, settings: Settings, *, ca_bundle: bytes | None, clock: Clock, egress: Egress = STRICT
) -> TokenSource:
    """Return where the config's tokens come from; raises InvalidSpec when it names none, or two places."""
    auth = settings.spec.service.auth
    if (auth.bearer is None) is (auth.oauth2 is None):
        raise InvalidSpec("spec.service.auth: give exactly one of bearer and oauth2.")
    if auth.bearer is not None:
        return SecretToken(secret_reader, settings, auth.bearer)
    assert auth.oauth2 is not None  # noqa: S101 - exactly one of the two
    transport = open_token_endpoint(settings.spec.service, auth.oauth2, ca_bundle=ca_bundle, egress=egress)
    return ClientCredentials(auth.oauth2, transport, lambda: _client(secret_reader, settings), clock)


def bearing(settings: Settings) -> Settings:
    """Return the settings with a token in place of OAuth2, for a caller that has one and asks no token endpoint."""
    auth = settings.spec.service.auth
    if auth.oauth2 is None:
        return settings
    bearer = Auth(bearer=BearerAuth(secret_ref=SecretKeyRef(name=auth.oauth2.secret_ref.name)))
    service = settings.spec.service.model_copy(update={"auth": bearer})
    return replace(settings, spec=settings.spec.model_copy(update={"service": service}))


def destinations(settings: Settings) -> tuple[Destination, ...]:
    """Return where what the config refers to is used: the service, and the token endpoint where there is one.

    Errors: InvalidSpec, for a URL that is none.
    """
    service = settings.spec.service
    urls = {SERVICE_URL: service.url}
    if service.auth.oauth2 is not None:
        urls[TOKEN_URL] = service.auth.oauth2.token_url
    return tuple(_destination(url, field) for field, url in urls.items())


async def ca_bundle(secret_reader: SecretReader, settings: Settings) -> bytes | None:
    """Return the CA certificates that the config names, None when it names none."""
    ref = settings.spec.service.tls.ca_bundle_ref
    if ref is None:
        return None
    wanted = DataRef(ref.kind.value, settings.namespace, ref.name, (ref.key,))
    return (await secret_reader.read(wanted, going_to(*destinations(settings))))[ref.key]


async def fingerprint(secret_reader: SecretReader, settings: Settings) -> str:
    """Changes whenever the token, the client credentials or the CA bundle do; raises SecretNotFound, HostNotNamed."""
    auth, read = settings.spec.service.auth, []
    if auth.bearer is not None:
        read.append(await SecretToken(secret_reader, settings, auth.bearer).token())
    if auth.oauth2 is not None:
        client = await _client(secret_reader, settings)
        read += [client.id, client.secret]
    bundle = await ca_bundle(secret_reader, settings) or b""
    return hashlib.sha256("\0".join(read).encode() + b"\0" + bundle).hexdigest()


async def token_expires(secret_reader: SecretReader, settings: Settings) -> datetime | None:
    """Return when the token, or the client's secret, ends; None where nothing says so.

    Errors: InvalidSpec where the Secret's annotation is no date, and those of reading it.
    """
    auth = settings.spec.service.auth
    chosen = auth.bearer or auth.oauth2
    if chosen is None:
        return None
    name = chosen.secret_ref.name
    keys = (auth.bearer.secret_ref.key,) if auth.bearer is not None else (CLIENT_ID, CLIENT_SECRET)
    # No key of a Secret can have the name of an annotation, so a vault gives annotations among the optional keys.
    ref = DataRef("Secret", settings.namespace, name, keys, (ANNOTATION,))
    values = await secret_reader.read(ref, going_to(*destinations(settings)))
    token = values[keys[0]] if auth.bearer is not None else b""
    return expires(token.decode(errors="replace"), values.get(ANNOTATION, b"").decode(errors="replace").strip())


async def _client(secret_reader: SecretReader, settings: Settings) -> ClientSecret:
    oauth2 = settings.spec.service.auth.oauth2
    assert oauth2 is not None  # noqa: S101 - asked for only where it is named
    values = await _texts(secret_reader, settings, oauth2.secret_ref.name, CLIENT_ID, CLIENT_SECRET)
    client = ClientSecret(*(value.strip() for value in values))
    settings.veil.cover_secret(client.secret)
    return client


async def _texts(secret_reader: SecretReader, settings: Settings, name: str, *keys: str) -> list[str]:
    """Return the texts under keys of a Secret. Both servers are named: the token that they get goes to the service."""
    ref = DataRef("Secret", settings.namespace, name, keys)
    values = await secret_reader.read(ref, going_to(*destinations(settings)))
    return [_decoded(values[key], name, key) for key in keys]


def _decoded(body: bytes, name: str, key: str) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        what = "the token" if key not in (CLIENT_ID, CLIENT_SECRET) else "it"
        raise InvalidSpec(f"Secret {name}, key {key}: {what} is no UTF-8 text.") from None


def _destination(url: str, field: str) -> Destination:
    try:
        return destination_of(url)
    except ValueError:
        raise InvalidSpec(f"{field} must be a URL such as https://host/path.") from None
