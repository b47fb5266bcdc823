"""Limits on what something takes of the processor hold on any machine: they are counted in bare loops."""

from __future__ import annotations

import gc

from tools.measure.effort import TURNS, effort


def test_a_block_is_measured_in_bare_loops() -> None:
    with effort() as taken:
        total = 0
        for number in range(5 * TURNS):
            total += number & 7
    assert 1 < taken.loops < 25


def test_a_small_block_counts_as_none_and_the_collector_goes_on_afterwards() -> None:
    with effort() as taken:
        assert not gc.isenabled()
    assert gc.isenabled()
    assert taken.loops == 0
