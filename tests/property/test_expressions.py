"""Our evaluation of CEL agrees with Google's own, and no expression takes long or breaks out.

Google's evaluator (C++) is the witness. It gets no null, for it loses a reference to None each time it meets one.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from cel_expr_python import cel
from hypothesis import given, settings
from hypothesis import strategies as st

from scim_operator.core.expressions import Activation, compile  # noqa: A004
from scim_operator.core.expressions.entra import convert
from scim_operator.errors import InvalidSpec
from tools.measure.effort import A_SECOND, effort

WITNESS = """
name: witness
extensions: [{name: strings}, {name: lists}, {name: math}, {name: sets}, {name: bindings}]
variables:
- {name: config, type_name: map, params: [{type_name: string}, {type_name: dyn}]}
- {name: groups, type_name: list, params: [{type_name: string}]}
"""
CONFIG = {"a": "x", "b": "Straße", "n": 3, "t": True, "l": ["x", "y"], "m": {"k": "v"}}
GROUPS = ["x", "yy", "é"]

texts = st.sampled_from(["'x'", "'yy'", "''", "'Straße'", "'é🙂'", "config.a", "config.b", "groups[0]", "'a-b-a'"])
numbers = st.sampled_from(["0", "1", "-3", "7", "config.n", "size(groups)", "9223372036854775807"])
truths = st.sampled_from(["true", "false", "config.t", "'x' in groups", "has(config.a)", "has(config.zz)"])
lists = st.sampled_from(["groups", "['x', 'b']", "config.l", "[]", "(groups + ['x'])"])


def grown(inner: tuple[st.SearchStrategy[str], ...]) -> tuple[st.SearchStrategy[str], ...]:
    text, number, truth, many = inner

    def forms(*templates: str) -> st.SearchStrategy[str]:
        return st.builds(
            lambda template, t, u, n, m, b, v: template.format(t=t, u=u, n=n, m=m, b=b, v=v),
            st.sampled_from(templates), text, text, number, number, truth, many,
        )  # fmt: skip

    return (
        text | forms("({t} + {u})", "({b} ? {t} : {u})", "{t}.replace({u}, 'z')", "{t}.lowerAscii()", "{v}.join({t})",
                     "{t}.trim()", "string({n})", "{t}.substring({n})", "{t}.charAt({n})", "{t}.replace('', {u}, {n})"),
        number | forms("({n} + {m})", "({n} - {m})", "({n} * {m})", "({n} / {m})", "({n} % {m})", "size({t})",
                       "size({v})", "{t}.indexOf({u})", "{t}.lastIndexOf({u})", "-({n})", "int(string({n}))",
                       "math.abs({n})"),
        truth | forms("({b} && {t} == {u})", "({b} || {n} < {m})", "!({b})", "{t}.startsWith({u})", "{t}.contains({u})",
                      "{v}.exists(e, e == {t})", "{v}.all(e, e.size() > {n})", "{v}.exists_one(e, e == {t})",
                      "({t} in {v})", "{t}.matches('^[a-z]+$')", "({t} <= {u})", "sets.contains({v}, [{t}])"),
        many | forms("{v}.map(e, e + {t})", "{v}.filter(e, e != {t})", "({v} + [{t}])", "{t}.split({u})",
                     "{v}.map(e, {b}, {t})", "{v}.sort()", "{v}.distinct()", "{v}.slice(0, {n})", "{v}.reverse()"),
    )  # fmt: skip


levels = grown(grown((texts, numbers, truths, lists)))
expressions = levels[0] | levels[1] | levels[2] | levels[3]


@cache
def witness() -> Any:
    return cel.NewEnv(config=cel.NewEnvConfigFromYaml(WITNESS))


def witnessed(text: str) -> Any:
    try:
        compiled = witness().compile(text)
    except RuntimeError:
        return "refused"
    found = compiled.eval(data={"config": CONFIG, "groups": GROUPS})
    return "fails" if found.type() == cel.Type.ERROR else found.plain_value()


def ours(text: str) -> Any:
    try:
        expression = compile(text, variables=["config", "groups"])
    except InvalidSpec:
        return "refused"
    try:
        return expression.evaluate(Activation(config=CONFIG, groups=GROUPS))
    except InvalidSpec:
        return "fails"


@settings(max_examples=300, deadline=None)
@given(expressions)
def test_the_same_as_googles_evaluator(text: str) -> None:
    assert ours(text) == witnessed(text), text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="user.title()[]{}'\",:?+-*/%<>=!&| \n\\019x", max_size=60))
def test_any_text_is_an_expression_or_an_invalid_spec(text: str) -> None:
    with effort() as taken, suppress(InvalidSpec):
        compile(text, variables=["user", "groups"]).evaluate(Activation(user={"title": "x"}))
    assert taken.loops < A_SECOND


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='IFNotSwitch([]){}",\\ &H0F=<>-.x\n', max_size=60))
def test_any_text_in_entra_syntax_is_converted_or_an_invalid_spec(text: str) -> None:
    with suppress(InvalidSpec):
        convert(text, lambda name: f'config["{len(name)}"]')


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_a_text_keeps_every_character_through_entra_syntax(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    try:
        converted = convert(f'Append("{quoted}", "")', str)
        assert compile(converted, variables=["user"]).evaluate(Activation()) == text
    except InvalidSpec as error:
        pytest.fail(f"{text!r}: {error}")
