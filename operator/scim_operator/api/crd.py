"""From the models to CustomResourceDefinitions with structural schemas, as plain JSON values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from scim_operator.api.common import format_duration
from scim_operator.api.config import ProvisioningConfigSpec
from scim_operator.api.group import ScimGroupSpec
from scim_operator.api.model import LIST_TYPE, VALIDATIONS, ApiModel, rule
from scim_operator.api.status import NOT_OBSERVED, ProvisioningConfigStatus, ScimGroupStatus, ScimUserStatus
from scim_operator.api.user import ScimUserSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Definitions = Mapping[str, dict[str, Any]]

Schema = dict[str, Any]

GROUP = "scim-operator.io"
VERSION = "v1alpha1"
CATEGORY = "scim"

_INT_OR_STRING = "x-kubernetes-int-or-string"
_NOT_STRUCTURAL = frozenset(
    {"title", "description", "type", "anyOf", "$ref", "$defs", "properties", "items", "additionalProperties"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`; `wide` ones are shown with `-o wide` only."""

    name: str
    path: str
    description: str
    type: str = "string"
    wide: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the column in the CRD's form."""
        column = {"name": self.name, "type": self.type, "jsonPath": self.path, "description": self.description}
        return {**column, "priority": 1} if self.wide else column


@dataclass(frozen=True, slots=True)
class CustomKind:
    """One kind of the API: its names, its models, and what kubectl shows of it."""

    kind: str
    short_name: str
    description: str
    spec: type[ApiModel]
    status: type[ApiModel]
    columns: tuple[Column, ...]
    selectable: tuple[str, ...] = ()
    rules: tuple[dict[str, str], ...] = ()

    @property
    def plural(self) -> str:
        """Lower-case plural, as it stands in URLs."""
        return f"{self.kind.lower()}s"

    @property
    def crd_name(self) -> str:
        """Name of the CustomResourceDefinition."""
        return f"{self.plural}.{GROUP}"


def _condition(type_: str, field: str) -> str:
    return f'.status.conditions[?(@.type=="{type_}")].{field}'


_READY = Column("Ready", _condition("Ready", "status"), "Whether the service is as the manifest wants it.")
_REASON = Column("Reason", _condition("Ready", "reason"), "Why it is, or is not, Ready.")
_AGE = Column("Age", ".metadata.creationTimestamp", "When the manifest was created.", "date")

SCIM_USER = CustomKind(
    kind="ScimUser",
    short_name="scu",
    description="A user that is provisioned to the SCIM services of its namespace's ProvisioningConfigs.",
    spec=ScimUserSpec,
    status=ScimUserStatus,
    columns=(
        Column("UserName", ".spec.userName", "The name that the user logs in with."),
        Column("Active", ".spec.active", "Whether the user may log in.", "boolean"),
        _READY,
        _REASON,
        Column("Message", _condition("Ready", "message"), "Why, as a sentence.", wide=True),
        _AGE,
    ),
    selectable=(".spec.userName",),
)

SCIM_GROUP = CustomKind(
    kind="ScimGroup",
    short_name="scg",
    description="A group that is provisioned to the SCIM services of its namespace's ProvisioningConfigs.",
    spec=ScimGroupSpec,
    status=ScimGroupStatus,
    columns=(
        Column("DisplayName", ".spec.displayName", "The group's name at the service."),
        _READY,
        _REASON,
        Column("Policy", ".spec.membershipPolicy", "What becomes of members that are not listed.", wide=True),
        Column("Message", _condition("Ready", "message"), "Why, as a sentence.", wide=True),
        _AGE,
    ),
    selectable=(".spec.displayName",),
    rules=(
        rule(
            "!has(self.spec.members) || self.spec.members.all(member, !has(member.groupRef) || "
            "member.groupRef.name != self.metadata.name)",
            "a group must not be a member of itself; remove the groupRef that names it",
            fieldPath=".spec.members",
        ),
    ),
)

PROVISIONING_CONFIG = CustomKind(
    kind="ProvisioningConfig",
    short_name="scpc",
    description="Provisions the ScimUsers and ScimGroups of its namespace to one SCIM service.",
    spec=ProvisioningConfigSpec,
    status=ProvisioningConfigStatus,
    columns=(
        _READY,
        _REASON,
        Column("In Scope", ".status.totals.inScope", "Users and groups in scope.", "integer"),
        Column("Failed", ".status.totals.failed", "Users and groups that need a person.", "integer"),
        Column("Progress", ".status.progress.percent", "How far the sweep is, of a hundred.", "integer", wide=True),
        Column("Connected", _condition("Connected", "status"), "Whether the service answers.", wide=True),
        Column("Mode", ".spec.mode", "Apply, or Plan.", wide=True),
        Column("Suspended", ".spec.suspend", "Whether provisioning is off.", "boolean", wide=True),
        Column("Last Sweep", ".status.lastSweep.startedAt", "When the last sweep began.", "date", wide=True),
        Column("URL", ".spec.service.url", "The base URL of the service.", wide=True),
        Column("Message", _condition("Ready", "message"), "Why, as a sentence.", wide=True),
        _AGE,
    ),
    rules=(
        rule(
            "self.metadata.name.size() <= 63",
            "the name of a ProvisioningConfig has 63 characters at most, for its Lease and labels; shorten it",
        ),
    ),
)

KINDS = (SCIM_USER, SCIM_GROUP, PROVISIONING_CONFIG)


