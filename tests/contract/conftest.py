"""Ends the processes of services by others with the last test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.services import processes

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def _processes_end() -> Iterator[None]:
    with processes:
        yield
