"""Which attribute paths a manifest can name, as patterns made from the models: admission knows a typing error."""

from __future__ import annotations

import re
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from scim_operator.api.group import ScimGroupSpec, Ws1bGroup
from scim_operator.api.model import ApiModel
from scim_operator.api.urns import CORE_GROUP, CORE_USER, ENTERPRISE_USER, WS1B_GROUP, WS1B_USER
from scim_operator.api.user import EnterpriseUser, ScimUserSpec, Ws1bUser

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_OURS = frozenset(
    {
        "adoption",
        "enterprise",
        "extensions",
        "manager",
        "members",
        "membershipPolicy",
        "notAfter",
        "notBefore",
        "suspend",
        "ws1b",
    }
)
"""Fields of a spec that are no SCIM attributes."""

_RESERVED = ("id", "schemas", "meta", "password", "groups", "members")
"""What RFC 7643 defines and no mapping can set: it is the service's alone, or comes by other means."""

_MANAGER = r"manager(?:\.value)?"

_VALUE_FILTER = r"\[[^\]]*\]"


def user_paths() -> str:
    """Return the pattern of the paths over a ScimUser's spec, extensions apart."""
    return _any(ScimUserSpec, CORE_USER, {ENTERPRISE_USER: EnterpriseUser, WS1B_USER: Ws1bUser}, [_MANAGER])


def group_paths() -> str:
    """Return the pattern of the paths over a ScimGroup's spec, extensions apart."""
    return _any(ScimGroupSpec, CORE_GROUP, {WS1B_GROUP: Ws1bGroup})


def user_core() -> str:
    """Return the pattern of a URN whose attribute is not the vendor's own: one of RFC 7643, or one of a group."""
    return _defined(ScimUserSpec, CORE_USER, CORE_GROUP)


def group_core() -> str:
    """Return the pattern of a URN whose attribute is not the vendor's own: one of RFC 7643, or one of a user."""
    return _defined(ScimGroupSpec, CORE_GROUP, CORE_USER)


def _defined(spec: type[ApiModel], core: str, other: str) -> str:
    names = _choice([*_shapes(spec), *_RESERVED])
    return rf"(?i)^(?:{re.escape(other)}:|{re.escape(core)}:{names}(?:[.\[]|$))"


def _any(
    spec: type[ApiModel], core: str, extensions: Mapping[str, type[ApiModel]], references: Sequence[str] = ()
) -> str:
    """Names are compared without regard to case (RFC 7643 section 2.1).

    `references` have a field of their own in the spec, and are the first extension's at the service.
    """
    core_paths = "|".join([*_core(spec), *references])
    models = list(extensions.items())
    named = [[*_names(model), *(references if not number else ())] for number, (_, model) in enumerate(models)]
    others = "".join(f"|{re.escape(urn)}:{_choice(names)}" for (urn, _), names in zip(models, named, strict=True))
    return f"(?i)^((?:{re.escape(core)}:)?(?:{core_paths}){others})$"


def _core(spec: type[ApiModel]) -> Iterable[str]:
    """Simple attributes, then complex and multi-valued ones, put together where their sub-attributes are the same."""
    simple: list[str] = []
    by_tail: dict[str, list[str]] = {}
    for name, (multi_valued, type_) in _shapes(spec).items():
        if isinstance(type_, type) and issubclass(type_, ApiModel):
            by_tail.setdefault(_tail(type_, multi_valued=multi_valued), []).append(name)
        else:
            simple.append(name)
    yield from simple
    yield from (_choice(names) + tail for tail, names in by_tail.items())


def _tail(model: type[ApiModel], *, multi_valued: bool) -> str:
    subs = rf"(?:\.{_choice(_names(model))})?"
    return f"(?:{_VALUE_FILTER})?{subs}" if multi_valued else subs


def _choice(names: Iterable[str]) -> str:
    return f"(?:{'|'.join(names)})"


def _names(model: type[ApiModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _shapes(spec: type[ApiModel]) -> dict[str, tuple[bool, Any]]:
    """Per attribute: whether it is multi-valued, and the type of a value."""
    shapes = {field.alias or name: _shape(field.annotation) for name, field in spec.model_fields.items()}
    return {name: shape for name, shape in shapes.items() if name not in _OURS}


def _shape(annotation: Any) -> tuple[bool, Any]:  # noqa: ANN401 - annotations are values of any type
    bare = _bare(annotation)
    return (True, _bare(get_args(bare)[0])) if get_origin(bare) is tuple else (False, bare)


def _bare(annotation: Any) -> Any:  # noqa: ANN401
    """Take off Annotated and `| None`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _bare(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return _bare(next(option for option in get_args(annotation) if option is not type(None)))
    return annotation
