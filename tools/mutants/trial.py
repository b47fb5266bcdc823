"""One mutant in one forked process, in which everything is imported already; only the tests that run its line.

A change inside a function takes effect by giving the function the code of the mutant. A change that takes effect on
import (a constant, a default, a member of an enum) needs a process that has not imported the operator yet.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import pytest

from tools.mutants.mutations import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tools.mutants.mutations import Mutant

KILLED, HUNG, SURVIVED, UNTESTED = "killed", "hung", "survived", "untested"
HANG = 30
"""Seconds after which a wait inside a test is a hang, as in `tests/support/waiting.py`."""
ARGUMENTS = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "--hypothesis-seed=0"]


@dataclass(frozen=True)
class Trial:
    """A mutant with the tests that may notice it, the fastest first, and the seconds that these take."""

    mutant: Mutant
    tests: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant; `by` is the test that failed first."""

    key: str
    line: int
    operator: str
    state: str
    by: str
    seconds: float
    tests: int

    def line_of_json(self) -> str:
        """Return it as a line of the results."""
        return json.dumps(asdict(self)) + "\n"


def attempt(trial: Trial, run: Callable[[Trial], str]) -> Outcome:
    """Fork, run the tests in the child, and say what became of the mutant. `run` returns the test that failed or ""."""
    began = time.monotonic()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _in_child(trial, run, writer)
    os.close(writer)
    state = _wait(child, 60 + 20 * trial.seconds)
    with os.fdopen(reader) as pipe:
        by = pipe.read()
    if state == "":
        state = KILLED if by else SURVIVED
    mutant, seconds = trial.mutant, round(time.monotonic() - began, 2)
    return Outcome(mutant.key, mutant.line, mutant.operator, state, by, seconds, len(trial.tests))


def _in_child(trial: Trial, run: Callable[[Trial], str], writer: int) -> None:
    """Never returns. A crash of the interpreter or of the import is noticed, too."""
    os.setsid()
    limit = int(20 + 10 * trial.seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    silence()
    try:
        by = run(trial)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the mutant is noticed
        by = f"does not start: {type(error).__name__}"
    os.write(writer, by.encode()[:4000])
    os._exit(0)


def silence() -> None:
    """Let what this process and pytest print go nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)


def _wait(child: int, limit: float) -> str:
    """Return "" for a child that ended by itself."""
    end = time.monotonic() + limit
    pause = 0.002
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return HUNG if os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL} else (
                KILLED if os.WIFSIGNALED(status) else "")  # fmt: skip
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return HUNG


class _FirstFailure:
    """Remembers the first test that failed."""

    def __init__(self) -> None:
        self.test = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.test:
            self.test = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.test:
            self.test = report.nodeid or "collection"


class Warm:
    """A pytest that has collected everything, and runs trials instead of its tests."""

    def __init__(self, trials: Sequence[Trial], took: Callable[[Outcome], None]) -> None:
        self._trials, self._took = trials, took
        self._functions: dict[tuple[str, str, int], list[FunctionType]] = {}
        self._items: dict[str, pytest.Item] = {}
        self.not_found: list[Trial] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the trials; the tests themselves run in the children only."""
        self._items = {item.nodeid: item for item in session.items}
        self._functions = _functions()
        gc.collect()
        gc.freeze()
        for trial in self._trials:
            codes = self._replacements(trial.mutant)
            if codes is None:
                self.not_found.append(trial)
            else:
                self._took(attempt(trial, lambda trial, codes=codes: self._run(trial, codes)))
        return True

    def _replacements(self, mutant: Mutant) -> list[tuple[FunctionType, CodeType]] | None:
        """Return the functions to change with their new code; None where there is no such function in memory."""
        file = str(ROOT / mutant.path)
        old = _codes(compile(Path(file).read_text(), file, "exec"))[mutant.function]
        new = _codes(compile(mutant.source, file, "exec"))[mutant.function]
        pairs = []
        for before, after in zip(old, new, strict=True):
            found = self._functions.get((file, before.co_qualname, before.co_firstlineno), [])
            if not found and before != after:
                return None
            pairs += [(function, after) for function in found if function.__code__ != after]
        return pairs or None

    def _run(self, trial: Trial, codes: list[tuple[FunctionType, CodeType]]) -> str:
        for function, code in codes:
            function.__code__ = code
        items = [self._items[test] for test in trial.tests if test in self._items]
        session = items[0].session
        first = _FirstFailure()
        session.config.pluginmanager.register(first)
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if first.test:
                break
        return first.test


def warm(files: Sequence[str], trials: Sequence[Trial], took: Callable[[Outcome], None]) -> list[Trial]:
    """Try mutants inside functions; return those whose function was not found."""
    server = Warm(trials, took)
    pytest.main([*ARGUMENTS, *files], plugins=[server])
    return server.not_found


def _functions() -> dict[tuple[str, str, int], list[FunctionType]]:
    """Return every function of the operator that is in memory, by where it stands."""
    found = defaultdict(list)
    for each in gc.get_objects():
        if type(each) is FunctionType and each.__code__.co_filename.startswith(str(ROOT / "operator")):
            code = each.__code__
            found[code.co_filename, code.co_qualname, code.co_firstlineno].append(each)
    return dict(found)


def _codes(code: CodeType) -> dict[str, list[CodeType]]:
    """Return the code of each function of a module or of its classes, in order."""
    found = defaultdict(list)
    for each in _outermost(code):
        found[each.co_qualname].append(each)
    return found


def _outermost(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if each.co_flags & 0x2:  # CO_NEWLOCALS: a function; a class body has no fast locals
                yield each
            else:
                yield from _outermost(each)


class _Selecting:
    """Runs these tests only, in this order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._ranks = {test: rank for rank, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self._ranks), key=lambda i: self._ranks[i.nodeid])


def bare(trials: Sequence[Trial], took: Callable[[Outcome], None]) -> None:
    """Try mutants that take effect on import: every child imports the operator itself."""
    for trial in trials:
        took(attempt(trial, _run_bare))


def _run_bare(trial: Trial) -> str:
    sys.meta_path.insert(0, _Finder(trial.mutant))
    first = _FirstFailure()
    files = list(dict.fromkeys(test.partition("::")[0] for test in trial.tests))
    status = pytest.main([*ARGUMENTS, *files], plugins=[first, _Selecting(trial.tests)])
    return first.test or ("" if status in {0, 5} else f"does not start: {status}")


class _Finder:
    """Finds the mutant where the module is asked for."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return where a module is; `path` and `target` are the protocol's."""
        del path, target
        if name != self._mutant.module:
            return None
        file = ROOT / self._mutant.path
        loader = _Loader(name, str(file))
        loader.text = self._mutant.source
        places = [str(file.parent)] if file.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(name, file, loader=loader, submodule_search_locations=places)


class _Loader(SourceFileLoader):
    text = ""

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.text, self.path, "exec")
