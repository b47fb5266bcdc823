"""The log as the command line asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scim_operator.errors import InvalidSpec
from scim_operator.observability.provisioning_log.opening import LogOptions, open_log

if TYPE_CHECKING:
    from pathlib import Path

    from scim_operator.observability.metrics import Metrics


def test_nothing_is_opened_where_nothing_is_wanted(metrics: Metrics) -> None:
    assert open_log(LogOptions(stdout=False), metrics.provisioning_log) is None


def test_a_wrong_store_is_refused_at_the_start_without_its_password(metrics: Metrics) -> None:
    with pytest.raises(InvalidSpec, match="must begin with") as refused:
        open_log(LogOptions(store="mysql://u:hunter2@host/db"), metrics.provisioning_log)
    assert "hunter2" not in str(refused.value)


def test_a_store_that_is_away_at_the_start_is_no_reason_not_to_start(metrics: Metrics, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    log = open_log(LogOptions(stdout=False, store=f"sqlite:///{tmp_path}/file/log.db"), metrics.provisioning_log)
    assert log is not None
    log.close()
