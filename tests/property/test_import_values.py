"""Whatever a source has, kubectl reads back as the same value, as do readers of YAML 1.1."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_operator.local.reading import documents
from scim_operator.sources.yamltext import manifest_text
from tests.support.hostile import HOSTILE
from tools.measure.tenant import ODD

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from([text for text in (*ODD, *HOSTILE.values()) if text.isascii() or text.encode(errors="ignore")]),
    st.from_regex(r"[-+]?[0-9_.:eExXoObB~=]{1,12}", fullmatch=True),
    st.from_regex(r"(?i)(y|n|yes|no|on|off|true|false|null|nan|\.inf|~)?[ ,:#-]{0,2}", fullmatch=True),
    st.dates().map(str),
    st.datetimes().map(str),
).filter(lambda text: not any("\ud800" <= each <= "\udfff" for each in text))
NUMBERS = st.integers(-(2**63) + 1, 2**63 - 1) | st.booleans() | st.none()
VALUES = st.recursive(
    TEXTS | NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(TEXTS, VALUES, max_size=4)


@given(BODIES)
@settings(law, max_examples=400)
def test_kubectl_reads_back_what_was_written(body: dict[str, Any]) -> None:
    text = manifest_text({"spec": body})
    [found] = documents(text)
    assert found.value == {"spec": body}


@given(BODIES)
@settings(law, max_examples=400)
def test_a_reader_of_yaml_1_1_reads_the_same(body: dict[str, Any]) -> None:
    assert yaml.safe_load(manifest_text({"spec": body})) == {"spec": body}


@given(TEXTS)
@law
def test_nothing_that_is_written_can_hide_or_steer(text: str) -> None:
    written = manifest_text({"a": text})
    assert all(line.isprintable() for line in written.split("\n"))
