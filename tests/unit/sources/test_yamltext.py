"""Texts of manifests: what every reader takes for the same text, and what a reviewer can believe."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from scim_operator.local.reading import documents
from scim_operator.sources.yamltext import manifest_text, scalar
from tools.measure.tenant import ODD


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("ada@corp.example", "ada@corp.example"),
        ("7f0c1c9e-5a6c-4c53-9f0e-2f4c5f0f5a11", "7f0c1c9e-5a6c-4c53-9f0e-2f4c5f0f5a11"),
        ("O'Neil & Sons, R/D (EU)", "O'Neil & Sons, R/D (EU)"),
        ("Zoë", "Zoë"),
        ("NO", "'NO'"),
        ("y", "'y'"),
        ("Off", "'Off'"),
        ("~", "'~'"),
        ("", "''"),
        ("null", "'null'"),
        ("1e3", "'1e3'"),
        ("0123", "'0123'"),
        ("2026-11-01", "'2026-11-01'"),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("it's: so", "'it''s: so'"),
        ("trailing ", "'trailing '"),
        ('a\nb\t"c"\\', '"a\\nb\\t\\"c\\"\\\\"'),
        ("a\x1b[2J", '"a\\x1b[2J"'),
        ("a\u202eb", '"a\\u202eb"'),
        ("a\U000e0100", '"a\\U000e0100"'),
        ("👩", "'👩'"),
    ],
)
def test_quotes_stand_where_a_reader_needs_them(text: str, written: str) -> None:
    assert scalar(text) == written


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_are_read_back(text: str) -> None:
    body = {"a": text, "b": [text, {"c": text}], text or "d": {"e": text}}
    written = manifest_text(body)
    assert yaml.safe_load(written) == body
    [found] = documents(written)
    assert found.value == body


def test_a_manifest_reads_as_people_write_it() -> None:
    body: dict[str, Any] = {
        "metadata": {"name": "ops"},
        "spec": {
            "members": [{"userRef": {"name": "ada"}}, {"userRef": {"name": "no"}}],
            "emails": [{"type": "work", "value": "ada@corp.example", "primary": True}],
            "extensions": {"urn:a:b": {"empty": {}, "none": [], "nested": [[1, 2.5], [None, False]]}},
        },
    }
    text = manifest_text(body)
    assert text == (
        "---\nmetadata: {name: ops}\nspec:\n  members:\n  - userRef: {name: ada}\n  - userRef: {name: 'no'}\n"
        "  emails:\n  - type: work\n    value: ada@corp.example\n    primary: true\n"
        "  extensions:\n    'urn:a:b':\n      empty: {}\n      none: []\n      nested:\n"
        "      - - 1\n        - 2.5\n      - - null\n        - false\n"
    )
    assert yaml.safe_load(text) == body


def test_a_long_text_stays_on_its_line() -> None:
    text = "word " * 2000 + "end"
    assert manifest_text({"a": text}).count("\n") == 2
