"""What is surely kept without CEL is kept by CEL's judgement too, and of ordinary manifests CEL is not asked."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.crd import crds
from scim_operator.api.model import VALIDATIONS
from scim_operator.local.celrules import judged_by_cel
from scim_operator.local.checks import check
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import collect_texts
from scim_operator.local.plainrules import surely
from tests.local.test_checks import CONFIG, group, user
from tests.support.hostile import EMAIL, HOSTILE, URL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.local.findings import Finding

EDGES = " \t\n\x00\x1c\x1f\x7f\x85\u00a0\u200b\u2003\u2028\u3000\ufeff"
ORDINARY = ("", "ada", "ada@corp.example", "Europe/London", "Núñez", "10m", "https://a.example/b", "urn:a:b", "a.b-1")
TEXTS = (
    *ORDINARY,
    *(text for text in (*HOSTILE.values(), *EMAIL.values(), *URL.values()) if "\ud800" not in text),
    *(made for edge in EDGES for made in (edge, f"{edge}a", f"a{edge}", f"a{edge}a@b")),
)
GIVEN = ("userRef", "groupRef", "userSelector", "expression", "notBefore", "webhook", "email", "apprise", "ignore")
OBJECTS = [dict.fromkeys(names, True) for count in range(4) for names in combinations(GIVEN, count)]
PRIMARIES = [[{}, {"primary": one}, {"primary": other}] for one in (True, False) for other in (True, False)]
FORMS = ("self.trim()", "self.filter(", "!has(self.notBefore)", "(has(self.userRef)", "self.matches(")


def rules(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (rule["rule"] for rule in schema.get(VALIDATIONS, ()))
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from rules(part)


PLAIN = sorted({rule for crd in crds() for rule in rules(crd) if surely(rule) is not None})


def values(rule: str) -> list[Any]:
    if rule.startswith("self.filter("):
        return PRIMARIES
    return list(TEXTS) if "self.matches(" in rule or "self.trim()" in rule else OBJECTS


def is_pattern(rule: str) -> bool:
    return "self.matches(" in rule and "||" not in rule


@pytest.mark.parametrize("rule", PLAIN)
def test_what_is_surely_kept_is_kept_by_cel(rule: str) -> None:
    sure = surely(rule)
    assert sure is not None
    assert [value for value in values(rule) if sure(value) and not judged_by_cel(rule)(value)] == []


@pytest.mark.parametrize("rule", [*filter(is_pattern, PLAIN)])
def test_a_pattern_is_judged_as_cel_judges_it(rule: str) -> None:
    sure = surely(rule)
    assert sure is not None
    assert [value for value in TEXTS if sure(value) is not judged_by_cel(rule)(value)] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_recognised(form: str) -> None:
    assert any(rule.startswith(form) for rule in PLAIN)


def asked_of_cel() -> int:
    counts = judged_by_cel.cache_info()
    return counts.hits + counts.misses


def errors(*texts: str) -> list[Finding]:
    found = check(collect_texts([(f"{number}.yaml", text.encode()) for number, text in enumerate(texts)]))
    return [finding for finding in found if finding.severity is Severity.ERROR]


def test_cel_is_not_asked_of_ordinary_users_and_members() -> None:
    ordinary = "  emails: [{type: work, value: ada@corp.example, primary: true}]\n  timezone: Europe/London\n"
    names = [f"user-{number}" for number in range(40)]
    others = [CONFIG, group("all", *(f"userRef: {{name: {name}}}" for name in names))]
    start = asked_of_cel()
    assert errors(*others) == []
    without = asked_of_cel() - start
    assert errors(*others, *(user(name, ordinary) for name in names)) == []
    assert asked_of_cel() - start == 2 * without
