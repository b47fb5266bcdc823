"""Credentials: where a token and headers come from, and how they are sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from scim_operator.errors import Unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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


class HeaderSource(Protocol):
    """Gives headers besides Authorization."""

    async def headers(self, *, fresh: bool = False) -> Mapping[str, str]:
        """Return the headers to send now; `fresh` asks to read them again. Raises SecretNotFound, Unauthorized."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What goes with a request to prove who sends it; not to be shown."""

    headers: Mapping[str, str]
    secrets: tuple[str, ...]
    """The values in the headers that are secret."""

    def __repr__(self) -> str:
        return "Proof(…)"


class Credentials:
    """All that proves the operator to a service: a token under its `scheme`, "" for none, and `more` headers."""

    def __init__(self, tokens: TokenSource, scheme: str, more: HeaderSource | None = None) -> None:
        self._tokens = tokens
        self._scheme = scheme
        self._more = more
        self._named: Callable[[], str] = getattr(tokens, "account", str)

    async def proof(self, *, fresh: bool = False) -> Proof:
        """Return what to send now; `fresh` asks to read it again. Raises SecretNotFound, Unauthorized."""
        token = await self._tokens.token(fresh=fresh)
        more = await self._more.headers(fresh=fresh) if self._more is not None else {}
        own = {"Authorization": authorization(self._scheme, token)} if self._scheme else {}
        return Proof({**more, **own}, (*filter(None, [token]), *more.values()))

    def account(self, proof: Proof) -> str:
        """Return who the caller is: who tokens are issued to, else the secrets themselves."""
        return self._named() or "\0".join(proof.secrets)

    async def close(self) -> None:
        """Give back what was held."""
        await self._tokens.close()


def header_value(name: str, value: str) -> str:
    """Return a header's value as it can be sent (RFC 9110 section 5.5); a newline at the end is forgiven.

    Raises Unauthorized, without the value, for any other.
    """
    stripped = value.strip()
    if not re.fullmatch(r"[\x20-\x7e]+", stripped):
        raise Unauthorized(
            f"The value of header {name} in the Secret that spec.service.headers names is empty, or has line breaks or "
            "other characters than ASCII: write the value alone, without the header's name."
        )
    return stripped


def authorization(scheme: str, token: str) -> str:
    """Return the Authorization header (RFC 6750 section 2.1); a newline at the end of a Secret's value is forgiven.

    Raises Unauthorized when the token cannot be sent in a header; the token itself is not shown.
    """
    stripped = token.strip()
    if not re.fullmatch(r"[\x21-\x7e]+", stripped):
        raise Unauthorized(
            "The token in the Secret that spec.service.auth names is empty, or has spaces or unprintable characters in "
            "it: write the token alone, without the word Bearer."
        )
    return f"{scheme} {stripped}"
