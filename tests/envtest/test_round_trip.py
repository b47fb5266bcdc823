"""The benchmark's round trip of a full service at a small size: import, apply, and a takeover without a write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.measure.roundtrip import measure_roundtrip

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.controlplane import ControlPlane


async def test_a_full_service_is_taken_over_without_a_write(private_crds: ControlPlane, tmp_path: Path) -> None:
    figures = {
        figure.what.removeprefix("120 users and 30 groups: "): figure
        for figure in await measure_roundtrip(private_crds, tmp_path, users=120, teams=30)
    }
    assert [figure.what for figure in figures.values() if not figure.met] == []
    assert figures["first sweep: writes at the service"].value == "0; 150 adoptions wait"
    assert figures["the approved takeover: writes at the service"].value == "0"
    assert figures["next sweep: writes"].value == "0 at the service, 0 at the API server"
