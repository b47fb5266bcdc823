"""The tenant URL of a service. Pure.

Anyone who may write a ProvisioningConfig chooses where the operator connects, inside the cluster and with a token in
hand, so the URL is read strictly, and what it resolves to is judged when connecting (addresses.py, transport.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from scim_operator.core.secrecy.destinations import host_name
from scim_operator.core.service.address import DOUBLED
from scim_operator.errors import InvalidSpec
from scim_operator.scim.addresses import forbidden

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from scim_operator.scim.protocol import Request

__all__ = ["FIELD", "PROXY", "ServiceUrl", "forbidden", "service_url"]

FIELD = "spec.service.url"
PROXY = "spec.service.proxy.url"


@dataclass(frozen=True, slots=True)
class ServiceUrl:
    """The URL of a service: `base` without a trailing slash, and the tenant URL's query, which every request keeps."""

    base: str
    host: str
    query: str = ""

    def locate(self, request: Request) -> str:
        """Return the URL of a request, percent-encoded; so are `+`, `&` and `#` in values, which are special there."""
        own = "&".join(f"{name}={quote(value, safe='')}" for name, value in request.query)
        query = "&".join(part for part in (own, self.query) if part)
        address = f"{self.base}{request.path}{'/' if request.slash else ''}"
        return f"{address}?{query}" if query else address


def service_url(text: str, *, allow_insecure: bool = False, field: str = FIELD) -> ServiceUrl:
    """Read a tenant URL as people paste it: a trailing slash, doubled slashes, `/scim/v2` twice, flags in the query.

    Raises InvalidSpec, naming the `field` that it stands in and the fix, for what is no https URL of a host.
    """
    parts = _split(text.strip(), field)
    _check(parts, field, allow_insecure=allow_insecure)
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    path = DOUBLED.sub(r"\1", path)
    host = _host(parts, field)
    base = f"{parts.scheme}://{_netloc(host, parts.port)}{quote(path, safe='/%:@!$&+,;=~-._')}"
    return ServiceUrl(base=base, host=host, query=parts.query)


def _host(parts: SplitResult, field: str) -> str:
    """Return the host in one spelling, so that the host compared, resolved and shown is the one connected to."""
    try:
        return host_name(parts.hostname or "")
    except ValueError:
        raise InvalidSpec(
            f"{field} has no host that can be connected to: write a name (with \u00df or \u03c2 as xn--\u2026), or an "
            "address without a zone, such as 10.1.2.3 or [fd12::1]."
        ) from None


def _netloc(host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"


def _split(text: str, field: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise InvalidSpec(f"{field} is no URL: write it as https://host/path.") from error
    return parts


def _check(parts: SplitResult, field: str, *, allow_insecure: bool) -> None:
    if re.search(r"[\s\x00-\x1f\\]", parts.netloc + parts.path + parts.query):
        raise InvalidSpec(f"{field} contains a space, a backslash or a control character: remove it.")
    if parts.scheme == "http" and not allow_insecure:
        raise InvalidSpec(f"{field} must begin with https://, or the token would travel in the clear.")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidSpec(f"{field} must be a URL such as https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise InvalidSpec(
            f"{field} must not carry credentials: put the token into the Secret that spec.service.auth names."
        )
    if parts.port == 0:
        raise InvalidSpec(f"{field} has port 0, which no server has: correct or remove it.")
    if parts.fragment:
        raise InvalidSpec(f"{field} must not have a fragment: remove '#' and what follows it.")
