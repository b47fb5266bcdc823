"""The quick reader of YAML reads what PyYAML's own safe one reads."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tools import yamls

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "path", ["charts/scim-operator/values.yaml", "tests/data/every-field.yaml", "crds/scimgroups.scim-operator.io.yaml"]
)
def test_it_reads_the_same(path: str) -> None:
    text = (ROOT / path).read_text()
    assert yamls.read_all(text) == list(yaml.safe_load_all(text))


def test_it_makes_nothing_but_plain_values() -> None:
    with pytest.raises(yaml.constructor.ConstructorError):
        yamls.read("!!python/name:os.system ''")


def test_one_document_is_read_and_empty_ones_are_left_out() -> None:
    assert yamls.read("a: [1, yes]") == {"a": [1, True]}
    assert yamls.read_all("---\n---\na: 1\n---\n# nothing\n") == [{"a": 1}]
