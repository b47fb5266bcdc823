"""S7: no secret, and no value marked sensitive, in anything that is written to Kubernetes, in any encoding."""

from __future__ import annotations

import base64
import functools
import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from scim_operator.core.secrecy.destinations import HOSTS
from verify.promises.documents import document_of, flat, path_of
from verify.promises.promise import Promise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.history import Exchange

SHORTEST = 4
"""Characters of a sensitive value below which finding it says nothing."""


class Secrecy(Promise):
    """Looks through every write to the API server, and through what stands in URLs at the service."""

    name = "S7"
    everything = True

    def sending(self, exchange: Exchange) -> None:
        """Look through a request."""
        if exchange.to_service:
            text, sought = exchange.path + str(dict(exchange.query)), self._secrets()
        elif exchange.writes:
            text, sought = exchange.path + text_of(exchange.body), [*self._secrets(), *self._sensitive()]
        else:
            return
        for secret in sought:
            if how := found_in(text, secret):
                self.broken(f"a secret is written, as {how}", exchange)

    def _secrets(self) -> list[str]:
        found = (value for data in self.ground.secrets() for name, value in data.items() if name != HOSTS)
        return sorted({base64.b64decode(value).decode() for value in found})

    def _sensitive(self) -> set[str]:
        """Return the values of the attributes that the config marks now."""
        state = self.ground.state()
        found = set()
        for target in self.ground.targets():
            marked = [one for one in state.rules(target).get("mappings") or () if one.get("sensitive")]
            paths = {path_of(one.get("source") or one["target"]) for one in marked}
            versions = self.ground.versions(target) if paths else ()
            values = (
                value for each in versions for path, value in flat(document_of(target, each)).items() if path in paths
            )
            found |= {value for value in values if isinstance(value, str) and len(value) >= SHORTEST}
        return found


def text_of(body: Any) -> str:  # noqa: ANN401 - JSON
    """Return a body as it goes over the wire."""
    return orjson.dumps(body).decode()


def found_in(text: str, secret: str) -> str:
    """Return in which encoding a text has a secret, "" where it has none."""
    return next((how for how, form in _forms(secret) if form in text), "")


@functools.lru_cache(maxsize=200)
def _forms(secret: str) -> tuple[tuple[str, str], ...]:
    """Return all forms of a secret: it is sought in every request."""
    return tuple(forms(secret))


def forms(secret: str) -> Iterator[tuple[str, str]]:
    """Yield how a secret may be written."""
    data = secret.encode()
    yield "it is", secret
    yield "quoted", quote(secret, safe="")
    yield "reversed", secret[::-1]
    yield "hexadecimal", data.hex()
    yield "upper-case hexadecimal", data.hex().upper()
    for shift in range(3):
        # Of base64, the characters that do not depend on what stands before and after.
        whole = base64.b64encode(b"\0" * shift + data)
        yield "base64", whole[(0, 2, 3)[shift] : len(whole) // 4 * 4 - 4].decode()
    for name in ("md5", "sha1", "sha256", "sha512"):
        yield f"its {name}", hashlib.new(name, data, usedforsecurity=False).hexdigest()
