"""The same text means the same to the real kubectl."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from scim_operator.local.document import Unreadable
from scim_operator.local.manifests import collect_texts
from scim_operator.local.reading import documents
from tools.cluster.binaries import ensure_binaries

WRITTEN = """yes off y n Y No ~ 012 0o12 0x1F 0b101 -0b11 1_000 08 1e3 1.5 .5 +12 99999999999999999999 2026-12-01
2026-12-01T00:00:00Z 12:30:45 1.2.3 'no' yEs = 1e 1. 0. 1_0.5 ._5 0x -012 1e400 0o8 0B1 1E+3 -.5 _1 0_1 oN"""
SCALARS = tuple(WRITTEN.split())
KEYS = ("y: 1", "on: 1", "1: 1", "1.5: 1", "0x1F: 1", "1e3: 1", '"y": 2', "{<<: {a: 1}, b: 2}")


@pytest.fixture(scope="module")
def kubectl() -> str:
    return ensure_binaries().kubectl


def test_scalars_and_keys_mean_what_they_mean_to_kubectl(kubectl: str) -> None:
    fields = "".join(f"  - {value}\n" for value in SCALARS) + "".join(f"  - {each}\n" for each in KEYS)
    text = f"apiVersion: example.com/v1\nkind: Any\nmetadata: {{name: a}}\nspec:\n{fields}"
    command = [kubectl, "label", "--local", "-f", "-", "x=y", "-o", "json"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    (ours,) = documents(text)
    pairs = zip([*SCALARS, *KEYS], json.loads(done.stdout)["spec"], ours.value["spec"], strict=True)
    assert [pair for pair in pairs if not same(*pair[1:])] == []


def same(theirs: Any, mine: Any) -> bool:
    """JSON knows one kind of number, and Go writes large ones as whole ones."""
    return bool(theirs == mine) and (type(theirs) is type(mine) or abs(theirs) >= 2**63)


def manifest(name: str, text: str) -> str:
    return f'{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"}},"data":{{"k":"{text}"}}}}'


PAIR, BLOCK = r"\ud83d\ude00", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n"
MIXED = {
    "JSON": manifest("a", PAIR),
    "JSON below blanks": f"\n  \n{manifest('a', PAIR)}\n",
    "JSON with tabs": manifest("a", "x").replace(",", ",\n\t"),
    "JSON after JSON": f"{manifest('a', PAIR)}\n{manifest('b', 'x')}\n",
    "JSON with a remark behind it": f"{manifest('a', PAIR)}\n# remark: ---\n",
    "JSON, then YAML": f"{manifest('a', PAIR)}\n---\n{BLOCK}",
    "JSON, then JSON as YAML": f"{manifest('a', 'x')}\n---\n{manifest('b', PAIR)}",
    "JSON behind a remark": f"# remark\n{manifest('a', PAIR)}",
    "JSON behind a separator": f"---\n{manifest('a', PAIR)}",
    "YAML, then JSON": f"{BLOCK}---\n{manifest('a', PAIR)}",
    "YAML": BLOCK.replace("k: v", f'k: "{PAIR}"'),
    "YAML in braces": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: '\\ud83d'}}",
    "a comma too many": manifest("a", "x").replace('"}}', '"},}'),
    "a comma too many, and a pair": manifest("a", PAIR).replace('"}}', '"},}'),
}
"""Files that begin as JSON does, or have JSON in them, whatever they are called."""


@pytest.mark.parametrize("text", MIXED.values(), ids=MIXED.keys())
def test_json_is_read_where_kubectl_reads_it(kubectl: str, text: str) -> None:
    command = [kubectl, "label", "--local", "-f", "-", "x=y", "-o", "jsonpath={.data.k}{'\\n'}"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    try:
        ours = [each.value["data"]["k"] for each in documents(text)]
    except Unreadable:
        assert done.returncode != 0, done.stdout
    else:
        assert (done.returncode, done.stdout.splitlines()) == (0, ours), done.stderr


ADA = "{apiVersion: scim-operator.io/v1alpha1, kind: ScimUser, metadata: {name: ada}}"
BEN = "{apiVersion: scim-operator.io/v1alpha1, kind: ScimUser, metadata: {name: ben}}"
OTHER = "{apiVersion: v1, kind: ConfigMap, metadata: {name: other}}"
LISTS = {
    "a List": f"{{apiVersion: v1, kind: List, items: [{ADA}, {BEN}, {OTHER}]}}",
    "a List of one kind": f"{{apiVersion: scim-operator.io/v1alpha1, kind: ScimUserList, items: [{ADA}]}}",
    "items of another kind": f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c}}, items: [{ADA}]}}",
    "items of another group": f"{{apiVersion: example.com/v1, kind: Bundle, items: [{ADA}, {OTHER}]}}",
    "a List in a List": f"{{apiVersion: v1, kind: List, items: [{{apiVersion: v1, kind: List, items: [{ADA}]}}]}}",
    "items in a List": f"{{apiVersion: v1, kind: List, items: [{{apiVersion: v1, kind: ConfigMap, items: [{ADA}]}}]}}",
}
"""Documents that hold others. What kubectl applies, no review may count as of other API groups."""


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS.keys())
def test_what_kubectl_finds_in_lists_is_found(kubectl: str, text: str) -> None:
    done = subprocess.run(
        [kubectl, "label", "--local", "-f", "-", "x=y", "-o", "name"],
        check=False,
        input=text,
        capture_output=True,
        text=True,
    )
    theirs = [line.rpartition("/")[2] for line in done.stdout.splitlines() if line.startswith("scimuser.")]
    collection = collect_texts([("a.yaml", text.encode())])
    assert [each.name for each in collection.manifests] == theirs
    assert bool(collection.findings) == bool(done.returncode)


def test_a_list_in_a_list_is_refused_where_it_stands() -> None:
    text = f"apiVersion: v1\nkind: List\nitems:\n- {BEN}\n- apiVersion: v1\n  kind: List\n  items:\n  - {ADA}\n"
    collection = collect_texts([("a.yaml", text.encode())])
    assert [each.as_text() for each in collection.findings] == [
        "a.yaml:5: is a List within a List, which kubectl does not read; put its items into the outer one"
    ]
    assert ([each.name for each in collection.manifests], collection.ignored) == (["ben"], 0)


def test_a_manifest_of_ours_that_has_items_is_looked_at_as_well() -> None:
    text = f"{{apiVersion: scim-operator.io/v1alpha1, kind: ScimUser, metadata: {{name: eve}}, items: [{ADA}]}}"
    assert [each.name for each in collect_texts([("a.yaml", text.encode())]).manifests] == ["eve", "ada"]
