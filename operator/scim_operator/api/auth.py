"""How the operator proves itself to a service: a token, or OAuth2 client credentials that get one."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from scim_operator.api.common import DataKey, ObjectName, printable
from scim_operator.api.enums import AuthScheme, ClientAuthentication
from scim_operator.api.model import LIST_TYPE, ApiModel, rule, validated


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


_ONE_WAY = rule("has(self.bearer) != has(self.oauth2)", "give exactly one of bearer and oauth2")


class Auth(ApiModel):
    """How the operator proves itself to the service: exactly one of the two."""

    model_config = ConfigDict(json_schema_extra=validated(_ONE_WAY))

    bearer: BearerAuth | None = None
    """A token in the Authorization header."""
    oauth2: OAuth2Auth | None = None
    """OAuth2 client credentials, by which the operator gets tokens itself."""

    @property
    def scheme(self) -> AuthScheme:
        """Scheme that precedes the token in the Authorization header."""
        return self.bearer.scheme if self.bearer else AuthScheme.BEARER
