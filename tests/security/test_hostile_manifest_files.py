"""A file of a pull request that hangs or breaks whoever reads it: `validate`, `plan`, the hook and the Action."""

from __future__ import annotations

import json

import pytest

from scim_operator.local.document import Unreadable
from scim_operator.local.manifests import collect_texts
from scim_operator.local.reading import documents
from tools.measure.effort import effort


def loops(text: str) -> float:
    with effort() as taken:
        assert len(list(documents(text))) == 1
    return taken.loops


@pytest.mark.parametrize(
    "form",
    [lambda keys: f"<<: [{', '.join(keys)}]\n", lambda keys: "".join(f"<<: {key}\n" for key in keys)],
    ids=["a list", "one after the other"],
)
def test_merges_are_gone_through_once(form) -> None:
    """Each was copied for each that followed: a megabyte took minutes."""
    few, many = (form([f"{{k{number}: 1}}" for number in range(count)]) for count in (2_000, 20_000))
    assert loops(many) < 40 * max(loops(few), 0.2)


def test_a_key_that_stands_twice_is_found_at_once() -> None:
    """Each key was counted for each."""

    def took(count: int) -> float:
        keys = ", ".join(f'"k{number}": 1' for number in (*range(count), count - 1))
        with effort() as taken, pytest.raises(Unreadable, match=f"k{count - 1}"):
            list(documents(f"{{{keys}}}", as_json=True))
        return taken.loops

    assert took(30_000) < 50 * max(took(1_500), 0.08)


def test_the_first_of_several_merges_wins_and_the_mapping_itself_before() -> None:
    text = "<<: [{a: 1, b: 1}, {a: 2, b: 2, c: 2}]\nb: 3\n"
    assert next(documents(text)).value == {"a": 1, "b": 3, "c": 2}


@pytest.mark.parametrize("number", ["0x" + "f" * 390, "1" * 390, "-" + "9" * 390, "0b" + "1" * 390])
def test_a_number_that_nothing_holds_is_text_or_a_number_and_no_crash(number: str) -> None:
    found = next(documents(f"a: {number}\n")).value["a"]
    assert found == number or isinstance(found, float)


@pytest.mark.parametrize("kind", ["ConfigMap", "Bundle", "ScimUser"])
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_no_manifest_hides_in_the_items_of_another_kind(kind: str, suffix: str) -> None:
    """kubectl opens whatever has a list of that name, so a plan that does not shows less than what will be applied."""
    hidden = {"apiVersion": "scim-operator.io/v1alpha1", "kind": "ScimGroup", "metadata": {"name": "admins"}}
    found = collect_texts([(f"a.{suffix}", json.dumps({"apiVersion": "v1", "kind": kind, "items": [hidden]}).encode())])
    assert "admins" in [each.name for each in found.manifests]


def test_a_list_in_a_list_is_an_error_and_not_of_another_group() -> None:
    inner = {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ConfigMap"}]}
    found = collect_texts([("a.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": [inner]}).encode())])
    assert (len(found.findings), found.ignored) == (1, 0)
