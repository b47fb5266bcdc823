"""Whom a mistake in files concerns: as far as it still says so, and else anyone whom it may concern."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.dates import instant_of
from scim_operator.local.aside import Former, Formers
from scim_operator.local.checks import check, set_aside, sound_part
from scim_operator.local.findings import Finding, Severity
from scim_operator.local.manifests import Collection, Lost, collect
from scim_operator.local.reading import MOST_TORN, parts
from scim_operator.local.stand_ins import Standing, asides_of, in_namespace, standing
from tests.support.present import present

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scim_operator.local.manifests import Manifest

NAMESPACE = "identity"
STAYING = {"ada", "bob", "dan"}
NOW = present(instant_of("2026-01-01T00:00:00Z"))

Body = dict[str, Any]


def user(name: str, **spec: Any) -> Body:
    return {
        "apiVersion": "scim-operator.io/v1alpha1",
        "kind": "ScimUser",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"userName": f"{name}@corp.example", **spec},
    }


class Folder:
    """Four people, one of them in a folder of her own; of these, cyd leaves."""

    def __init__(self, root: Path) -> None:
        self.root = root / "now"
        self.before = root / "before"
        for place in (self.root, self.before):
            (place / "sub").mkdir(parents=True)
            for name in ("ada", "bob", "cyd", "sub/dan"):
                (place / f"{name}.yaml").write_text(yaml.safe_dump(user(name.rpartition("/")[2])))
        self.remove("cyd.yaml")

    def remove(self, file: str) -> None:
        (self.root / file).unlink()

    def write(self, file: str, *bodies: Body | str) -> None:
        """Documents of a file, as they are or as text."""
        texts = [each if isinstance(each, str) else yaml.safe_dump(each) for each in bodies]
        (self.root / file).write_text("---\n".join(texts))

    def bob(self, change: Callable[[Body], object], to: str = "bob.yaml") -> None:
        body = user("bob")
        change(body)
        self.remove("bob.yaml")
        self.write(to, body)

    def result(self) -> Standing:
        now, before = collect([self.root]), collect([self.before])
        errors = [each for each in check(now) if each.severity is Severity.ERROR]
        if errors:
            set_aside(now, errors)
        earlier = in_namespace(sound_part(before), NAMESPACE)
        formers = Formers(Former.of(key, before.at(m.source.name), m.body["spec"]) for key, m in earlier.items())
        asides = [each for each in asides_of(now, before) if each.namespace in ("", NAMESPACE)]
        return standing(Standing(NAMESPACE, in_namespace(now, NAMESPACE)), asides, earlier, formers, NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def names(manifests: dict[ObjectKey, Manifest]) -> set[str]:
    return {key.name for key in manifests}


HEAD = "apiVersion: scim-operator.io/v1alpha1\nkind: ScimUser\nmetadata:\n"
BOMB = "a: &a [1]\n" + "".join(f"{b}: &{b} [{f'*{a},' * 9}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))

ITS_OWN: dict[str, Callable[[Folder], object]] = {
    "nothing": lambda _: None,
    "a conflict of a merge": lambda f: f.write("bob.yaml", f"<<<<<<< HEAD\n{yaml.safe_dump(user('bob'))}=======\n"),
    "cut off": lambda f: f.write("bob.yaml", HEAD),
    "JSON": lambda f: f.bob(lambda _: None) or (f.remove("bob.yaml"), f.write("b.json", json.dumps(user("bob"))[:-2])),
    "a List": lambda f: (
        f.remove("bob.yaml"),
        f.write("all.yaml", {"kind": "List", "items": [{**user("bob"), "kind": None}]}),
    ),
    "a List that is no YAML": lambda f: (
        f.remove("bob.yaml"),
        f.write("all.yaml", "kind: List\nitems:\n- " + yaml.safe_dump(user("bob")).replace("\n", "\n  ") + "\n- [\n"),
    ),
    "a kind that is a number": lambda f: f.bob(lambda body: body.update(kind=7)),
    "a spec that is a list": lambda f: f.bob(lambda body: body.update(spec=[1])),
    "metadata that are a text": lambda f: f.bob(lambda body: body.update(metadata="bob")),
    "another case": lambda f: f.bob(lambda body: body["metadata"].update(name="Bob")),
    "twice": lambda f: f.write("x.yaml", user("bob")),
    "twice, and one ends": lambda f: f.write("x.yaml", user("bob", active=False)),
    "aliases without end": lambda f: f.write("bob.yaml", BOMB),
    "text that is a config": lambda f: f.write("bob.yaml", HEAD.replace("ScimUser", "ProvisioningConfig") + "  a: {\n"),
    "several in one file": lambda f: (
        f.remove("ada.yaml"),
        f.remove("bob.yaml"),
        f.write("people.yaml", user("ada", active="x"), user("bob", active="x")),
    ),
    "another namespace's": lambda f: f.write(
        "other.yaml", {**user("cyd", userName=7), "metadata": {"name": "cyd", "namespace": "other"}}
    ),
    "a config": lambda f: f.write("config.yaml", {**user("cyd"), "kind": "ProvisioningConfig"}),
    "an exchange that is valid": lambda f: (
        f.write("ada.yaml", user("ada", userName="bob@corp.example")),
        f.write("bob.yaml", user("bob", userName="ada@corp.example")),
    ),
    "a joiner": lambda f: f.write("zoe.yaml", user("zoe", active="x")),
    "a joiner whose text breaks off": lambda f: f.write("zoe.yaml", yaml.safe_dump(user("zoe")) + "  title: 'x\n"),
    "a joiner who claims the same": lambda f: f.write("zoe.yaml", user("zoe", userName="BOB@corp.example")),
    "a joiner with another's mark": lambda f: f.write("zoe.yaml", user("zoe", externalId="identity/bob")),
    "a group that names who leaves": lambda f: f.write(
        "ops.yaml",
        {**user("ops"), "kind": "ScimGroup", "spec": {"members": [{"userRef": {"name": "cyd@corp.example"}}]}},
    ),
}


@pytest.mark.parametrize("mistake", ITS_OWN)
def test_a_mistake_that_says_whose_it_is_concerns_no_one_else(folder: Folder, mistake: str) -> None:
    ITS_OWN[mistake](folder)
    assert names(folder.result().manifests) == STAYING


ANYONE_S: dict[str, Callable[[Folder], object]] = {
    "no YAML": lambda f: f.write("new.yaml", "a: ["),
    "no UTF-8": lambda f: (f.root / "new.yaml").write_bytes(b"\xff"),
    "control characters": lambda f: f.write("new.yaml", "\x00\x01"),
    "nothing of a manifest": lambda f: f.write("new.yaml", "7"),
    "the kind alone": lambda f: f.write("new.yaml", HEAD),
    "a link that leads out": lambda f: (f.root / "new.yaml").symlink_to(f.before / "cyd.yaml"),
    "a loop of links": lambda f: (f.root / "new.yaml").symlink_to(f.root / "new.yaml"),
    "text in which the one stands": lambda f: f.write("ada.yaml", user("ada"), "a: [cyd@corp.example"),
}


@pytest.mark.parametrize("mistake", ANYONE_S)
def test_what_does_not_say_whose_it_is_may_be_anyone_s(folder: Folder, mistake: str) -> None:
    ANYONE_S[mistake](folder)
    result = folder.result()
    assert names(result.manifests) == {*STAYING, "cyd"}
    (why,) = result.aside.values()
    assert "does not count as deleted" in why


def test_the_longer_identity_is_another_s(folder: Folder) -> None:
    folder.write("ada.yaml", user("ada"), "a: [my-cyd@corp.example, cyd@corp.example.org")
    assert names(folder.result().manifests) == STAYING


def test_a_folder_that_cannot_be_read_holds_those_in_it(folder: Folder) -> None:
    now, before = Collection(root="/now"), collect([folder.before])
    earlier = in_namespace(before, NAMESPACE)
    now.lose(Lost(Finding("/now/sub", 0, "cannot be read")))
    formers = Formers(Former.of(key, before.at(m.source.name), m.body["spec"]) for key, m in earlier.items())
    result = standing(Standing(NAMESPACE, {}), asides_of(now, before), earlier, formers, NOW)
    assert names(result.manifests) == {"dan"}


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ({"active": False}, True),
        ({"active": "FALSE"}, True),
        ({"active": True}, False),
        ({"active": 0}, False),
        ({"notAfter": "2025-12-31"}, True),
        ({"notAfter": "2027-12-31"}, False),
        ({"notAfter": "soon"}, False),
        ({"title": "active: false"}, False),
    ],
)
def test_what_ends_access(folder: Folder, said: Body, ends: bool) -> None:
    folder.bob(lambda body: body["spec"].update(said, odd=1))
    (bob,) = (each for key, each in folder.result().manifests.items() if key.name == "bob")
    assert (bob.body["spec"].get("active") is False) == ends


def test_who_is_named_in_passing_is_not_ended(folder: Folder) -> None:
    folder.write("zoe.yaml", user("zoe", active=False, odd=1, title="bob@corp.example"))
    (bob,) = (each for key, each in folder.result().manifests.items() if key.name == "bob")
    assert bob.body["spec"]["active"]


def test_whose_resource_of_two_it_is_is_not_known(folder: Folder) -> None:
    folder.bob(lambda body: body["spec"].update(externalId="x"))
    folder.before = folder.root
    folder.root = folder.before.with_name("later")
    folder.root.mkdir()
    folder.write("zoe.yaml", user("zoe", active=False, odd=1, userName="ada@corp.example", externalId="x"))
    result = folder.result()
    assert names(result.manifests) == {"ada", "bob"}
    assert all(each.body["spec"]["active"] for each in result.manifests.values())
    assert result.perhaps[ObjectKey(Kind.USER, NAMESPACE, "zoe")] == ["ada", "bob"]


def test_documents_that_cannot_be_read_are_bounded() -> None:
    found = list(parts("---\n[\n" * (MOST_TORN * 3)))
    assert len(found) == MOST_TORN + 1
