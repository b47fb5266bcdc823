"""The tests that may notice a mutant: those that ran its lines or, where it takes effect on import, use its name."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from tools.mutants.gathering import bits
from tools.mutants.mutations import ROOT, SOURCE
from tools.mutants.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.mutants.gathering import Gathered
    from tools.mutants.mutations import Mutant

_Definition = ast.FunctionDef | ast.AsyncFunctionDef
AT_A_TIME = {"tests/verify/test_stories.py": 16}
"""Tests of a file that go in one turn, where that is more than one."""
_BINDS = 3
"""How many constants made of one another are followed."""


def trial(mutant: Mutant, gathered: Gathered, budget: float) -> tuple[Trial, bool]:
    """Return the trial of a mutant, and whether it takes effect on import."""
    lines = bits(mutant.line, mutant.end)
    on_import = not mutant.function or bool(gathered.imports.get(mutant.path, 0) & _function_around(mutant))
    if on_import:
        used = _using(mutant.names or frozenset(mutant.function.split(".")), gathered)
        tests = list(dict.fromkeys([*gathered.covering(mutant.path, lines), *used]))
    else:
        tests = gathered.covering(mutant.path, lines) or gathered.covering(mutant.path, _statement(mutant))
    chosen, seconds = _affordable(_nearest_first(mutant, tests), gathered, budget)
    return Trial(mutant, tuple(chosen), seconds), on_import


def _nearest_first(mutant: Mutant, tests: list[str]) -> list[str]:
    """Put the tests of the mutant's own package first, since the tests' folders follow the tree, then others in turn.

    The cheapest of each file come before the second of any: neighbours often look at the same. Of the stories many
    go at a time: each looks at all that an operator does.
    """
    seen: Counter[str] = Counter()
    turns = {}
    for test in tests:
        file = test.partition("::")[0]
        turns[test] = seen[file] // AT_A_TIME.get(file, 1)
        seen[file] += 1
    folder = "tests/unit/" + "/".join(mutant.path.split("/")[2:4]).removesuffix(".py") + "/"
    return sorted(tests, key=lambda test: (0, 0) if test.startswith(folder) else (1, turns[test]))


def _affordable(tests: list[str], gathered: Gathered, budget: float) -> tuple[list[str], float]:
    chosen, total = [], 0.0
    for test in tests:
        seconds = gathered.seconds(test)
        if total + seconds <= budget or not chosen:
            chosen.append(test)
            total += seconds
    return chosen, total


def _statement(mutant: Mutant) -> int:
    """Return the lines of the smallest statement around a mutant: a line of it may have no code of its own."""
    tree = ast.parse((ROOT / mutant.path).read_text())
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= mutant.line and (node.end_lineno or 0) >= mutant.end
    ]
    smallest = min(around, key=lambda node: (node.end_lineno or 0) - node.lineno)
    body = getattr(smallest, "body", None)
    last = body[0].lineno - 1 if body else smallest.end_lineno
    return bits(smallest.lineno, max(last or 0, smallest.lineno))


def _function_around(mutant: Mutant) -> int:
    """Return the lines of the outermost function's body: what it made on import has the code of before."""
    name = mutant.function.rpartition(".")[2]
    begun = [
        node
        for node in ast.walk(ast.parse(mutant.source))
        if isinstance(node, _Definition) and node.name == name and node.lineno <= mutant.line
    ]
    found = max(begun, key=lambda node: node.lineno)
    return bits(found.body[0].lineno, found.end_lineno or 0)


def _using(names: frozenset[str], gathered: Gathered) -> list[str]:
    """Return the tests that run a function in which one of these names occurs, or a constant made of them."""
    for _ in range(_BINDS):
        names |= {bound for used, bounds in _constants() if used & names for bound in bounds}
        names |= {name for name, used in _called_on_import(gathered) if used & names}
    found = {
        test
        for path, first, last, used in _functions()
        if used & names
        for test in gathered.covering(path, bits(first, last))
    }
    return sorted(found, key=gathered.seconds)


@cache
def _trees() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (str(path.relative_to(ROOT)), ast.parse(path.read_text()))
        for part in ("core", "job", "api")
        for path in sorted((SOURCE / "scim_operator" / part).rglob("*.py"))
    )


@cache
def _functions() -> tuple[tuple[str, int, int, frozenset[str]], ...]:
    """Return the body of each function with the names that it uses."""
    return tuple(
        (path, node.body[0].lineno, node.end_lineno or 0, frozenset(_names(node)))
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, _Definition)
    )


def _called_on_import(gathered: Gathered) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the functions that make constants, with the names that they use."""
    for path, tree in _trees():
        ran = gathered.imports.get(path, 0)
        for node in ast.walk(tree):
            if isinstance(node, _Definition) and ran & bits(node.body[0].lineno, node.end_lineno or 0):
                yield node.name, frozenset(_names(node))


@cache
def _constants() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Return what each statement outside functions uses, and what it binds."""
    return tuple(
        (frozenset(_names(node.value)), frozenset(_names_of_targets(node)))
        for _, tree in _trees()
        for node in _outside_functions(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
    )


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, _Definition):
            yield node
            yield from _outside_functions(node)


def _names_of_targets(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {name for target in targets for name in _names(target)}


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} | {
        each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)
    }
