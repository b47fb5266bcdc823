"""The identity of a service, however its URL is written (RFC 3986 section 6). Pure.

Two configs that reach one service by two spellings would each take the other's people for their own. In doubt, two
spellings are therefore the same service: paths ignore case, and what servers drop or decode is left out. Requests
always use what the person wrote.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import unquote, urlsplit

DOUBLED = re.compile(r"(/scim/v2)(?:/scim(?:/v2)?)+$", re.IGNORECASE)
"""The end of a path whose reader appended /scim/v2 to a URL that had it."""

_PORTS = {"http": 80, "https": 443}
_DOTS = re.compile("[\u3002\uff0e\uff61]")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
_PARAMETERS = re.compile(r";[^/]*")
_DECODINGS = 3
"""How often a path is decoded: a proxy and the server behind it may each do it once."""


@lru_cache(maxsize=1024)
def address_of(text: str) -> str:
    """Host, port and path of a service's URL, in one spelling.

    The query holds flags for the client, and is no part of it. "" for no URL; any other text stays as it is.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port or _PORTS[parts.scheme]
        host = _host(parts.hostname or "")
    except (ValueError, KeyError):
        return text.strip().lower()
    return f"{host}:{port}{_path(parts.path)}" if host else text.strip().lower()


def same_service(one: str, other: str) -> bool:
    """Return whether two URLs name one service."""
    return address_of(one) == address_of(other)


def ids_hold(reported: str, url: str) -> bool:
    """Return whether the ids in a config's status belong to `url`; `reported` is "" in an old status."""
    return not reported or same_service(reported, url)


def _host(text: str) -> str:
    text = _decoded(text)
    if ":" in text:
        return _address(ip_address(text.partition("%")[0]))
    name = ".".join(map(_label, _DOTS.sub(".", text).strip(".").split(".")))
    number = _ipv4(name)
    return name if number is None else str(number)


def _address(address: IPv4Address | IPv6Address) -> str:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _label(text: str) -> str:
    """Return a label of a host name in one form, be it written in Unicode or in Punycode."""
    folded = _folded(text)
    if folded.startswith("xn--"):
        try:
            folded = _folded(folded[4:].encode("ascii").decode("punycode"))
        except UnicodeError:
            return folded
    return folded


def _folded(text: str) -> str:
    """Return the text without case, width and invisible characters."""
    shown = "".join(each for each in text if unicodedata.category(each) not in ("Cf", "Mn") or _is_mark(each))
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).casefold())


def _is_mark(character: str) -> bool:
    """Return whether a character that takes no room of its own is an accent, and no variation selector."""
    return unicodedata.combining(character) > 0


def _ipv4(name: str) -> IPv4Address | None:
    """Return the IPv4 address that a name spells, as resolvers read it: 0x7f.1, 2130706433, 0177.0.0.1."""
    labels = name.split(".")
    if len(labels) > 4 or not all(map(_NUMBER.fullmatch, labels)):
        return None
    try:
        *heads, last = map(_number, labels)
    except ValueError:
        return None
    if any(head > 255 for head in heads) or last >= 256 ** (4 - len(heads)):
        return None
    return IPv4Address(sum(head << 8 * (3 - place) for place, head in enumerate(heads)) + last)


def _number(text: str) -> int:
    if text[:2].lower() == "0x":
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") and text != "0" else int(text)


def _path(text: str) -> str:
    steps: list[str] = []
    for step in _PARAMETERS.sub("", _decoded(text).replace("\\", "/")).split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return DOUBLED.sub(r"\1", _folded("".join(f"/{step}" for step in steps)))


def _decoded(text: str) -> str:
    for _ in range(_DECODINGS):
        text = unquote(text, errors="backslashreplace")
    return text
