"""The samples of Entra's function reference on dates, in its own syntax and in CEL."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.entra_samples import Sample

HIRE = {"StatusHireDate": "2012-03-16-07:00"}


def added(interval: str, count: int, expected: str, reason: str) -> Sample:
    return Sample(
        "DateAdd",
        f'DateAdd("{interval}", {count}, CDate([StatusHireDate]))',
        f'DateAdd("{interval}", {count}, CDate($.StatusHireDate))',
        expected,
        reason,
        HIRE,
    )


def difference(interval: str, first: str, second: str, expected: int, reason: str) -> Sample:
    return Sample(
        "DateDiff",
        f'DateDiff("{interval}", CDate([one]), CDate([two]))',
        f'DateDiff("{interval}", CDate($.one), CDate($.two))',
        expected,
        reason,
        {"one": first, "two": second},
    )


ADDED = [
    added("d", 7, "3/23/2012 7:00:00 AM", "a week in days"),
    added("d", -10, "3/6/2012 7:00:00 AM", "negative goes back"),
    added("ww", 2, "3/30/2012 7:00:00 AM", "weeks"),
    added("m", 10, "1/16/2013 7:00:00 AM", "months carry into the year"),
    added("yyyy", 2, "3/16/2014 7:00:00 AM", "years"),
]

LATE, EARLY = "8/25/2021 5:41:18 PM", "2012-03-16-07:00"
DIFFERENCES = [
    difference("d", "2021-08-18+08:00", "2021-08-31+08:00", 13, "whole days"),
    difference("d", LATE, EARLY, -3449, "3449.4 days back; the part of a day is dropped"),
    difference("ww", LATE, EARLY, -493, "Sundays crossed, not days divided by seven"),
    difference("m", LATE, EARLY, -113, "calendar months"),
    difference("yyyy", LATE, EARLY, -9, "calendar years"),
    difference("d", "2021-08-31+08:00", "2021-08-31+08:00", 0, "the same day"),
    difference("h", "2021-08-24", "2021-08-25", 24, "hours of a day"),
    difference("n", "2021-08-24", "2021-08-25", 1440, "minutes of a day"),
    difference("s", "2021-08-24", "2021-08-25", 86400, "seconds of a day"),
]

DATES = [
    Sample(
        "CDate",
        "CDate([StatusHireDate])",
        "CDate($.StatusHireDate)",
        "3/16/2020 7:00:00 AM",
        "an offset brought to UTC",
        {"StatusHireDate": "2020-03-16-07:00"},
    ),
    Sample(
        "CDate",
        'CDate("2021-06-30+08:00")',
        'CDate("2021-06-30+08:00")',
        "6/29/2021 4:00:00 PM",
        "an offset to the east: the day before",
    ),
    Sample(
        "CDate",
        'CDate("2009-06-15T01:45:30-07:00")',
        'CDate("2009-06-15T01:45:30-07:00")',
        "6/15/2009 8:45:30 AM",
        "with a time",
    ),
    Sample(
        "DateFromNum",
        "DateFromNum(129699324000000000)",
        "DateFromNum(129699324000000000)",
        "1/1/2012 11:00:00 PM",
        "100 ns since 1601",
    ),
    Sample(
        "FormatDateTime",
        'FormatDateTime([extensionAttribute1], , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")',
        'FormatDateTime($.extensionAttribute1, null, "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")',
        "2015-01-23",
        "LDAP's generalized time",
        {"extensionAttribute1": "20150123105347.1Z"},
    ),
    Sample(
        "NumFromDate",
        'NumFromDate(Join("", FormatDateTime([ContractEndDate], ,"yyyy-MM-ddzzz", "yyyy-MM-dd"), " 23:59:59-08:00"))',
        'NumFromDate(Join("", FormatDateTime($.ContractEndDate, null, "yyyy-MM-ddzzz", "yyyy-MM-dd"), '
        '" 23:59:59-08:00"))',
        132539615990000000,
        "Workday's form: 2021-01-01T07:59:59Z",
        {"ContractEndDate": "2020-12-31-08:00"},
    ),
    Sample(
        "NumFromDate",
        'NumFromDate(Join("",FormatDateTime([endDate], ,"M/d/yyyy hh:mm:ss tt","yyyy-MM-dd")," 23:59:59-08:00"))',
        'NumFromDate(Join("", FormatDateTime($.endDate, null, "M/d/yyyy hh:mm:ss tt", "yyyy-MM-dd"), '
        '" 23:59:59-08:00"))',
        132539615990000000,
        "SuccessFactors' form of the same day",
        {"endDate": "12/31/2020 12:00:00 AM"},
    ),
    Sample(
        "Now",
        "Now()",
        "Now()",
        "7/2/2021 3:33:38 PM",
        "without leading zeros",
        now=datetime(2021, 7, 2, 15, 33, 38, tzinfo=UTC),
    ),
]

ON_DATES = [*ADDED, *DIFFERENCES, *DATES]
"""The samples of functions on dates."""
