"""The models: what they read, what they keep apart, what they say of an error."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from scim_operator.api.common import format_duration, parse_duration
from scim_operator.api.config import ProvisioningConfigSpec, Removal
from scim_operator.api.group import Member, ScimGroupSpec
from scim_operator.api.mapping import Clause, Operator
from scim_operator.api.user import ScimUserSpec
from scim_operator.core.attributes.paths import parse
from scim_operator.core.mapping.compiler import compile_mappings
from scim_operator.core.scope.scope import compile_scoping
from scim_operator.errors import InvalidSpec
from tests.envtest import test_admission_mappings as admitted

SERVICE = {"url": "https://vc.example.com/scim/v2", "auth": {"bearer": {"secretRef": {"name": "vmware-scim"}}}}

DURATIONS = [
    ("the interval's default", "40m", timedelta(minutes=40)),
    ("days are written in hours", "720h", timedelta(days=30)),
    ("two units", "1h30m", timedelta(minutes=90)),
    ("three units", "1h1m1s", timedelta(seconds=3661)),
    ("none", "0", timedelta()),
]


@pytest.mark.parametrize(("reason", "text", "value"), DURATIONS, ids=[row[0] for row in DURATIONS])
def test_a_duration_is_read_and_written(reason: str, text: str, value: timedelta) -> None:
    assert parse_duration(text) == value, reason
    assert format_duration(value) == text, reason


@pytest.mark.parametrize("text", ["", "40", "30d", "1.5h", "-1h", "30m1h", "40 m", "٤m", 40, None, "1000000000h"])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="a duration is written as"):
        parse_duration(text)


def test_an_unusual_spelling_of_a_duration_is_written_in_the_usual_one() -> None:
    assert format_duration(parse_duration("90m")) == "1h30m"
    assert format_duration(timedelta(seconds=0.4)) == "0"


def test_the_defaults_of_a_config() -> None:
    spec = ProvisioningConfigSpec.from_manifest({"service": SERVICE})
    assert (spec.mode, spec.scope, spec.approval.policy, spec.suspend) == ("Apply", "Assigned", "OnLimit", False)
    assert (spec.interval, spec.limits.window) == (timedelta(minutes=40), timedelta(hours=24))
    limits = spec.limits
    bounds = [(each.percent, each.min, each.max) for each in (limits.disables, limits.user_deletes)]
    assert bounds == [(10, 3, 500), (5, 3, 100)]
    bounds = [(each.percent, each.min, each.max) for each in (limits.group_deletes, limits.member_removals)]
    assert bounds == [(5, 1, 20), (25, 10, 2000)]
    bounds = [(each.percent, each.min, each.max) for each in (limits.renames, limits.adoptions)]
    assert bounds == [(10, 5, 500), (10, 50, 500)]
    assert (limits.recreations.percent, limits.recreations.min, limits.recreations.max) == (5, 5, 100)
    assert (spec.users.when_out_of_scope, spec.users.when_deleted) == (Removal.DISABLE, Removal.DISABLE)
    assert (spec.groups.when_out_of_scope, spec.groups.when_deleted) == (Removal.EMPTY, Removal.EMPTY)
    assert (spec.users.delete_after, spec.groups.delete_after) == (timedelta(hours=720), timedelta(hours=720))
    assert (spec.users.matching, spec.groups.matching) == (("externalId", "userName"), ("externalId", "displayName"))
    assert (spec.service.budget.requests_per_second, spec.service.budget.concurrency) == (25, 8)
    assert spec.service.auth.bearer.secret_ref.key == "token"


def test_a_bound_that_is_left_out_has_the_default_of_its_class() -> None:
    """As fields of Kubernetes have: the API server fills in the same."""
    spec = ProvisioningConfigSpec.from_manifest({"service": SERVICE, "limits": {"disables": {"max": 20}}})
    assert (spec.limits.disables.percent, spec.limits.disables.min, spec.limits.disables.max) == (10, 3, 20)


@pytest.mark.parametrize(
    ("old", "sentence"),
    [
        ({"limits": {"disables": {"count": 5}}}, "spec.limits.disables.count: count is gone"),
        (
            {"limits": {"deletes": {"percent": 5}}},
            "spec.limits.deletes: deletes is gone: write userDeletes",
        ),
        ({"limits": {"renames": {"min": 501}}}, "spec.limits.renames: min must not exceed max"),
        ({"approval": "Manual"}, "spec.approval: approval is an object now: write approval: {policy: Man"),
        ({"groups": {"whenDeleted": "Disable"}}, "use Empty, Delete or Retain"),
        ({"users": {"whenDeleted": "Empty"}}, "use Disable, Delete or Retain"),
    ],
)
def test_what_was_written_before_is_refused_with_what_to_write(old: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        ProvisioningConfigSpec.from_manifest({"service": SERVICE, **old})
    assert sentence in str(refused.value)


def test_three_values_are_kept_apart() -> None:
    spec = ScimUserSpec.from_manifest({"userName": "ada", "title": "", "emails": [], "ws1b": {"domain": ""}})
    assert spec.model_fields_set == {"user_name", "title", "emails", "ws1b"}
    assert (spec.title, spec.emails, spec.nick_name) == ("", (), None)
    assert spec.model_dump(exclude_unset=True, mode="json") == {
        "userName": "ada",
        "title": "",
        "emails": [],
        "ws1b": {"domain": ""},
    }


def test_absent_members_are_not_empty_members() -> None:
    assert ScimGroupSpec(display_name="a").members is None
    assert ScimGroupSpec(display_name="a", members=()).members == ()


def test_names_with_digits_are_spelt_as_scim_spells_them() -> None:
    raw: dict[str, Any] = {
        "userName": "ada",
        "x509Certificates": [{"value": "AA=="}],
        "ws1b": {"customAttribute1": "a", "adSourceAnchor": "b"},
    }
    assert ScimUserSpec.from_manifest(raw).model_dump(exclude_unset=True, mode="json") == raw


def test_an_error_names_the_field_and_never_the_value() -> None:
    secret = "eyJhbGciOi-not-for-the-log"
    raw = {"service": SERVICE | {"auth": {"bearer": {"secretRef": {"name": f"{secret}!"}}, "token": secret}}}
    with pytest.raises(InvalidSpec) as caught:
        ProvisioningConfigSpec.from_manifest(raw)
    assert "spec.service.auth.bearer.secretRef.name: " in str(caught.value)
    assert "spec.service.auth.token: " in str(caught.value)
    assert secret not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_message_of_many_errors_fits_a_condition() -> None:
    with pytest.raises(InvalidSpec) as caught:
        ProvisioningConfigSpec.from_manifest({f"k{number}" * 200: 1 for number in range(300)})
    assert len(str(caught.value)) < 5_000
    assert str(caught.value).endswith("and 291 more")


def test_an_error_in_a_list_says_which_entry() -> None:
    with pytest.raises(InvalidSpec, match=r"spec\.members\[1\]\.userRef\.name: "):
        ScimGroupSpec.from_manifest({"displayName": "a", "members": [{"userRef": {"name": "a"}}, {"userRef": {}}]})


def test_a_group_cannot_be_disabled_without_an_api_server_either() -> None:
    with pytest.raises(InvalidSpec, match="use Empty, Delete or Retain"):
        ProvisioningConfigSpec.from_manifest({"service": SERVICE, "groups": {"whenDeleted": "Disable"}})


def test_models_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Member().user_ref = None  # type: ignore[misc]


def test_a_number_in_a_clause_becomes_text() -> None:
    assert Clause.model_validate({"attribute": "title", "operator": "EQUALS", "value": 7}).value == "7"
    assert Clause(attribute="title", operator=Operator.EQUALS, value="7").value == "7"


@pytest.mark.parametrize(("reason", "manifest"), admitted.GOOD, ids=[row[0] for row in admitted.GOOD])
def test_what_admission_takes_the_core_can_work_with(reason: str, manifest: dict[str, Any]) -> None:
    spec = ProvisioningConfigSpec.from_manifest(manifest["spec"])
    for rules in (spec.users, spec.groups):
        assert compile_scoping(rules.filters) is not None, reason
        assert compile_mappings(rules.mappings, ()) is not None, reason
        assert [str(parse(path)) for path in rules.matching], reason
