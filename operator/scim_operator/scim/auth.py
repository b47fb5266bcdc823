"""Credentials: where a token comes from, and how it is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from scim_operator.errors import Unauthorized

if TYPE_CHECKING:
    from scim_operator.api.enums import AuthScheme


class TokenSource(Protocol):
    """Gives the token; a Secret in the cluster, a file, or OAuth2 may stand behind it.

    Where tokens change although the account stays the same, a method `account` gives a name of the account.
    """

    async def token(self, *, fresh: bool = False) -> str:
        """Return the token to send now. `fresh` asks to read it again: the last one was just refused.

        Raises SecretNotFound when it is missing.
        """

    async def close(self) -> None:
        """Give back what was held to get tokens."""


class StaticToken:
    """A token that never changes."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self, *, fresh: bool = False) -> str:
        """Return the same token, always."""
        return self._token

    async def close(self) -> None:
        """Do nothing: nothing is held."""


def authorization(scheme: AuthScheme, token: str) -> str:
    """Return the Authorization header (RFC 6750 section 2.1); a newline at the end of a Secret's value is forgiven.

    Raises Unauthorized when the token cannot be sent in a header; the token itself is not shown.
    """
    stripped = token.strip()
    if not re.fullmatch(r"[\x21-\x7e]+", stripped):
        raise Unauthorized(
            "The token in the Secret that spec.service.auth names is empty, or has spaces or unprintable characters in "
            "it: write the token alone, without the word Bearer."
        )
    return f"{scheme.value} {stripped}"
