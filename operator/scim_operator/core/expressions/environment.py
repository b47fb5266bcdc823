"""Parsing and type-checking, done by Google's CEL in C++ (cel-expr-python), and its messages put into our words.

Only its compiler is used, not its evaluator; docs/adr/0008-expressions.md says why. The environment is described in the
YAML of CEL's environments, because the Python constructors cannot declare types that allow null.

An attribute with a type is declared as a variable with dots in its name (`user.name.givenName`), nullable, so that
`user.title + 1` is refused when the config is applied. `has(user.title)` would be taken for the variable's own type by
mistake; so `has` gets the untyped twin of the variable, of the same length, to keep every position.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from scim_operator.core.attributes.schema import Type as ScimType
from scim_operator.core.expressions import attributes, syntax
from scim_operator.core.expressions.attributes import UNTYPED, Root
from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.library import CONSTANTS, FUNCTIONS
from scim_operator.core.expressions.library.registry import MAX_REPEATED, Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scim_operator.core.attributes.schema import Attribute
    from scim_operator.core.expressions.library.registry import Function

_DYN = {"type_name": "dyn"}
_STRING = {"type_name": "string"}
_MAP = {"type_name": "map", "params": [_STRING, _DYN]}
_TYPES = {
    Type.TEXT: {"type_name": "google.protobuf.StringValue"},
    Type.INT: {"type_name": "google.protobuf.Int64Value"},
    Type.BOOL: {"type_name": "bool"},
    Type.ANY: _DYN,
}
_OF_ROOTS = {
    Root.USER: _MAP,
    Root.GROUP: _MAP,
    Root.GROUPS: {"type_name": "list", "params": [_STRING]},
    Root.ROLES: {"type_name": "list", "params": [_DYN]},
    Root.CONFIG: _MAP,
    Root.ROW: _MAP,
}
_OF_ATTRIBUTES = {
    ScimType.BOOLEAN: {"type_name": "google.protobuf.BoolValue"},
    ScimType.INTEGER: {"type_name": "google.protobuf.Int64Value"},
    ScimType.DECIMAL: {"type_name": "google.protobuf.DoubleValue"},
}
_EXTENSIONS = ("strings", "bindings", "math", "lists", "sets")

_OWN = {
    "find": [("string", ["string"], "string")],
    "findAll": [("string", ["string"], "list"), ("string", ["string", "int"], "list")],
    "regex.replace": [("", ["string", "string", "string"], "string")],
}
"""Functions that CEL's users know from Kubernetes and cel-go, as (target, arguments, result)."""


class Environment:
    """Compiles expressions over the given variables.

    Args: counts, numbers of arguments that functions which take any number are called with, beyond MAX_REPEATED.
    """

    def __init__(self, roots: Iterable[Root], counts: Iterable[int] = ()) -> None:
        self._roots = frozenset(roots)
        self._counts = frozenset(counts)
        from cel_expr_python import cel  # noqa: PLC0415 - 35 ms and 4 MiB that only expressions need

        description = json.dumps({"name": "scim-operator", **_declarations(self._roots, self._counts)})
        self._env = cel.NewEnv(config=cel.NewEnvConfigFromYaml(description))

    def check(self, text: str) -> syntax.Checked:
        """Return the checked tree of an expression. Raises Fault with its place."""
        counts = _long_calls(text)
        if counts - self._counts:
            return Environment(self._roots, counts).check(text)
        try:
            compiled = self._env.compile(_untyped_has(text, self._roots))
            serialized, type_name = compiled.serialize(), compiled.return_type().name().lower()
        except RuntimeError as error:
            raise _fault(str(error), text, self._roots) from None
        tree = syntax.decode(serialized, type_name)
        _refuse_twins(text)
        return tree


def _declarations(roots: frozenset[Root], counts: frozenset[int]) -> dict[str, Any]:
    return {
        "extensions": [{"name": name} for name in _EXTENSIONS],
        "variables": list(_variables(roots)),
        "functions": [*(_declared(each, counts) for each in FUNCTIONS.values()), *_own_functions()],
    }


def _variables(roots: frozenset[Root]) -> Iterator[dict[str, Any]]:
    for name in CONSTANTS:
        yield {"name": name, "type_name": "int"}
    for root in roots:
        yield {"name": root.value, **_OF_ROOTS[root]}
        if root in UNTYPED:
            yield {"name": UNTYPED[root], **_MAP}
        for name, attribute in attributes.typed(root):
            if re.fullmatch(r"[\w.]+", name):
                yield {"name": name, **_attribute_type(attribute)}


def _attribute_type(attribute: Attribute) -> dict[str, Any]:
    if attribute.multi_valued:
        return {"type_name": "list", "params": [_MAP if attribute.type is ScimType.COMPLEX else _STRING]}
    return _OF_ATTRIBUTES.get(attribute.type, _TYPES[Type.TEXT])


def _declared(function: Function, counts: frozenset[int]) -> dict[str, Any]:
    overloads = [
        {
            "id": f"{function.name}_{count}",
            "args": [_TYPES[type_] for type_ in function.types(count)],
            "return": _TYPES[function.result],
        }
        for count in [*function.counts, *(counts if function.repeats else ())]
    ]
    return {"name": function.name, "overloads": overloads}


