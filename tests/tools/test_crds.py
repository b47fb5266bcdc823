"""When the CRDs of an API server are served."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.cluster.crds import served

NAMES = {"type": "NamesAccepted", "status": "True"}
ESTABLISHED = {"type": "Established", "status": "True"}
NOT_YET = {"type": "Established", "status": "False"}


def of(*conditions: dict[str, str]) -> dict[str, Any]:
    return {"status": {"conditions": list(conditions)}}


@pytest.mark.parametrize(
    ("items", "are"),
    [
        pytest.param([], False, id="none is there yet"),
        pytest.param([{}], False, id="it has no status yet"),
        pytest.param([{"status": {"conditions": None}}], False, id="a status without conditions, as a new one has"),
        pytest.param([of(NAMES)], False, id="its names are accepted"),
        pytest.param([of(NAMES, NOT_YET)], False, id="it says not yet"),
        pytest.param([of(NAMES, ESTABLISHED), of(NAMES)], False, id="one of two"),
        pytest.param([of(NAMES, ESTABLISHED), of(ESTABLISHED)], True, id="all"),
    ],
)
def test_they_are_served_when_each_is_established(items: list[dict[str, Any]], are: bool) -> None:
    assert served(json.dumps({"items": items})) is are
