"""Who reports to whom, as manifests come, change and go in any order."""

from __future__ import annotations

import random

import pytest

from scim_operator.core.records.managers import Reports


def test_a_manager_need_not_be_there() -> None:
    reports = Reports()
    reports.put("ada", "grace")
    assert reports.of("grace") == {"ada"}
    assert reports.of("ada") == frozenset()


def test_a_user_has_one_manager_at_a_time() -> None:
    reports = Reports()
    reports.put("ada", "grace")
    reports.put("ada", "charles")
    assert reports.of("grace") == frozenset()
    assert reports.of("charles") == {"ada"}


def test_of_who_has_no_reports_any_more_nothing_is_kept() -> None:
    reports = Reports()
    reports.put("ada", "grace")
    reports.put("ada", "")
    reports.put("ada", "")
    assert len(reports) == 0


def test_someone_may_be_their_own_manager() -> None:
    reports = Reports()
    reports.put("ada", "ada")
    assert reports.of("ada") == {"ada"}


def test_what_is_no_name_raises_each_time() -> None:
    reports = Reports()
    for _ in range(2):
        with pytest.raises(TypeError):
            reports.put("ada", ["grace"])  # type: ignore[arg-type]
    reports.put("ada", "grace")
    assert reports.of("grace") == {"ada"}


def test_it_agrees_with_a_plain_table_whatever_happens() -> None:
    chance, reports, table = random.Random(4), Reports(), dict[str, str]()
    names = [f"user-{number}" for number in range(12)]
    for _ in range(2_000):
        user, manager = chance.choice(names), chance.choice([*names, ""])
        reports.put(user, manager)
        table[user] = manager
        asked = chance.choice(names)
        assert reports.of(asked) == {each for each, its in table.items() if its == asked}
    assert len(reports) == len(set(table.values()) - {""})
