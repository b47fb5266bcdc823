"""ScimUser: a SCIM user in SCIM's own names (RFC 7643 section 4.1). A password never belongs into a manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field

from scim_operator.api.common import (
    IN_ORDER,
    UNSEEN,
    Instant,
    ObjectRef,
    ShortText,
    Text,
    free_text,
    identifying,
    printable,
)
from scim_operator.api.enums import Adoption
from scim_operator.api.model import ApiModel, rule, validated
from scim_operator.api.urns import CORE_GROUP, CORE_USER, ENTERPRISE_USER, WS1B_GROUP, WS1B_USER

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

# isURL alone takes a path for one; and what is shown as a link must not be a script.
_WEB_URL = "isURL(self) && url(self).getScheme() in ['https', 'http']"
_GIVE_URL = "give an absolute URL with https:// or http://, such as https://example.com/ada"
_ONE_PRIMARY = rule(
    "self.filter(one, has(one.primary) && one.primary).size() <= 1",
    "only one entry may have primary: true (RFC 7643 section 2.4); remove it from the others",
)
_LANGUAGE_TAG = r"self.matches(r'^([A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*)?$')"

Url = Annotated[
    str,
    Field(
        max_length=2048,
        json_schema_extra=validated(rule(f"self == '' || ({_WEB_URL})", _GIVE_URL), printable("self", least=0)),
    ),
]


class Name(ApiModel):
    """The components of the user's name."""

    formatted: Text | None = None
    """The full name as it is displayed, with all titles and middle names."""
    family_name: ShortText | None = None
    """The family name, such as Lovelace."""
    given_name: ShortText | None = None
    """The given name, such as Ada."""
    middle_name: ShortText | None = None
    """The middle names."""
    honorific_prefix: ShortText | None = None
    """What goes before the name, such as Dr."""
    honorific_suffix: ShortText | None = None
    """What goes after the name, such as III."""


class MultiValue(ApiModel):
    """One value of a multi-valued attribute (RFC 7643 section 2.4)."""

    value: Annotated[str, free_text(1024, least=1)]
    """The value itself."""
    type: Annotated[str, free_text(64, least=1)] | None = None
    """What the value is for, such as work or home; mappings select by it."""
    display: ShortText | None = None
    """A name for the value, for display only."""
    primary: bool | None = None
    """Whether this is the preferred one; at most one entry may be."""


class Email(MultiValue):
    """An e-mail address of the user."""

    value: Annotated[
        str,
        Field(
            min_length=1,
            max_length=320,
            json_schema_extra=validated(
                rule(
                    f"self.matches('^[^@ <>{UNSEEN}]+@[^@ <>{UNSEEN}]+$')",
                    "give an e-mail address alone, such as ada@corp.example",
                ),
            ),
        ),
    ]
    """The address, such as ada@corp.example."""


class Photo(MultiValue):
    """A picture of the user."""

    value: Annotated[
        str,
        Field(min_length=1, max_length=2048, json_schema_extra=validated(rule(_WEB_URL, _GIVE_URL), printable("self"))),
    ]
    """Where the picture is, as a URL."""


class X509Certificate(MultiValue):
    """A certificate of the user."""

    value: Annotated[str, Field(min_length=1, max_length=16384, json_schema_extra={"format": "byte"})]
    """The certificate, DER in base64."""


class Address(ApiModel):
    """A postal address of the user."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    type: Annotated[str, free_text(64, least=1)] | None = None
    """What the address is for: work, home or other."""
    formatted: Text | None = None
    """The whole address, formatted for a label; may hold line breaks."""
    street_address: Text | None = None
    """Street, house number, post office box."""
    locality: ShortText | None = None
    """The city."""
    region: ShortText | None = None
    """The state or region."""
    postal_code: Annotated[str, free_text(64)] | None = None
    """The postal code."""
    country: (
        Annotated[
            str,
            Field(
                max_length=64,
                json_schema_extra=validated(
                    rule(
                        "self.matches('^([A-Z]{2})?$')",
                        "give the country as its ISO 3166-1 code of two letters such as DE (RFC 7643 section 4.1.2)",
                    ),
                ),
            ),
        ]
        | None
    ) = None
    """The country's ISO 3166-1 code of two letters."""
    primary: bool | None = None
    """Whether this is the preferred one; at most one entry may be."""


class EnterpriseUser(ApiModel):
    """The enterprise extension (RFC 7643 section 4.3)."""

    employee_number: ShortText | None = None
    """The number or other identifier that the organisation gave the user."""
    cost_center: ShortText | None = None
    """The cost centre."""
    organization: ShortText | None = None
    """The organisation."""
    division: ShortText | None = None
    """The division."""
    department: ShortText | None = None
    """The department."""


class Manager(ApiModel):
    """The user's manager, by manifest."""

    user_ref: ObjectRef
    """A ScimUser of the same namespace; at the service the reference holds its id, once it is provisioned."""


