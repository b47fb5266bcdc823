"""The files that people write, export and keep: manifests, schemas of Entra, plans, what `apply` remembers."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from click.testing import CliRunner
from hypothesis import strategies as st

from scim_operator.cli import main
from scim_operator.core.keys import Kind
from scim_operator.core.records.record import record_of
from scim_operator.core.records.status import entry_from_json
from scim_operator.job.base.settings import settings_of
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect_texts
from scim_operator.local.memory import Memory
from scim_operator.local.saved import check_unmoved, loaded
from scim_operator.local.world import sources
from scim_operator.review.plan_review import Review
from scim_operator.review.sources import Sources
from scim_operator.sources.rules import read_rules
from scim_operator.sources.update.record import read_record
from verify.fuzzing import objects
from verify.fuzzing.target import Broken, Target
from verify.fuzzing.values import bodies, changed, spelled

if TYPE_CHECKING:
    from collections.abc import Callable


def in_yaml(document: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return YAML as Python writes it, in UTF-8."""
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode(errors="surrogatepass")


RECORD = [
    {"parts": "a1", "are": [["title"], ["emails", "[work]", "value"]]},
    {"kind": "ScimUser", "name": "ada", "parts": "a1", "id": "b2", "gone": True, "ended": "2026-11-30T00:00:00Z"},
]
RULES = {
    "map": {"E-Mail": "emails.work"},
    "users": {"where": 'row.type == "Staff"', "set": {"userName": "row.mail"}, "name": "userName"},
    "groups": {"name": "displayName"},
    "layout": "team",
    "team": "Department",
}
BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n".encode() for n in range(9)
)
"""Nine lists of nine of the one before: a billion texts."""


_WRITTEN: dict[str, Callable[[Any], bytes]] = {
    "YAML": in_yaml,
    "JSON": spelled,
    "flow": lambda document: yaml.safe_dump(document, default_flow_style=True).encode(errors="surrogatepass"),
    "Windows": lambda document: in_yaml(document).replace(b"\n", b"\r\n"),
    "UTF-16": lambda document: in_yaml(document).decode(errors="replace").encode("utf-16"),
    "a mark": lambda document: b"\xef\xbb\xbf" + in_yaml(document),
    "tabs": lambda document: in_yaml(document).replace(b"  ", b"\t"),
    "twice": lambda document: in_yaml(document) + b"---\n" + in_yaml(document),
    "a List": lambda document: in_yaml({"apiVersion": "v1", "kind": "List", "items": [document, document, None]}),
    "an anchor": lambda document: b"x: &x\n" + in_yaml({"y": document}).replace(b"\n", b"\n  ") + b"\nz: *x\n",
    "a merge": lambda document: in_yaml(document).replace(b"spec:", b"spec:\n  <<: {suspend: true}", 1),
    "a tag": lambda document: in_yaml(document).replace(b"spec:", b"spec: !!python/object:os.system", 1),
    "a bomb": lambda document: BOMB + in_yaml(document),
    "cut": lambda document: in_yaml(document)[:-7],
    "comments": lambda document: b"# " + in_yaml(document).replace(b"\n", b" # x\n") + b"...\n%YAML 1.1\n---\n",
    "bare": lambda document: in_yaml(document).replace(b"'", b""),
}


@st.composite
def files(draw: st.DrawFn) -> list[tuple[str, bytes]]:
    """Draw a few files with manifests in one of many ways to write them."""
    written = draw(st.lists(changed(objects.files()), min_size=1, max_size=3))
    found = []
    for number, document in enumerate(written):
        how = draw(st.sampled_from(["YAML", "YAML", *_WRITTEN]))
        with suppress(yaml.YAMLError, RecursionError):  # which cannot write it
            suffix = "json" if how == "JSON" and draw(st.booleans()) else "yaml"
            found.append((f"{number}.{suffix}", _WRITTEN[how](document)))
    if draw(st.integers(0, 9)) == 0:
        found.append((draw(st.sampled_from(["b.yaml", "b.json", "Kustomization"])), draw(st.binary(max_size=100))))
    return found


def _files(found: list[tuple[str, bytes]]) -> None:
    collection = collect_texts(found)
    findings = check(collection)
    for finding in findings:
        if finding.line < 0 or "\n" in finding.as_text() or not finding.message.strip():
            raise Broken(f"a finding that no one can read: {finding.as_text()!r}")
    if not findings:
        for config in collection.of("ProvisioningConfig"):
            sources(collection, config.name)


def _saved(body: bytes) -> None:
    check_unmoved(loaded(body), REVIEW)


