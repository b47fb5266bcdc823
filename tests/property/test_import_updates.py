"""Whatever moves at the source and whatever people write: an update gives the source's values and keeps the rest."""

from __future__ import annotations

import copy
import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scim_operator.cli import main
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from scim_operator.local.reading import documents
from tests.property.test_import_tables import CELLS

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
COLUMNS = [
    "userName",
    "oid",
    "First name",
    "Title",
    "Mail",
    "mobile",
    "city",
    "department",
    "urn:example:2.0:User:badge",
]
TEXTS = CELLS.filter(lambda text: text.isprintable() and not text.startswith(("=", "#")) and text == text.strip())
PERSON = st.fixed_dictionaries(
    {
        "First name": TEXTS,
        "Title": TEXTS,
        "Mail": st.sampled_from(["", "ada@corp.example", "b@corp.example"]),
        "mobile": st.sampled_from(["", "+44 1", "+49 2"]),
        "city": TEXTS,
        "department": TEXTS,
        "urn:example:2.0:User:badge": TEXTS,
        "groups": st.sets(st.sampled_from(["Ops", "Dev", "1e3"])).map(lambda names: ";".join(sorted(names))),
        "renamed": st.booleans(),
    }
)
PEOPLE = st.dictionaries(st.sampled_from("abcd"), PERSON, min_size=1)
STYLES = st.sampled_from(["block", "flow", "deep", "json", "crlf", "commented", "no end"])
HANDS = st.sampled_from(["nothing", "a field", "a part", "an element", "a label"])


def table(people: dict[str, dict[str, Any]]) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([*COLUMNS, "groups"])
    for id_, each in people.items():
        name = f"{id_}.new@corp.example" if each["renamed"] else f"{id_}@corp.example"
        rows.writerow([name, f"id-{id_}", *(each[column] for column in COLUMNS[2:]), each["groups"]])
    return out.getvalue()


def load(folder: Path, people: dict[str, dict[str, Any]], out: str, *options: str) -> Any:
    (folder / "people.csv").write_bytes(table(people).encode())
    return CliRunner().invoke(main, ["import", "csv", str(folder / "people.csv"), str(folder / out), *options])


def by_hand(text: str, style: str, hand: str) -> str:
    """What a person makes of a manifest: other lines of the same values, and a value of their own."""
    [document] = documents(text)
    body = document.value
    if hand == "a label":
        body["metadata"]["labels"] = {"team": "core"}
    if hand == "a field" and body["kind"] == "ScimUser":
        body["spec"]["nickName"] = "Countess"
    if hand == "a part" and body["kind"] == "ScimUser":
        body["spec"].setdefault("name", {})["honorificPrefix"] = "Lady"
    if hand == "an element" and body["kind"] == "ScimUser":
        body["spec"].setdefault("emails", []).insert(0, {"type": "home", "value": "ada@home.example"})
    return written(text if hand == "nothing" else yaml.safe_dump(body, sort_keys=False, default_style="'"), body, style)


def written(text: str, body: dict[str, Any], style: str) -> str:
    if style == "block":
        return yaml.safe_dump(body, sort_keys=True, default_style='"')
    if style == "flow":
        return yaml.safe_dump(body, default_flow_style=True, width=40, default_style="'")
    if style == "deep":
        return "--- # by hand\n" + yaml.safe_dump(body, sort_keys=False, indent=6, default_style='"')
    if style == "commented":
        return "# first\n" + "".join(f"{line} # {number}\n\n" for number, line in enumerate(text.splitlines()))
    if style == "json":
        return json.dumps(body, indent=2, ensure_ascii=False)
    return {"crlf": text.replace("\n", "\r\n"), "no end": text.rstrip("\n")}[style]


def specs(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The specs by kind and what identifies them, with members and elements in one order."""
    found = {}
    for each in collect([folder]).manifests:
        spec = copy.deepcopy(each.body["spec"])
        for field in ("emails", "members"):
            if field in spec:
                spec[field].sort(key=lambda one: json.dumps(one, sort_keys=True))
        found[each.kind, spec.get("externalId") or spec.get("displayName")] = spec
    return found


def expected(before: dict[Any, Any], fresh: dict[Any, Any]) -> dict[Any, Any]:
    """What a fresh import gives, with what people wrote, and with those who left as they were."""
    whole = copy.deepcopy(before)
    for key, spec in fresh.items():
        made, old = copy.deepcopy(spec), before.get(key, {})
        if "nickName" in old:
            made["nickName"] = old["nickName"]
        if "honorificPrefix" in old.get("name", {}):
            made["name"] = {**made.get("name", {}), "honorificPrefix": old["name"]["honorificPrefix"]}
        home = [each for each in old.get("emails", []) if each["type"] == "home"]
        if home:
            made["emails"] = sorted([*home, *made.get("emails", [])], key=lambda one: json.dumps(one, sort_keys=True))
        whole[key] = made
    return whole


def renamed(spec: dict[str, Any], names: dict[str, str], left: set[str], old: dict[str, Any]) -> dict[str, Any]:
    """The same with the names that manifests keep, and with members who left."""
    if "members" in spec:
        now = {names.get(each["userRef"]["name"], each["userRef"]["name"]) for each in spec["members"]}
        now |= {each["userRef"]["name"] for each in old.get("members", []) if each["userRef"]["name"] in left}
        spec["members"] = [{"userRef": {"name": name}} for name in sorted(now)]
    return spec


LACKING = ("The source has none of the", "are not at the source any more")
"""What an update that would take too much away is refused with: the source may lack a part."""


@given(PEOPLE, PEOPLE, st.lists(st.tuples(STYLES, HANDS), min_size=8, max_size=8))
@settings(law, max_examples=60, phases=(Phase.generate,))
def test_an_update_gives_the_sources_values_and_keeps_the_rest(
    first: dict[str, Any], second: dict[str, Any], hands: list[tuple[str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if load(folder, first, "here").exit_code or load(folder, second, "fresh").exit_code:
            return
        for (style, hand), file in zip(hands, sorted((folder / "here").rglob("*.yaml")), strict=False):
            file.write_bytes(by_hand(file.read_text(), style, hand).encode())
        before = specs(folder / "here")
        result = load(folder, second, "here", "--update")
        if result.exit_code:
            assert any(lacks in result.stderr for lacks in LACKING), result.output
            assert specs(folder / "here") == before
            return
        fresh = specs(folder / "fresh")
        manifests = {each.body["spec"].get("externalId"): each.name for each in collect([folder / "here"]).manifests}
        imported = {each.body["spec"].get("externalId"): each.name for each in collect([folder / "fresh"]).manifests}
        names = {imported[id_]: manifests[id_] for id_ in imported if id_}
        left = {manifests[id_] for id_ in manifests if id_ and id_ not in imported}
        fresh = {key: renamed(spec, names, left, before.get(key, {})) for key, spec in fresh.items()}
        assert specs(folder / "here") == expected(before, fresh)
        assert [each for each in check(collect([folder / "here"])) if each.severity == "error"] == []
        files = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        assert load(folder, second, "here", "--update").exit_code == 0
        assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == files
