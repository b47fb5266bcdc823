"""Who serves a service that several configs of a namespace name: a table, and what holds for any of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from scim_operator.core.connection.serving import ServingState, serving
from scim_operator.core.service.address import address_of

OLD = ServingState("old", "2026-01-01T00:00:00Z", asks="x")
NEW = ServingState("new", "2026-02-01T00:00:00Z", asks="x")
TWIN = ServingState("twin", NEW.created, asks="x")
ELSEWHERE = ServingState("elsewhere", "2025-01-01T00:00:00Z", asks="y", has="y")
PLANNING = ServingState("planning", "2025-01-01T00:00:00Z", asks="")


def having(state: ServingState, service: str = "x") -> ServingState:
    return ServingState(state.name, state.created, state.asks, service)


# the configs, which of them serves x, why
CASES: list[tuple[list[ServingState], str, str]] = [
    ([], "", "nobody names it"),
    ([NEW], "new", "it is alone"),
    ([NEW, ELSEWHERE], "new", "an older one that serves another service is in nobody's way"),
    ([NEW, PLANNING], "new", "an older one in mode Plan writes nothing"),
    ([OLD, NEW], "old", "nobody has it: the older one"),
    ([OLD, having(NEW)], "new", "an edit of the older one must not take it from the younger"),
    ([replace(OLD, able=False), NEW], "new", "the older one has not begun and cannot: it stops nobody"),
    ([replace(having(OLD), able=False), NEW], "old", "whoever is suspended, or made invalid by an edit, keeps it"),
    ([NEW, TWIN], "new", "created within one second: by name, the same after each restart"),
    ([having(OLD), having(NEW)], "old", "both say so, by a status that somebody edited: the older one"),
    (
        [OLD, ServingState("gone", NEW.created, asks="y", has="x")],
        "gone",
        "it named another service, and is not done yet",
    ),
    ([having(OLD, "y"), NEW], "old", "what it had elsewhere counts for nothing here, but it is older"),
]


@pytest.mark.parametrize(("states", "name", "why"), CASES, ids=[case[2] for case in CASES])
def test_one_config_serves(states: list[ServingState], name: str, why: str) -> None:
    assert {serving("x", order) for order in permutations(states)} == {name}, why


def test_a_config_without_a_service_is_served_by_none() -> None:
    assert serving("", [PLANNING]) == ""


# how the URL is written, what is compared, why
ADDRESSES = [
    ("https://Tenant.example/Scim/v2/", "tenant.example:443/scim/v2", "case and a trailing slash tell nothing apart"),
    ("https://tenant.example:443//scim/v2", "tenant.example:443/scim/v2", "the port that it has anyway, and // for /"),
    ("https://tenant.example./scim/v2?aadOptscim062020", "tenant.example:443/scim/v2", "a flag for the client"),
    ("https://tenant.example/scim/v2/scim/v2", "tenant.example:443/scim/v2", "pasted twice"),
    ("http://tenant.example/scim/v2", "tenant.example:80/scim/v2", "another port may be another service"),
    ("https://tenant.example/other/scim/v2", "tenant.example:443/other/scim/v2", "another tenant of the same host"),
    ("https://[2001:DB8::1]/scim", "2001:db8::1:443/scim", "an address"),
    ("", "", "none"),
    (" Not a URL ", "not a url", "what is refused elsewhere still claims what it says"),
    ("https://x:99999/", "https://x:99999/", "no port"),
]


@pytest.mark.parametrize(("text", "address", "why"), ADDRESSES, ids=[each[2] for each in ADDRESSES])
def test_addresses_keep_services_apart(text: str, address: str, why: str) -> None:
    assert address_of(text) == address, why
