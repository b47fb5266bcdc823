"""Mistakes in a directory of manifests, and the desk at which they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.desk import Desk

PEOPLE = ("ada", "bob", "cyd")
IDP = {"externalId": "id-of-the-idp"}


def path(at: Desk, name: str) -> Any:
    return at.folder / f"scimuser-{name}.yaml"


def body(at: Desk, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path(at, name).read_text())
    return found


def rewrite(at: Desk, change: Callable[[dict[str, Any]], object], to: str = "scimuser-bob.yaml") -> None:
    """Bob's manifest, changed, in a file of this name instead of his own."""
    found = body(at, "bob")
    change(found)
    path(at, "bob").unlink()
    (at.folder / to).parent.mkdir(exist_ok=True)
    (at.folder / to).write_text(yaml.safe_dump(found))


def misspell(found: dict[str, Any]) -> None:
    found["spec"]["activ"] = True


def renamed(at: Desk) -> None:
    rewrite(at, lambda b: (misspell(b), b["spec"].update(userName="robert@corp.example")))


def renamed_manifest(at: Desk) -> None:
    rewrite(at, lambda b: (misspell(b), b["metadata"].update(name="robert")), "scimuser-robert.yaml")
    at.group("ops", "ada", "robert", "cyd")


def all_renamed(at: Desk) -> None:
    rewrite(at, lambda b: (misspell(b), b["metadata"].update(name="robert"), b["spec"].update(userName="r@x.example")))


def moved(at: Desk) -> None:
    rewrite(at, misspell, "sub/people.yaml")


def moved_and_renamed(at: Desk) -> None:
    rewrite(at, lambda b: (misspell(b), b["spec"].update(userName="robert@corp.example")), "sub/people.yaml")


def kind_misspelt(at: Desk) -> None:
    rewrite(at, lambda b: b.update(kind="ScimUsr"))


def kind_of_another(at: Desk) -> None:
    rewrite(at, lambda b: b.update(kind="Person"), "sub/people.yaml")


def version_misspelt(at: Desk) -> None:
    rewrite(at, lambda b: b.update(apiVersion="scim-operator.oi/v1alpha1"), "sub/people.yaml")


def version_missing(at: Desk) -> None:
    rewrite(at, lambda b: b.pop("apiVersion"))


def kind_missing(at: Desk) -> None:
    rewrite(at, lambda b: b.pop("kind"), "sub/people.yaml")


def name_missing(at: Desk) -> None:
    rewrite(at, lambda b: b["metadata"].pop("name"))


def name_missing_and_moved(at: Desk) -> None:
    rewrite(at, lambda b: b["metadata"].pop("name"), "sub/people.yaml")


def namespace_misspelt(at: Desk) -> None:
    rewrite(at, lambda b: b["metadata"].update(namespace="Not One"))


def user_name_misspelt(at: Desk) -> None:
    rewrite(at, lambda b: (b["metadata"].update(name="robert"), b["spec"].update(usrName=b["spec"].pop("userName"))))


def torn(at: Desk) -> None:
    path(at, "bob").write_text(path(at, "bob").read_text() + '  title: "Analyst\n')


def torn_and_moved(at: Desk) -> None:
    torn(at)
    (at.folder / "people.yaml").write_text(path(at, "bob").read_text())
    path(at, "bob").unlink()


def torn_in_company(at: Desk) -> None:
    """The separator between two manifests is gone."""
    (at.folder / "scimuser-ada.yaml").write_text(path(at, "ada").read_text() + path(at, "bob").read_text())
    path(at, "bob").unlink()


def twice(at: Desk) -> None:
    (at.folder / "again.yaml").write_text(path(at, "bob").read_text())


def no_text(at: Desk) -> None:
    path(at, "bob").write_bytes(b"\xff" + path(at, "bob").read_bytes())


MISTAKES: list[Callable[[Desk], None]] = [
    renamed,
    renamed_manifest,
    all_renamed,
    moved,
    moved_and_renamed,
    kind_misspelt,
    kind_of_another,
    version_misspelt,
    version_missing,
    kind_missing,
    name_missing,
    name_missing_and_moved,
    namespace_misspelt,
    user_name_misspelt,
    torn,
    torn_and_moved,
    torn_in_company,
    twice,
    no_text,
]


async def begin(at: Desk, **bob: Any) -> str:
    """Three people in a group, applied; the directory as it was then."""
    at.configure(users={"adoption": "IfUnowned"})
    for name in PEOPLE:
        at.user(name, **(bob if name == "bob" else {}))
    at.group("ops", *PEOPLE)
    await at.applied()
    return str(at.snapshot())


async def applied(at: Desk, *options: str) -> str:
    """What apply prints where something is set aside: that is never a success."""
    result = await at.run("apply", "--auto-approve", "--timeout=20", *options)
    assert result.exit_code == 1, result.output
    return result.stdout


def active(at: Desk) -> set[str]:
    return {each["userName"].split("@")[0] for each in at.simulator.users.values() if each["active"]}


def together(at: Desk, *names: str, torn: str = "", file: str = "people.yaml", **spec: Any) -> None:
    """These people in one file; the document of one of them cannot be read."""
    texts = []
    for name in names:
        at.user(name, **spec)
        texts.append(path(at, name).read_text() + ('  nickName: "x\n' if name == torn else ""))
        path(at, name).unlink()
    (at.folder / file).write_text("---\n".join(texts))