class Ws1bUser(ApiModel):
    """VMware's ws1b extension of a user."""

    ad_source_anchor: ShortText | None = None
    """The immutable identifier of the user in Active Directory."""
    custom_attribute1: Text | None = None
    """An attribute of the customer's own meaning."""
    custom_attribute2: Text | None = None
    """An attribute of the customer's own meaning."""
    custom_attribute3: Text | None = None
    """An attribute of the customer's own meaning."""
    custom_attribute4: Text | None = None
    """An attribute of the customer's own meaning."""
    custom_attribute5: Text | None = None
    """An attribute of the customer's own meaning."""
    distinguished_name: Text | None = None
    """The user's distinguished name in the directory."""
    domain: ShortText | None = None
    """The directory's domain that the user belongs to."""
    user_principal_name: Text | None = None
    """The user principal name of Active Directory."""


def _values(items: int) -> FieldInfo:
    """Return the Field of a multi-valued attribute of at most so many items."""
    field: FieldInfo = Field(max_length=items, json_schema_extra=validated(_ONE_PRIMARY))
    return field


_OWN = (CORE_USER, CORE_GROUP, ENTERPRISE_USER, WS1B_USER, WS1B_GROUP)

Extensions = Annotated[
    dict[str, dict[str, Any]],
    Field(
        max_length=16,
        json_schema_extra=validated(
            rule(
                "self.all(urn, urn.startsWith('urn:'))",
                "the key of an extension is its schema URN, such as urn:example:2.0:User",
            ),
            rule(
                # URNs are compared without regard to case (RFC 7643 section 2.1).
                f"self.all(urn, !(urn.lowerAscii() in {[each.lower() for each in _OWN]}))",
                "attributes of the core, enterprise and ws1b schemas have fields of their own "
                "(spec, spec.enterprise, spec.ws1b); move them there",
            ),
        ),
    ),
]
"""Attributes of other schema extensions, by schema URN and attribute name."""


class ScimUserSpec(ApiModel):
    """The user as it is wanted. A field that is left out is not managed; one that is empty is cleared."""

    model_config = ConfigDict(json_schema_extra=validated(IN_ORDER))

    user_name: Annotated[str, identifying("userName", 320)]
    """The name that the user logs in with; unique at the service (RFC 7643 section 4.1.1)."""
    external_id: Annotated[str, identifying("externalId", 512)] | None = None
    """The identifier that ties the resource to this manifest; by default namespace/name. VMware never changes it."""
    active: bool = True
    """Whether the user may log in; false disables the user at the service."""
    not_before: Instant | None = None
    """The joining date: before it the user is out of scope, and with users.createDisabled created disabled."""
    not_after: Instant | None = None
    """The leaving date: from it on the user is out of scope, and users.whenOutOfScope applies."""
    suspend: bool | None = None
    """Whether the user is left at the service as it is: nothing is sent for it until this is false again."""
    adoption: Adoption | None = None
    """What to do with a match at the service that is not ours yet; the stricter of this and the config's counts \
(Never, Approve, IfUnowned)."""
    name: Name | None = None
    """The components of the user's name."""
    display_name: Text | None = None
    """The name that is shown to others."""
    nick_name: ShortText | None = None
    """The casual name."""
    profile_url: Url | None = None
    """The user's page, as a URL."""
    title: ShortText | None = None
    """The job title."""
    user_type: ShortText | None = None
    """The relation to the organisation, such as Employee or Contractor."""
    preferred_language: ShortText | None = None
    """The preferred languages, as in the header Accept-Language: en-GB, en;q=0.8."""
    locale: (
        Annotated[
            str,
            Field(
                max_length=64,
                json_schema_extra=validated(rule(_LANGUAGE_TAG, "give a language tag such as en-GB (RFC 5646)")),
            ),
        ]
        | None
    ) = None
    """The user's place, for formats of dates and numbers, such as en-GB."""
    timezone: (
        Annotated[
            str,
            Field(
                max_length=64,
                json_schema_extra=validated(
                    rule(
                        "self.matches('^([A-Za-z][A-Za-z0-9_+/-]*)?$')",
                        "give the name of a time zone such as Europe/Berlin (IANA time zone database)",
                    ),
                ),
            ),
        ]
        | None
    ) = None
    """The user's time zone, such as Europe/Berlin."""
    emails: Annotated[tuple[Email, ...], _values(20)] | None = None
    """The e-mail addresses; VMware asks for one of type work."""
    phone_numbers: Annotated[tuple[MultiValue, ...], _values(20)] | None = None
    """The telephone numbers."""
    ims: Annotated[tuple[MultiValue, ...], _values(20)] | None = None
    """The addresses for instant messages."""
    photos: Annotated[tuple[Photo, ...], _values(10)] | None = None
    """Pictures of the user."""
    addresses: Annotated[tuple[Address, ...], _values(20)] | None = None
    """The postal addresses."""
    entitlements: Annotated[tuple[MultiValue, ...], _values(100)] | None = None
    """What the user is entitled to."""
    roles: Annotated[tuple[MultiValue, ...], _values(100)] | None = None
    """The user's roles."""
    x509_certificates: Annotated[tuple[X509Certificate, ...], _values(10)] | None = None
    """The user's certificates."""
    manager: Manager | None = None
    """The user's manager (RFC 7643 section 4.3), as another ScimUser."""
    enterprise: EnterpriseUser | None = None
    """The enterprise extension (RFC 7643 section 4.3)."""
    ws1b: Ws1bUser | None = None
    """VMware's ws1b extension."""
    extensions: Extensions | None = None
    """Attributes of other schema extensions, by schema URN and attribute name."""
