"""Presets have the habits that docs/profiles.md states of a service."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from scim_operator.api.enums import ProfileName
from scim_operator.simulator.presets import PRESETS
from scim_operator.simulator.settings import Settings
from tests.simulator.client import GROUP, USER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.simulator.client import Client
    from tests.simulator.conftest import Start

ADA = {
    "schemas": [USER],
    "userName": "ada",
    "externalId": "a",
    "displayName": "Ada",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"type": "work", "value": "ada@corp.example", "primary": True}],
}


@asynccontextmanager
async def over(start: Start, profile: ProfileName) -> AsyncIterator[Client]:
    preset = PRESETS[profile]
    async with start(*preset.faults, settings=preset.applied(Settings())) as client:
        yield client


async def test_gitlab_has_no_groups(start: Start) -> None:
    async with over(start, ProfileName.GITLAB) as client:
        assert (await client.get("/Groups")).status == 404
        assert (await client.post("/Groups", {"schemas": [GROUP], "displayName": "team"})).status == 404
        assert (await client.post("/Users", ADA)).status == 201


@pytest.mark.parametrize("missing", ["externalId", "displayName", "emails", "active"])
async def test_github_requires_of_users(start: Start, missing: str) -> None:
    async with over(start, ProfileName.GITHUB_ENTERPRISE) as client:
        assert (await client.post("/Users", {**ADA, missing: None})).status == 400
        assert (await client.post("/Users", ADA)).status == 201


async def test_github_requires_an_external_id_of_groups(start: Start) -> None:
    async with over(start, ProfileName.GITHUB_ENTERPRISE) as client:
        team = {"schemas": [GROUP], "displayName": "team"}
        assert (await client.post("/Groups", team)).status == 400
        assert (await client.post("/Groups", {**team, "externalId": "t"})).status == 201


async def test_atlassian_filters_by_user_name_and_external_id(start: Start) -> None:
    async with over(start, ProfileName.ATLASSIAN) as client:
        assert (await client.post("/Users", ADA)).status == 201
        for filter in ('userName eq "ada"', 'externalId eq "a"'):
            assert await client.names("/Users", filter=filter) == ["ada"]
        assert (await client.refused_filter('displayName eq "Ada"')).status == 400
