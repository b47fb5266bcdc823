"""The catalogue of faults: their names, values and meanings, for the command's help, the checks and the documentation.

`row` is the row of the list of SCIM pitfalls in docs/pitfalls.md that the fault lets a test meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultName(StrEnum):
    """The names of all faults."""

    THROTTLE = "throttle"
    THROTTLE_AFTER = "throttle-after"
    UNAVAILABLE = "unavailable"
    STATUS = "status"
    RATE_LIMIT = "rate-limit"
    LATENCY = "latency"
    DROP_BEFORE = "drop-before"
    DROP_AFTER = "drop-after"
    EXPIRED_TOKEN = "expired-token"  # noqa: S105 - a fault's name
    CLIENT_CERTIFICATE = "client-certificate"
    HTML = "html"
    NOT_FOUND = "not-found"
    BASE_QUERY = "base-query"
    REDIRECT = "redirect"
    SLASH = "slash"
    DISCOVERY = "discovery"
    BULK = "bulk"
    ERROR_BODY = "error-body"
    CONTENT_TYPE = "content-type"
    ACCEPT_TYPE = "accept-type"
    STRING_BOOLEANS = "string-booleans"
    STRING_NUMBERS = "string-numbers"
    BROKEN_PAGE = "broken-page"
    IGNORE_PAGING = "ignore-paging"
    SHORT_PAGES = "short-pages"
    PAST_END = "past-end"
    UNSTABLE_ORDER = "unstable-order"
    EMPTY_LIST = "empty-list"
    STALE_LIST = "stale-list"
    COUNT_LIMIT = "count-limit"
    CURSOR = "cursor"
    UNFILTERED = "unfiltered"
    ZERO_INDEX = "zero-index"
    DUPLICATE_ROW = "duplicate-row"
    NO_MATCH = "no-match"
    HIDDEN = "hidden"
    UNKNOWN_ID = "unknown-id"
    NUMERIC_IDS = "numeric-ids"
    YOUNG_ID = "young-id"
    YOUNG_MEMBER = "young-member"
    FILTER = "filter"
    FILTER_AND = "filter-and"
    FILTER_QUOTES = "filter-quotes"
    FILTER_ATTRIBUTES = "filter-attributes"
    INACTIVE = "inactive"
    DELETE = "delete"
    HIDE_MEMBERS = "hide-members"
    NULL_MEMBERS = "null-members"
    MEMBER_REFS = "member-refs"
    MEMBER_REMOVAL = "member-removal"
    MEMBER_LIST_REMOVAL = "member-list-removal"
    MEMBER_ADD = "member-add"
    EMPTY_MEMBERS = "empty-members"
    MEMBER_CAP = "member-cap"
    GROUP_SIZE = "group-size"
    INACTIVE_MEMBER = "inactive-member"
    WRITE_BODY = "write-body"
    LOST_UPDATE = "lost-update"
    MULTI_VALUE = "multi-value"
    EXTENSION_PATH = "extension-path"
    DOTTED_KEYS = "dotted-keys"
    IGNORED_ATTRIBUTE = "ignored-attribute"
    REFUSED_ATTRIBUTE = "refused-attribute"
    PATCH_LIMITED = "patch-limited"
    DROPPED_ATTRIBUTES = "dropped-attributes"
    UNRETURNED = "unreturned"
    PUT_ID = "put-id"
    MEMBER_FORM = "member-form"
    LOST_MEMBERS = "lost-members"
    REFORMAT = "reformat"
    DUPLICATE_ALLOWED = "duplicate-allowed"
    UNIQUE_ATTRIBUTE = "unique-attribute"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Entry:
    """The form of one fault: `values` for people, `pattern` for the check, `default` for a name without a value."""

    help: str
    values: str = "no value"
    pattern: str = ""
    default: str = ""
    row: int | None = None


_WAIT = r"(date:)?\d+(\.\d+)?|none"
_WAIT_VALUES = "SECONDS, date:SECONDS (as an HTTP date) or none (no Retry-After)"
_STATUSES = r"[45]\d\d"
_BROKEN = "repeat|lacks|total-low|total-high|shift|error"

CATALOGUE: dict[FaultName, Entry] = {
    FaultName.THROTTLE: Entry("answers 429 with Retry-After", _WAIT_VALUES, _WAIT, "1", 19),
    FaultName.THROTTLE_AFTER: Entry(
        "answers 429 with Retry-After although the write took effect", _WAIT_VALUES, _WAIT, "1", 19
    ),
    FaultName.UNAVAILABLE: Entry("answers 503 with Retry-After", _WAIT_VALUES, _WAIT, "1"),
    FaultName.STATUS: Entry(
        "answers a SCIM error; with method=PATCH a service without PATCH",
        "STATUS or STATUS:scimType",
        _STATUSES + r"(:\w+)?",
        "500",
        2,
    ),
    FaultName.RATE_LIMIT: Entry(
        "allows so many requests a second and answers 429 honestly; restricted to a method it is a limit of its own",
        "RATE or RATE/BURST",
        r"\d+(\.\d+)?(/\d+)?",
        "25",
        20,
    ),
    FaultName.LATENCY: Entry("waits before it handles the request", "MS or MS-MS", r"\d+(-\d+)?", "50"),
    FaultName.DROP_BEFORE: Entry("closes the connection before the request took effect"),
    FaultName.DROP_AFTER: Entry("closes the connection after the request took effect", row=19),
    FaultName.EXPIRED_TOKEN: Entry("answers 401 with VMware's body that is no SCIM error", row=23),
    FaultName.CLIENT_CERTIFICATE: Entry(
        "answers 400 with the page of nginx, as though the client's certificate were missing, expired or of another CA",
        "missing or unknown",
        "missing|unknown",
        "unknown",
        23,
    ),
    FaultName.HTML: Entry("answers 200 with an HTML page, as a login page or a proxy does", row=23),
    FaultName.NOT_FOUND: Entry("answers 404 for a resource by id, as though it had been deleted by hand", row=27),
    FaultName.BASE_QUERY: Entry(
        "answers 404 unless the query has this flag of the tenant URL",
        "NAME",
        r"\w+",
        "aadOptscim062020",
        30,
    ),
    FaultName.REDIRECT: Entry("answers 302 to a login page", row=30),
    FaultName.SLASH: Entry(
        "answers 307, or the status given, to the same address with a slash at its end, and serves there; with :list "
        "only where the address has no id, with :write only writes",
        "STATUS, STATUS:list or STATUS:write",
        "30[1278](:list|:write)?",
        "307",
        30,
    ),
    FaultName.DISCOVERY: Entry(
        "ServiceProviderConfig, ResourceTypes and Schemas: complete, incomplete (bulk without maxOperations), a bare "
        "array, with nulls, without patch support, or answering 501",
        "complete, incomplete, array, null, no-patch or 501",
        "complete|incomplete|array|null|no-patch|501",
        "complete",
        1,
    ),
    FaultName.BULK: Entry(
        "Bulk: answers without the resources (bare), in reverse order (reordered), without the last operation (lacks), "
        "or with something else (junk); stops at the first error (stops); or claims success and does nothing (kept)",
        "bare, reordered, lacks, junk, stops or kept",
        "bare|reordered|lacks|junk|stops|kept",
        "bare",
    ),
    FaultName.ERROR_BODY: Entry(
        "error bodies in another form: VMware's errors[], HTML, `schema` for `schemas`, a numeric status, or empty",
        "vmware, html, schema, numeric or empty",
        "vmware|html|schema|numeric|empty",
        "vmware",
        23,
    ),
    FaultName.CONTENT_TYPE: Entry(
        "answers with this content type", "TYPE", r"[\w.+-]+/[\w.+-]+", "application/json", 24
    ),
    FaultName.ACCEPT_TYPE: Entry(
        "takes bodies of this content type only, else 415", "TYPE", r"[\w.+-]+/[\w.+-]+", "application/scim+json", 24
    ),
    FaultName.STRING_BOOLEANS: Entry('answers "True" and "False" for every boolean, active too', row=3),
    FaultName.STRING_NUMBERS: Entry("answers totalResults, startIndex and itemsPerPage as strings", row=3),
    FaultName.BROKEN_PAGE: Entry(
        "page K (2) repeats the page before, lacks its last resource, gives a wrong total, starts one resource late "
        "as do all after it (shift), or breaks off with 500",
        "repeat, lacks, total-low, total-high, shift or error, with :K",
        rf"({_BROKEN})(:\d+)?",
        "repeat",
        17,
    ),
    FaultName.IGNORE_PAGING: Entry(
        "ignores startIndex and count and lists the first N, with N as the total", "N", r"\d+", "50", 15
    ),
    FaultName.SHORT_PAGES: Entry("pages hold half of what was asked for although more remain", row=18),
    FaultName.PAST_END: Entry("a startIndex past the end lists the last page again", row=18),
    FaultName.UNSTABLE_ORDER: Entry("each listing has another order", row=17),
    FaultName.EMPTY_LIST: Entry("an empty list has no Resources"),
    FaultName.STALE_LIST: Entry("lists and filters do not show what is younger than this", "MS", r"\d+", "500"),
    FaultName.COUNT_LIMIT: Entry(
        "a list that asks for more than this answers 400, or the status given",
        "N or N:STATUS",
        r"\d+(:4\d\d)?",
        "50",
        15,
    ),
    FaultName.CURSOR: Entry(
        "pages by cursor (RFC 9865): startIndex answers 400 (only), also without totalResults (no-total), or is ignored"
        " and the first page has a nextCursor (default); or each page has one, the last ones too, without totalResults"
        " (endless) or with (endless-total)",
        "only, no-total, default, endless or endless-total",
        "only|no-total|default|endless(-total)?",
        "only",
        15,
    ),
    FaultName.UNFILTERED: Entry("a list without a filter answers this status", "STATUS", _STATUSES, "403", 22),
    FaultName.ZERO_INDEX: Entry(
        "startIndex counts from 0, so that 1 is the second resource; with no-total lists have no totalResults",
        "total or no-total",
        "total|no-total",
        "total",
        17,
    ),
    FaultName.DUPLICATE_ROW: Entry("a list has its first resource twice, and its total counts both", row=17),
    FaultName.NO_MATCH: Entry(
        "a filter that nothing matches answers this status", "404, 410 or 204", "404|410|204", "404", 22
    ),
    FaultName.HIDDEN: Entry(
        "what has this userName or displayName is in no list and no filter, and keeps its values taken",
        "NAME",
        r"[\w.@+-]+",
        "hidden@corp.example",
        26,
    ),
    FaultName.UNKNOWN_ID: Entry(
        "an id that is not there answers this status in place of 404", "STATUS", r"4\d\d", "400", 27
    ),
    FaultName.NUMERIC_IDS: Entry("ids that are numbers are answered as JSON numbers, those of members too", row=3),
    FaultName.YOUNG_ID: Entry("a resource younger than this answers 404 by its id", "MS", r"\d+", "500", 11),
    FaultName.YOUNG_MEMBER: Entry(
        "a group write that names a member younger than this answers 400, or the status given",
        "MS or MS:STATUS",
        r"\d+(:4\d\d)?",
        "500",
        9,
    ),
    FaultName.FILTER: Entry(
        "filters are refused, ignored (everything is listed), or loose (a value's beginning matches)",
        "refused, ignored or loose",
        "refused|ignored|loose",
        "refused",
        22,
    ),
    FaultName.FILTER_AND: Entry("a filter with `and` is refused", row=22),
    FaultName.FILTER_QUOTES: Entry("a filter value with an escaped character is refused", row=14),
    FaultName.FILTER_ATTRIBUTES: Entry(
        "only these attributes can be filtered on",
        "NAME,NAME",
        r"[\w.]+(,[\w.]+)*",
        "userName,displayName",
        22,
    ),
    FaultName.INACTIVE: Entry("users with active=false are hidden from lists and filters", row=26),
    FaultName.DELETE: Entry(
        "DELETE of a user answers 204 and only sets active=false; or any DELETE answers 204, or 404, and does nothing",
        "inactive, kept or unknown",
        "inactive|kept|unknown",
        "inactive",
        26,
    ),
    FaultName.HIDE_MEMBERS: Entry("members are never returned", row=13),
    FaultName.NULL_MEMBERS: Entry("a group without members has `members: null`", row=10),
    FaultName.MEMBER_REFS: Entry(
        "members and managers are shown by `$ref` alone, without `value`, be it a whole URL or relative to the "
        "resource's",
        "absolute or relative",
        "absolute|relative",
        "absolute",
        13,
    ),
    FaultName.MEMBER_REMOVAL: Entry(
        'removing members by `members[value eq "…"]` answers 2xx and does nothing, clears all members, or answers 400',
        "ignored, clears or refused",
        "ignored|clears|refused",
        "ignored",
        4,
    ),
    FaultName.MEMBER_LIST_REMOVAL: Entry(
        "the same for removing members by a list of values",
        "ignored, clears or refused",
        "ignored|clears|refused",
        "ignored",
        4,
    ),
    FaultName.MEMBER_ADD: Entry(
        "adding members replaces all members; or adding one that is there fails with 500, or stores it twice",
        "replaces, fails or duplicates",
        "replaces|fails|duplicates",
        "replaces",
        5,
    ),
    FaultName.EMPTY_MEMBERS: Entry("replacing members with [] or removing all answers 400", row=6),
    FaultName.MEMBER_CAP: Entry(
        "a request that names more members answers 400, or the status given", "N or N:STATUS", r"\d+(:4\d\d)?", "100", 7
    ),
    FaultName.GROUP_SIZE: Entry("a group that would have more members answers 413", "N", r"\d+", "8000", 7),
    FaultName.INACTIVE_MEMBER: Entry("a group write that names an inactive member answers 400 as a whole", row=9),
    FaultName.WRITE_BODY: Entry(
        "a write answers with an empty body, without members, with what was there before, or with id and name alone",
        "empty, without-members, stale or minimal",
        "empty|without-members|stale|minimal",
        "empty",
        11,
    ),
    FaultName.LOST_UPDATE: Entry(
        "PATCH and PUT read, wait so long, then write, and undo what others wrote meanwhile", "MS", r"\d+", "50", 12
    ),
    FaultName.MULTI_VALUE: Entry(
        "more than one value of an attribute answers 400, or all but the work value are dropped",
        "refused or work-only",
        "refused|work-only",
        "refused",
        28,
    ),
    FaultName.EXTENSION_PATH: Entry(
        "extension attributes are named urn:….attribute; a colon before the attribute answers 400", row=29
    ),
    FaultName.DOTTED_KEYS: Entry(
        "a PATCH without path may have keys like name.givenName and urn:…:attribute (else 400)", row=29
    ),
    FaultName.IGNORED_ATTRIBUTE: Entry("updates of this attribute are ignored", "NAME", r"\w+", "title", 31),
    FaultName.REFUSED_ATTRIBUTE: Entry(
        "an update that changes this attribute answers 400, or the status given, and nothing of it is stored",
        "NAME, NAME:STATUS or NAME:STATUS:scimType",
        r"\w+(:[45]\d\d(:\w+)?)?",
        "title",
        31,
    ),
    FaultName.PATCH_LIMITED: Entry(
        "a PATCH that names another attribute than this one answers 400", "NAME", r"\w+", "active", 2
    ),
    FaultName.DROPPED_ATTRIBUTES: Entry(
        "a PATCH of a user removes the optional attributes that it does not name", row=31
    ),
    FaultName.UNRETURNED: Entry("this attribute is stored, and never returned", "NAME", r"\w+", "title", 31),
    FaultName.PUT_ID: Entry(
        "a PUT without the id in its body answers 400 (User ID mismatch), or one with it does",
        "required or refused",
        "required|refused",
        "required",
        2,
    ),
    FaultName.MEMBER_FORM: Entry(
        "a new member without its type, or without type and display, answers 400",
        "typed or named",
        "typed|named",
        "typed",
        5,
    ),
    FaultName.LOST_MEMBERS: Entry("an update of a group's attributes removes its members", row=12),
    FaultName.REFORMAT: Entry(
        "phone numbers lose their blanks, userName its upper case, or every text its blanks at the ends",
        "phone, lower or trim",
        "phone|lower|trim",
        "phone",
        31,
    ),
    FaultName.REQUIRED: Entry(
        "a resource without one of these attributes answers 400",
        "NAME,NAME",
        r"[\w.]+(,[\w.]+)*",
        "name.givenName",
        28,
    ),
    FaultName.DUPLICATE_ALLOWED: Entry("a second userName, externalId or displayName is taken", row=15),
    FaultName.UNIQUE_ATTRIBUTE: Entry(
        "a second value of this attribute, such as employeeNumber, is refused with 409 too", "NAME", r"\w+", "emails"
    ),
}
