"""The choices that manifests offer. Free of pydantic, so that the core may import it at no cost."""

from __future__ import annotations

from enum import StrEnum


class ProfileName(StrEnum):
    """What kind of SCIM service answers; decides the default mappings and capabilities."""

    VMWARE_IDENTITY_SERVICE = "vmware-identity-service"
    WORKSPACE_ONE_ACCESS = "workspace-one-access"
    AWS_IDENTITY_CENTER = "aws-identity-center"
    GITHUB_ENTERPRISE = "github-enterprise"
    GITLAB = "gitlab"
    SLACK = "slack"
    ATLASSIAN = "atlassian"
    DATABRICKS = "databricks"
    SNOWFLAKE = "snowflake"
    OKTA = "okta"
    KEYCLOAK = "keycloak"
    GENERIC = "generic"


class AuthScheme(StrEnum):
    """The scheme of the Authorization header."""

    BEARER = "Bearer"
    HZN = "HZN"
    """Workspace ONE Access' own scheme."""


class ClientAuthentication(StrEnum):
    """How a client proves itself to a token endpoint (RFC 6749 section 2.3.1)."""

    BASIC = "Basic"
    POST = "Post"


class BundleKind(StrEnum):
    """What holds a CA bundle."""

    CONFIG_MAP = "ConfigMap"
    SECRET = "Secret"  # noqa: S105 - a kind of Kubernetes, no password


class MemberRemoval(StrEnum):
    """How a PATCH names the members to remove; services differ."""

    PATH_FILTER = "PathFilter"
    """RFC 7644 section 3.5.2.2: one `remove` of `members[value eq "id"]` per member."""
    VALUE_LIST = "ValueList"
    """Entra's dialect: one `remove` of `members` whose value lists the members."""


class MemberForm(StrEnum):
    """What a request says of a member beside its id (RFC 7643 section 4.2); services differ."""

    VALUE = "Value"
    """The id alone; groups have their type too."""
    TYPED = "Typed"
    """The id and the type, User or Group."""
    NAMED = "Named"
    """The id, the type and the display name."""


class Mode(StrEnum):
    """Whether changes are made or only planned."""

    APPLY = "Apply"
    PLAN = "Plan"
    """A dry run: everything but the writes to the service."""


class ScopeMode(StrEnum):
    """Who is in scope before the scoping filters are asked."""

    ASSIGNED = "Assigned"
    ALL = "All"


class Action(StrEnum):
    """Entra's target object actions; `Delete` covers disabling."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


class Adoption(StrEnum):
    """What happens to a match at the service that is not ours yet, whatever attribute it matches by."""

    APPROVE = "Approve"
    """Take it over once the plan that says so is approved."""
    IF_UNOWNED = "IfUnowned"
    """Take it over unless another manifest owns it."""
    NEVER = "Never"
    """Leave it, and report NotOwned."""


class ExternalIds(StrEnum):
    """Where a user's externalId comes from."""

    REQUIRED = "Required"
    """From the manifest or a mapping: the service finds who signs in by it."""
    GENERATED = "Generated"
    """From us where the manifest has none: no one signs in with these accounts."""


class Removal(StrEnum):
    """What becomes of an owned resource that is no longer wanted."""

    DISABLE = "Disable"
    """Users: not active any more."""
    EMPTY = "Empty"
    """Groups: without members."""
    DELETE = "Delete"
    RETAIN = "Retain"


class ApprovalPolicy(StrEnum):
    """Which plans wait for `approvedPlan`."""

    ON_LIMIT = "OnLimit"
    """Those that exceed the change limits, and those that ask."""
    MANUAL = "Manual"
    """All of them."""


class Apply(StrEnum):
    """When a mapping is applied."""

    ALWAYS = "Always"
    ON_CREATE = "OnCreate"
    WHEN_EMPTY = "WhenEmpty"
    """Only where the service has no value (Graph's AttributeAddOnly)."""
    ADD_ONLY = "AddOnly"
    """Values are added to those that the service has, and none is taken away (Graph's ValueAddOnly)."""


class MembershipPolicy(StrEnum):
    """What becomes of members at the service that the manifest does not list."""

    EXCLUSIVE = "Exclusive"
    """They are removed."""
    ADDITIVE = "Additive"
    """They stay."""
    OBSERVE = "Observe"
    """They stay, and no one is added either."""


class Operator(StrEnum):
    """Entra's fourteen scoping operators, spelled as Entra spells them, and those that Entra lacks.

    An operator is false when the attribute is null or empty, `IS NULL` excepted, unless a clause says `whenNull: true`.
    """

    EQUALS = "EQUALS"
    NOT_EQUALS = "NOT EQUALS"
    IS_TRUE = "IS TRUE"
    IS_FALSE = "IS FALSE"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"
    REGEX_MATCH = "REGEX MATCH"
    NOT_REGEX_MATCH = "NOT REGEX MATCH"
    GREATER_THAN = "Greater_Than"
    GREATER_THAN_OR_EQUALS = "Greater_Than_OR_EQUALS"
    INCLUDES = "Includes"
    ENDS_WITH = "ENDS_WITH"
    IN_STRING = "&"
    """The attribute's value occurs in the clause's value: containment the other way round."""
    NOT_IN_STRING = "!&"
    EQUALS_IGNORE_CASE = "EQUALS_IGNORE_CASE"
    NOT_EQUALS_IGNORE_CASE = "NOT EQUALS_IGNORE_CASE"
    IN = "IN"
    """One of the clause's values."""
    NOT_IN = "NOT IN"
    STARTS_WITH = "STARTS_WITH"
    NOT_STARTS_WITH = "NOT STARTS_WITH"
    NOT_ENDS_WITH = "NOT ENDS_WITH"
    NOT_INCLUDES = "NOT Includes"
    LESS_THAN = "Less_Than"
    LESS_THAN_OR_EQUALS = "Less_Than_OR_EQUALS"
    BEFORE = "BEFORE"
    """Earlier than a date, or an instant (RFC 3339)."""
    AFTER = "AFTER"


class Quantifier(StrEnum):
    """Of how many values of a multi-valued attribute a clause must hold."""

    ANY = "Any"
    ALL = "All"
    NONE = "None"


UNARY_OPERATORS = frozenset({Operator.IS_TRUE, Operator.IS_FALSE, Operator.IS_NULL, Operator.IS_NOT_NULL})
"""Operators that take no value."""

LIST_OPERATORS = frozenset({Operator.IN, Operator.NOT_IN})
"""Operators that take `values`."""

DATE_OPERATORS = frozenset({Operator.BEFORE, Operator.AFTER})
"""Operators whose value is a date or an instant."""

INTEGER_OPERATORS = frozenset(
    {
        Operator.GREATER_THAN,
        Operator.GREATER_THAN_OR_EQUALS,
        Operator.LESS_THAN,
        Operator.LESS_THAN_OR_EQUALS,
    }
)
"""Operators whose value is an integer."""

REGEX_OPERATORS = frozenset({Operator.REGEX_MATCH, Operator.NOT_REGEX_MATCH})
"""Operators whose value is a regular expression in RE2's syntax."""
