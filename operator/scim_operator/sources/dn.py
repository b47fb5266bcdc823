"""Distinguished names (RFC 4514): what two spellings of one have in common, and what a name says."""

from __future__ import annotations

import re

from scim_operator.errors import InvalidSpec

_TOKEN = re.compile(r'\\(?P<hex>[0-9A-Fa-f]{2})|\\(?P<special>[ "#+,;<>=\\])|(?P<part>[,+])|(?P<plain>[^\\,+]+)')
_TYPE = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)\s*=\s*")
_BLANKS = re.compile(r"\s+")
_ODD = re.compile(r'[\\+"]')
_SPECIAL = re.compile(r"[,+=\\]")
_NO_NAME = "is no distinguished name; correct it, as in uid=ada,ou=people,dc=corp,dc=example"

Rdn = tuple[tuple[str, str], ...]
"""The types and values of one step of a name; mostly one."""


def normal(dn: str) -> str:
    """Return one spelling for all that mean the same entry. Errors: InvalidSpec."""
    if not _ODD.search(dn):
        return ",".join(_plain(step) for step in dn.split(",")) if dn.strip() else ""
    steps = []
    for rdn in parse(dn):
        pairs = sorted((name.lower(), _folded(value)) for name, value in rdn)
        steps.append("+".join(f"{name}={_SPECIAL.sub(_escaped, value)}" for name, value in pairs))
    return ",".join(steps)


def _plain(step: str) -> str:
    if not (found := _TYPE.match(step)):
        raise InvalidSpec(_NO_NAME)
    return f"{found[1].lower()}={_SPECIAL.sub(_escaped, _folded(step[found.end() :]))}"


def _folded(value: str) -> str:
    return _BLANKS.sub(" ", value).strip().casefold()


def _escaped(found: re.Match[str]) -> str:
    return f"\\{ord(found[0]):02x}"


def parse(dn: str) -> tuple[Rdn, ...]:
    """Return the steps of a name, the entry's own first. Errors: InvalidSpec."""
    if not dn.strip():
        return ()
    return tuple(tuple(_pair(*each) for each in step) for step in _steps(dn))


def _steps(dn: str) -> list[list[tuple[bytes, int]]]:
    """Return the texts between `,` and `+`, each with the length that its escaped blanks keep."""
    steps: list[list[tuple[bytes, int]]] = [[]]
    text, kept, at = bytearray(), 0, 0
    for token in _TOKEN.finditer(dn):
        if token.start() != at:
            break
        at = token.end()
        if (part := token["part"]) is not None:
            steps[-1].append((bytes(text), kept))
            text, kept = bytearray(), 0
            steps += [[]] if part == "," else []
        elif token["plain"] is not None:
            text += token["plain"].encode(errors="surrogatepass")
        else:
            text += bytes.fromhex(token["hex"]) if token["hex"] is not None else token["special"].encode()
            kept = len(text)
    if at != len(dn):
        raise InvalidSpec(_NO_NAME)
    steps[-1].append((bytes(text), kept))
    return steps


def _pair(text: bytes, kept: int) -> tuple[str, str]:
    whole = text[:kept] + text[kept:].rstrip(b" ")
    try:
        decoded = whole.decode()
    except UnicodeDecodeError:
        raise InvalidSpec(_NO_NAME) from None
    if not (found := _TYPE.match(decoded)):
        raise InvalidSpec(_NO_NAME)
    return found[1], decoded[found.end() :]


def own_values(dn: str) -> dict[str, str]:
    """Return what an entry's own step says, by type in lower case. Errors: InvalidSpec."""
    return {name.lower(): value for name, value in next(iter(parse(dn)), ())}


def domain_of(dn: str) -> str:
    """Return the DNS name that the `dc` steps make, "" for none. Errors: InvalidSpec."""
    return ".".join(value for rdn in parse(dn) for name, value in rdn if name.lower() == "dc").lower()
