"""The samples of Entra's function reference that choose and ask, in its own syntax and in CEL."""

from __future__ import annotations

from tests.support.entra_dates import ON_DATES
from tests.support.entra_samples import VALUES, Sample

STATE = (
    'Switch([state], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "Australia/Brisbane", "SA", '
    '"Australia/Adelaide")'
)
STATE_CEL = (
    'Switch($.state, "Australia/Sydney", "NSW", "Australia/Sydney", "QLD", "Australia/Brisbane", "SA", '
    '"Australia/Adelaide")'
)
PREFIX = 'IgnoreFlowIfNullOrEmpty(Switch([prefix], "", "3443", "Dr.", "3444", "Prof.", "3445", "Prof. Dr."))'
PREFIX_CEL = 'IgnoreFlowIfNullOrEmpty(Switch($.prefix, "", "3443", "Dr.", "3444", "Prof.", "3445", "Prof. Dr."))'
ACTIVE = (
    'Switch([Active], , \n  "1", IIF(DateDiff("d", Now(), CDate([StatusHireDate])) > 5, "False", "True"), \n'
    '  "0", "False")'
)
ACTIVE_CEL = (
    'Switch($.Active, null, "1", IIF(DateDiff("d", Now(), CDate($.StatusHireDate)) > 5, "False", "True"), "0", "False")'
)
AND = 'IIF([country]="USA",IIF([state]="CA","True","False"),"False")'
AND_CEL = 'IIF($.country == "USA", IIF($.state == "CA", "True", "False"), "False")'
OR = 'IIF([country]="USA","True",IIF([state]="CA","True","False"))'
OR_CEL = 'IIF($.country == "USA", "True", IIF($.state == "CA", "True", "False"))'
MANAGERS = (
    "Switch(IsPresent([directManager]),[directManager], IsPresent([skiplevelManager]),[skiplevelManager], "
    "IsPresent([director]),[director])"
)
MANAGERS_CEL = (
    "Switch(IsPresent($.directManager), $.directManager, IsPresent($.skiplevelManager), $.skiplevelManager, "
    "IsPresent($.director), $.director)"
)
COMPANY = 'IIF([companyName] = "Company A", "A", IIF([companyName] = "Company B", "B", "External"))'
COMPANY_CEL = 'IIF($.companyName == "Company A", "A", IIF($.companyName == "Company B", "B", "External"))'

