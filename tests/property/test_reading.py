"""Whatever a file holds, reading and validating end with findings and never with an exception."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from scim_operator.local.checks import check
from scim_operator.local.document import Unreadable
from scim_operator.local.manifests import collect_texts
from scim_operator.local.reading import documents, line_of
from tests.envtest.admission import config, group, user

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(), part, max_size=4), max_leaves=10
)
RICH = (
    user(emails=[{"value": "a@b", "type": "work"}], name={"givenName": "A"}, extensions={"urn:a:b": {"c": 1}}),
    group(members=[{"userRef": {"name": "ada"}}, {"userSelector": {"matchLabels": {"a": "b"}}}]),
    config(
        scope="Assigned",
        assignments=[{"groupRef": {"name": "g"}}],
        users={"mappings": [{"target": "title", "source": "title"}], "filters": []},
        limits={"disables": {"percent": 0, "min": 1, "max": 1}},
    ),
)
YAML_LIKE = st.text(alphabet="abc:-&*!|>%@`'\"{}[],#?~ \n\t<=.01\x00\ufeff\u2028é", max_size=200)


@given(YAML_LIKE | st.text(max_size=200), st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused(text: str, as_json: bool) -> None:
    try:
        found = list(documents(text, as_json=as_json))
    except Unreadable as error:
        found = []
        event(str(error)[:30])
    assert all(line_of(text, each, ("a", 0, "b")) >= 1 for each in found)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_findings_at_most(body: bytes) -> None:
    for name in ("a.yaml", "a.json"):
        assert all(finding.as_text() for finding in check(collect_texts([(name, body)])))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@given(st.data())
@settings(max_examples=600, deadline=None)
def test_a_manifest_with_anything_in_any_field_is_valid_or_has_findings_at_a_line(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(RICH))
    broken = replaced(whole, data.draw(st.sampled_from(places(whole))), data.draw(VALUES))
    text = json.dumps(broken)
    for finding in check(collect_texts([("a.json", text.encode())]), allow_empty=True):
        assert finding.line >= 1
        assert "\n" not in finding.as_text()
