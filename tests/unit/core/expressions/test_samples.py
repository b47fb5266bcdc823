"""Every documented sample of Entra's 44 mapping functions, in CEL and in Entra's own syntax."""

from __future__ import annotations

import pytest

from scim_operator.core.expressions import MISSING, Activation, compile  # noqa: A004
from scim_operator.core.expressions.entra import convert
from scim_operator.core.expressions.library import FUNCTIONS
from tests.support.entra_choices import SAMPLES
from tests.support.entra_samples import UNIQUE_CEL, UPN, Sample, attribute

VARIABLES = ["user", "roles"]
WITHOUT_SAMPLE = {
    "Count": "no example on the page",
    "Guid": "random; its form is tested with the library",
    "IsString": "no example on the page",
    "Not": "no example on the page",
    "RandomString": "random; its rules are tested with the library",
    "StripSpaces": "no example of its own; inside others",
    "ToUpper": "no example on the page",
}


def evaluated(text: str, sample: Sample) -> object:
    activation = Activation(user=sample.document, roles=sample.roles, now=sample.now)
    return compile(text, variables=VARIABLES).evaluate(activation)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.function}: {sample.reason}")
def test_sample_in_cel(sample: Sample) -> None:
    expected = MISSING if sample.expected is ... else sample.expected
    assert evaluated(sample.cel_text, sample) == expected, sample.reason


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.function}: {sample.reason}")
def test_sample_in_entra_syntax(sample: Sample) -> None:
    expected = MISSING if sample.expected is ... else sample.expected
    assert evaluated(convert(sample.entra, attribute), sample) == expected, sample.reason


def test_every_function_has_a_sample_or_says_why_not() -> None:
    assert {sample.function for sample in SAMPLES} | set(WITHOUT_SAMPLE) == set(FUNCTIONS)
    assert len(FUNCTIONS) == 44


UNIQUE_CASES = [
    (set(), "John.Smith@contoso.com", "none is taken"),
    ({"John.Smith@contoso.com"}, "J.Smith@contoso.com", "the first is"),
    ({"John.Smith@contoso.com", "J.Smith@contoso.com"}, "Jo.Smith@contoso.com", "the first two are"),
]


@pytest.mark.parametrize(("taken", "expected", "reason"), UNIQUE_CASES)
def test_select_unique_value_asks_what_is_taken(taken: set[str], expected: str, reason: str) -> None:
    sample = Sample("SelectUniqueValue", "", UNIQUE_CEL, expected, reason, UPN)
    expression = compile(sample.cel_text, variables=VARIABLES)
    activation = Activation(user=sample.document, taken=taken.__contains__)
    assert expression.evaluate(activation) == expected, reason
    assert expression.selects


def test_a_redacted_result_is_sent_and_marked() -> None:
    expression = compile("Redact(user.userName)", variables=VARIABLES)
    assert expression.evaluate(Activation(user={"userName": "ada"})) == "ada"
    assert expression.sensitive
