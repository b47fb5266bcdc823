"""Tree of a checked expression (cel.expr.CheckedExpr, https://github.com/google/cel-spec/tree/master/proto)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scim_operator.core.expressions import wire
from scim_operator.core.expressions.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.core.expressions.wire import Message
    from scim_operator.core.resource import JsonValue


@dataclass(frozen=True, slots=True)
class Node:
    """The base of all parts of an expression: `offset`, in characters from the start."""

    offset: int = field(kw_only=True, default=-1)

    @property
    def children(self) -> tuple[Node, ...]:
        """Parts directly inside, in the order of evaluation."""
        return ()


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A literal."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class Identifier(Node):
    """A variable, or the name of a type."""

    name: str


@dataclass(frozen=True, slots=True)
class Select(Node):
    """`operand.name`; with `test`, `has(operand.name)`."""

    operand: Node
    name: str
    test: bool = False

    @property
    def children(self) -> tuple[Node, ...]:
        """Return what the selection is made from."""
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call of a function or an operator; `target` is what stands before the dot of a member function."""

    function: str
    target: Node | None
    arguments: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The target, if any, and the arguments."""
        return self.arguments if self.target is None else (self.target, *self.arguments)


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, b]`."""

    elements: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The elements."""
        return self.elements


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    """`{"a": b}`."""

    entries: tuple[tuple[Node, Node], ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """Keys and values in turn."""
        return tuple(part for entry in self.entries for part in entry)


@dataclass(frozen=True, slots=True)
class Comprehension(Node):
    """The expansion of the macros all, exists, exists_one, filter, map, sortBy and cel.bind.

    `result` is read after `step` has run for each element of `range`, as long as `condition` holds.
    """

    variable: str
    range: Node
    accumulator: str
    initial: Node
    condition: Node
    step: Node
    result: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """Range, initial value, condition, step and result."""
        return (self.range, self.initial, self.condition, self.step, self.result)


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all inside it, outermost first."""
    yield node
    for child in node.children:
        yield from walk(child)


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked expression: its tree, and the name of its type in CEL's spelling (`dyn`, `bool`, `list(string)`)."""

    root: Node
    type: str


def decode(serialized: bytes, type_name: str) -> Checked:
    """Return the tree that the compiler serialized, a CheckedExpr in an Any. Raises Fault for what is not offered."""
    checked = wire.one(wire.message(serialized), 2)
    positions = {wire.signed(entry, 1): wire.signed(entry, 2) for entry in wire.each(wire.one(checked, 5), 4)}
    return Checked(_Decoder(positions).node(wire.one(checked, 4)), type_name)


class _Decoder:
    """Turns `cel.expr.Expr` messages into nodes; `positions` gives offsets by node id."""

    def __init__(self, positions: Mapping[int, int]) -> None:
        self._positions = positions

    def node(self, expr: Message) -> Node:
        number = next((number for number in _KINDS if number in expr), 0)
        offset = self._positions.get(wire.signed(expr, 2), -1)
        if not number:
            raise Fault("This part of the expression is empty; write a value", offset)
        return getattr(self, _KINDS[number])(wire.one(expr, number), offset)  # type: ignore[no-any-return]

    def nodes(self, fields: Message, number: int) -> tuple[Node, ...]:
        return tuple(self.node(expr) for expr in wire.each(fields, number))

    def constant(self, fields: Message, offset: int) -> Node:
        return Constant(_literal(fields, offset), offset=offset)

    def identifier(self, fields: Message, offset: int) -> Node:
        """Return the node of an identifier; one with dots in its name reads like the selection that it means."""
        first, *names = wire.text(fields, 1).removeprefix(".").split(".")
        node: Node = Identifier(first, offset=offset)
        if first == "google":
            return Identifier(wire.text(fields, 1), offset=offset)
        for name in names:
            node = Select(node, name, offset=offset)
        return node

    def select(self, fields: Message, offset: int) -> Node:
        operand = self.node(wire.one(fields, 1))
        return Select(operand, wire.text(fields, 2), bool(wire.unsigned(fields, 3)), offset=offset)

    def call(self, fields: Message, offset: int) -> Node:
        target = self.node(wire.one(fields, 1)) if 1 in fields else None
        return Call(wire.text(fields, 2), target, self.nodes(fields, 3), offset=offset)

    def list_of(self, fields: Message, offset: int) -> Node:
        return ListOf(self.nodes(fields, 1), offset=offset)

    def map_of(self, fields: Message, offset: int) -> Node:
        if wire.text(fields, 1):
            raise Fault("Messages are not offered; write a map, as {'type': 'work'}", offset)
        entries = [(self.node(wire.one(entry, 3)), self.node(wire.one(entry, 4))) for entry in wire.each(fields, 2)]
        return MapOf(tuple(entries), offset=offset)

    def comprehension(self, fields: Message, offset: int) -> Node:
        part = [self.node(wire.one(fields, number)) for number in (2, 4, 5, 6, 7)]
        over, initial, condition, step, result = part
        variable, accumulator = wire.text(fields, 1), wire.text(fields, 3)
        return Comprehension(variable, over, accumulator, initial, condition, step, result, offset=offset)


_KINDS = {
    3: "constant",
    4: "identifier",
    5: "select",
    6: "call",
    7: "list_of",
    8: "map_of",
    9: "comprehension",
}


def _literal(fields: Message, offset: int) -> JsonValue:
    if 6 in fields:
        return wire.text(fields, 6)
    if 3 in fields:
        return wire.signed(fields, 3)
    if 2 in fields:
        return bool(wire.unsigned(fields, 2))
    if 5 in fields:
        return wire.double(fields, 5)
    if 1 in fields:
        return None
    kind = "Unsigned numbers are" if 4 in fields else "Bytes are"
    raise Fault(f"{kind} not offered, for SCIM has none; write a number or a string", offset)
