"""How the operator proves itself to a service: a token, a password, OAuth2 client credentials, or headers."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from scim_operator.api.common import DataKey, ObjectName, printable
from scim_operator.api.enums import AuthScheme, ClientAuthentication
from scim_operator.api.model import LIST_TYPE, ApiModel, keyed_by, rule, validated


class SecretKeyRef(ApiModel):
    """Names a key of a Secret of the same namespace, which under its key hosts names where it may go."""

    name: ObjectName
    """The Secret's metadata.name."""
    key: DataKey = "token"
    """The key in its data."""


class BearerAuth(ApiModel):
    """A token in the Authorization header."""

    secret_ref: SecretKeyRef
    """The Secret that holds the token; read again, without a restart, when the service refuses the token."""
    scheme: AuthScheme = AuthScheme.BEARER
    """The scheme before the token: Bearer, or HZN for Workspace ONE Access."""


class LoginRef(ApiModel):
    """Names a Secret of the same namespace with the keys username and password, as kubernetes.io/basic-auth has."""

    name: ObjectName
    """The Secret's metadata.name."""


class BasicAuth(ApiModel):
    """A name and a password in the Authorization header (HTTP Basic, RFC 7617)."""

    secret_ref: LoginRef
    """The Secret with username, password and hosts; read again, without a restart, when the service refuses them."""


_RESERVED = (
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "if-match",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
)
"""Headers that the operator or the connection sets."""

_CHANGING = (
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "range",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
)
"""Headers that have a request mean something else: a part, a condition, another method, such as a DELETE for a GET."""

HeaderName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        json_schema_extra=validated(
            rule("self.matches('^[A-Za-z0-9_-]+$')", "a header has letters, digits, - and _, such as X-Api-Key"),
            rule(
                f"!(self.lowerAscii() in {[*_RESERVED]}) && !self.lowerAscii().startsWith('proxy-')",
                "the operator sets this header itself; auth.bearer and auth.basic set Authorization",
            ),
            rule(
                f"!(self.lowerAscii() in {[*_CHANGING]})",
                "this header has a request mean something else, such as DELETE in place of GET; remove it",
            ),
        ),
    ),
]
"""The name of a header that may be set (RFC 9110 section 5.1)."""


class Header(ApiModel):
    """A header that the service, or a gateway before it, wants with every request, such as an API key."""

    name: HeaderName
    """The header's name, such as X-Api-Key."""
    secret_ref: SecretKeyRef
    """The Secret with the header's value; read again, without a restart, when the service refuses it."""


Headers = Annotated[
    tuple[Header, ...],
    Field(
        max_length=8,
        json_schema_extra={
            **keyed_by("name"),
            **validated(
                rule(
                    "self.all(one, self.exists_one(other, other.name.lowerAscii() == one.name.lowerAscii()))",
                    "two headers of one name, which has no case; remove one",
                )
            ),
        },
    ),
]
"""Headers, one of each name."""


class ClientSecretRef(ApiModel):
    """Names a Secret of the same namespace with the keys client_id and client_secret."""

    name: ObjectName
    """The Secret's metadata.name."""


_TOKEN_URL_RULES = (
    rule(
        "isURL(self) && url(self).getScheme() in ['https', 'http'] && url(self).getHost() != ''",
        "write the whole URL of the token endpoint, such as https://login.example.com/oauth2/token",
    ),
    rule(
        "!self.matches('^[^/]*//[^/?#]*@')",
        "the URL must not hold credentials; put them into the Secret that secretRef names",
    ),
    rule("!self.contains('#')", "the URL must not have a fragment; remove # and what follows"),
    printable("self"),
)

Scope = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        json_schema_extra=validated(
            rule(
                r"self.matches('^[!#-\\[\\]-~]+$')",
                "a scope has no spaces, quotes or backslashes (RFC 6749 section 3.3); write several as several entries",
            ),
        ),
    ),
]
"""One scope-token of RFC 6749 section 3.3."""


class OAuth2Auth(ApiModel):
    """OAuth2 client credentials (RFC 6749 section 4.4): the operator gets its token itself, before the last expires."""

    token_url: Annotated[str, Field(min_length=1, max_length=2048, json_schema_extra=validated(*_TOKEN_URL_RULES))]
    """The token endpoint; https, unless service.allowInsecure is true."""
    secret_ref: ClientSecretRef
    """The Secret with client_id, client_secret and hosts (of both servers); read again when they are refused."""
    scopes: Annotated[tuple[Scope, ...], Field(max_length=32, json_schema_extra={LIST_TYPE: "set"})] = ()
    """The scopes to ask for; none leaves them to the endpoint."""
    authentication: ClientAuthentication = ClientAuthentication.BASIC
    """How client_id and client_secret are sent: Basic, in a header (RFC 6749 section 2.3.1), or Post, in the body."""


ONE_WAY = "give exactly one of bearer, basic and oauth2"
"""The rule of auth."""
_ONE_WAY = rule("(has(self.bearer) ? 1 : 0) + (has(self.basic) ? 1 : 0) + (has(self.oauth2) ? 1 : 0) <= 1", ONE_WAY)


class Auth(ApiModel):
    """How the operator proves itself to the service: one of the three, or none where headers do."""

    model_config = ConfigDict(json_schema_extra=validated(_ONE_WAY))

    bearer: BearerAuth | None = None
    """A token in the Authorization header."""
    basic: BasicAuth | None = None
    """A name and a password in the Authorization header."""
    oauth2: OAuth2Auth | None = None
    """OAuth2 client credentials, by which the operator gets tokens itself."""

    @property
    def scheme(self) -> str:
        """Scheme of the Authorization header, "" where none is sent."""
        if self.basic is not None:
            return "Basic"
        if self.bearer is not None:
            return self.bearer.scheme.value
        return AuthScheme.BEARER.value if self.oauth2 is not None else ""