def crds() -> Iterator[Schema]:
    """Yield the CustomResourceDefinition of every kind."""
    return (crd_of(kind) for kind in KINDS)


def crd_of(kind: CustomKind) -> Schema:
    """Return the CustomResourceDefinition of a kind."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": kind.crd_name},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind.kind,
                "listKind": f"{kind.kind}List",
                "plural": kind.plural,
                "singular": kind.kind.lower(),
                "shortNames": [kind.short_name],
                "categories": [CATEGORY],
            },
            "scope": "Namespaced",
            "versions": [_version(kind)],
        },
    }


def _version(kind: CustomKind) -> Schema:
    version: Schema = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [column.as_json() for column in kind.columns],
        "schema": {"openAPIV3Schema": _object_schema(kind)},
    }
    if kind.selectable:
        version["selectableFields"] = [{"jsonPath": path} for path in kind.selectable]
    return version


def _object_schema(kind: CustomKind) -> Schema:
    schema: Schema = {
        "type": "object",
        "description": kind.description,
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string", "description": "The API group and version of this manifest."},
            "kind": {"type": "string", "description": "The kind of this manifest."},
            "metadata": {"type": "object"},
            "spec": structural_schema(kind.spec, defaults=True),
            "status": {
                **structural_schema(kind.status, defaults=False),
                "default": {"observedGeneration": NOT_OBSERVED},
            },
        },
    }
    if kind.rules:
        schema[VALIDATIONS] = list(kind.rules)
    return schema


class _Generator(GenerateJsonSchema):
    """Writes defaults as manifests write them."""

    def encode_default(self, dft: Any) -> Any:  # noqa: ANN401 - the signature is pydantic's
        if isinstance(dft, timedelta):
            return format_duration(dft)
        if isinstance(dft, tuple):
            return [self.encode_default(each) for each in dft]
        return (
            dft.model_dump(mode="json", exclude_none=True) if isinstance(dft, ApiModel) else super().encode_default(dft)
        )


def structural_schema(model: type[ApiModel], *, defaults: bool) -> Schema:
    """Return a model's schema in the form that Kubernetes calls structural: no references, unions or titles.

    `defaults` says whether the API server fills in the models' defaults. It must not do so within a status, where what
    is read back has to equal what was written.
    """
    schema = model.model_json_schema(by_alias=True, mode="validation", schema_generator=_Generator)
    return _structural(schema, schema.get("$defs", {}), defaults=defaults)


def _structural(node: Schema, definitions: Definitions, *, defaults: bool) -> Schema:
    node = _resolved(node, definitions)
    heading = {key: node[key] for key in ("description", "type") if key in node}
    schema = heading | {key: value for key, value in node.items() if key not in _NOT_STRUCTURAL}
    if node.get("type") == "array":
        schema.setdefault(LIST_TYPE, "atomic")
        # A default inside of a list makes every tool that compares whole lists see a difference forever.
        schema["items"] = _structural(node["items"], definitions, defaults=False)
    elif node.get("type") == "integer":
        schema["format"] = "int64"
    elif node.get("type") == "object":
        schema |= _members(node, definitions, defaults=defaults)
    if schema.get(_INT_OR_STRING):
        del schema["type"]
    return _with_default(schema) if defaults else _without_default(schema)


def _resolved(node: Schema, definitions: Definitions) -> Schema:
    """Replace a reference, and the union with null that an optional field is, by what it stands for."""
    if "$ref" in node:
        return _resolved(definitions[node["$ref"].rpartition("/")[2]] | _but(node, "$ref"), definitions)
    if "anyOf" in node:
        (present,) = (option for option in node["anyOf"] if option.get("type") != "null")
        return _resolved(present | _but(node, "anyOf"), definitions)
    return node


def _but(node: Schema, key: str) -> Schema:
    return {name: value for name, value in node.items() if name != key}


def _members(node: Schema, definitions: Definitions, *, defaults: bool) -> Schema:
    """Return what an object holds: fields, values of one schema by key, or what only the service knows."""
    if "properties" in node:
        parts = node["properties"].items()
        return {"properties": {name: _structural(part, definitions, defaults=defaults) for name, part in parts}}
    values = node.get("additionalProperties")
    if isinstance(values, dict):
        return {"additionalProperties": _structural(values, definitions, defaults=False)}
    return {"x-kubernetes-preserve-unknown-fields": True}


def _without_default(schema: Schema) -> Schema:
    return _but(schema, "default")


def _with_default(schema: Schema) -> Schema:
    """Keep a default for the API server to fill in, unless it says nothing."""
    default = schema.get("default")
    if isinstance(default, dict):
        default = _beyond_fields(default, schema.get("properties", {}))
    bare = _without_default(schema)
    return bare if default in (None, [], "") else {**bare, "default": default}


def _is_filled_in(value: Any, field: Schema) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether the API server comes to this value by the field's own defaults."""
    if isinstance(value, dict) and field.get("default") == {}:
        return not _beyond_fields(value, field.get("properties", {}))
    return bool(value == field.get("default"))


def _beyond_fields(default: Schema, fields: Mapping[str, Schema]) -> Schema | None:
    """Return what an object's default adds to those of its fields; None where there is nothing to fill in."""
    more = {
        name: value
        for name, value in default.items()
        if value not in (None, []) and not _is_filled_in(value, fields.get(name, {}))
    }
    return more if more or any("default" in field for field in fields.values()) else None
