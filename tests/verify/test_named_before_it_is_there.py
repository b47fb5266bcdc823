"""An account stays in a group that names its manifest while there is none, and leaves with one that is out of scope."""

from __future__ import annotations

from typing import Any

import pytest

from verify.campaigns.run import judged
from verify.campaigns.steps import Step
from verify.manifests import user

SEED = 710098
"""A campaign in which nothing waits for a sweep."""
RED = {"team": "red"}


def _user(wait: float, deed: str = "user", **manifest: Any) -> Step:
    renamed = {"to": "b"} if deed == "rename" else {}
    return Step(wait, deed, {"name": "eve", "spec": user("eve", **manifest), "labels": RED, **renamed})


LET_GO = [
    _user(0.0),
    Step(
        0.0,
        "group",
        {
            "name": "blue",
            "spec": {
                "displayName": "blue",
                "members": [{"userRef": {"name": "eve"}}, {"userSelector": {"matchLabels": RED}}],
            },
        },
    ),
    Step(0.0, "start"),
    _user(1.5, "rename"),
    _user(90.0, "rename", suspend=True),
]
"""Another manifest has taken Eve's account over, and lets go of it as it is: the account has the mark of the first."""


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([*LET_GO, Step(1.0, "config", {"managers": True})], id="who is named stays: a false alarm"),
        pytest.param(
            [*LET_GO, _user(1500.0, notAfter="2026-01-01T00:20:00Z"), Step(1000.0, "delete", {"user": "fay"})],
            id="the manifest comes when its time is over",
        ),
    ],
)
def test_campaign_710098(steps: list[Step]) -> None:
    assert judged(SEED, steps).faults == []
