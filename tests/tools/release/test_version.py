"""One version, wherever it stands, and a changelog that is cut at a release."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tools.check_lock import parse_lock
from tools.release import changelog, version
from tools.release.errors import ReleaseError

ROOT = Path(__file__).parents[3]
TEXT = """\
# Changelog

## [Unreleased]

### Added

- A thing that does much. It
  also does more.
- Another.

### Security

- A leak is closed.

## [0.1.0] - 2026-01-02

- The first one.
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with the files that have the version."""
    for name in (version.PROJECT, version.CHART, version.VALUES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text(TEXT)
    return tmp_path


def test_this_repository_has_one_version() -> None:
    assert version.problems() == []


@pytest.mark.parametrize("to", ["1.2.3", "1.2.3-rc.1"])
def test_what_is_written_stands_everywhere_and_changes_nothing_else(tree: Path, to: str) -> None:
    before = {name: (tree / name).read_text() for name in (version.PROJECT, version.CHART)}
    old = version.current(tree)
    version.write(to, tree)
    assert set(version.written(tree).values()) == {to}
    assert version.problems(tree) == []
    version.write(old, tree)
    assert {name: (tree / name).read_text() for name in before} == before


@pytest.mark.parametrize("to", ["1.2", "v1.2.3", "1.2.3rc1", "01.2.3", "1.2.3-rc.0", "1.2.3+local"])
def test_a_version_that_one_of_the_three_does_not_know_is_refused(tree: Path, to: str) -> None:
    with pytest.raises(ReleaseError, match="give a version such as"):
        version.write(to, tree)


def test_a_chart_with_another_version_is_seen(tree: Path) -> None:
    chart = tree / version.CHART
    chart.write_text(chart.read_text().replace("appVersion: ", "appVersion: 9"))
    (problem,) = version.problems(tree)
    assert problem.startswith(f"{version.CHART}: appVersion: 9")


@pytest.mark.parametrize(
    ("tag", "repository", "said"),
    [
        pytest.param("v0.1.0", "scim-operator/scim-operator", [], id="right"),
        pytest.param("v0.2.0", "scim-operator/scim-operator", ["the tag is v0.2.0"], id="another tag"),
        pytest.param("0.1.0", "scim-operator/scim-operator", ["the tag is 0.1.0"], id="a tag without v"),
        pytest.param("v0.1.0", "Else/Where", ["image.repository"], id="a fork, whose chart would name our image"),
    ],
)
def test_a_tag_is_released_only_where_it_fits(tree: Path, tag: str, repository: str, said: list[str]) -> None:
    version.write("0.1.0", tree)
    found = version.problems_of_tag(tag, repository, tree)
    assert [text in one for text, one in zip(said, found, strict=True)] == [True] * len(said)


def test_a_version_that_the_changelog_does_not_have_is_not_released(tree: Path) -> None:
    version.write("0.3.0", tree)
    (found,) = version.problems_of_tag("v0.3.0", "scim-operator/scim-operator", tree)
    assert "no section for 0.3.0" in found


def test_the_changelog_is_cut() -> None:
    after = changelog.cut(TEXT, "0.2.0", date(2026, 3, 4))
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-03-04\n\n### Added\n" in after
    assert after.replace("\n## [0.2.0] - 2026-03-04\n", "", 1) == TEXT
    assert changelog.notes(after, "0.2.0") == TEXT.partition("[Unreleased]\n\n")[2].partition("\n## [0.1.0]")[0]
    assert changelog.notes(after, "0.1.0") == "- The first one.\n"


@pytest.mark.parametrize(
    ("text", "to", "said"),
    [
        pytest.param(TEXT, "0.1.0", "already", id="a version that is there"),
        pytest.param("## [Unreleased]\n\n## [0.1.0]\n- x\n", "0.2.0", "write under", id="nothing to release"),
        pytest.param("# Changelog\n", "0.2.0", "write under", id="no such section"),
    ],
)
def test_a_changelog_that_cannot_be_cut_says_why(text: str, to: str, said: str) -> None:
    with pytest.raises(ReleaseError, match=said):
        changelog.cut(text, to, date(2026, 3, 4))


def test_a_version_without_a_section_has_no_notes() -> None:
    with pytest.raises(ReleaseError, match=r"no section for 7\.0\.0"):
        changelog.notes(TEXT, "7.0.0")


def test_the_entries_are_read_with_their_first_sentences() -> None:
    found = changelog.changes(TEXT)
    assert [(one.kind, one.summary) for one in found[:3]] == [
        ("Added", "A thing that does much."),
        ("Added", "Another."),
        ("Security", "A leak is closed."),
    ]


def test_our_own_changelog_can_be_cut_and_read() -> None:
    cut = changelog.cut((ROOT / "CHANGELOG.md").read_text(), "99.0.0", date(2026, 1, 1))
    found = changelog.changes(changelog.notes(cut, "99.0.0"))
    assert {one.kind for one in found} >= {"Added"}
    assert all(one.summary for one in found)


def test_the_steps_need_no_more_than_the_locked_packages_of_run_time() -> None:
    """Workflows run them on platforms for which not every tool of the tests has a wheel, and beside a token."""
    script = "import sys; begun = set(sys.modules); import tools.release.__main__; print(*set(sys.modules) - begun)"
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    owners = packages_distributions()
    used = {canonicalize_name(owner) for name in loaded for owner in owners.get(name, [])}
    assert "pyyaml" in used
    assert used - {"scim-operator"} <= parse_lock((ROOT / "requirements" / "run.txt").read_text()).keys()
