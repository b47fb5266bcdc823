"""The samples of Entra's function reference, in its own syntax and in CEL;
those that choose are in entra_choices,
those on dates in entra_dates.

The page is docs/identity/app-provisioning/functions-for-customizing-application-data.md of MicrosoftDocs/entra-docs.
In the CEL column `$.name` stands for the sample's source attribute.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

URN = "urn:example:params:scim:schemas:sample:2.0:User"
NOW = datetime(2021, 8, 25, 17, 41, 18, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    function: str
    entra: str
    cel: str
    expected: Any
    reason: str
    source: dict[str, Any] = field(default_factory=dict)
    now: datetime = NOW
    roles: tuple[str, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        return {"userName": "ada", URN: self.source}

    @property
    def cel_text(self) -> str:
        return self.cel.replace("$.", f'user["{URN}"].')


def attribute(name: str) -> str:
    """Where the sample's source attribute stands."""
    return "roles" if name == "appRoleAssignments" else f'user["{URN}"].{name}'


UPN = {"PreferredFirstName": "John", "PreferredLastName": "Smith"}
ISD = "\\\\+(?<isdCode>\\\\d* )(?<phoneNumber>\\\\d{10})"
UNIQUE = """
    SelectUniqueValue(
        Join("@", NormalizeDiacritics(StripSpaces(Join(".",  [PreferredFirstName], [PreferredLastName]))), "contoso.com"),
        Join("@", NormalizeDiacritics(StripSpaces(Join(".",  Mid([PreferredFirstName], 1, 1), [PreferredLastName]))), "contoso.com"),
        Join("@", NormalizeDiacritics(StripSpaces(Join(".",  Mid([PreferredFirstName], 1, 2), [PreferredLastName]))), "contoso.com")
    )
"""  # noqa: E501 - as the page has it
UNIQUE_CEL = """
    SelectUniqueValue(
        Join("@", NormalizeDiacritics(StripSpaces(Join(".", $.PreferredFirstName, $.PreferredLastName))), "contoso.com"),
        Join("@", NormalizeDiacritics(StripSpaces(Join(".", Mid($.PreferredFirstName, 1, 1), $.PreferredLastName))), "contoso.com"),
        Join("@", NormalizeDiacritics(StripSpaces(Join(".", Mid($.PreferredFirstName, 1, 2), $.PreferredLastName))), "contoso.com")
    )
"""  # noqa: E501
LOWER = (
    'ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".",  [PreferredFirstName], [PreferredLastName]))), '
    '"contoso.com"))'
)
LOWER_CEL = (
    'ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".", $.PreferredFirstName, $.PreferredLastName))), '
    '"contoso.com"))'
)


def role(name: str) -> dict[str, Any]:
    return {"primary": False, "type": "WindowsAzureActiveDirectoryRole", "display": name, "value": name}


