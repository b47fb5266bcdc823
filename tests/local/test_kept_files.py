"""The files that commands keep, with something else in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import record_of
from scim_operator.core.records.status import entry_from_json
from scim_operator.errors import InvalidSpec
from scim_operator.job.base.settings import settings_of
from scim_operator.local.memory import Memory
from scim_operator.local.saved import check_unmoved, loaded
from scim_operator.review.plan_review import Review
from scim_operator.review.sources import Sources
from verify.fuzzing.objects import of_kind

if TYPE_CHECKING:
    from pathlib import Path


def deep(levels: int) -> list[Any]:
    return [deep(levels - 1)] if levels else []


@pytest.mark.parametrize(
    "step",
    [{"digest": 5}, {"digest": "sha256:a", "rest": ["a list"]}, {"digest": "sha256:a", "rest": {}}, {"digest": None}],
)
def test_a_saved_plan_with_other_types_is_damaged(step: dict[str, Any]) -> None:
    body = orjson.dumps({"version": 1, "config": "a/b", "sources": {}, "steps": [{"object": "scimuser/ada", **step}]})
    with pytest.raises(InvalidSpec, match="damaged"):
        loaded(body)


def test_the_name_in_a_saved_plan_fits_a_message() -> None:
    saved = loaded(orjson.dumps({"version": 1, "config": "x" * 100_000, "sources": {}, "steps": []}))
    with pytest.raises(InvalidSpec, match="The saved plan is for") as caught:
        check_unmoved(saved, Review("a/b", ()))
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    "found",
    [{"reformatted": deep(300)}, {"members": 5}, {"reformatted": [5, {"path": []}], "members": [[], "1"]}],
    ids=["nested", "no list", "other entries"],
)
def test_what_apply_remembers_is_read_by_type(found: dict[str, Any], tmp_path: Path) -> None:
    settings = settings_of(of_kind("ProvisioningConfig")[0])
    (tmp_path / "key").write_bytes(b"k" * 32)
    body = {"version": 1, "objects": {"scimuser/ada": {"formed": "x", **found}}}
    (tmp_path / Memory.read(tmp_path, settings).name).write_text(json.dumps(body))
    record = record_of(Kind.USER, {**of_kind("ScimUser")[0], "status": {}})
    memory = Memory.read(tmp_path, settings)
    [laid] = memory.laid_under(Sources(settings, (record,), {})).records
    [entry] = map(entry_from_json, laid.status["services"])
    assert all(isinstance(member, str) for member in entry.members)
    memory.write()
