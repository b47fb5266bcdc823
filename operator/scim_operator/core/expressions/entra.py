"""Entra's own expression syntax, put into CEL.

    expression = operand [("=" | "<>" | ">" | ">=" | "<" | "<=") operand]
    operand    = "[" attribute "]" | string | ["-"] number | "&H" hex | name | name "(" [argument] *("," [argument]) ")"
    string     = '"' characters, with \\" and \\\\ for " and \\ '"'

An empty argument position becomes null. Comparing with "" becomes IsNullOrEmpty, because Entra's null and "" are
the same and CEL's are not. See
https://learn.microsoft.com/entra/identity/app-provisioning/functions-for-customizing-application-data
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.expressions.expression import MAX_LENGTH
from scim_operator.core.expressions.faults import Fault, invalid
from scim_operator.core.expressions.library import CONSTANTS, FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    Attributes = Callable[[str], str]
    """Gives the CEL of a source attribute's name. Raises KeyError where there is none."""

MAX_DEPTH = 64
"""How deep calls may be nested here; CEL's own limit is lower."""

_LEXEME = re.compile(
    r"""\s*(?:(?P<attribute>\[(?:[^\[\]"]|"[^"]*"|\[(?:[^\[\]"]|"[^"]*")*\])*\])|(?P<string>"(?:\\.|[^"\\])*")
    |(?P<hex>&[hH][0-9A-Fa-f]{1,15}\b)|(?P<number>-?[0-9]{1,18}(?:\.[0-9]{1,18})?\b)|(?P<name>[A-Za-z_]\w*)
    |(?P<compare><>|<=|>=|[=<>])|(?P<sign>[(),]))""",
    re.VERBOSE | re.DOTALL,
)
_COMPARISONS = {"=": "==", "<>": "!="}
_LITERALS = {"true": "true", "false": "false", "null": "null", "nothing": "null"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    offset: int


_END = "end"


def convert(text: str, attribute: Attributes) -> str:
    """Return the expression in CEL, its source attributes as `attribute` says.

    Raises InvalidSpec with line and column where it is invalid or names a function or an attribute that is not known.
    """
    try:
        return _Parser(_tokens(text), attribute).expression()
    except Fault as fault:
        raise invalid(text, fault) from None


def _tokens(text: str) -> list[_Token]:
    if len(text) > MAX_LENGTH:
        raise Fault(f"The expression has {len(text)} characters; write it in {MAX_LENGTH} or fewer")
    tokens, position = [], 0
    end = len(text.rstrip())
    while position < end:
        found = _LEXEME.match(text, position)
        if found is None or found.lastgroup is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise Fault("This cannot be read; texts stand in double quotes, attributes in brackets", start)
        tokens.append(_Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
        position = found.end()
    return [*tokens, _Token(_END, "", len(text))]


class _Parser:
    """Reads tokens from left to right, and writes CEL."""

    def __init__(self, tokens: list[_Token], attribute: Attributes) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        self._attribute = attribute

    def expression(self) -> str:
        written = self._comparison()
        if self._next.kind != _END:
            raise Fault("The expression ends before this; put it inside the call, or remove it", self._next.offset)
        return written

    @property
    def _next(self) -> _Token:
        return self._tokens[self._position]

    def _take(self) -> _Token:
        token = self._next
        self._position += 1
        return token

    def _is(self, text: str) -> bool:
        return self._next.kind == "sign" and self._next.text == text

    def _comparison(self) -> str:
        left = self._operand()
        if self._next.kind != "compare":
            return left
        sign = self._take().text
        right = self._operand()
        empty = left if right == '""' else right if left == '""' else None
        if empty is not None and sign in _COMPARISONS:
            return f"{'' if sign == '=' else '!'}IsNullOrEmpty({empty})"
        return f"{left} {_COMPARISONS.get(sign, sign)} {right}"

    def _operand(self) -> str:
        token = self._take()
        if token.kind == "name" and self._is("("):
            return self._call(token)
        write = _WRITERS.get(token.kind)
        if token.kind == "attribute":
            return self._source(token)
        if write is None:
            raise Fault(
                "Here a value is missing; write an attribute in brackets, a text in quotes, or a call", token.offset
            )
        return write(token)

    def _source(self, token: _Token) -> str:
        name = token.text[1:-1].strip()
        try:
            return self._attribute(name)
        except KeyError:
            raise Fault(
                f"The attribute {name[:64]} has no counterpart; say where its value stands", token.offset
            ) from None

    def _call(self, name: _Token) -> str:
        if name.text not in FUNCTIONS:
            raise Fault(_unknown(name.text), name.offset)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Fault(f"The expression nests deeper than {MAX_DEPTH} calls; write it flatter", name.offset)
        self._take()
        arguments = self._arguments()
        self._depth -= 1
        return f"{name.text}({', '.join(arguments)})"

    def _arguments(self) -> list[str]:
        """Return the arguments up to the closing parenthesis; null for an empty position, and none at all for `()`."""
        if self._is(")"):
            self._take()
            return []
        arguments = []
        while True:
            arguments.append("null" if self._is(",") or self._is(")") else self._comparison())
            token = self._take()
            if token.kind == "sign" and token.text == ")":
                return arguments
            if token.kind != "sign" or token.text != ",":
                raise Fault("Here a comma or a closing parenthesis is missing; write it", token.offset)


def _string(token: _Token) -> str:
    return json.dumps(re.sub(r'\\(["\\])', r"\1", token.text[1:-1]), ensure_ascii=False)


def _name(token: _Token) -> str:
    if token.text in CONSTANTS:
        return token.text
    if token.text.lower() in _LITERALS:
        return _LITERALS[token.text.lower()]
    raise Fault(
        f"{token.text[:64]} is neither called nor in brackets; write [{token.text[:64]}] for an attribute", token.offset
    )


def _unknown(name: str) -> str:
    same = next((each for each in FUNCTIONS if each.lower() == name.lower()), None)
    if same:
        return f"There is no function {name}; functions are case-sensitive, write {same}"
    return f"There is no function {name[:64]}; see the list of functions in the documentation"


_WRITERS: dict[str, Callable[[_Token], str]] = {
    "string": _string,
    "hex": lambda token: f"0x{token.text[2:]}",
    "number": lambda token: token.text,
    "name": _name,
}


def _element(attribute: str, kind: str, part: str = "value") -> str:
    return f'Item(user.{attribute}.filter(e, e.type == "{kind}").map(e, e.{part}), 1)'


USER_ATTRIBUTES: dict[str, str] = {
    "userPrincipalName": "user.userName",
    "objectId": "user.externalId",
    "mailNickname": "user.externalId",
    "displayName": "user.displayName",
    "givenName": "user.name.givenName",
    "surname": "user.name.familyName",
    "accountEnabled": "user.active",
    "IsSoftDeleted": "!user.active",
    "jobTitle": "user.title",
    "employeeType": "user.userType",
    "preferredLanguage": "user.preferredLanguage",
    "mail": _element("emails", "work"),
    "telephoneNumber": _element("phoneNumbers", "work"),
    "mobile": _element("phoneNumbers", "mobile"),
    "facsimileTelephoneNumber": _element("phoneNumbers", "fax"),
    "streetAddress": _element("addresses", "work", "streetAddress"),
    "city": _element("addresses", "work", "locality"),
    "state": _element("addresses", "work", "region"),
    "postalCode": _element("addresses", "work", "postalCode"),
    "country": _element("addresses", "work", "country"),
    "department": "user.enterprise.department",
    "employeeId": "user.enterprise.employeeNumber",
    "companyName": "user.enterprise.organization",
    "manager": "user.enterprise.manager.value",
    "appRoleAssignments": "roles",
}
"""Entra's attributes of a user, and where Entra's default mappings for SCIM put their values."""
