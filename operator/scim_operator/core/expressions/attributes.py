"""Variables of an expression, and what of SCIM's schemas the type check may know of them.

`user` and `group` are SCIM documents by SCIM's names. Extensions stand under the manifests' short names (`enterprise`,
`ws1b`) and under their URNs: `user.enterprise.department`, `user["urn:example:2.0:User"].badge`.
"""

from __future__ import annotations

import difflib
from enum import StrEnum
from typing import TYPE_CHECKING

from scim_operator.core.attributes import schema
from scim_operator.core.attributes.schema import Type
from scim_operator.core.expressions.faults import Fault
from scim_operator.core.expressions.syntax import Call, Comprehension, Constant, Identifier, Node, Select, walk
from scim_operator.core.resource import ENTERPRISE_USER, WS1B_GROUP, WS1B_USER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from scim_operator.core.attributes.schema import Attribute


class Root(StrEnum):
    """Variables that an expression may be given."""

    USER = "user"
    GROUP = "group"
    GROUPS = "groups"
    ROLES = "roles"
    CONFIG = "config"
    ROW = "row"


UNTYPED = {Root.USER: "useR", Root.GROUP: "grouP"}
"""The same documents without types, of the same length: see `environment`."""

_BY_NAME = {root.value: root for root in Root} | {untyped: root for root, untyped in UNTYPED.items()}

_EXTENSIONS: Mapping[Root, Mapping[str, str]] = {
    Root.USER: {"enterprise": ENTERPRISE_USER, "ws1b": WS1B_USER},
    Root.GROUP: {"ws1b": WS1B_GROUP},
}

_ALWAYS = frozenset(Root) - {Root.ROW}
"""The variables whose names are taken in every expression."""
_NOT_OF_A_USER = frozenset({"id", "meta", "groups", "schemas", "members", "password"})
_OF_A_GROUP = frozenset({"displayName", "externalId"})
_MENDS = {
    "groups": "ask the variable groups, as in 'engineering' in groups",
    "id": "the service chooses it; use externalId",
    "members": "members are other objects; use a member with an expression",
}


def root_of(name: str) -> Root | None:
    """Return the variable of that name, with or without types."""
    return _BY_NAME.get(name)


def spelling(root: Root | None, name: str) -> str | None:
    """Return the key in the document that `root.name` reads, None for the document itself (`user.extensions`)."""
    if root is not None and root in _EXTENSIONS:
        return None if name == "extensions" else _EXTENSIONS[root].get(name, name)
    return name


def typed(root: Root) -> Iterator[tuple[str, Attribute]]:
    """Yield the attributes of the variable whose type is known, by their dotted names; complex ones by their parts."""
    for attribute in _own(root):
        yield from _dotted(f"{root}.{attribute.name}", attribute)
    for short, urn in _EXTENSIONS.get(root, {}).items():
        for attribute in schema.attributes(urn):
            yield from _dotted(f"{root}.{short}.{attribute.name}", attribute)


def _own(root: Root) -> Iterable[Attribute]:
    if root is Root.USER:
        return [each for each in schema.attributes() if each.name not in _NOT_OF_A_USER]
    if root is Root.GROUP:
        return [each for each in schema.attributes() if each.name in _OF_A_GROUP]
    return ()


def _dotted(name: str, attribute: Attribute) -> Iterator[tuple[str, Attribute]]:
    if attribute.type is Type.COMPLEX and not attribute.multi_valued:
        for sub in attribute.sub_attributes.values():
            yield f"{name}.{sub.name}", sub
    else:
        yield name, attribute


def check(root: Node, roots: Collection[Root]) -> None:
    """Refuse attributes that no schema has, and variables of comprehensions named like ours. Raises Fault.

    `row` is ours only where `roots` has it: mappings may have called an element so before imports had rows.
    """
    taken = _ALWAYS | set(roots)
    for node in walk(root):
        if isinstance(node, Comprehension) and _BY_NAME.get(node.variable) in taken:
            raise Fault(f"{node.variable} is the name of a variable already; name the element otherwise", node.offset)
        if isinstance(node, Select):
            _known(node)


def _known(node: Select) -> None:
    chain = _chain(node)
    if chain is None:
        return
    root, names = chain
    name = names[-1]
    choices = _choices(root, names[:-1])
    if choices is None or name in choices:
        return
    near = difflib.get_close_matches(name.lower(), [each.lower() for each in choices], n=1, cutoff=0.6)
    fix = _MENDS.get(name) if len(names) == 1 else None
    if fix is None:
        same = next((each for each in choices if near and each.lower() == near[0]), None)
        fix = f"did you mean {same}?" if same else f"it has {', '.join(sorted(choices))}"
    raise Fault(f"{'.'.join([root, *names[:-1]])} has no attribute {name[:64]}; {fix}", node.offset)


def _chain(node: Select) -> tuple[Root, list[str]] | None:
    """Return the variable and the names that lead from it to what the node reads, if it is such a path."""
    names: list[str] = []
    part: Node = node
    while isinstance(part, Select):
        names.insert(0, part.name)
        part = part.operand
    root = root_of(part.name) if isinstance(part, Identifier) else None
    return (root, names) if root in _EXTENSIONS and root is not None else None


def _choices(root: Root, names: list[str]) -> set[str] | None:
    """Return the names that may follow these; None where anything may."""
    if not names:
        return {each.name for each in _own(root)} | {"extensions", *_EXTENSIONS[root]}
    first, rest = names[0], names[1:]
    if first == "extensions":
        return None
    if first in _EXTENSIONS[root]:
        urn = _EXTENSIONS[root][first]
        return _subs(schema.attribute_of(urn, rest[0])) if rest else {each.name for each in schema.attributes(urn)}
    return _subs(schema.attribute_of("", first)) if not rest else None


def _subs(attribute: Attribute) -> set[str] | None:
    return {each.name for each in attribute.sub_attributes.values()} or None


def read(root: Node) -> frozenset[str]:
    """Return the dotted names that an expression reads (`user.name.givenName`, `groups`), with the prefixes of each.

    Of `row`, whose columns may have any names, they are `row.` and the column, be it read as row.Mail or row["Mail"].
    """
    names = set()
    for node in walk(root):
        if isinstance(node, Identifier) and (variable := root_of(node.name)) is not None:
            names.add(variable.value)
        elif isinstance(node, Select) and (chain := _chain(node)) is not None:
            names.add(".".join([chain[0], *chain[1]]))
        elif (column := _column(node)) is not None:
            names.add(f"{Root.ROW}.{column}")
    return frozenset(names)


def _column(node: Node) -> str | None:
    """Return the column of the row that a node reads, if it does."""
    if isinstance(node, Select):
        holder, name = node.operand, node.name
    elif isinstance(node, Call) and node.function == "_[_]" and isinstance(node.children[1], Constant):
        holder, name = node.children[0], node.children[1].value
    else:
        return None
    is_row = isinstance(holder, Identifier) and holder.name == Root.ROW
    return name if is_row and isinstance(name, str) else None
