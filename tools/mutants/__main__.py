"""Tries mutants of a part: `python -m tools.mutants core --sample 600 --seed 1`.

Results go to `.mutants/`, line by line, so that a run that was stopped goes on where it was. `--again` tries what
survived once more, after tests were added; `--publish` writes docs/mutants.md.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from tools.mutants import report
from tools.mutants.gathering import STORE, TESTS, Gathered, digest_of, gather
from tools.mutants.mutations import Lazy, Mutant, files, mutants
from tools.mutants.selection import trial
from tools.mutants.trial import HANG, KILLED, UNTESTED, Outcome, Trial, bare, silence, warm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TextIO

SAMPLE = {"core": 600, "job": 150}
SEED = 3
PRELOADED = ("aiohttp", "aiohttp.test_utils", "hypothesis", "orjson", "prometheus_client", "pydantic", "pytest_asyncio",
             "re2", "sqlalchemy", "yaml", "cel_expr_python", "kopf", "pytest")  # fmt: skip
"""What a child that imports the operator itself need not import as well."""


def main() -> int:
    arguments = _arguments()
    if arguments.publish:
        report.publish({part: _results(part, SAMPLE[part], arguments.seed) for part in SAMPLE}, arguments.seed)
        return 0
    os.environ["HANG"] = str(HANG)
    path = _store(arguments.part, arguments.seed)
    gathered = gather(arguments.tests or TESTS[arguments.part])
    sample = _sampled(arguments.part, arguments.sample, arguments.seed, arguments.only)
    known = {} if arguments.fresh else _read(path)
    done = {key for key, outcome in known.items() if not arguments.again or outcome.state == KILLED}
    _try([mutant for mutant in sample if mutant.key not in done], gathered, arguments.budget, _Log(path, known))
    outcomes = [known[mutant.key] for mutant in sample if mutant.key in known]
    print(f"{arguments.part}: {report.score(outcomes, report.explained())}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("part", choices=sorted(SAMPLE), nargs="?", default="core")
    parser.add_argument("--sample", type=int, help="how many mutants, drawn at random; 0 takes all")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", default="", help="mutants whose file or function contains this, all of them")
    parser.add_argument("--tests", nargs="*", help="the tests that may notice, such as tests/unit/core")
    parser.add_argument(
        "--budget", type=float, default=20.0, help="seconds of the processor that the tests of one mutant may take"
    )
    parser.add_argument("--again", action="store_true", help="try again what survived")
    parser.add_argument("--fresh", action="store_true", help="forget the results so far")
    parser.add_argument("--publish", action="store_true", help="write docs/mutants.md from the results so far")
    arguments = parser.parse_args()
    if arguments.sample is None:
        arguments.sample = 0 if arguments.only else SAMPLE[arguments.part]
    return arguments


def _store(part: str, seed: int) -> Path:
    STORE.mkdir(exist_ok=True)
    return STORE / f"{part}-{seed}.jsonl"


def _sampled(part: str, sample: int, seed: int, only: str) -> list[Mutant]:
    """Return the mutants to try, the same for the same source, sample and seed: a larger sample begins with a smaller.

    To make them takes a while, so they are kept.
    """
    store = STORE / f"mutants-{part}-{sample}-{seed}-{only.replace('/', '.')}.pickle"
    digest = digest_of(files(part))
    if store.exists():
        made_of, made = pickle.loads(store.read_bytes())  # noqa: S301 - written by us, below
        if made_of == digest:
            return list(made)
    made = _drawn(part, sample, seed, only)
    store.write_bytes(pickle.dumps((digest, made)))
    return made


def _drawn(part: str, sample: int, seed: int, only: str) -> list[Mutant]:
    places = [place for path in files(part) for place in mutants(path)]
    if not only:
        random.Random(seed).shuffle(places)  # noqa: S311 - a sample
    made: dict[str, Mutant] = {}
    for place in places:
        if sample and len(made) == sample:
            break
        mutant = _made(place, only)
        if mutant:
            made.setdefault(mutant.key, mutant)
    return list(made.values())


def _made(place: Lazy, only: str) -> Mutant | None:
    mutant = place.make()
    return mutant if mutant and only in mutant.key.partition(":")[0] else None


def _read(path: Path) -> dict[str, Outcome]:
    """Return the results so far; the last line about a mutant counts."""
    lines = path.read_text().splitlines() if path.exists() else ()
    return {outcome.key: outcome for outcome in (Outcome(**json.loads(line)) for line in lines)}


def _results(part: str, sample: int, seed: int) -> list[Outcome]:
    known = _read(_store(part, seed))
    return [known[mutant.key] for mutant in _sampled(part, sample, seed, "") if mutant.key in known]


class _Log:
    """Takes outcomes: into the file, and onto the screen what was not noticed."""

    def __init__(self, path: Path, known: dict[str, Outcome]) -> None:
        self._path, self._known = path, known
        self._screen = os.fdopen(os.dup(sys.stdout.fileno()), "w")  # a test run has a capture of its own

    def __call__(self, outcome: Outcome) -> None:
        self._known[outcome.key] = outcome
        with self._path.open("a") as file:
            file.write(outcome.line_of_json())
        if outcome.state != KILLED:
            print(f"{outcome.state} ({outcome.seconds} s, {outcome.tests} tests) {outcome.line} {outcome.key}",
                  file=self._screen, flush=True)  # fmt: skip


def _try(sample: list[Mutant], gathered: Gathered, budget: float, took: Callable[[Outcome], None]) -> None:
    """Try all of them: inside functions in one process that has collected the tests, the others in one child each."""
    trials: dict[bool, list[Trial]] = {False: [], True: []}
    for mutant in sample:
        made, on_import = trial(mutant, gathered, budget)
        if made.tests:
            trials[on_import].append(made)
        else:
            took(Outcome(mutant.key, mutant.line, mutant.operator, UNTESTED, "", 0.0, 0))
    left = trials[True]
    if trials[False]:
        left = left + _in_process(trials[False], took)
    for name in PRELOADED:
        import_module(name)
    bare(left, took)


def _in_process(trials: list[Trial], took: _Log) -> list[Trial]:
    """Run the warm pytest in a child, so that this process never imports the operator."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        silence()
        used = sorted({test.partition("::")[0] for each in trials for test in each.tests})
        with os.fdopen(writer, "w") as pipe:
            for missing in warm(used, trials, lambda outcome: _tell(pipe, outcome)):
                pipe.write(json.dumps({"missing": missing.mutant.key}) + "\n")
        os._exit(0)
    os.close(writer)
    missing = set()
    with os.fdopen(reader) as pipe:
        for line in pipe:
            said = json.loads(line)
            missing.add(said["missing"]) if "missing" in said else took(Outcome(**said))
    os.waitpid(child, 0)
    return [each for each in trials if each.mutant.key in missing]


def _tell(pipe: TextIO, outcome: Outcome) -> None:
    pipe.write(outcome.line_of_json())
    pipe.flush()


if __name__ == "__main__":
    sys.exit(main())
