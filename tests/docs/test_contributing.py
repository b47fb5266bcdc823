"""CONTRIBUTING.md shows the layers of the import contracts, and the commands that it names exist (test_commands.py)."""

from __future__ import annotations

import tomllib
from typing import Any

from tests.docs.markdown import ROOT, rows

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = [each for each in PROJECT["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]


def shown(layers: list[str]) -> str:
    """Layers as the page writes them: beside each other with a comma, above each other with >."""
    floors = [[name.strip().removeprefix("scim_operator.") for name in layer.split("|")] for layer in layers]
    return " > ".join(", ".join(f"`{name}`" for name in floor) for floor in floors)


def place(contract: dict[str, Any]) -> str:
    (container,) = contract.get("containers", ["the package"])
    return container if container == "the package" else f"`{container.removeprefix('scim_operator.')}`"


def test_the_layers_are_those_of_the_contracts() -> None:
    listed = {row[0]: row[1] for row in rows(ROOT / "CONTRIBUTING.md", "In")}
    assert listed == {place(each): shown(each["layers"]) for each in CONTRACTS}
