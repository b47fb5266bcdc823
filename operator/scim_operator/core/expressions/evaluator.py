"""Compilation of a checked expression's tree into code that gives its value.

Each node becomes one closure over those of its parts, so that what can be decided once is decided when the expression
is compiled. Reading follows SCIM: absent and null are the same (RFC 7643 section 2.5), and a part of an attribute
without a value has none either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import MISSING
from scim_operator.core.expressions.attributes import Root, root_of, spelling
from scim_operator.core.expressions.faults import Exhausted, Fault
from scim_operator.core.expressions.frame import FAULT, LIBRARY, TURN
from scim_operator.core.expressions.library import CONSTANTS, FUNCTIONS
from scim_operator.core.expressions.library.logic import is_null_or_empty
from scim_operator.core.expressions.library.registry import OMITTED, Parameter, Style, Type, charge, checked
from scim_operator.core.expressions.shortcuts import descending, text_comparison
from scim_operator.core.expressions.standard import STANDARD
from scim_operator.core.expressions.standard.operators import boolean
from scim_operator.core.expressions.standard.values import TYPE_NAMES, elements
from scim_operator.core.expressions.syntax import Call, Comprehension, Constant, Identifier, ListOf, MapOf, Node, Select

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.library.registry import Code, Function
    from scim_operator.core.resource import JsonValue


def code(node: Node) -> Code:
    """Return the code of an expression or of a part of it. Raises Fault for what is not offered."""
    return _COMPILERS[type(node)](node)


def result_code(root: Node) -> Code:
    """Return the code of a whole expression; an empty result of IgnoreFlowIfNullOrEmpty becomes MISSING."""
    if isinstance(root, Call) and root.function == "IgnoreFlowIfNullOrEmpty":
        inner = result_code(root.arguments[0])
        return lambda frame: MISSING if is_null_or_empty(frame, value := inner(frame)) else value
    if isinstance(root, Call) and root.function in _BRANCHES:
        tails = _BRANCHES[root.function](root.arguments)
        parts = [result_code(part) if part in tails else code(part) for part in root.arguments]
        return _call_of(root, parts)
    return code(root)


def _values_of_switch(arguments: Sequence[Node]) -> list[Node]:
    return [arguments[1], *arguments[3::2]]


_BRANCHES: dict[str, Callable[[Sequence[Node]], Sequence[Node]]] = {
    "IIF": lambda arguments: arguments[1:],
    "_?_:_": lambda arguments: arguments[1:],
    "Switch": _values_of_switch,
    "Redact": lambda arguments: arguments,
}
"""Which arguments give the result of a call that only chooses among them."""


def _constant(node: Constant) -> Code:
    value = node.value
    return lambda _: value


def _identifier(node: Identifier) -> Code:
    name = node.name
    if name in CONSTANTS or name in TYPE_NAMES:
        value: JsonValue = CONSTANTS[name] if name in CONSTANTS else TYPE_NAMES[name]
        return lambda _: value
    if (root := root_of(name)) is not None:
        return _ROOTS[root]
    return _accumulated(name) if name.startswith("@") else lambda frame: frame.local[name]


def _accumulated(name: str) -> Code:
    def read(frame: Frame) -> JsonValue:
        value = frame.local[name]
        if isinstance(value, Fault):
            raise Fault(value.sentence, value.offset)  # a new one: each raise would lengthen the old one's trace
        return value

    return read


_ROOTS: dict[Root, Code] = {
    Root.USER: lambda frame: frame.activation.user,
    Root.GROUP: lambda frame: frame.activation.group,
    Root.GROUPS: lambda frame: frame.activation.groups,
    Root.ROLES: lambda frame: frame.activation.roles,
    Root.CONFIG: lambda frame: frame.activation.config,
    # In expressions that have no row, an element of a list may be called so.
    Root.ROW: lambda frame: frame.local.get("row", frame.activation.row),
}


def _select(node: Select) -> Code:
    read = _read(node)
    return (lambda frame: not is_null_or_empty(frame, read(frame))) if node.test else read


def _read(node: Select) -> Code:
    steps: list[tuple[str, int]] = []
    while True:
        root = root_of(node.operand.name) if isinstance(node.operand, Identifier) else None
        name = spelling(root, node.name)
        if name is not None:
            steps.insert(0, (name, node.offset))
        if not isinstance(node.operand, Select) or node.operand.test:
            return descending(code(node.operand), steps)
        node = node.operand


def _list_of(node: ListOf) -> Code:
    parts = [code(element) for element in node.elements]
    return lambda frame: [part(frame) for part in parts]


def _map_of(node: MapOf) -> Code:
    entries = [(code(key), code(value)) for key, value in node.entries]

    def build(frame: Frame) -> JsonValue:
        built = {key(frame): value(frame) for key, value in entries}
        if not all(type(key) is str for key in built):
            raise Fault("A map's keys are texts; write them as {'type': 'work'}", node.offset)
        return built

    return build


def _call(node: Call) -> Code:
    return _call_of(node, [code(part) for part in node.children])


def _call_of(node: Call, parts: list[Code]) -> Code:
    if node.function in _LAZY:
        return _LAZY[node.function](parts, node.offset)
    if node.function in FUNCTIONS:
        return _library_call(FUNCTIONS[node.function], node, parts)
    if (shortcut := text_comparison(node, parts)) is not None:
        return shortcut
    run = STANDARD.get(node.function)
    if run is None:
        name = node.function.strip("_@")
        raise Fault(f"{name} is not offered here; see the list of functions in the documentation", node.offset)
    return _placed(_standard_call(run, parts), node.offset, node.function)


def _standard_call(run: Callable[..., JsonValue], parts: list[Code]) -> Code:
    if len(parts) == 2:
        first, second = parts

        def run_two(frame: Frame) -> JsonValue:
            frame.left -= 1
            return run(frame, first(frame), second(frame))

        return run_two

    def run_any(frame: Frame) -> JsonValue:
        frame.charge(1)
        return run(frame, *[part(frame) for part in parts])

    return run_any


def _library_call(function: Function, node: Call, parts: list[Code]) -> Code:
    if function.check is not None:
        try:
            function.check(node.arguments)
        except Fault as fault:
            raise fault.at(node.offset) from None
    if function.style is Style.LAZY:
        return _placed(_lazy_call(function, parts), node.offset, function.name)
    run = function.run
    places = [(part, function.parameter(n)) for n, part in enumerate(parts)]
    if function.style is Style.MARKED:
        omitted = [_is_null(each) for each in node.arguments]
        places = [(_omitted, _ANYTHING) if gone else place for place, gone in zip(places, omitted, strict=True)]

    def call(frame: Frame) -> JsonValue:
        values = [checked(function, parameter, part(frame)) for part, parameter in places]
        frame.charge(function.weight)
        for value in values:
            charge(frame, value)
        result = run(frame, *values)
        charge(frame, result)
        return result

    return _placed(call, node.offset, function.name)


def _omitted(_: Frame) -> JsonValue:
    return OMITTED


_ANYTHING = Parameter("", Type.ANY)


def _lazy_call(function: Function, parts: list[Code]) -> Code:
    run = function.run

    def call(frame: Frame) -> JsonValue:
        frame.charge(LIBRARY)
        return run(frame, *parts)

    return call


def _is_null(node: Node) -> bool:
    return isinstance(node, Constant) and node.value is None


def _placed(run: Code, offset: int, name: str) -> Code:
    """Return the code, adding the call's place to any fault in it; no foreign exception or value gets out."""

    def call(frame: Frame) -> JsonValue:
        try:
            return run(frame)
        except Fault as fault:
            raise fault.at(offset) from None
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise Fault(f"{name.strip('_@')} cannot work with these values; check what they are", offset) from error

    return call


