"""`scim-operator import scim-json`: saved answers of a service become manifests, all of them or none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from scim_operator.cli import main
from scim_operator.core.resource import CORE_GROUP, CORE_USER
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ADA = {"schemas": [CORE_USER], "id": "1", "userName": "ada", "externalId": "x1"}
BOB = {"schemas": [CORE_USER.upper()], "id": "2", "userName": "bob", "externalId": "x2"}
OPS = {
    "meta": {"resourceType": "Group"},
    "id": "1",
    "displayName": "Ops",
    "externalId": "g",
    "members": [{"value": "2"}],
}


def imported(folder: Path, *contents: Any) -> Result:
    names = []
    for number, content in enumerate(contents):
        file = folder / f"{number}.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        names.append(str(file))
    return CliRunner().invoke(main, ["import", "scim-json", *names, str(folder / "out")])


def page(*resources: Any, total: int) -> dict[str, Any]:
    return {"totalResults": total, "Resources": list(resources)}


@pytest.mark.parametrize(
    "contents",
    [
        [page(ADA, BOB, total=2), page(OPS, total=1)],
        [page(ADA, total=2), page(BOB, ADA, total=2), [OPS]],
        [[ADA, BOB, OPS]],
        [ADA, BOB, OPS],
    ],
    ids=["a file for each type", "overlapping pages", "one list", "single resources"],
)
def test_answers_are_read_however_they_were_saved(tmp_path: Path, contents: list[Any]) -> None:
    result = imported(tmp_path, *contents)
    assert result.exit_code == 0, result.output
    found = collect([tmp_path / "out"])
    assert [each.as_text() for each in check(found)] == []
    specs = {each.name: each.body["spec"] for each in found.manifests}
    assert set(specs) == {"ada", "bob", "ops"}
    assert specs["ops"]["members"] == [{"userRef": {"name": "bob"}}]


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        ([page(ADA, total=2)], "the files have 1 of 2 Users that the service has; give all pages"),
        ([page(ADA, BOB, total=1)], "the files have 2 Users, and announce 1: they are of several listings"),
        ([[ADA, {**BOB, "id": ADA["id"]}]], "0.json: resource 2: its id is another one's too"),
        ([page(ADA, total=1), [{**ADA, "active": False}]], "1.json: resource 1: its id is another one's too"),
        (["{"], "0.json: cannot be read: it is broken JSON; export it again"),
        (["7"], "0.json: is no SCIM resource, no list of them and no ListResponse"),
        ([[7]], "0.json: resource 1: cannot be used: it is no object"),
        ([[{"schemas": [CORE_USER]}]], "0.json: resource 1: cannot be used: its id is missing"),
        ([[{"id": "1", "userName": "x"}]], "0.json: resource 1: is neither a User nor a Group by its schemas"),
        ([{"schemas": [CORE_GROUP], "id": "1"}], "Group 1: displayName is empty"),
        ([page(total=0)], "there is no one to import"),
        ([{"totalResults": 0}, [{**ADA, "userName": ""}]], "User 1: userName is empty"),
        ([{"totalResults": 7}, [ADA]], "0.json: announces 7 resources and has none; export it again"),
        ([{"Resources": {}, "totalResults": 1}], "0.json: announces 1 resources and has none"),
    ],
)
def test_what_is_not_whole_is_refused(tmp_path: Path, contents: list[Any], sentence: str) -> None:
    result = imported(tmp_path, *contents)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert not (tmp_path / "out").exists()
