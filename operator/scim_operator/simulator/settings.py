"""Settings of the simulated service: its address, its credentials and the habits that stay while it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BASE_PATH = "/usergroup/t/CUSTOMER/scim/v2"
"""The tenant URL's path of vCenter's embedded VMware Identity Services; CUSTOMER is literal."""

SCHEMES = ("Bearer", "HZN")
"""The authorization schemes of VMware's services."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What clients have to show besides the token.

    Args:
        schemes: authorization schemes that are accepted; none asks for no Authorization.
        username: asks for HTTP Basic in place of a scheme, with this name and the token as its password.
        headers: names and values that clients must send too, as a gateway asks for its key.
        client_ca: a PEM file with the CAs of the certificates that clients must show.
    """

    schemes: tuple[str, ...] = SCHEMES
    username: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The defaults are the strict form of VMware Identity Service; what a *fault* can switch is not repeated here.

    Args:
        token: accepted as `wanted` says; empty makes a random one.
        wanted: what clients have to show.
        control_token: asked for (Bearer) below `/_simulator/`; empty asks for none.
        port: 0 takes a free one.
        strict: all of VMware's required attributes, known attributes only, `schemas` checked.
        immutable_external_id: an update of externalId is ignored silently, as the real service does.
        string_booleans: answers carry `"primary": "true"`; `active` stays a boolean.
        group_bodies: PATCH and PUT of a group answer 200 with a body instead of 204.
        patch_status: what PATCH answers where it is not supported (405 or 501); None supports it.
        nested_groups: a group may have groups as members.
        etag: `If-Match` is honoured with 412, and answers carry `ETag`.
        discovery: ServiceProviderConfig, ResourceTypes and Schemas exist.
        page_cap: resources in one page, at most.
        bulk: operations in one bulk request, at most; 0 has no `/Bulk`.
        bulk_payload: bytes of a bulk request, at most.
        numbered_ids: ids are numbers, of users and of groups each from 1 on, so that both have the same.
        me: the userName that `/Me` stands for; empty answers 404.
        log_bodies: the request log keeps the bodies (they hold personal data).
        log_limit: requests that the log keeps; older ones are forgotten.
        retry_after_grace: seconds in which requests already under way may still arrive without being a violation.
        certificate, key: PEM files that make it speak TLS.
    """

    token: str = ""
    control_token: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    base_path: str = BASE_PATH
    wanted: Wanted = Wanted()
    strict: bool = True
    immutable_external_id: bool = True
    string_booleans: bool = True
    group_bodies: bool = False
    patch_status: int | None = None
    nested_groups: bool = False
    etag: bool = False
    discovery: bool = False
    page_cap: int = 100
    bulk: int = 0
    bulk_payload: int = 1_048_576
    numbered_ids: bool = False
    me: str = ""
    log_bodies: bool = False
    log_limit: int = 200_000
    retry_after_grace: float = 0.05
    certificate: Path | None = None
    key: Path | None = None

    def lenient(self) -> Settings:
        """These settings as a lenient RFC 7644 service instead: only userName or displayName is required."""
        return replace(self, strict=False, immutable_external_id=False, string_booleans=False, group_bodies=True)