def _conditional(parts: list[Code], offset: int) -> Code:
    condition, when_true, when_false = parts

    def choose(frame: Frame) -> JsonValue:
        return (when_true if _asked(condition(frame), "? :", offset) else when_false)(frame)

    return choose


def _asked(value: JsonValue, what: str, offset: int) -> bool:
    if value is True or value is False:
        return value
    try:
        return boolean(value, what)
    except Fault as fault:
        raise fault.at(offset) from None


def _logical(decisive: bool, what: str) -> Callable[[list[Code], int], Code]:  # noqa: FBT001
    """`||` and `&&`: one operand may decide although the other fails, on whichever side it stands."""

    def build(parts: list[Code], offset: int) -> Code:
        left, right = parts

        def decide(frame: Frame) -> JsonValue:
            try:
                value = left(frame)
                if value is decisive or _asked(value, what, offset) is decisive:
                    return decisive
            except Exhausted:
                raise
            except Fault:
                frame.charge(FAULT)
                if _asked(right(frame), what, offset) is decisive:
                    return decisive
                raise
            return _asked(right(frame), what, offset)

        return decide

    return build


def _not_strictly_false(parts: list[Code], _: int) -> Code:
    """Return the loop condition of all and exists; it goes on after a failed element, as a later one may decide."""
    (part,) = parts

    def ask(frame: Frame) -> JsonValue:
        try:
            return part(frame) is not False
        except Exhausted:
            raise
        except Fault:
            frame.charge(FAULT)
            return True

    return ask


