"""Manifests that nobody is left to deprovision, on a real API server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import FINALIZER, record_of
from scim_operator.kube.client import KubeClient, Target
from scim_operator.kube.configs import ConfigBook
from scim_operator.kube.events import EventPoster
from scim_operator.kube.orphans import Orphanage
from scim_operator.kube.resources import USERS
from scim_operator.kube.writer import KubeWriter
from tests.envtest.manifests import until, user
from tests.envtest.proxy import Answer, FaultProxy

if TYPE_CHECKING:
    import pytest

PEOPLE = ("ada", "bob", "cid")
ROUNDS = 3


async def test_a_right_that_went_with_the_namespace_is_reported_once(
    proxied: KubeClient, proxy: FaultProxy, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    book = ConfigBook()
    book.complete = True
    orphanage = Orphanage(KubeWriter(proxied, book, EventPoster(proxied, lambda _: "")), book, grace=0.01)
    for name in PEOPLE:
        made = await proxied.create(Target(USERS, namespace), user(name, namespace, finalizers=[FINALIZER]))
        assert made
        orphanage.observe(replace(record_of(Kind.USER, made), deleting=True))
    proxy.seen.clear()
    proxy.faults.extend([Answer("PATCH", 403)] * ROUNDS * len(PEOPLE))
    with caplog.at_level(logging.INFO):
        task = asyncio.create_task(orphanage.run())
        await until(lambda: proxy.seen.count("PATCH") == (ROUNDS + 1) * len(PEOPLE), "their release")
        await until(lambda: caplog.text.count("Released") == len(PEOPLE), "word of it")
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1, warnings
    assert f"in namespace {namespace}" in warnings[0]
    assert "is being deleted" in warnings[0]
