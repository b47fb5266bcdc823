"""What someone gives access by hand just before its manifest goes has none afterwards: no sweep looks at it again."""

from __future__ import annotations

import pytest

from verify.campaigns.run import judged
from verify.campaigns.steps import Step
from verify.manifests import user

SEED = 700288
BEGIN = Step(0.0, "start")
ENABLE = Step(770.0, "hand", {"user": "ada", "path": "active", "value": True})
DELETE = Step(1.5, "delete", {"user": "ada"})


def _ada(wait: float = 0.0, **manifest: object) -> Step:
    return Step(wait, "user", {"name": "ada", "spec": user("ada", **manifest), "labels": {}})


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(
            [
                Step(0.0, "group", {"name": "blue", "spec": {"displayName": "blue", "members": []}}),
                BEGIN,
                Step(770.0, "guest", {"group": "blue"}),
                Step(1.5, "delete", {"group": "blue"}),
            ],
            id="campaign 700288: a group without members, of which no request was sent",
        ),
        pytest.param(
            [_ada(), BEGIN, _ada(60.0, active=False), ENABLE, DELETE], id="who is active: false in the manifest"
        ),
        pytest.param(
            [_ada(), BEGIN, _ada(60.0, notAfter="2020-01-01T00:00:00Z"), ENABLE, DELETE],
            id="who was disabled when the time was over",
        ),
    ],
)
def test_what_was_given_by_hand_just_before_goes_with_the_manifest(steps: list[Step]) -> None:
    assert judged(SEED, steps).faults == []