TEXT = [
    Sample(
        "Append",
        'Append([userPrincipalName], ".test")',
        'Append($.userPrincipalName, ".test")',
        "John.Doe@contoso.com.test",
        "a constant suffix",
        {"userPrincipalName": "John.Doe@contoso.com"},
    ),
    Sample(
        "ConvertToBase64",
        'ConvertToBase64("Hello world!")',
        'ConvertToBase64("Hello world!")',
        "SABlAGwAbABvACAAdwBvAHIAbABkACEA",
        "Unicode means UTF-16LE",
    ),
    Sample(
        "ConvertToUTF8Hex",
        'ConvertToUTF8Hex("Hello world!")',
        'ConvertToUTF8Hex("Hello world!")',
        "48656C6C6F20776F726C6421",
        "upper case, no separators",
    ),
    Sample(
        "CStr",
        "CStr([dn])",
        "CStr($.dn)",
        "cn=Joe,dc=contoso,dc=com",
        "a text stays",
        {"dn": "cn=Joe,dc=contoso,dc=com"},
    ),
    Sample(
        "InStr",
        'InStr("The quick brown fox","quick")',
        'InStr("The quick brown fox", "quick")',
        5,
        "counted from 1",
    ),
    Sample(
        "InStr",
        'InStr("repEated","e",3,vbBinaryCompare)',
        'InStr("repEated", "e", 3, vbBinaryCompare)',
        7,
        "E is not e, and the search begins at the third",
    ),
    Sample("Left", 'Left("John Doe", 3)', 'Left("John Doe", 3)', "Joh", "the first three"),
    Sample(
        "NormalizeDiacritics",
        "NormalizeDiacritics([givenName])",
        "NormalizeDiacritics($.givenName)",
        "Zoe",
        "ë is in the table",
        {"givenName": "Zoë"},
    ),
    Sample(
        "PCase",
        "PCase([firstName])",
        "PCase($.firstName)",
        "Pablo Gonsalves (Second)",
        "a parenthesis parts words by default, and capitals are no acronyms",
        {"firstName": "PABLO GONSALVES (SECOND)"},
    ),
    Sample(
        "PCase",
        'PCase([lastName]," \'-")',
        'PCase($.lastName, " \'-")',
        "Pinto-De'Silva",
        "an apostrophe parts words when it is asked to",
        {"lastName": "PINTO-DE'SILVA"},
    ),
    Sample(
        "PCase",
        'PCase(Join(" ",[firstName],[lastName]))',
        'PCase(Join(" ", $.firstName, $.lastName))',
        "Gregory James",
        "of a nested Join",
        {"firstName": "GREGORY", "lastName": "JAMES"},
    ),
    Sample("ToLower", LOWER, LOWER_CEL, "john.smith@contoso.com", "of a generated name", UPN),
    Sample(
        "Word", 'Word("The quick brown fox",3," ")', 'Word("The quick brown fox", 3, " ")', "brown", "the third word"
    ),
    Sample(
        "Word",
        'Word("This,string!has&many separators",3,",!&#")',
        'Word("This,string!has&many separators", 3, ",!&#")',
        "has",
        "any of the delimiters parts words",
    ),
    Sample(
        "Mid",
        "Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))",
        "Append(Mid($.givenName, 1, 3), Mid($.surname, 1, 5))",
        "JohDoe",
        "a length beyond the end ends there",
        {"givenName": "John", "surname": "Doe"},
    ),
]

REPLACE = [
    Sample(
        "Replace",
        'Replace([BusinessTitle],"Product Developer", , , "Software Engineer", , )',
        'Replace($.BusinessTitle, "Product Developer", null, null, "Software Engineer", null, null)',
        "Software Engineer",
        "oldValue with replacementValue",
        {"BusinessTitle": "Product Developer"},
    ),
    Sample(
        "Replace",
        'Replace([UserID],"<username>", , , , , "<username>@contoso.com")',
        'Replace($.UserID, "<username>", null, null, null, null, "<username>@contoso.com")',
        "jsmith@contoso.com",
        "oldValue with template",
        {"UserID": "jsmith"},
    ),
    Sample(
        "Replace",
        f'Replace([telephoneNumber], , "{ISD}", , "${{phoneNumber}}", , )',
        f'Replace($.telephoneNumber, null, "{ISD}", null, "${{phoneNumber}}", null, null)',
        "9998887777",
        "regexPattern with a group's name in replacementValue",
        {"telephoneNumber": "+91 9998887777"},
    ),
    Sample(
        "Replace",
        r'Replace([mobile], , "[()\\s-]+", , "", , )',
        r'Replace($.mobile, null, "[()\\s-]+", null, "", null, null)',
        "+19998887777",
        "removes what the pattern matches; the page's output drops the + too, which its pattern does not match",
        {"mobile": "+1 (999) 888-7777"},
    ),
    Sample(
        "Replace",
        r'Replace([AddressLineData], ,"(?<streetNumber>^\\d*)","streetNumber", "888", , )',
        r'Replace($.AddressLineData, null, "(?<streetNumber>^\\d*)", "streetNumber", "888", null, null)',
        "888 Tremont Street",
        "the group alone is replaced",
        {"AddressLineData": "545 Tremont Street"},
    ),
    Sample(
        "Replace",
        'Replace([userPrincipalName], , "(?<Suffix>@(.)*)", "Suffix", "", , )',
        'Replace($.userPrincipalName, null, "(?<Suffix>@(.)*)", "Suffix", "", null, null)',
        "jsmith",
        "the group is replaced by nothing",
        {"userPrincipalName": "jsmith@contoso.com"},
    ),
    Sample(
        "Replace",
        f'Replace([telephoneNumber], , "{ISD}", "phoneNumber" , , [mobile], )',
        f'Replace($.telephoneNumber, null, "{ISD}", "phoneNumber", null, $.mobile, null)',
        "8887779999",
        "an empty source takes the group from the other attribute",
        {"telephoneNumber": "", "mobile": "+91 8887779999"},
    ),
    Sample(
        "Replace",
        'Replace([mailNickname], , "[a-zA-Z_]*", , "", , )',
        'Replace($.mailNickname, null, "[a-zA-Z_]*", null, "", null, null)',
        "72",
        "matches of the empty text change nothing",
        {"mailNickname": "john_doe72"},
    ),
    Sample(
        "Replace",
        'Replace([mail], "@contoso.com", , ,"", ,)',
        'Replace($.mail, "@contoso.com", null, null, "", null, null)',
        "john.doe",
        "strips a known domain",
        {"mail": "john.doe@contoso.com"},
    ),
    Sample(
        "Replace",
        'Join("", 1000, Replace(ConvertToUTF8Hex([objectId]), , "[a-zA-Z_]*", , "", , ))',
        'Join("", 1000, Replace(ConvertToUTF8Hex($.objectId), null, "[a-zA-Z_]*", null, "", null, null))',
        "100064303565343562312333930392343435612626135652636136306362633065346234",
        "the output printed on the page belongs to this id, which its placeholder hides; letters of the digits go too",
        {"objectId": "d05e45b1-3909-445a-ba5e-ca60cbc0e4b4"},
    ),
]

