"""Which lines each test runs, and what it costs: a pytest plugin, and the store that keeps what it found.

Run as `pytest -p tools.mutants.gathering`, so that coverage starts before the first import of the operator. Costs are
seconds of the processor, so that no score depends on what else the machine does.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import coverage

from tools.mutants.mutations import ROOT, SOURCE, files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pytest

STORE = ROOT / ".mutants"
OUT = "MUTANTS_GATHERED"
AT_ONCE = 2 * (os.cpu_count() or 1)
"""Processes at a time: half of what a test does is to wait."""
BATCH = 6
"""Test files that one process runs to see what they cover."""
SHARED = frozenset({"api_server", "private_api_server"})
"""Fixtures that all tests of a run share, and that no mutant could have for itself."""
DEAR = (
    "tests/job/test_asks_groups.py",
    "tests/job/test_asks_plan.py",
    "tests/job/test_asks_safety.py",
    "tests/job/test_finalizers.py",
    "tests/job/test_notices.py",
    "tests/job/test_provisioning_log_places.py",
    "tests/job/test_quarantine.py",
    "tests/job/test_scim2_server.py",
)
"""Files that cost minutes, or need another process: they are not asked."""
_OF_JOB = (
    "tests/unit/job",
    "tests/job",
    "tests/verify/test_stories.py",
    "tests/verify/test_found.py",
    "tests/verify/test_found_by_promises.py",
    "tests/verify/test_refusals_that_pass.py",
    "tests/verify/test_swaps.py",
)
TESTS = {
    "core": (
        "tests/unit/core",
        "tests/property",
        "tests/local",
        "tests/scim/test_default_mappings.py",
        "tests/cli/test_convert.py",
        "tests/cli/test_convert_odd.py",
        "tests/security/test_echoed_secrets.py",
        *_OF_JOB,
    ),
    "job": _OF_JOB,
}
"""By part, the tests that reach it in memory, or over loopback at most: what the whole suite has more is not asked."""

Lines = dict[str, int]
"""By path of a module, the lines that ran, one bit each."""


@dataclass
class Run:
    """What one test file's tests ran."""

    digest: str
    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, Lines] = field(default_factory=dict)


@dataclass
class Gathered:
    """By test file, its run; and the lines that ran on import."""

    runs: dict[str, Run] = field(default_factory=dict)
    imports: Lines = field(default_factory=dict)

    def add(self, fresh: Gathered) -> None:
        """Take in what other tests ran."""
        self.runs |= fresh.runs
        for path, lines in fresh.imports.items():
            self.imports[path] = self.imports.get(path, 0) | lines

    def seconds(self, test: str) -> float:
        """Return what a test costs."""
        return self.runs[test.partition("::")[0]].seconds[test]

    def covering(self, path: str, wanted: int) -> list[str]:
        """Return the tests that ran one of these lines, the cheapest first."""
        found = [
            (run.seconds[test], test)
            for run in self.runs.values()
            for test, lines in run.lines.items()
            if lines.get(path, 0) & wanted
        ]
        return [test for _, test in sorted(found)]


def bits(first: int, last: int) -> int:
    """Return the lines from `first` to `last` as bits."""
    return ((1 << (last - first + 1)) - 1) << first


def gather(places: Iterable[str]) -> Gathered:
    """Return what each test runs; only tests that changed are run, or all of them where the source changed."""
    store = STORE / "gathered.pickle"
    source = digest_of(path for part in ("core", "job") for path in files(part))
    kept = _read(store)
    known = kept.get(source) or Gathered()
    wanted = {str(path.relative_to(ROOT)): digest_of([path]) for place in places for path in asked_files(place)}
    stale = [path for path, digest in wanted.items() if path not in known.runs or known.runs[path].digest != digest]
    if stale:
        print(f"Running {len(stale)} test files to see what they cover …", flush=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # What is there is kept, so that a run that was stopped goes on where it was.
        for ended in as_completed([pool.submit(_run, batch) for batch in batches(stale)]):
            paths, fresh = ended.result()
            known.add(fresh)
            for path in paths:
                known.runs.setdefault(path, Run("")).digest = wanted[path]
            _write(store, {source: known})
    return Gathered({path: known.runs[path] for path in wanted}, known.imports)


def batches(paths: Sequence[str]) -> list[list[str]]:
    """Return the files in parts, each for one process."""
    return [list(paths[at : at + BATCH]) for at in range(0, len(paths), BATCH)]


def asked_files(place: str) -> list[Path]:
    """Return the test files of a place that are asked."""
    """Return the test files of a place that are asked."""
    path = ROOT / place
    if path.is_file():
        return [path]
    return [found for found in sorted(path.rglob("test_*.py")) if str(found.relative_to(ROOT)) not in DEAR]


def digest_of(paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()


def _read(store: Path) -> dict[str, Gathered]:
    return pickle.loads(store.read_bytes()) if store.exists() else {}  # noqa: S301 - written by us, below


def _write(store: Path, value: dict[str, Gathered]) -> None:
    store.parent.mkdir(exist_ok=True)
    store.write_bytes(pickle.dumps(value))


def _run(tests: list[str]) -> tuple[list[str], Gathered]:
    out = STORE / f"fresh-{threading.get_ident()}.pickle"
    out.unlink(missing_ok=True)
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "tools.mutants.gathering", "--hypothesis-seed=0"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, *tests],
        check=False,
        cwd=ROOT,
        env={**os.environ, OUT: str(out), "HANG": "300"},
    )
    found: Gathered = pickle.loads(out.read_bytes())  # noqa: S301 - the plugin below wrote it
    out.unlink()
    return tests, found


def _cost() -> float:
    """Return the seconds of the processor that this process and those it started have used."""
    return sum(os.times()[:4])


class _Recorder:
    """The plugin: a context of coverage for each test."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._seconds: dict[str, float] = {}
        self._began = 0.0
        self._failed: set[str] = set()
        self._coverage = coverage.Coverage(
            data_file=None,
            config_file=False,
            include=[f"{SOURCE}/scim_operator/{part}/*" for part in ("core", "job")],
        )
        self._coverage.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._coverage.switch_context(nodeid)
        self._began = _cost()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not SHARED & set(getattr(item, "fixturenames", ()))]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self._failed.add(report.nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._seconds[nodeid] = _cost() - self._began

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        self._out.write_bytes(pickle.dumps(self._gathered()))

    def _gathered(self) -> Gathered:
        found = Gathered()
        for path, line, test in self._ran():
            if not test:
                found.imports[path] = found.imports.get(path, 0) | 1 << line
            elif test not in self._failed and test in self._seconds:
                run = found.runs.setdefault(test.partition("::")[0], Run(""))
                run.seconds[test] = self._seconds[test]
                lines = run.lines.setdefault(test, {})
                lines[path] = lines.get(path, 0) | 1 << line
        return found

    def _ran(self) -> Iterator[tuple[str, int, str]]:
        data = self._coverage.get_data()
        for file in data.measured_files():
            path = str(Path(file).relative_to(ROOT))
            for line, tests in data.contexts_by_lineno(file).items():
                yield from ((path, line, test) for test in tests)


if OUT in os.environ:
    _recorder = _Recorder(Path(os.environ.pop(OUT)))

    def pytest_configure(config: pytest.Config) -> None:
        """Take part in the run."""
        config.pluginmanager.register(_recorder)
