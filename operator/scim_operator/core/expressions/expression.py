"""Expressions in CEL, compiled and type-checked when a config is applied, evaluated for each object."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from scim_operator.core.expressions import attributes
from scim_operator.core.expressions.attributes import Root
from scim_operator.core.expressions.environment import Environment
from scim_operator.core.expressions.evaluator import result_code
from scim_operator.core.expressions.faults import Exhausted, Fault, invalid
from scim_operator.core.expressions.frame import EVALUATION, MAX_COST, Activation, Frame
from scim_operator.core.expressions.regex import compiled
from scim_operator.core.expressions.standard.conversions import spelled
from scim_operator.core.expressions.standard.values import TypeName, described
from scim_operator.core.expressions.syntax import Call, Constant, Node, walk
from scim_operator.core.unexpected import unexpected
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.expressions.library.registry import Code
    from scim_operator.core.expressions.meter import Meter
    from scim_operator.core.resource import JsonValue

MAX_LENGTH = 10_000
"""Characters of the longest expression, as in Entra."""

MAX_RESULT = 65_536
"""Characters and elements of the largest result."""


class Result(StrEnum):
    """The result that an expression is asked for."""

    ANY = "any"
    BOOLEAN = "bool"


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, which may be evaluated many times, from any thread.

    Args:
        text: as it was written.
        functions: the names of the functions it calls.
        reads: the attributes and variables it reads, by dotted names.
    """

    text: str
    functions: frozenset[str]
    reads: frozenset[str]
    _wanted: Result = field(repr=False)
    _code: Code = field(repr=False, compare=False)

    @property
    def sensitive(self) -> bool:
        """Return whether its result must not reach status, events, logs or metrics."""
        return "Redact" in self.functions

    @property
    def varies(self) -> bool:
        """Return whether the same object may give another result at another time, by clock or chance."""
        return not self.functions.isdisjoint({"Now", "Guid", "RandomString"})

    @property
    def selects(self) -> bool:
        """Return whether it asks the service which values are taken, and so is for creation only."""
        return "SelectUniqueValue" in self.functions

    def evaluate(self, activation: Activation) -> JsonValue:
        """Return its value for one object: a JSON value, None for no value, MISSING to drop it from the flow.

        Raises InvalidSpec with line and column, where it fails for this object or costs more than it may.
        """
        return self.evaluate_in(Frame(activation), activation.meter, self.text)

    def evaluate_in(self, frame: Frame, meter: Meter | None, account: str) -> JsonValue:
        """Do the same in a frame that other expressions about the object use too; `meter` books on the account."""
        frame.left = MAX_COST
        if frame.patterns:
            frame.patterns.clear()  # each evaluation pays for its own
        if meter is not None:
            meter.check(account)
        try:
            value = self._code(frame)
            return value if value is True or value is False else _plain(value, self._wanted)
        except Fault as fault:
            raise invalid(self.text, fault) from None
        except RecursionError:
            raise InvalidSpec("The result nests too deep; choose a part of it") from None
        except Exception as error:
            # Anything that the evaluator did not foresee fails this expression only.
            raise InvalidSpec(f"It cannot be evaluated for this object: {unexpected(error)}") from error
        finally:
            if meter is not None:
                meter.spend(account, EVALUATION + MAX_COST - frame.left)

    def candidates(self, activation: Activation) -> tuple[str, ...]:
        """Return the values that SelectUniqueValue would try in turn, so that the service can be asked first.

        A rule that fails ends the list; `evaluate` then reports why, if it reaches that rule.
        """
        seen: dict[str, None] = {}

        def taken(value: str) -> bool:
            seen[value] = None
            return True

        with contextlib.suppress(InvalidSpec):
            self.evaluate(replace(activation, taken=taken))
        return tuple(seen)


def compile(text: str, *, variables: Iterable[str], result: Result = Result.ANY) -> Expression:  # noqa: A001
    """Return the expression, parsed and type-checked over `variables` (names of Root).

    Raises InvalidSpec that says what is wrong, at which line and column, and how to fix it.
    """
    return _compile(text, frozenset(map(Root, variables)), result)


@lru_cache(maxsize=1024)
def _compile(text: str, roots: frozenset[Root], result: Result) -> Expression:
    try:
        _readable(text)
        checked = _environment(roots).check(text)
        _check(checked.root, roots)
        _typed(checked.type, result)
        run = result_code(checked.root)
    except Fault as fault:
        raise invalid(text, fault) from None
    called = (node.function for node in walk(checked.root) if isinstance(node, Call))
    functions = frozenset(name for name in called if name[0].isalpha())
    return Expression(text, functions, attributes.read(checked.root), result, run)


@lru_cache(maxsize=32)
def _environment(roots: frozenset[Root]) -> Environment:
    return Environment(roots)


def _readable(text: str) -> None:
    if not text.strip():
        raise Fault("The expression is empty; write one, as user.title")
    if len(text) > MAX_LENGTH:
        raise Fault(f"The expression has {len(text)} characters; write it in {MAX_LENGTH} or fewer")
    if any("\ud800" <= each <= "\udfff" for each in text):
        raise Fault("The expression is no valid Unicode text (a surrogate stands alone); write it again")


def _check(root: Node, roots: frozenset[Root]) -> None:
    attributes.check(root, roots)
    for node in walk(root):
        if isinstance(node, Call):
            _check_call(node, outermost=node is root)


def _check_call(node: Call, *, outermost: bool) -> None:
    if node.function == "SelectUniqueValue" and not outermost:
        raise Fault("SelectUniqueValue stands outermost only; put the other functions inside its rules", node.offset)
    if node.function in _PATTERNS:
        pattern = node.children[_PATTERNS[node.function]]
        if isinstance(pattern, Constant) and isinstance(pattern.value, str):
            try:
                compiled(pattern.value)
            except Fault as fault:
                raise fault.at(pattern.offset) from None


_PATTERNS = {"matches": 1, "find": 1, "findAll": 1, "regex.replace": 1}
"""Which argument is a regular expression, a member function's target counted."""


def _typed(type_name: str, result: Result) -> None:
    if result is Result.BOOLEAN and type_name not in ("bool", "dyn"):
        raise Fault(f"The expression gives {type_name}, and is to give true or false; compare it, as in … == 'x'", 0)


def _plain(value: JsonValue, wanted: Result) -> JsonValue:
    """Return a value that is no boolean as JSON, within its size."""
    if wanted is Result.BOOLEAN:
        raise Fault(
            f"The expression is to give true or false, and gives {described(value)}; compare it, as in … == 'x'", 0
        )
    if value is None or (type(value) is str and len(value) <= MAX_RESULT):
        return value
    return _Json().of(value)


class _Json:
    """Turns values into JSON's, counting on the way, because a short list may hold a long one many times."""

    def __init__(self) -> None:
        self._left = MAX_RESULT

    def of(self, value: JsonValue) -> JsonValue:
        self._left -= 1 + (len(value) if isinstance(value, str) else 0)
        if self._left < 0:
            raise Exhausted(f"The result has more than {MAX_RESULT} characters and elements; give less")
        if isinstance(value, list | tuple):
            return [self.of(each) for each in value]
        if isinstance(value, dict):
            return {key: self.of(each) for key, each in value.items()}
        if isinstance(value, datetime | timedelta):
            return spelled(value)
        if isinstance(value, TypeName) or (isinstance(value, float) and not math.isfinite(value)):
            raise Fault("The result is a type or no finite number, which JSON cannot carry; give a text or a number", 0)
        return value


__all__ = ["Activation", "Expression", "InvalidSpec", "Result", "compile"]
