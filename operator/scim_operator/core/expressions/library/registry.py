"""Declaration and look-up of mapping functions, and how they get their arguments.

A function is written with its signature as users read it, `Mid(source: text, start: int, length: int): text`, where
`?` marks what may be left out or null, and `...` what may be repeated. From it come the declarations for the type check
and the checks of what is known only when the expression runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final

from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.frame import LIBRARY
from scim_operator.core.expressions.standard.values import described, fix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scim_operator.core.expressions.frame import Frame
    from scim_operator.core.expressions.syntax import Node
    from scim_operator.core.resource import JsonValue

    Code = Callable[[Frame], JsonValue]
    """A compiled part of an expression: gives its value in a frame."""
    Check = Callable[[Sequence[Node]], None]
    """Looks at a call's arguments when the expression is compiled. Raises Fault."""

MAX_REPEATED = 16
"""Arguments up to which calls of a function that takes any number of them are declared beforehand.

CEL knows no such functions; each number is a declaration, and what declarations cost grows with the square of this.
"""

_LONG = 256
"""Characters from which on a text is charged to the function that reads or makes it."""


class Omitted(Enum):
    """One value of an argument that the expression leaves out or writes as null."""

    OMITTED = "omitted"


OMITTED: Final = Omitted.OMITTED


class Type(StrEnum):
    """Types of parameters and results."""

    TEXT = "text"
    INT = "int"
    BOOL = "bool"
    ANY = "any"


class Style(Enum):
    """The way in which a function gets its arguments."""

    VALUES = "values"
    """As values, after the frame."""
    LAZY = "lazy"
    """As code, after the frame: it evaluates only what it needs."""
    MARKED = "marked"
    """As values, with OMITTED for what the expression leaves out."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    type: Type
    optional: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A mapping function: its name and signature, what it does, and what it asks of a call before that."""

    name: str
    parameters: tuple[Parameter, ...]
    result: Type
    run: Callable[..., JsonValue]
    style: Style
    check: Check | None
    signature: str
    weight: int = LIBRARY
    """Steps of a call, besides those of its arguments and result."""

    @property
    def counts(self) -> range:
        """Return how many arguments it takes, as far as that is declared beforehand."""
        least = sum(not (each.optional or each.repeated) for each in self.parameters)
        return range(least, (MAX_REPEATED if self.repeats else len(self.parameters)) + 1)

    @property
    def repeats(self) -> bool:
        """Return whether it takes any number of arguments."""
        return any(each.repeated for each in self.parameters)

    def types(self, count: int) -> list[Type]:
        """Return the types of its first `count` parameters, the last one repeated as far as need be."""
        return [self.parameter(position).type for position in range(count)]

    def parameter(self, position: int) -> Parameter:
        """Return what stands at that position of a call."""
        return self.parameters[min(position, len(self.parameters) - 1)]


_SIGNATURE = re.compile(r"(\w+)\((.*)\): (\w+)")


def declare(
    signature: str,
    run: Callable[..., JsonValue],
    *,
    style: Style = Style.VALUES,
    check: Check | None = None,
    weight: int = LIBRARY,
) -> Function:
    """Return the function of that signature, done by `run`. Raises ValueError where the signature is invalid."""
    found = _SIGNATURE.fullmatch(signature)
    if found is None:
        raise ValueError(signature)
    parameters = tuple(_parameter(each) for each in found[2].split(", ") if each)
    return Function(found[1], parameters, Type(found[3]), run, style, check, signature.rpartition(":")[0], weight)


def _parameter(text: str) -> Parameter:
    name, _, type_ = text.partition(": ")
    return Parameter(name.rstrip("?."), Type(type_), name.endswith("?"), name.endswith("..."))


def checked(function: Function, parameter: Parameter, value: JsonValue) -> JsonValue:
    """Return the value, if it is what the parameter takes. Raises Fault naming function and parameter."""
    if parameter.type is Type.ANY or (value is None and (parameter.type is Type.TEXT or parameter.optional)):
        return value
    if type(value) is _PYTHON[parameter.type]:
        return value
    wanted = _WANTED[parameter.type]
    raise Fault(f"{function.name}: {parameter.name} is {wanted}, and this is {described(value)}{fix(value)}")


_PYTHON = {Type.TEXT: str, Type.INT: int, Type.BOOL: bool}
_WANTED = {Type.TEXT: "a text", Type.INT: "an integer", Type.BOOL: "a boolean"}


def charge(frame: Frame, value: JsonValue) -> None:
    """Count the reading or making of a value, which is worth it only for long ones."""
    if isinstance(value, str):
        if len(value) > _LONG:
            frame.charge_text(len(value))
    elif isinstance(value, list | tuple):
        frame.charge(len(value))
