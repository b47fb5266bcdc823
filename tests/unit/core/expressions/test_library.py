"""What Entra's function reference says in words, and .NET's and Visual Basic's rules that its samples rest on."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from scim_operator.core.expressions import Activation, compile  # noqa: A004
from scim_operator.errors import InvalidSpec

CONFIG = {"no": None, "n": 7, "t": True, "l": ["a", "b", "a"], "one": "x", "upper": "TRUE"}


def value(text: str) -> Any:
    drawn = random.Random(1)
    activation = Activation(config=CONFIG, now=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), random=drawn.randrange)
    return compile(text, variables=["config"]).evaluate(activation)


CASES = [
    ("Append(config.no, 'x')", None, "no source, no value"),
    ("Append('x', config.no)", "x", "no suffix"),
    ("Left('John', 0)", "", "the reference: 0 gives the empty text"),
    ("Left('John', -1)", "John", "the reference: less than 0 gives the whole"),
    ("Left(config.no, 2)", "", "the reference: null gives the empty text"),
    ("Left('Jo', 5)", "Jo", "the reference: fewer characters than asked for"),
    ("Mid('John', 3, 9)", "hn", "the reference: a length beyond the end"),
    ("Mid('John', 9, 2)", "", "a start beyond the end"),
    ("Mid(config.no, 1, 1)", None, "no source"),
    ("Word('a b', 0, ' ')", "", "the reference: a number below 1"),
    ("Word('a b', 3, ' ')", "", "the reference: fewer words"),
    ("Word(config.no, 1, ' ')", "", "the reference: null"),
    ("Word('a  b', 2, ' ')", "b", "delimiters side by side"),
    ("Word('a]b^c', 2, ']^')", "b", "delimiters that mean something in a regular expression"),
    ("InStr('abc', 'x')", 0, "not there"),
    ("InStr('repEated', 'E', 1, vbTextCompare)", 2, "without regard to case"),
    ("InStr(config.no, 'x')", 0, "nothing to search"),
    ("StripSpaces(' a b\\t')", "ab\t", "the reference: the space character alone"),
    ("ToUpper('straße')", "STRAßE", ".NET's invariant culture keeps the length"),
    ("ToLower('IŞIK', 'tr-TR')", "ışık", "Turkish: I without a dot"),  # noqa: RUF001
    ("ToUpper('istanbul', 'tr')", "İSTANBUL", "and with one"),
    ("ToLower('ISTANBUL')", "istanbul", "the invariant culture"),
    ("ToLower('ΑΣ')", "ασ", "character by character: no final sigma"),  # noqa: RUF001
    ('PCase("o\'NEIL-smith")', "O'neil-Smith", ".NET: an apostrophe inside a word does not part it"),
    ("PCase('3rd fLOOR')", "3Rd Floor", ".NET: a letter after digits begins a word"),
    ("PCase('a_b')", "A_B", "the reference: connector punctuation parts words"),
    ("PCase('mary ann', '')", "Mary ann", "no separators: one word"),
    ("PCase('ÉLODIE ÖZ')", "Élodie Öz", "letters beyond ASCII"),
    ("NormalizeDiacritics('Łukasz Øre Æsir Straße ıİ')", "Lukasz OEre AEsir Strasse iI", "the table's exceptions"),
    ("NormalizeDiacritics('Йод')", "Йод", "another letter in its script, and not in the table"),
    ("ConvertToBase64('🙂')", "PdhC3g==", "a surrogate pair"),
    ("ConvertToUTF8Hex('é')", "C3A9", "two bytes"),
    ("CStr(true)", "True", "as .NET spells it"),
    ("CStr(7)", "7", "a number"),
    ("CStr(config.no)", None, "nothing"),
    ("Coalesce('', 'x')", "", "the reference: empty is not null"),
    ("Coalesce(config.no, config.no)", None, "the reference: all null"),
    ("Coalesce(config.no, 'default')", "default", "the reference: the default"),
    ("Not('True')", "False", "the reference"),
    ("Not('False')", "True", "the reference: otherwise True"),
    ("Not('x')", "True", "the reference: otherwise True"),
    ("Not(config.t)", False, "of a boolean"),
    ("CBool(2)", True, "the reference: a value other than zero"),
    ("CBool(0)", False, "zero"),
    ("CBool(config.upper)", True, "the name of a boolean"),
    ("CBool(config.no)", False, "nothing"),
    ("IsString('x')", True, "a text"),
    ("IsString(config.n)", False, "a number"),
    ("IsPresent(config.no)", False, "the inverse of IsNullOrEmpty"),
    ("IsNull('')", False, "the reference: null is absence"),
    ("IIF(config.no == 'x', 1, 2)", 2, "null equals no text"),
    ("IIF(config.t, 1, SingleAppRoleAssignment(['a', 'b']))", 1, "the other branch is not evaluated"),
    ("Switch(config.t, 'd', 'true', 'yes')", "yes", "a boolean by either spelling"),
    ("Switch(config.n, 'd', 7, 'seven')", "seven", "a number"),
    ("Switch('x', 'd')", "d", "no keys at all"),
    ("Switch('X', 'd', 'x', 'y')", "d", "the reference: case-sensitive"),
    ("Count(config.l)", 3, "several values"),
    ("Count(config.no)", 0, "none"),
    ("Count(config.one)", 1, "one"),
    ("Item(config.l, 4)", None, "fewer values than that"),
    ("Join('-', config.l, config.no, 1)", "a-b-a-1", "lists one by one, null left out, numbers as text"),
    ("Join('@', config.no)", None, "nothing to join"),
    ("Join('; ', [{'type': 'work', 'value': 'a@b'}])", "a@b", "the value of a complex element"),
    ("Split('a;;b', ';')", ["a", "b"], "empty parts are no values"),
    ("Split(config.no, ',')", None, "nothing"),
    ("RemoveDuplicates([{'value': 'a'}, {'value': 'a'}, {'value': 'b'}])", [{"value": "a"}, {"value": "b"}], "objects"),
    ("SingleAppRoleAssignment([])", None, "no role"),
    ("SingleAppRoleAssignment([{'value': 'x', 'displayName': 'X'}])", "x", "a role with a name"),
    ("Replace('a.b', '.', null, null, '', null, null)", "ab", "oldValue is no pattern"),
    ("Replace('aXa', 'x', null, null, 'y', null, null)", "aXa", "the reference: case-sensitive"),
    ("Replace('x', 'x', null, null, config.no, null, null)", "", "a replacement without a value"),
    ("Replace('u', '%', null, null, null, null, 'a%b%')", "aubu", "the template, in each place"),
    ("Replace('ab', null, '(a)(b)', null, '$2$1$$$0', null, null)", "ba$ab", ".NET's substitutions"),
    ("Replace('ab', null, 'a', null, '${none}', null, null)", "${none}b", "a group that is not there stays"),
    ("Replace('a1b2', null, '[a-z](?<d>[0-9])', 'd', '', null, null)", "ab", "the group in each match"),
    ("Replace(config.no, null, '(?<d>[0-9])', 'd', null, 'x', null)", None, "no match in the other attribute"),
    ("Replace('s', null, '(?<d>[0-9])', 'd', null, 'x1', null)", "s", "the reference: a source that has a value"),
    ("BitAnd(0xF0, 0x3C)", 0x30, "both bits"),
    ("Now()", "1/2/2026 3:04:05 AM", "of the activation"),
    ("CDate('2026-02-01')", "2/1/2026 12:00:00 AM", "midnight is twelve"),
    ("CDate('8/25/2021 5:41:18 PM')", "8/25/2021 5:41:18 PM", "its own form"),
    ("CDate('Tue, 15 Nov 1994 12:45:26 GMT')", "11/15/1994 12:45:26 PM", "the form of HTTP"),
    ("CDate('January 5, 2020')", "1/5/2020 12:00:00 AM", "a month by name"),
    ("CDate(config.no)", None, "nothing"),
    ("DateAdd('m', 1, '2026-01-31')", "2/28/2026 12:00:00 AM", "Visual Basic: the end of a shorter month"),
    ("DateAdd('yyyy', 1, '2024-02-29')", "2/28/2025 12:00:00 AM", "no leap year"),
    ("DateAdd('m', -1, '2026-01-15')", "12/15/2025 12:00:00 AM", "back over the year"),
    ("DateAdd('h', 25, '2026-01-01')", "1/2/2026 1:00:00 AM", "hours"),
    ("DateAdd('n', 90, '2026-01-01')", "1/1/2026 1:30:00 AM", "minutes"),
    ("DateAdd('s', -1, '2026-01-01')", "12/31/2025 11:59:59 PM", "seconds"),
    ("DateDiff('ww', '2026-01-03', '2026-01-04')", 1, "Visual Basic: a Saturday and the Sunday after it"),
    ("DateDiff('ww', '2026-01-04', '2026-01-10')", 0, "within a week"),
    ("DateDiff('yyyy', '2025-12-31', '2026-01-01')", 1, "Visual Basic: calendar fields"),
    ("DateDiff('d', '2026-01-01 23:00', '2026-01-02 01:00')", 0, "Visual Basic: whole days"),
    ("DateFromNum(0)", "1/1/1601 12:00:00 AM", "the beginning"),
    ("NumFromDate('1601-01-01T00:00:00Z')", 0, "and back"),
    ("NumFromDate(config.no)", None, "nothing"),
    ("FormatDateTime('2026-01-02', null, 'yyyy-MM-dd', 'ddd d MMM yy')", "Fri 2 Jan 26", "names"),
    ("FormatDateTime('2026-01-02', null, 'yyyy-MM-dd', 'dddd, MMMM')", "Friday, January", "long names"),
    ("FormatDateTime('13:05', null, 'HH:mm', 'h:mm tt')", "1:05 PM", "twelve hours"),
    ("FormatDateTime('12:05 AM', null, 'hh:mm tt', 'HH:mm')", "00:05", "and midnight"),
    ("FormatDateTime('050226', null, 'ddMMyy', 'yyyy-MM-dd')", "2026-02-05", "two digits of a year"),
    ("FormatDateTime('01.01.85', null, 'dd.MM.yy', 'yyyy')", "1985", "of the last century"),
    ("FormatDateTime(' 2026-01-02 ', null, 'yyyy-MM-dd', 'yyyy')", "2026", "white space around, by default"),
    ("FormatDateTime('2026-01-02T03:04:05Z', null, 'yyyy-MM-ddTHH:mm:ssK', 'o')", "2026-01-02T03:04:05.0000000Z", "o"),
    ("FormatDateTime('2026-01-02T03:04+02:00', null, 'yyyy-MM-ddTHH:mmzzz', 's')", "2026-01-02T01:04:00", "to UTC"),
    ("FormatDateTime('2 january 2026', null, 'd MMMM yyyy', \"'day' d\")", "day 2", "a literal in quotes"),
    ("FormatDateTime('20260102', 'AssumeUniversal', 'yyyyMMdd', 'yyyy-MM-ddK')", "2026-01-02Z", "a style"),
    ("FormatDateTime(config.no, null, 'yyyy', 'yy')", None, "nothing"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), CASES)
def test_function(text: str, expected: Any, reason: str) -> None:
    assert value(text) == expected, reason


REFUSED = [
    ("CDate('2026-02-30')", "no such day", "a day that is none"),
    ("CDate('soon')", "CDate cannot read this as a date", "no date"),
    ("DateAdd('q', 1, '2026-01-01')", "interval is one of yyyy, m, d, ww, h, n and s", "an interval of VBA's own"),
    ("DateAdd('yyyy', 9000, '2026-01-01')", "outside the years 1 to 9999", "too far"),
    ("DateAdd('s', 9223372036854775807, '2026-01-01')", "outside the years", "much too far"),
    ("DateFromNum(9223372036854775807)", "Active Directory's 'never' is none", "never"),
    ("FormatDateTime('2026', null, 'yyyy-MM', 'yy')", "not of the form that inputFormat says", "another form"),
    ("FormatDateTime('2026', null, 'x', 'yy')", "no standard date format of that letter", "no format"),
    ("FormatDateTime('2026', null, '', 'yy')", "1 to 100 characters", "an empty format"),
    ("FormatDateTime('2026', 'Backwards', 'yyyy', 'yy')", "names such as AssumeUniversal", "no style"),
    ("FormatDateTime('13', null, 'MM', 'yy')", "no such day", "a month that is none"),
    ("RandomString(4, 2, 2, 2, 2)", "add up to more than Length", "an impossible wish"),
    ("RandomString(300, 1, 1, 1, 1)", "1 to 256", "too long"),
    ("RandomString(4, 1, 0, 0, 0, '0123456789')", "leaves nothing of a kind", "no digits left"),
    ("InStr('a', 'b', 0)", "counts from 1", "a start before the first"),
    ("InStr('a', 'b', 1, 7)", "vbBinaryCompare or vbTextCompare", "another way to compare"),
    ("Join('-', [['a']])", "Join takes single values", "a list in a list"),
    ("IIF('perhaps', 1, 2)", "IIF takes a boolean", "no boolean"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), REFUSED)
def test_function_refuses(text: str, expected: str, reason: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        value(text)
    assert expected in str(refused.value), reason


def test_a_guid_is_one_of_version_4() -> None:
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", value("Guid()"))


def test_a_random_string_without_special_characters() -> None:
    drawn = value("RandomString(6, 3, 0, 0, 3)")
    assert sorted(map(str.isdigit, drawn)) == [False] * 3 + [True] * 3
    assert re.fullmatch("[0-9a-z]{6}", drawn)


def test_a_random_string_keeps_its_minimums_and_avoids() -> None:
    for _ in range(20):
        drawn = value('RandomString(10, 2, 2, 2, 1, "?,")')
        kinds = [sum(map(test, drawn)) for test in (str.isdigit, str.isupper, str.islower)]
        assert len(drawn) == 10
        assert kinds[0] >= 2
        assert kinds[1] >= 2
        assert kinds[2] >= 1
        assert 10 - sum(kinds) >= 2
        assert not set("?,") & set(drawn)


# The rows of the reference's table: what each base letter is written with.
TABLE = {
    "a": "ä, à, â, ã, å, á, ą, ă, ā, ā́, ā̀, ā̂, ā̃, ǟ, ā̈, ǡ, a̱, å̄",
    "ae": "æ, ǣ",
    "c": "ç, č, ć, c̄, c̱",
    "d": "ď, d̄, ḏ",
    "e": "ë, è, é, ê, ę, ě, ė, ē, ḗ, ḕ, ē̂, ē̃, ê̄, e̱, ë̄, e̊̄",
    "g": "ğ, ḡ, g̱",
    "i": "ï, î, ì, í, ı, ī, ī́, ī̀, ī̂, ī̃, i̱",  # noqa: RUF001 - as the table has it
    "l": "ľ, ł, l̄, ḹ, ḻ",
    "n": "ñ, ń, ň, n̄, ṉ",
    "o": "ö, ò, ő, õ, ô, ó, ō, ṓ, ṑ, ō̂, ō̃, ȫ, ō̈, ǭ, ȭ, ȱ, o̱",
    "oe": "ø, ø̄, œ̄",
    "r": "ř, r̄, ṟ, ṝ",
    "ss": "ß",
    "s": "š, ś, ș, ş, s̄, s̱",
    "t": "ť, ț, t̄, ṯ",
    "u": "ü, ù, û, ú, ů, ű, ū, ū́, ū̀, ū̂, ū̃, u̇̄, ǖ, ṻ, ṳ̄, u̱",
    "y": "ÿ, ý, ȳ, ȳ́, ȳ̀, ȳ̃, y̱",
    "z": "ź, ž, ż, z̄, ẕ",
}


@pytest.mark.parametrize(("base", "forms"), TABLE.items())
def test_diacritics_by_the_table(base: str, forms: str) -> None:
    for form in forms.split(", "):
        assert value(f'NormalizeDiacritics("{form}")') == base, form
        if form not in "ßı":
            assert value(f'NormalizeDiacritics("{form.upper()}")') == base.upper(), form
