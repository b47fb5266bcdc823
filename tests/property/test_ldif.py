"""Whatever is written as LDIF comes back as it was: by a writer of others, folded, in Base64, in any order."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_operator.errors import InvalidSpec
from scim_operator.sources.ldif import Ldif, read_ldif
from tests.support.others_ldap import ldif_of

NAMES = st.sampled_from(["cn", "sn", "mail", "description", "carLicense", "cn;lang-de", "l"])
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
ENTRIES = st.lists(st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=3), max_size=4), min_size=1, max_size=4)


def read(body: bytes) -> list[dict[str, list[str]]]:
    return [each.texts for each in read_ldif("a.ldif", body, Ldif())]


def expected(entries: list[dict[str, list[str]]]) -> list[dict[str, list[str]]]:
    return [{name.lower(): values for name, values in entry.items()} for entry in entries]


@given(ENTRIES)
def test_what_others_write_is_read(entries: list[dict[str, list[str]]]) -> None:
    body = b"version: 1\n\n"
    for number, entry in enumerate(entries):
        body += ldif_of(f"uid=u{number},dc=x", entry)
    assert read(body) == expected(entries)


@given(ENTRIES, st.integers(2, 30), st.sampled_from(["\n", "\r\n"]))
def test_folds_and_base64_change_nothing(entries: list[dict[str, list[str]]], width: int, end: str) -> None:
    lines = []
    for number, entry in enumerate(entries):
        lines.append(f"dn: uid=u{number},dc=x")
        for name, values in entry.items():
            for value in values:
                line = f"{name}:: {base64.b64encode(value.encode()).decode()}"
                lines += [line[:width], *(f" {line[at : at + width]}" for at in range(width, len(line), width))]
        lines.append("")
    assert read("".join(f"{line}{end}" for line in [*lines, ""]).encode()) == expected(entries)


@given(ENTRIES, st.data())
def test_a_file_that_is_cut_within_a_line_is_never_taken_for_whole(
    entries: list[dict[str, list[str]]], data: st.DataObject
) -> None:
    body = b""
    for number, entry in enumerate(entries):
        body += ldif_of(f"uid=u{number},dc=x", entry)
    cut = body[: data.draw(st.integers(1, len(body) - 1))]
    if cut.endswith(b"\n"):
        return
    with pytest.raises(InvalidSpec):
        read(cut)
