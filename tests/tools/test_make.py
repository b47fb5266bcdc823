"""What a person types first: make, and what CI runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import LONGEST

ROOT = Path(__file__).parents[2]
TARGETS = ("setup", "demo", "test", "check", "bench", "cluster", "cluster-down", "image", "e2e")


def test_a_bare_make_prints_the_targets() -> None:
    printed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [target for target in TARGETS if f"  make {target} " not in printed] == []


def test_without_a_new_enough_python_one_sentence_says_so(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    command = ["/bin/sh", str(ROOT / "tools" / "find-python")]
    found = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert found.stderr.startswith("Install Python 3.11 or later")
    assert found.stderr.count("\n") == 1


def make_test(tmp_path: Path, *words: str, **ends: int) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """`make test` with programs that only note that they ran, and end as told; what ran, in order."""
    noted = tmp_path / "noted"
    for name in ("python", "pytest", "ruff", "typos", "mypy", "lint-imports"):
        program = tmp_path / name
        program.write_text(
            f"#!/bin/sh\necho {name} $* >> {noted}\n[ {name} = pytest ] && echo closing\nexit {ends.get(name, 0)}\n"
        )
        program.chmod(0o755)
    (tmp_path / "stamp").touch()
    command = ["make", f"BIN={tmp_path}", f"STAMP={tmp_path}/stamp", "test", *words]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    return ended, [line.split()[0] + (" check" if "check" in line else "") for line in noted.read_text().splitlines()]


def test_the_whole_suite_goes_with_the_check_and_after_the_binaries(tmp_path: Path) -> None:
    ended, ran = make_test(tmp_path)
    assert ended.returncode == 0
    assert ran[0] == "python", "what is built is built before any test begins"
    assert {"ruff check", "typos", "mypy", "lint-imports", "python check"} <= set(ran[1:-1])
    assert ran[-1] == "pytest"
    assert ran.count("pytest") == 2, "beside the check, each file of tests is compiled once for all workers"
    assert ended.stdout.splitlines()[-1] == "closing"
    assert ended.stdout.count("closing") == 1


@pytest.mark.parametrize("broken", ["ruff", "typos", "mypy", "lint-imports"], ids=["form", "word", "type", "layer"])
def test_what_is_broken_fails_the_run_and_keeps_no_test_from_running(tmp_path: Path, broken: str) -> None:
    ended, ran = make_test(tmp_path, **{broken: 1})
    assert ended.returncode != 0
    assert ran[-1] == "pytest"
    assert ended.stdout.splitlines()[-1] == "closing"
    assert "make check failed" in ended.stderr


def test_a_part_is_run_without_the_check(tmp_path: Path) -> None:
    ended, ran = make_test(tmp_path, "ARGS=tests/unit -k 'scope or make'", pytest=1)
    assert ended.returncode != 0
    assert ran == ["python", "python", "pytest"], "binaries, a directory server, and the tests"


def test_the_longest_files_are_there() -> None:
    assert [path for path in LONGEST if not (ROOT / path).is_file()] == []


def ci(tmp_path: Path, readme: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "README.md").write_text(readme)
    (tmp_path / "Makefile").write_text("test:\n\t@echo '=== 1 failed, 2 passed in 3.21s ==='; echo after; exit 1\n")
    env = {"PATH": os.environ["PATH"]}
    return subprocess.run([tmp_path / ".ci" / "run"], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "readme",
    [
        pytest.param("```sh\nmake demo\nmake test   # all of it\n```\n", id="with a comment, among others"),
        pytest.param("```console\n$ make test\n```\n", id="with a prompt"),
    ],
)
def test_ci_runs_the_readmes_command_and_ends_as_it_ends(tmp_path: Path, readme: str) -> None:
    ended = ci(tmp_path, readme)
    assert ended.returncode == 2  # make's own code for a recipe that failed
    assert ended.stdout.splitlines()[-1] == "=== 1 failed, 2 passed in 3.21s ==="


def test_ci_fails_where_the_readme_gives_no_test_command(tmp_path: Path) -> None:
    ended = ci(tmp_path, "Run make test.\n\n```sh\nmake testing\n```\n")
    assert ended.returncode == 1
    assert "no fenced line" in ended.stderr