_LAZY: dict[str, Callable[[list[Code], int], Code]] = {
    "_&&_": _logical(decisive=False, what="&&"),
    "_||_": _logical(decisive=True, what="||"),
    "_?_:_": _conditional,
    "@not_strictly_false": _not_strictly_false,
}


def _comprehension(node: Comprehension) -> Code:
    over, initial, result = code(node.range), code(node.initial), code(node.result)
    turn, weight = _turn(node), TURN + _weight(node.condition) + _weight(node.step)
    variable, accumulator = node.variable, node.accumulator

    def run(frame: Frame) -> JsonValue:
        values = _elements(over(frame), node.offset)
        before = {name: frame.local[name] for name in (variable, accumulator) if name in frame.local}
        start = initial(frame)
        frame.local[accumulator] = start
        try:
            for value in values:
                frame.charge(weight)
                frame.local[variable] = value
                if not turn(frame):
                    break
            return result(frame)
        finally:
            frame.local.pop(variable, None)
            frame.local.pop(accumulator, None)
            frame.local.update(before)

    return run


def _weight(node: Node) -> int:
    """Return the parts that one turn evaluates; those inside another comprehension are charged with its own turns."""
    inner = (node.range, node.initial, node.result) if isinstance(node, Comprehension) else node.children
    return 1 + sum(map(_weight, inner))


def _elements(value: JsonValue, offset: int) -> Sequence[JsonValue]:
    try:
        return list(value) if isinstance(value, dict) else elements(value, "This")
    except Fault as fault:
        raise fault.at(offset) from None


def _turn(node: Comprehension) -> Code:
    """One turn: whether the loop goes on, after the accumulator has taken its step.

    A step that fails leaves its fault in the accumulator, where it fails any reader; `exists` may still find a
    later element.
    """
    accumulator = node.accumulator
    append = _appending(node)
    if append is not None:
        return append
    condition, step = code(node.condition), code(node.step)

    def turn(frame: Frame) -> JsonValue:
        if condition(frame) is False:
            return False
        try:
            frame.local[accumulator] = step(frame)
        except Exhausted:
            raise
        except Fault as fault:
            frame.charge(FAULT)
            frame.local[accumulator] = fault
        return True

    return turn


def _appending(node: Comprehension) -> Code | None:
    """Return the turn of map and filter, which append: in place, where `result + [x]` would copy the list each time."""
    step, guard = node.step, None
    if isinstance(step, Call) and step.function == "_?_:_" and _is(step.arguments[2], node.accumulator):
        guard, step = code(step.arguments[0]), step.arguments[1]
    if not (isinstance(step, Call) and step.function == "_+_" and isinstance(step.arguments[1], ListOf)):
        return None
    if not (
        _is(step.arguments[0], node.accumulator) and isinstance(node.initial, ListOf) and not node.initial.elements
    ):
        return None
    if not _is(node.result, node.accumulator) or not node.accumulator.startswith("@"):
        return None
    element, accumulator, offset = code(step.arguments[1].elements[0]), node.accumulator, node.offset

    def turn(frame: Frame) -> JsonValue:
        if guard is None or _asked(guard(frame), "filter", offset):
            value = element(frame)
            frame.local[accumulator].append(value)
        return True

    return turn


def _is(node: Node, name: str) -> bool:
    return isinstance(node, Identifier) and node.name == name


_COMPILERS: dict[type[Node], Callable[..., Code]] = {
    Constant: _constant,
    Identifier: _identifier,
    Select: _select,
    Call: _call,
    ListOf: _list_of,
    MapOf: _map_of,
    Comprehension: _comprehension,
}
