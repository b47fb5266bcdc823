"""The base of every model of the API, and how a model carries what only Kubernetes' schema can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

VALIDATIONS = "x-kubernetes-validations"
LIST_TYPE = "x-kubernetes-list-type"
LIST_MAP_KEYS = "x-kubernetes-list-map-keys"
MOST = 10
"""Fields that one message names: a condition has room for 32,768 characters."""
LONGEST_NAME = 253
"""Characters of a name in a message."""


def camel_case(name: str) -> str:
    """Turn `custom_attribute1` into `customAttribute1`; digits never start a word, so that `ws1b` stays."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


class ApiModel(BaseModel):
    """A part of a manifest: frozen, camelCase outside and snake_case inside, unknown fields refused."""

    model_config = ConfigDict(
        alias_generator=camel_case,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        serialize_by_alias=True,
    )

    @classmethod
    def from_manifest(cls, raw: Mapping[str, Any], *, at: str = "spec") -> Self:
        """Parse what the API server holds. Errors: InvalidSpec, which names each field below `at` and no value."""
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            # The cause is cut off on purpose: pydantic's text repeats the input, which may be personal data.
            details = error.errors(include_input=False, include_url=False, include_context=False)
            more = [f"and {len(details) - MOST} more"] if len(details) > MOST else []
            raise InvalidSpec("; ".join([*(_sentence(detail, at) for detail in details[:MOST]), *more])) from None


def _sentence(detail: ErrorDetails, at: str) -> str:
    """One error as `spec.users.matching[0]: what is wrong`."""
    path = at
    for step in detail["loc"]:
        path += f"[{step}]" if isinstance(step, int) else f".{step[:LONGEST_NAME]}"
    return f"{path}: {detail['msg'].removeprefix('Value error, ')}"


def rule(expression: str, message: str, **more: str) -> dict[str, str]:
    """Return one CEL rule of the API server; `message` is the sentence a person reads; it names field and fix."""
    return {"rule": expression, "message": message, **more}


def validated(*rules: dict[str, str]) -> dict[str, Any]:
    """Wrap CEL rules as the extra schema of a field or a model."""
    return {VALIDATIONS: list(rules)}


def keyed_by(*keys: str) -> dict[str, Any]:
    """Make a list mergeable by key, for server-side apply; unique keys are then the API server's business."""
    return {LIST_TYPE: "map", LIST_MAP_KEYS: list(keys)}


def without_default(schema: dict[str, Any]) -> None:
    """Keep a default out of the CRD, where the API server must not write it into the object."""
    schema.pop("default", None)
