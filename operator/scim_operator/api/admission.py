"""Attribute paths of users and of groups, with the rules that refuse at admission what the core could not work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from scim_operator.api.attributes import group_core, group_paths, user_core, user_paths
from scim_operator.api.model import rule, validated
from scim_operator.api.urns import CORE_GROUP, CORE_USER

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_PATH = (
    r"^(urn:[A-Za-z0-9][A-Za-z0-9-]*(:[A-Za-z0-9._-]+)+:)?[A-Za-z$][A-Za-z0-9_$-]*"
    r'(\[[A-Za-z][A-Za-z0-9_-]* eq ("[^"\\\p{Cc}]*"|true|false)'
    r'( and [A-Za-z][A-Za-z0-9_-]* eq ("[^"\\\p{Cc}]*"|true|false))*\])?'
    r"(\.[A-Za-z$][A-Za-z0-9_$-]*)?$"
)
"""A SCIM attribute path (RFC 7644 section 3.5.2) whose value filter compares by `eq` alone."""

_KNOWN_URN = r"(?i)^urn:ietf:params:scim:schemas:(core|extension:(enterprise|ws1b)):2\.0:(User|Group):"
_UNCHOSEN = r"(?i)^(emails|phoneNumbers|ims|photos|addresses|entitlements|roles|x509Certificates)\."
_SELF_SELECTED = "(?i)" + "|".join(
    rf"\[{name} eq [^\]]*\]\.{name}$" for name in ("type", "value", "display", "primary")
)

_PATH_RULE = rule(
    f"self.matches(r'{_PATH}')",
    'write a SCIM attribute path such as userName, name.givenName, emails[type eq "work"].value or '
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
)


def path_field(*rules: dict[str, str]) -> FieldInfo:
    """Return the Field of an attribute path, with further rules."""
    field: FieldInfo = Field(min_length=1, max_length=256, json_schema_extra=validated(_PATH_RULE, *rules))
    return field


@dataclass(frozen=True, slots=True)
class Subject:
    """What the paths are about: how messages call it, the paths a manifest can hold, and what it cannot be without."""

    kind: str
    resource: str
    paths: str
    core: str
    """The URN of its core schema, in which a service may have attributes of its own."""
    defined: str
    """What of the core schemas is no attribute of the service's own."""
    required: str
    hint: str = ""
    """What else to say of an attribute that cannot be set."""

    def source(self) -> FieldInfo:
        """Return the Field of a path over the manifest's spec."""
        return path_field(
            rule(
                f"self.matches(r'{self.paths}') || (self.startsWith('urn:') && !self.matches(r'{_KNOWN_URN}'))",
                f"not an attribute of a {self.kind}; correct the name, or put the URN of its extension before it",
            )
        )

    def target(self) -> FieldInfo:
        """Return the Field of a path at the service, whose extensions may have more than is known here."""
        return path_field(
            self._settable(),
            rule(
                f"!self.matches(r'{_UNCHOSEN}')",
                'the attribute has several values; say which, as in emails[type eq "work"].value',
            ),
            rule(
                f"!self.matches(r'{_SELF_SELECTED}')",
                "the target is what its own value filter selects by; map another sub-attribute",
            ),
        )

    def matching(self) -> FieldInfo:
        """Return the Field of a path by which a resource is found at the service."""
        return path_field(self._settable())

    def kept(self) -> dict[str, str]:
        """Return the rule of a mapping that the required attribute is never ignored."""
        return rule(
            f"!has(self.ignore) || self.target.lowerAscii() != '{self.required.lower()}'",
            f"every {self.resource} has {self.required}; map it from another source instead of ignoring it",
        )

    def _settable(self) -> dict[str, str]:
        return rule(
            f"self.matches(r'{self.paths}') || (self.startsWith('urn:') && !self.matches(r'{self.defined}'))",
            f"not an attribute of a {self.resource} that can be set; correct the name, put the URN of its extension "
            f"before it, or {self.core}: before one of the service's own{self.hint}",
        )


USER = Subject("ScimUser", "SCIM user", user_paths(), CORE_USER, user_core(), "userName")
GROUP = Subject(
    "ScimGroup",
    "SCIM group",
    group_paths(),
    CORE_GROUP,
    group_core(),
    "displayName",
    hint=" (members follow the members of each ScimGroup)",
)

TARGETS_ONCE = rule(
    "self.all(m, self.exists_one(n, n.target.lowerAscii() == m.target.lowerAscii()))",
    "a target is mapped twice (names are compared without regard to case); keep one of the two",
)

MATCHING_ONCE = rule(
    "self.all(m, self.exists_one(n, n.lowerAscii() == m.lowerAscii()))",
    "a matching attribute is listed twice; keep the first",
)

MATCHING_NOT_IGNORED = rule(
    "!has(self.mappings) || !has(self.matching) || self.mappings.all(m, !has(m.ignore) || "
    "!self.matching.exists(a, a.lowerAscii() == m.target.lowerAscii()))",
    "a matching attribute cannot be ignored; remove it from matching, or map it",
    fieldPath=".mappings",
)
