"""The mutants of a package, made with mutmut's operators; applied by `trial.py`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.mutators import mutation_operators

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "operator"
LEFT_ALONE = {"len", "isinstance", "cast", "TypeVar", "NewType", "field"}
"""Calls whose arguments say nothing at run time, or that mutmut leaves alone itself."""


@dataclass(frozen=True)
class Mutant:
    """One small change. `function` is the outermost one around it, or "" where the change takes effect on import."""

    path: str
    line: int
    end: int
    function: str
    names: frozenset[str]
    operator: str
    before: str
    after: str
    source: str

    @property
    def module(self) -> str:
        """The dotted name of the module."""
        return self.path.removeprefix("operator/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def key(self) -> str:
        """What stays the same when lines move: the file, where in it, and the change."""
        return (
            f"{self.path.removeprefix('operator/scim_operator/')} {self.function or '-'}: {self.before} => {self.after}"
        )


@dataclass(frozen=True)
class _Place:
    node: cst.CSTNode
    operator: str
    variant: cst.CSTNode


def files(part: str) -> list[Path]:
    """Return the modules of a part (`core`, `job`)."""
    return sorted((SOURCE / "scim_operator" / part).rglob("*.py"))


class _Collector(cst.CSTVisitor):
    """Collects the places where an operator applies; passes by what has no effect when the program runs."""

    METADATA_DEPENDENCIES = (PositionProvider, ParentNodeProvider)

    def __init__(self) -> None:
        super().__init__()
        self.places: list[_Place] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if _passed_by(node):
            return False
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                name = operator.__name__.removeprefix("operator_")
                self.places += [_Place(node, name, variant) for variant in operator(node)]
        return True


def _passed_by(node: cst.CSTNode) -> bool:
    """Tell whether a part of the tree says nothing at run time: types, imports, docstrings, decorators."""
    match node:
        case cst.Annotation() | cst.Decorator() | cst.Import() | cst.ImportFrom() | cst.TypeAlias():
            return True
        case cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString()):
            return True
        case cst.If(test=cst.Name(value="TYPE_CHECKING")):
            return True
        case cst.Call(func=cst.Name(value=name)):
            return name in LEFT_ALONE
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value="__all__" | "__slots__"))]):
            return True
    return False


def mutants(path: Path, root: Path = ROOT) -> Iterator[Lazy]:
    """Yield the mutants of one module, in its order; `make()` makes the text, which takes longer."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text()))
    collector = _Collector()
    wrapper.visit(collector)
    positions, parents = wrapper.resolve(PositionProvider), wrapper.resolve(ParentNodeProvider)
    for place in collector.places:
        yield Lazy(path.relative_to(root), wrapper.module, place, positions, parents)


@dataclass(frozen=True)
class Lazy:
    path: Path
    tree: cst.Module
    place: _Place
    positions: object
    parents: object

    def make(self) -> Mutant | None:
        """Return the mutant; None for one that is the original or does not compile."""
        source = self.tree.deep_replace(self.place.node, self.place.variant).code
        original = self.tree.code
        try:
            if ast.dump(ast.parse(source)) == ast.dump(ast.parse(original)):
                return None
            compile(source, str(self.path), "exec")
        except SyntaxError:
            return None
        statement = self._statement()
        span = self.positions[self._positioned()]
        function, names = self._scope(statement)
        before, after = _difference(original, source)
        return Mutant(
            str(self.path), span.start.line, span.end.line, function, names,
            self.place.operator, before, after, source,
        )  # fmt: skip

    def _positioned(self) -> cst.CSTNode:
        node = self.place.node
        while node not in self.positions or self.positions[node].start.line == 0:
            node = self.parents[node]
        return node

    def _up(self) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
        """Yield each node around the place with its parent, from the inside out."""
        node = self.place.node
        while node in self.parents:
            yield node, self.parents[node]
            node = self.parents[node]

    def _statement(self) -> cst.CSTNode:
        node = self.place.node
        while not isinstance(node, cst.BaseSmallStatement | cst.BaseCompoundStatement):
            node = self.parents[node]
        return node

    def _scope(self, statement: cst.CSTNode) -> tuple[str, frozenset[str]]:
        """Return the outermost function whose code holds the place, and what binds the value where there is none."""
        function, classes = "", []
        for node, parent in self._up():
            if isinstance(parent, cst.FunctionDef) and node is parent.body:
                function, classes = parent.name.value, []
            elif isinstance(parent, cst.FunctionDef):
                function, classes = "", []
                statement = parent
            elif isinstance(parent, cst.ClassDef):
                classes.insert(0, parent.name.value)
        if function:
            return ".".join([*classes, function]), frozenset()
        return "", frozenset(_bound(statement)) | frozenset(classes)


def _bound(statement: cst.CSTNode) -> set[str]:
    """Return the names that a statement binds."""
    match statement:
        case cst.Assign(targets=targets):
            return {name for t in targets for name in _names(t.target)}
        case cst.AnnAssign(target=target):
            return _names(target)
        case cst.FunctionDef(name=name) | cst.ClassDef(name=name):
            return {name.value}
    return set()


def _names(target: cst.CSTNode) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(cst.Module([]).code_for_node(target).strip())) if isinstance(n, ast.Name)}


def _difference(original: str, source: str) -> tuple[str, str]:
    """Return the lines that differ, before and after, each on one line."""
    old, new = original.splitlines(), source.splitlines()
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    end = next((i for i, (a, b) in enumerate(zip(old[::-1], new[::-1], strict=False)) if a != b), 0)
    end = min(end, len(old) - start, len(new) - start)
    return _one_line(old[start : len(old) - end]), _one_line(new[start : len(new) - end])


def _one_line(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)
