"""Manifests are read as kubectl reads them, and no file brings the process down."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from scim_operator.local.document import Unreadable
from scim_operator.local.reading import decoded, documents, line_of
from tools.measure.effort import A_SECOND, effort


def value(text: str, **kinds: Any) -> Any:
    (found,) = documents(text, **kinds)
    return found.value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", True),
        ("off", False),
        ("y", True),
        ("No", False),
        ("~", None),
        ("", None),
        ("012", 10),
        ("0o12", 10),
        ("0x1F", 31),
        ("0b101", 5),
        ("-0b11", -3),
        ("1_000", 1000),
        ("08", 8),
        ("1e3", 1000),
        ("1.5", 1.5),
        (".5", 0.5),
        ("+12", 12),
        ("99999999999999999999", 1e20),
        ("1e400", "1e400"),
        ("2026-12-01", "2026-12-01"),
        ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("1.2.3", "1.2.3"),
        ("'no'", "no"),
        ('"1"', "1"),
        ("!!str 1", "1"),
        ("!!int 1", 1),
        ("yEs", "yEs"),
        ("=", "="),
    ],
)
def test_a_scalar_means_what_it_means_to_kubectl(written: str, meant: Any) -> None:
    found = value(f"a: {written}\n")["a"]
    assert (found, type(found)) == (meant, type(meant))


def test_a_file_holds_several_documents_and_empty_ones_count_for_nothing() -> None:
    found = list(documents("---\na: 1\n---\n# nothing\n---\n- 2\n...\n"))
    assert [(each.value, each.line, each.number) for each in found] == [({"a": 1}, 2, 0), ([2], 6, 2)]


def test_aliases_and_merge_keys_are_read() -> None:
    text = "a: &a {x: 1, w: 2}\nb: *a\nc: {<<: *a, w: 3}\nd: {<<: [*a, {z: 4}]}\n"
    assert value(text) == {
        "a": {"x": 1, "w": 2},
        "b": {"x": 1, "w": 2},
        "c": {"x": 1, "w": 3},
        "d": {"x": 1, "w": 2, "z": 4},
    }


def test_a_key_becomes_the_text_that_json_has() -> None:
    assert value("on: 1\n1: 2\n'no': 3\n") == {"true": 1, "1": 2, "no": 3}


BOMB = (
    "a0: &a0 ["
    + ",".join("x" * 10)
    + "]\n"
    + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
)


DEEP = "".join(f"a{n}: &a{n} {'[' * 40}{f'*a{n - 1}' if n else 'x'}{']' * 40}\n" for n in range(20))


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", 3, "the key a stands twice", id="the second of two equal keys is lost"),
        pytest.param("[" * 100_000, 1, "nested deeper", id="C parsers die of deep nesting"),
        pytest.param("{a: " * 100_000, 1, "nested deeper", id="of mappings too"),
        pytest.param(BOMB, 5, "aliases repeat more than", id="a billion laughs"),
        pytest.param(DEEP, 2, "nested deeper", id="aliases that nest what is nested"),
        pytest.param("a: &a [*a]\n", 1, "there is no anchor &a above", id="a value within itself"),
        pytest.param("a: !!python/object/apply:os.system [ls]\n", 1, "a tag is not taken here", id="code in a tag"),
        pytest.param("\n\na: !secret x\n", 3, "a tag is not taken here", id="an unknown tag"),
        pytest.param("a: b\nc: \x00\n", 2, "no YAML", id="NUL"),
        pytest.param("a: [1\n", 2, "no YAML", id="an open bracket"),
        pytest.param("? [a]\n: b\n", 1, "a key is a text", id="a list as key"),
        pytest.param("a: .inf\n", 1, "put quotes around it", id="infinity is no JSON"),
        pytest.param("a: 1\n.inf: 1\n", 2, "put quotes around it", id="infinity is no key"),
        pytest.param("a: !!int x\n", 1, "the value is not what its tag !!int says", id="a tag that lies"),
    ],
)
def test_what_is_no_manifest_is_refused_at_its_line(text: str, line: int, sentence: str) -> None:
    with effort() as taken, pytest.raises(Unreadable, match=sentence) as refused:
        list(documents(text))
    assert refused.value.line == line
    assert taken.loops < 2 * A_SECOND


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[" * 100_000, "nested deeper"),
        ("[" * 65 + "]" * 65, "nested deeper"),
        ('{"a": 1, "a": 2}', "the key a stands twice"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": 1', "no JSON"),
        ('{"a": 1e999}', "beyond all bounds"),
        ('{"a": ' + "9" * 5000 + "}", "beyond all bounds"),
        ('{"a": "\\ud800"}', "half of a character"),
    ],
)
def test_json_is_held_to_the_same(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        list(documents(text, as_json=True))


def test_json_may_be_indented_with_tabs_and_follow_itself() -> None:
    assert [each.value for each in documents('{\n\t"a": "no"}\n{"b": 1e3}', as_json=True)] == [
        {"a": "no"},
        {"b": 1000},
    ]


def test_a_text_of_a_mebibyte_is_read() -> None:
    assert len(value(f"a: {'x' * 1048576}\n")["a"]) == 1048576


def test_a_byte_order_mark_is_dropped_and_latin_1_refused_at_its_line() -> None:
    assert decoded("\ufeffa: 1".encode()) == "a: 1"
    with pytest.raises(Unreadable, match="UTF-8") as refused:
        decoded(b"a: 1\nb: caf\xe9\n")
    assert refused.value.line == 2


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 2),
        (("spec",), 4),
        (("spec", "emails", 0), 6),
        (("spec", "emails", 1, "value"), 9),
        (("spec", "emails", 1, "missing"), 8),
        (("nothing", "here"), 2),
    ],
)
def test_every_field_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    emails = "  emails:\n  - value: a\n    type: work\n  - type: home\n    value: b\n"
    text = f"---\nkind: ScimUser\nmetadata: {{name: ada}}\nspec:\n{emails}"
    (found,) = documents(text)
    assert line_of(text, found, path) == line


def test_ten_thousand_manifests_are_read_in_seconds() -> None:
    one = "---\nkind: ScimUser\nmetadata: {name: a}\nspec:\n  userName: a\n  emails:\n  - value: a\n    primary: true\n"
    with effort() as taken:
        assert sum(1 for _ in documents(one * 10_000)) == 10_000
    assert taken.loops < 5 * A_SECOND


@pytest.mark.parametrize("before", ["", "# é\n", "---\nx: &a [é, \U0001d4b3]\n---\n", "a: 1\n--- # more\n\n"])
@pytest.mark.parametrize("text", ["a:\n  b: 1\n  c:\n  - d: 2\n", "  a:\n    b: 1\n    c:\n    - d: 2\n"])
def test_a_line_is_right_wherever_the_document_stands(before: str, text: str) -> None:
    found = list(documents(before + text))[-1]
    assert line_of(before + text, found, ("a", "c", 0, "d")) == before.count("\n") + 4


@pytest.mark.parametrize("as_json", [False, True], ids=["YAML", "JSON"])
@pytest.mark.parametrize("written", ["99999999999999999999", "1e300", '"\\u00e9\\u0000"'])
def test_every_value_can_be_sent_on(written: str, *, as_json: bool) -> None:
    assert orjson.loads(orjson.dumps(value(f'{{"a": {written}}}', as_json=as_json))) is not None


def test_half_of_a_character_is_refused_in_yaml_too() -> None:
    with pytest.raises(Unreadable):
        value('a: "\\ud800"')