PLAN = {
    "version": 1,
    "config": "identity/vmware",
    "sources": {"scimuser/ada": "sha256:aa"},
    "steps": [{"object": "scimuser/ada", "digest": "sha256:bb", "rest": "sha256:cc", "attributes": []}],
}


def _memory(body: bytes) -> None:
    [config] = [each for each in objects.of_kind("ProvisioningConfig") if each["metadata"]["name"] == "vmware"]
    settings = settings_of(config)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "key").write_bytes(b"k" * 32)
        (place / Memory.read(place, settings).name).write_bytes(body)
        memory = Memory.read(place, settings)
        user = {**objects.of_kind("ScimUser")[0], "status": {}}
        laid = memory.laid_under(Sources(settings, (record_of(Kind.USER, user),), {}))
        for entry in laid.records[0].status.get("services", ()):
            entry_from_json(entry)
        memory.write()


MEMORY = {
    "version": 1,
    "objects": {
        "scimuser/ada": {"formed": "x", "reformatted": [{"path": "a", "sent": "b", "got": "c"}], "members": ["1"]}
    },
}
"""What `apply` keeps from run to run."""


def _entra(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        schema, config = Path(folder, "schema.json"), Path(folder, "config.yaml")
        schema.write_bytes(body)
        made = CliRunner().invoke(main, ["convert", "entra", str(schema)])
        if made.exception is not None and not isinstance(made.exception, SystemExit):
            raise made.exception
        if "unexpected" in made.stderr:
            raise Broken(made.stderr)
        if made.exit_code == 0:
            config.write_text(made.stdout)
            checked = CliRunner().invoke(main, ["validate", str(config)])
            if checked.exit_code:
                raise Broken(f"what was made is not valid: {checked.output[:500]}")


FLOW = {
    "targetAttributeName": "title",
    "flowType": "Always",
    "flowBehavior": "FlowWhenChanged",
    "matchingPriority": 1,
    "defaultValue": "x",
    "exportMissingReferences": False,
    "source": {
        "expression": "[jobTitle]",
        "name": "jobTitle",
        "type": "Attribute",
        "parameters": [{"key": "source", "value": {"expression": "[a]"}}],
    },
}
SCHEMAS = [
    {
        "synchronizationRules": [
            {
                "objectMappings": [
                    {
                        "enabled": True,
                        "name": "users",
                        "sourceObjectName": kind,
                        "targetObjectName": kind,
                        "flowTypes": "Add, Update, Delete",
                        "scope": {
                            "groups": [
                                {
                                    "name": "g",
                                    "clauses": [
                                        {
                                            "operatorName": "EQUALS",
                                            "sourceOperandName": "department",
                                            "targetOperand": {"values": ["x"]},
                                        }
                                    ],
                                }
                            ]
                        },
                        "attributeMappings": [
                            {**FLOW, "targetAttributeName": "userName"},
                            FLOW,
                            {
                                **FLOW,
                                "targetAttributeName": 'emails[type eq "work"].value',
                                "source": {"type": "Function", "expression": 'Join("@", [mailNickname], "x.example")'},
                            },
                        ],
                    }
                ]
            }
        ]
    }
    for kind in ("User", "Group")
]
REVIEW = Review(config="identity/vmware", digests=lambda: (("scimuser/ada", "sha256:aa"),), steps=())

TARGETS = (
    Target(
        "files with manifests",
        (
            "local/reading.py",
            "local/manifests.py",
            "local/checks.py",
            "local/jsontext.py",
            "local/scalars.py",
            "local/schema.py",
            "local/forms.py",
            "local/celrules.py",
            "local/plainrules.py",
        ),
        files(),
        _files,
        quotes=True,
    ),
    Target("a saved plan", ("local/saved.py",), bodies(changed([PLAN])), _saved, quotes=True),
    Target(
        "the rules of an import",
        ("sources/rules.py",),
        bodies(changed([RULES])),
        lambda body: read_rules(body, "import.yaml"),
        quotes=True,
    ),
    Target(
        "the record of an import",
        ("sources/update/record.py",),
        bodies(changed(RECORD)),
        lambda body: read_record(json.dumps(RECORD[0]).encode() + b"\n" + body, ".import.jsonl"),
        quotes=True,
    ),
    Target("what apply remembers", ("local/memory.py",), bodies(changed([MEMORY])), _memory),
    Target(
        "an export of Entra",
        ("cli/convert.py", "core/entra/schema.py", "core/entra/export.py"),
        bodies(changed(SCHEMAS)),
        _entra,
        quotes=True,
    ),
)
"""All of them. See `Target` for what the fields say."""