LOGIC = [
    Sample("BitAnd", "BitAnd(&HF, &HF7)", "BitAnd(0xF, 0xF7)", 7, "hexadecimal numbers"),
    Sample("CBool", "CBool([a] = [b])", "CBool($.a == $.b)", True, "both have the same value", {"a": "x", "b": "x"}),
    Sample("CBool", "CBool([a] = [b])", "CBool($.a == $.b)", False, "they differ", {"a": "x", "b": "y"}),
    Sample(
        "Coalesce",
        "Coalesce([mail],[userPrincipalName])",
        "Coalesce($.mail, $.userPrincipalName)",
        "John.Doe@contoso.com",
        "the first is null",
        {"mail": None, "userPrincipalName": "John.Doe@contoso.com"},
    ),
    Sample(
        "IIF",
        'IIF([country]="USA",[country],[department])',
        'IIF($.country == "USA", $.country, $.department)',
        "USA",
        "true",
        {"country": "USA", "department": "Sales"},
    ),
    Sample(
        "IIF",
        'IIF([country]="USA",[country],[department])',
        'IIF($.country == "USA", $.country, $.department)',
        "Sales",
        "false",
        {"country": "DE", "department": "Sales"},
    ),
    Sample("IIF", AND, AND_CEL, "True", "AND by nesting, both", {"country": "USA", "state": "CA"}),
    Sample("IIF", AND, AND_CEL, "False", "AND by nesting, one", {"country": "USA", "state": "NY"}),
    Sample("IIF", OR, OR_CEL, "True", "OR by nesting, one", {"country": "DE", "state": "CA"}),
    Sample("IIF", OR, OR_CEL, "False", "OR by nesting, none", {"country": "DE", "state": "BE"}),
    Sample(
        "IIF",
        'IIF([country]="","Other",[country])',
        'IIF(IsNullOrEmpty($.country), "Other", $.country)',
        "Other",
        "listed as unsupported, since Entra's condition fails on null; here it does what it says",
    ),
    Sample(
        "IIF",
        'IIF(IsNullOrEmpty([country]),"Other",[country])',
        'IIF(IsNullOrEmpty($.country), "Other", $.country)',
        "Other",
        "listed as unsupported too",
    ),
    Sample(
        "IIF",
        'IIF(IsPresent([country]),[country],"Other")',
        'IIF(IsPresent($.country), $.country, "Other")',
        "Other",
        "listed as unsupported too",
    ),
    Sample(
        "Switch",
        'Switch([country],[country],"","Other")',
        'Switch($.country, $.country, "", "Other")',
        "Other",
        "the workaround: the key empty stands for null",
    ),
    Sample(
        "Switch",
        'Switch([country],[country],"","Other")',
        'Switch($.country, $.country, "", "Other")',
        "DE",
        "the workaround, with a value",
        {"country": "DE"},
    ),
    Sample("IsNull", "IsNull([displayName])", "IsNull($.displayName)", True, "absent is null"),
    Sample("IsNull", "IsNull([displayName])", "IsNull($.displayName)", False, "empty is not", {"displayName": ""}),
    Sample("IsNullOrEmpty", "IsNullOrEmpty([displayName])", "IsNullOrEmpty($.displayName)", True, "absent"),
    Sample(
        "IsNullOrEmpty",
        "IsNullOrEmpty([displayName])",
        "IsNullOrEmpty($.displayName)",
        True,
        "present and empty",
        {"displayName": ""},
    ),
    Sample(
        "IsPresent",
        MANAGERS,
        MANAGERS_CEL,
        "skip",
        "a key that equals the source, which is true as well (the page warns of IsPresent as the source)",
        {"directManager": "direct", "skiplevelManager": "skip"},
    ),
    Sample(
        "IgnoreFlowIfNullOrEmpty",
        "IgnoreFlowIfNullOrEmpty([department])",
        "IgnoreFlowIfNullOrEmpty($.department)",
        ...,
        "null drops the attribute from the flow",
    ),
    Sample("IgnoreFlowIfNullOrEmpty", PREFIX, PREFIX_CEL, ..., "the default is empty", {"prefix": "1"}),
    Sample("IgnoreFlowIfNullOrEmpty", PREFIX, PREFIX_CEL, "Prof.", "a key matches", {"prefix": "3444"}),
    Sample("Switch", STATE, STATE_CEL, "Australia/Brisbane", "a key matches", {"state": "QLD"}),
    Sample("Switch", STATE, STATE_CEL, "Australia/Sydney", "no key does", {"state": "VIC"}),
    Sample("Switch", STATE, STATE_CEL, "Australia/Sydney", "keys are case-sensitive", {"state": "qld"}),
    Sample(
        "Switch",
        'Switch(ToLower([statusFlag]), "0", "true", "1", "false", "0")',
        'Switch(ToLower($.statusFlag), "0", "true", "1", "false", "0")',
        "1",
        "a source brought to lower case matches however it was written",
        {"statusFlag": "TRUE"},
    ),
    Sample(
        "Switch",
        'Switch([statusFlag], "Default Value", "true", "1", "", "0")',
        'Switch($.statusFlag, "Default Value", "true", "1", "", "0")',
        "0",
        "the key empty stands for an absent source",
    ),
    Sample(
        "Switch",
        'Switch([companyName], "External", "Company A", "A", "Company B", "B")',
        'Switch($.companyName, "External", "Company A", "A", "Company B", "B")',
        "B",
        "the page's defect: Entra gives null when another attribute changed; here it is as it reads",
        {"companyName": "Company B"},
    ),
    Sample("IIF", COMPANY, COMPANY_CEL, "B", "the page's way around that defect", {"companyName": "Company B"}),
    Sample("IIF", COMPANY, COMPANY_CEL, "External", "which gives the default for null"),
    Sample(
        "DateDiff",
        ACTIVE,
        ACTIVE_CEL,
        "True",
        "active, and hired within five days",
        {"Active": "1", "StatusHireDate": "2021-08-28"},
    ),
    Sample(
        "DateDiff",
        ACTIVE,
        ACTIVE_CEL,
        "False",
        "active, and hired later",
        {"Active": "1", "StatusHireDate": "2021-09-28"},
    ),
    Sample("DateDiff", ACTIVE, ACTIVE_CEL, "False", "inactive", {"Active": "0", "StatusHireDate": "2021-08-28"}),
    Sample("DateDiff", ACTIVE, ACTIVE_CEL, None, "the default is left empty", {"Active": "2"}),
]

SAMPLES = [*VALUES, *ON_DATES, *LOGIC]
"""All samples."""