def _own_functions() -> Iterator[dict[str, Any]]:
    for name, overloads in _OWN.items():
        yield {"name": name, "overloads": [_overload(name, n, each) for n, each in enumerate(overloads)]}


def _overload(name: str, number: int, types: tuple[str, list[str], str]) -> dict[str, Any]:
    target, arguments, result = types
    named = {
        "id": f"{name}_{number}",
        "args": [{"type_name": each} for each in arguments],
        "return": {"type_name": result, "params": [_STRING]} if result == "list" else {"type_name": result},
    }
    return {**named, "target": {"type_name": target}} if target else named


_LEXEME = re.compile(
    r"""(?P<skip>//[^\n]*
    |[bB]?[rR][bB]?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')
    |\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<sign>[(\[{}\]),])|(?P<has>\bhas\s*\(\s*)(?P<root>user|group)\b|(?P<twin>\b(?:useR|grouP)\b)""",
    re.VERBOSE | re.DOTALL,
)


def _untyped_has(text: str, roots: frozenset[Root]) -> str:
    """Return the text with the variable inside each `has(…)` replaced by its untyped twin."""
    untyped = {root.value: UNTYPED[root] for root in roots if root in UNTYPED}

    def twin(found: re.Match[str]) -> str:
        return found[0] if found["has"] is None else found["has"] + untyped.get(found["root"], found["root"])

    return _LEXEME.sub(twin, text)


def _long_calls(text: str) -> frozenset[int]:
    """Return the numbers of arguments beyond MAX_REPEATED that the expression calls with, found by counting commas."""
    open_, found = [0], set()
    for lexeme in _LEXEME.finditer(text):
        sign = lexeme["sign"] or ("(" if lexeme["has"] else "")
        if sign == ",":
            open_[-1] += 1
        elif sign and sign in "([{":
            open_.append(0)
        elif sign and len(open_) > 1:
            found.add(open_.pop() + 1)
    return frozenset(count for count in found if MAX_REPEATED < count <= _MOST_ARGUMENTS)


_MOST_ARGUMENTS = 1_000


def _refuse_twins(text: str) -> None:
    for found in _LEXEME.finditer(text):
        if found["twin"]:
            raise Fault(f"There is no variable {found['twin']}; write {found['twin'].lower()}", found.start())


_ERROR = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_NO_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")
_NO_SELECTION = re.compile(r"expression of type '([^']*)' cannot be the operand of a select operation")
MAX_DEPTH = 32
"""What CEL's parser accepts of nesting."""


def _fault(message: str, text: str, roots: frozenset[Root]) -> Fault:
    """Return the compiler's first complaint, in our words."""
    if "recursion" in message:
        return Fault(
            f"The expression nests deeper than {MAX_DEPTH} levels; use Switch, Join or a list instead of nesting"
        )
    found = _ERROR.search(message)
    if found is None:
        return Fault("This is no expression; correct its syntax")
    line, column, complaint = int(found[1]), int(found[2]), found[3].partition(" [INVALID_ARGUMENT]")[0]
    return Fault(_sentence(complaint, roots), _offset(text, line, column))


def _offset(text: str, line: int, column: int) -> int:
    if line < 1 or column < 1:
        return -1
    return sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column - 1


def _sentence(complaint: str, roots: frozenset[Root]) -> str:
    if found := _UNDECLARED.match(complaint):
        return _undeclared(found[1], roots)
    if found := _NO_OVERLOAD.match(complaint):
        return _no_overload(found[1], found[2])
    if found := _NO_SELECTION.match(complaint):
        return f"A value of type {_words(found[1])} has no attributes; of a list, choose an element first, as [0]"
    return f"{_EXPECTING.sub('', complaint)[:200].rstrip('.')}; correct the expression there"


def _undeclared(path: str, roots: frozenset[Root]) -> str:
    name = path if path in FUNCTIONS else path.partition(".")[0]
    if name in FUNCTIONS:
        return f"This calls {name} with another number of arguments; write {FUNCTIONS[name].signature}"
    same = next((each for each in FUNCTIONS if each.lower() == name.lower()), None)
    if same:
        return f"There is no function {name}; functions are case-sensitive, write {same}"
    variables = ", ".join(sorted(roots))
    return f"There is no variable or function {name[:64]} here; variables are {variables}, and texts stand in quotes"


def _no_overload(name: str, types: str) -> str:
    given = _words(types)
    if name in FUNCTIONS:
        return f"This gives {name} {given}; write {FUNCTIONS[name].signature}"
    operator = name.strip("_@")
    return f"{operator} does not take {given}; convert with string(…), int(…), Item(…, 1), or compare"


_EXPECTING = re.compile(r" expecting \{.*\}", re.DOTALL)
_WRAPPER = re.compile(r"wrapper\((\w+)\)")


def _words(types: str) -> str:
    return _WRAPPER.sub(r"\1", types).replace("null_type", "null")[:200]
