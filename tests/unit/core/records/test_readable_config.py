"""The status of a config as it is read: what has another type is left out, and a damaged ledger is not none."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.records.readable_config import UNREADABLE_LIMITS, readable_config_status

READ: list[tuple[Any, dict[str, Any], str]] = [
    (None, {}, "nothing"),
    ([], {}, "no object"),
    ({"observedGeneration": 0}, {"observedGeneration": 0}, "a number"),
    ({"observedGeneration": 2**63 - 1}, {"observedGeneration": 2**63 - 1}, "the largest"),
    ({"observedGeneration": 2**63}, {}, "a larger one"),
    ({"observedGeneration": -1}, {}, "a negative one"),
    ({"observedGeneration": True}, {}, "a boolean"),
    ({"observedGeneration": "1"}, {}, "a text"),
    ({"lastHandledReconcileAt": "x"}, {"lastHandledReconcileAt": "x"}, "a text"),
    ({"lastHandledReconcileAt": 1}, {}, "a number for a text"),
    ({"limits": {"proof": "p"}}, {"limits": {"proof": "p"}}, "a ledger"),
    ({"limits": "x"}, {"limits": UNREADABLE_LIMITS}, "a ledger of another type"),
    ({"limits": [1]}, {"limits": UNREADABLE_LIMITS}, "a list for a ledger"),
    ({"limits": {}}, {"limits": {}}, "an empty ledger"),
    ({"limits": None}, {}, "no ledger"),
    ({"lastHandledReconcileAt": "x", "observedGeneration": "y"}, {"lastHandledReconcileAt": "x"}, "a part"),
]


@pytest.mark.parametrize(("status", "read", "why"), READ, ids=[why for *_, why in READ])
def test_read(status: Any, read: dict[str, Any], why: str) -> None:
    assert readable_config_status(status) == read, why
