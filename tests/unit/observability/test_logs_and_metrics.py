"""Logs without secrets, metrics without names."""

from __future__ import annotations

import json
import logging
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from scim_operator.core.keys import ConfigKey, ResourceType
from scim_operator.observability.logs import LogFormat, redacted, set_up_logs
from scim_operator.observability.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = ConfigKey("identity", "vmware")


@pytest.fixture
def logging_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    "text",
    ["Authorization: Bearer abcdefgh12345678", "HZN abcdefgh12345678", "{'Authorization': 'bearer abcdefgh12345678'}"],
)
def test_tokens_are_blotted_out(text: str) -> None:
    assert "abcdefgh" not in redacted(text)
    assert "***" in redacted(text)


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.parametrize("format", list(LogFormat))
def test_no_token_leaves_in_a_message_an_argument_or_a_traceback(format: LogFormat) -> None:  # noqa: A002
    stream = StringIO()
    set_up_logs(format, "info", stream)
    try:
        raise RuntimeError("sent Bearer canary-0123456789")  # noqa: TRY301 - the traceback is what is looked at
    except RuntimeError:
        logging.getLogger("scim_operator").exception("with %s", "Bearer canary-0123456789")
    assert "canary" not in stream.getvalue()
    assert stream.getvalue().count("Bearer ***") >= 2


@pytest.mark.usefixtures("logging_restored")
def test_json_lines_have_time_level_and_message() -> None:
    stream = StringIO()
    set_up_logs(LogFormat.JSON, "info", stream)
    logging.getLogger("scim_operator.kube").info("Started; watching %s.", "identity")
    line = json.loads(stream.getvalue())
    assert (line["level"], line["logger"], line["message"]) == (
        "INFO",
        "scim_operator.kube",
        "Started; watching identity.",
    )
    assert line["time"]


@pytest.mark.usefixtures("logging_restored")
def test_kopf_never_logs_bodies_even_at_debug() -> None:
    stream = StringIO()
    set_up_logs(LogFormat.TEXT, "debug", stream)
    logging.getLogger("kopf.objects").debug("patching with {'spec': {'userName': 'ada'}}")
    logging.getLogger("kopf.objects").info("Handler succeeded.")
    assert stream.getvalue() == ""


# --- metrics ---


def lines_of(metrics: Metrics) -> list[str]:
    return [line for line in metrics.render().decode().splitlines() if not line.startswith("#")]


def test_metrics_carry_the_names_that_dashboards_know() -> None:
    metrics = Metrics()
    metrics.request(CONFIG, "POST", "201", 0.02)
    metrics.swept(CONFIG, seconds=12.0, drift=2, at=1_795_000_000.0)
    metrics.held(CONFIG, held=True)
    queue = metrics.queues.of(CONFIG)
    queue.measure(lambda: 3)
    queue.added()
    queue.begun("ada", 0.1)
    queue.done("ada")
    queue.retried()
    text = "\n".join(lines_of(metrics))
    for expected in (
        'scim_requests_total{config="identity/vmware",method="POST",status="201"} 1.0',
        'scim_last_success_timestamp_seconds{config="identity/vmware"} 1.795e+09',
        'scim_drift_total{config="identity/vmware"} 2.0',
        'scim_held{config="identity/vmware"} 1.0',
        'workqueue_adds_total{name="identity/vmware"} 1.0',
        'workqueue_depth{name="identity/vmware"} 3.0',
        'workqueue_retries_total{name="identity/vmware"} 1.0',
        'workqueue_queue_duration_seconds_count{name="identity/vmware"} 1.0',
        'workqueue_work_duration_seconds_count{name="identity/vmware"} 1.0',
        'workqueue_unfinished_work_seconds{name="identity/vmware"} 0.0',
    ):
        assert expected in text


def test_a_state_that_no_one_is_in_any_more_drops_to_zero() -> None:
    metrics = Metrics()
    metrics.objects(CONFIG, ResourceType.USER, {"failed": 3})
    metrics.objects(CONFIG, ResourceType.USER, {"provisioned": 3})
    text = "\n".join(lines_of(metrics))
    assert 'scim_objects{config="identity/vmware",kind="User",state="failed"} 0.0' in text
    assert 'scim_objects{config="identity/vmware",kind="User",state="provisioned"} 3.0' in text


def test_a_deleted_config_leaves_no_series() -> None:
    metrics, other = Metrics(), ConfigKey("identity", "other")
    for config in (CONFIG, other):
        metrics.request(config, "GET", "200", 0.1)
        metrics.objects(config, ResourceType.USER, {"failed": 3})
        metrics.connected(config, connected=True)
        metrics.queues.of(config).begun("ada", 0.1)
    metrics.forget(CONFIG)
    text = "\n".join(lines_of(metrics))
    assert "identity/vmware" not in text
    assert "identity/other" in text


def test_memory_is_shown_by_its_usual_name() -> None:
    found = Metrics().registry.get_sample_value("process_resident_memory_bytes")
    assert found is not None
    assert found > 2**20
