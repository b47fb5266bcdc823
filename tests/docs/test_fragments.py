"""Parts of manifests in the documentation are YAML: an editor that wraps lines must not join them."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.docs.markdown import PAGES, name_of

FRAGMENTS = [
    (name_of(page), block)
    for page in PAGES
    for block in re.findall(r"(?<=\n\n)(?:    .*\n)+", page.read_text())
    if re.match(r"    [\w.-]+:( \{.*\}| \[.*\])?\n", block)
]


def test_there_are_some() -> None:
    assert {page for page, _ in FRAGMENTS} >= {"charts/scim-operator/README.md", "docs/single-sign-on.md"}


@pytest.mark.parametrize(("page", "block"), FRAGMENTS)
def test_each_is_yaml(page: str, block: str) -> None:
    assert isinstance(yaml.safe_load(block), dict), page