LISTS = [
    Sample(
        "Item",
        "Item([proxyAddresses], 1)",
        "Item($.proxyAddresses, 1)",
        "SMTP:a@b.c",
        "the first",
        {"proxyAddresses": ["SMTP:a@b.c", "smtp:d@e.f"]},
    ),
    Sample(
        "Join",
        'Join(", ", "", [surname], [givenName])',
        'Join(", ", "", $.surname, $.givenName)',
        "Doe, John",
        "an empty source is left out",
        {"surname": "Doe", "givenName": "John"},
    ),
    Sample(
        "RemoveDuplicates",
        "RemoveDuplicates([proxyAddresses])",
        "RemoveDuplicates($.proxyAddresses)",
        ["b", "a"],
        "each once, in order",
        {"proxyAddresses": ["b", "a", "b"]},
    ),
    Sample(
        "Split",
        'Split([extensionAttribute5], ",")',
        'Split($.extensionAttribute5, ",")',
        ["PermissionSetOne", "PermissionSetTwo"],
        "the blank after the comma goes",
        {"extensionAttribute5": "PermissionSetOne, PermissionSetTwo"},
    ),
    Sample(
        "AppRoleAssignmentsComplex",
        "AppRoleAssignmentsComplex([appRoleAssignments])",
        "AppRoleAssignmentsComplex(roles)",
        [role("Admin"), role("User")],
        "several roles, none primary",
        roles=("Admin", "User"),
    ),
    Sample(
        "AssertiveAppRoleAssignmentsComplex",
        "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])",
        "AssertiveAppRoleAssignmentsComplex(roles)",
        [role("User"), role("Test")],
        "the same values; what differs is the request",
        roles=("User", "Test"),
    ),
    Sample(
        "SingleAppRoleAssignment",
        "SingleAppRoleAssignment([appRoleAssignments])",
        "SingleAppRoleAssignment(roles)",
        "Admin",
        "one role's name",
        roles=("Admin",),
    ),
    Sample("SelectUniqueValue", UNIQUE, UNIQUE_CEL, "John.Smith@contoso.com", "none is taken", UPN),
]

REDACT = [
    Sample("Redact", "Redact([userPrincipalName])", "Redact($.userPrincipalName)", "a", "", {"userPrincipalName": "a"}),
    Sample("Redact", 'Redact("StringToBeRedacted")', 'Redact("StringToBeRedacted")', "StringToBeRedacted", ""),
]

VALUES = [*TEXT, *REPLACE, *LISTS, *REDACT]
"""The samples of functions on texts and lists."""
