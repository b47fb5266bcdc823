"""What `status` shows, as files: at 80 columns and wide, with and without colour."""

from __future__ import annotations

from typing import Any

import click
import pytest

from scim_operator.cli.layout import Look, columns
from scim_operator.cli.statuses import detail, overview
from tests.support import golden

LOOKS = {
    "80": Look(width=80),
    "80-colour": Look(colour=True, width=80),
    "120": Look(width=120),
    "pipe": Look(),
}


def condition(type: str, status: str, reason: str, message: str) -> dict[str, str]:
    return {"type": type, "status": status, "reason": reason, "message": message}


HELD = "12 disables exceed the limit of 5 within 24h. Review status.plan, then set spec.approvedPlan."
VMWARE: dict[str, Any] = {
    "metadata": {"name": "vmware", "namespace": "identity"},
    "spec": {"service": {"url": "https://vc.example.com/usergroup/t/CUSTOMER/scim/v2"}, "mode": "Apply"},
    "status": {
        "conditions": [
            condition("Ready", "False", "ApprovalRequired", HELD),
            condition("Stalled", "True", "ApprovalRequired", HELD),
            condition("Connected", "True", "TestPassed", "The service answers and accepts us."),
            condition("ApprovalRequired", "True", "ChangesHeld", HELD),
        ],
        "progress": {"phase": "Done", "percent": 100},
        "plan": {
            "held": True,
            "digest": "sha256:1f3870be274f6c49b3e31a0c6728957f",
            "disables": 12,
            "first": [
                {"object": "scimuser/ada-lovelace", "verb": "Disable", "attributes": ["active"]},
                {"object": "scimgroup/engineering", "verb": "Update", "memberRemovals": 12, "memberAdds": 1},
            ],
        },
        "totals": {"inScope": 5000, "failed": 1, "users": {"inScope": 4990, "provisioned": 4989, "failed": 1}},
        "lastSweep": {
            "startedAt": "2026-11-01T12:00:00Z",
            "duration": "12s",
            "requests": {"read": 52, "write": 3},
            "drift": 2,
        },
    },
}
OTHER: dict[str, Any] = {
    "metadata": {"name": "a-service-with-a-long-name", "namespace": "identity"},
    "spec": {"service": {"url": "https://scim.example.org/v2"}, "mode": "Plan", "suspend": True},
    "status": {"totals": {"inScope": 3, "failed": 0}},
}
OBJECTS = [
    ("scimuser/ada-lovelace", "Held", "Disable waits for an approval of the plan that has this digest."),
    ("scimuser/charles", "Rejected", "The service refused it: 400 invalidValue: the e-mail has no domain."),
    ("scimgroup/日本語チーム", "Incomplete", "Members are still to come: scimuser/ada."),
]


@pytest.mark.parametrize("name", LOOKS)
def test_the_overview(name: str) -> None:
    text = overview([VMWARE, OTHER], all_namespaces=False, look=LOOKS[name])
    golden.check(f"status-{name}", text)
    width = LOOKS[name].width
    assert width is None or max(columns(click.unstyle(line)) for line in text.splitlines()) <= width


def test_the_wide_overview() -> None:
    golden.check("status-wide", overview([VMWARE, OTHER], all_namespaces=True, wide=True))


@pytest.mark.parametrize("name", LOOKS)
def test_the_detail(name: str) -> None:
    text = detail(VMWARE, OBJECTS, "An operator works on it.", look=LOOKS[name])
    golden.check(f"status-vmware-{name}", text)
    width = LOOKS[name].width
    assert width is None or max(columns(click.unstyle(line)) for line in text.splitlines()) <= width


def test_colour_changes_no_character() -> None:
    plain, colour = (detail(VMWARE, OBJECTS, look=LOOKS[name]) for name in ("80", "80-colour"))
    assert click.unstyle(colour) == plain
    assert colour != plain
