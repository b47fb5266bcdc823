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
from dataclasses import asdict, dataclass, replace
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import pytest

from tools.mutants.gathering import AT_ONCE
from tools.mutants.mutations import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tools.mutants.mutations import Mutant

KILLED, HUNG, SURVIVED, UNTESTED = "killed", "hung", "survived", "untested"
HANG = 30
"""Seconds after which a wait inside a test is a hang, as in `tests/support/waiting.py`."""
LONG = 30
"""A child that takes so many seconds, and so many times as long as its tests cost, hangs: load alone is no hang."""
ARGUMENTS = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "--hypothesis-seed=0"]


@dataclass(frozen=True)
class Trial:
    """A mutant with the tests that may notice it, the nearest first, and the processor's seconds that these take."""

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


class Trials:
    """Runs trials in children, some at a time. `took` gets what became of each.

    A mutant is noticed where the same test fails twice, so that none counts that fails now and then by itself.
    """

    def __init__(self, run: Callable[[Trial], str], took: Callable[[Outcome], None]) -> None:
        self._run, self._took = run, took
        self._children: list[_Child] = []

    def begin(self, trial: Trial, failed: str = "", spent: float = 0.0) -> None:
        """Start a trial, once there is room; `failed` is the test that has failed once, which is run alone."""
        while len(self._children) >= AT_ONCE:
            self._reap()
        again = replace(trial, tests=(failed,)) if failed else trial
        self._children.append(_Child.born(trial, again, self._run, spent))

    def end(self) -> None:
        """Wait for all."""
        while self._children:
            self._reap()

    def _reap(self) -> None:
        ended = [child for child in self._children if child.has_ended()]
        self._children = [child for child in self._children if child not in ended]
        for child in ended:
            self._conclude(child)
        if not ended:
            time.sleep(0.005)

    def _conclude(self, child: _Child) -> None:
        by, trial, spent = child.said(), child.trial, child.spent + child.seconds
        is_second = child.tried is not trial
        if not child.state and by in trial.tests and not is_second:
            self.begin(trial, by, spent)
            return
        left = tuple(test for test in trial.tests if test not in child.tried.tests)
        if not child.state and not by and is_second and left:
            self.begin(replace(trial, tests=left), spent=spent)
            return
        state = child.state or (KILLED if by else SURVIVED)
        mutant = trial.mutant
        self._took(Outcome(mutant.key, mutant.line, mutant.operator, state, by, round(spent, 2), len(trial.tests)))


@dataclass(eq=False)
class _Child:
    """A process that runs the tests of `tried`: all of the trial's, or the one that has failed."""

    trial: Trial
    tried: Trial
    spent: float
    pid: int
    reader: int
    began: float
    state: str = ""

    @staticmethod
    def born(trial: Trial, tried: Trial, run: Callable[[Trial], str], spent: float) -> _Child:
        """Fork, and run the tests in the child."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            _in_child(tried, run, writer)
        os.close(writer)
        return _Child(trial, tried, spent, pid, reader, time.monotonic())

    def has_ended(self) -> bool:
        """Return whether it has ended, after ending it where it hangs: by itself it would have by then."""
        done, status = os.waitpid(self.pid, os.WNOHANG)
        if not done and self.seconds < LONG + LONG * self.trial.seconds:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # and what it has started
        if not done:
            _, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status):
            self.state = HUNG if os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL} else KILLED
        return True

    @property
    def seconds(self) -> float:
        """The seconds since its birth."""
        return time.monotonic() - self.began

    def said(self) -> str:
        """Return the test that failed."""
        with os.fdopen(self.reader) as pipe:
            return pipe.read()


def _in_child(trial: Trial, run: Callable[[Trial], str], writer: int) -> None:
    """Never returns. A crash of the interpreter or of the import is noticed, too."""
    os.setsid()
    limit = int(20 + 3 * trial.seconds)
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
        self._codes: dict[str, list[tuple[FunctionType, CodeType]]] = {}
        self.not_found: list[Trial] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the trials; the tests themselves run in the children only."""
        self._items = {item.nodeid: item for item in session.items}
        self._functions = _functions()
        gc.collect()
        gc.freeze()
        trials = Trials(self._run, self._took)
        for trial in self._trials:
            codes = self._replacements(trial.mutant)
            if codes is None:
                self.not_found.append(trial)
            else:
                self._codes[trial.mutant.key] = codes
                trials.begin(trial)
        trials.end()
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

    def _run(self, trial: Trial) -> str:
        for function, code in self._codes[trial.mutant.key]:
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
    running = Trials(_run_bare, took)
    for trial in trials:
        running.begin(trial)
    running.end()


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
