"""Profiles, and how capabilities overlay them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import scim_operator
from scim_operator.api.enums import ProfileName
from scim_operator.api.service import CapabilityOverrides
from scim_operator.core.attributes.paths import parse
from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import WS1B_USER
from scim_operator.core.service.capabilities import Capabilities, MemberRemoval, Source
from scim_operator.errors import InvalidSpec
from scim_operator.scim.capabilities import Settings, read_provider_config
from scim_operator.scim.profile import GENERIC, VMWARE_IDENTITY_SERVICE
from scim_operator.scim.profiles import PROFILES, profile_named

USER, GROUP = ResourceType.USER, ResourceType.GROUP


def test_the_default_attributes_are_the_tutorials() -> None:
    """30 user attributes; 6 group attributes, of which `members` is membership and no mapping."""
    assert len(set(map(parse, VMWARE_IDENTITY_SERVICE.attributes[USER]))) == 30
    assert len(set(map(parse, VMWARE_IDENTITY_SERVICE.attributes[GROUP]))) + VMWARE_IDENTITY_SERVICE.members == 6


@pytest.mark.parametrize("profile", PROFILES.values(), ids=str)
@pytest.mark.parametrize("type", ResourceType)
def test_what_a_profile_names_is_mapped_and_of_a_known_schema(profile, type) -> None:
    mapped = set(map(parse, profile.attributes[type]))
    assert set(map(parse, profile.required[type])) <= mapped
    assert set(map(parse, profile.immutable[type])) <= mapped
    known = {urn.lower() for urn in profile.schemas[type]}
    assert all(not path.urn or path.urn.lower() in known for path in mapped)


def test_the_generic_profile_knows_nothing_of_vmware() -> None:
    assert WS1B_USER not in " ".join(GENERIC.attributes[USER])


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidSpec, match=r"spec\.service\.profile.*generic, github.*vmware-identity-service"):
        profile_named("unheard-of")


def test_the_api_names_every_profile_and_no_other() -> None:
    assert set(PROFILES) == set(ProfileName)


def test_a_manifest_can_set_every_capability() -> None:
    assert set(CapabilityOverrides.model_fields) == {each.name for each in fields(Capabilities)} - {"sources"}


def test_the_later_layer_wins_and_says_so() -> None:
    settings = Settings(
        Capabilities(page_size=100),
        discovered={"page_size": 50, "etag": True, "bulk": True},
        learned={"patch": False, "page_size": None},
        spec={"page_size": 20, "member_removal": "ValueList"},
    )
    in_force = settings.in_force()
    assert (in_force.page_size, in_force.etag, in_force.patch) == (20, True, False)
    assert in_force.member_removal is MemberRemoval.VALUE_LIST
    assert {name: in_force.sources[name] for name in ("page_size", "etag", "patch", "filter")} == {
        "page_size": Source.SPEC,
        "etag": Source.DISCOVERED,
        "patch": Source.LEARNED,
        "filter": Source.PROFILE,
    }


def test_what_the_spec_insists_on_is_not_unlearned() -> None:
    settings = Settings(Capabilities(), spec={"patch": True})
    assert not settings.learn("patch", value=False)
    assert settings.in_force().patch
    assert settings.learn("filter", value=False)
    assert not settings.in_force().filter


@pytest.mark.parametrize(
    ("content", "said", "why"),
    [
        (
            {
                "patch": {"supported": True},
                "filter": {"supported": True, "maxResults": 50},
                "etag": {"supported": False},
            },
            {"patch": True, "filter": True, "etag": False, "page_size": 50},
            "as the RFC has it",
        ),
        ({"bulk": None, "patch": {"supported": True}}, {"patch": True}, "one odd field hides none of the others"),
        ({"PATCH": {"Supported": "True"}, "etag": {"supported": "no"}}, {"patch": True}, "loose writing"),
        ({"filter": {"supported": True, "maxResults": 5000}}, {"filter": True}, "a page never becomes larger"),
        ({"filter": {"supported": True, "maxResults": "20"}}, {"filter": True, "page_size": 20}, "a quoted number"),
        ({"filter": {"supported": True, "maxResults": 0}}, {"filter": True}, "a limit of nothing is no limit"),
        ({"pagination": {"maxPageSize": 10}}, {"page_size": 10}, "RFC 9865"),
        ([{"patch": {"supported": True}}], {"patch": True}, "a bare array"),
        ({"totalResults": 1, "Resources": [{"patch": {"supported": False}}]}, {"patch": False}, "a ListResponse"),
        ({}, {}, "nothing"),
        (None, {}, "null"),
        ("html", {}, "something else"),
        ({"patch": True, "filter": []}, {}, "fields of another shape"),
    ],
)
def test_a_provider_config_is_read_field_by_field(content, said, why) -> None:
    assert read_provider_config(content, page_size=100) == said, why


def test_importing_the_protocol_loads_no_http_library() -> None:
    code = "import sys, scim_operator.scim.{} ; print([m for m in ('aiohttp','httpx2','kopf') if m in sys.modules])"
    for module in ("protocol", "profiles", "connect"):
        process = subprocess.run(
            [sys.executable, "-c", code.format(module)],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": _here()},
        )
        assert process.stdout.strip() == "[]", module


def _here() -> str:
    return str(Path(next(iter(scim_operator.__path__))).parent)
