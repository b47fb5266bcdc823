"""Lists: filters over indexes, pages, and the ways in which services get pages wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.documents import SEARCH_URN, get, matches, parse, require_schema
from scim_operator.simulator.messages import Document, Effect, Json, Refusal, Reply, Request, refused
from scim_operator.simulator.names import Comparison, Filter, Vocabulary, parse_filter
from scim_operator.simulator.render import EVERYTHING, Projection, Renderer, projection
from scim_operator.simulator.schema import ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scim_operator.simulator.store import Resource, Store

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a list. `start` counts from 1; `count` None leaves the size to the service."""

    filter: str = ""
    start: int = 1
    count: int | None = None
    wanted: Projection = EVERYTHING
    cursor: str | None = None
    """The cursor that is given, "" for the first page, None where none is (RFC 9865)."""
    index: int | None = None
    """The startIndex as it is given, None where none is."""


@dataclass(slots=True)
class Page:
    """One page and what it says of the whole list."""

    rows: Sequence[Resource]
    total: int
    start: int
    cursor: str = ""
    """The cursor of the next page, "" without one."""


def query_of(parameters: Mapping[str, str]) -> Query:
    """Returns the query of a GET; raises Refusal 400."""
    count = parameters.get("count")
    return Query(
        parameters.get("filter", ""),
        max(1, _whole("startIndex", parameters.get("startIndex", 1))),
        None if count is None else max(0, _whole("count", count)),
        wanted_of(parameters),
        parameters.get("cursor"),
        _whole("startIndex", parameters["startIndex"]) if "startIndex" in parameters else None,
    )


def wanted_of(parameters: Mapping[str, str]) -> Projection:
    """Returns the attributes that a request with these parameters asks for; raises Refusal 400."""
    names = (parameters.get(key, "").split(",") for key in ("attributes", "excludedAttributes"))
    return projection(*names)


def query_of_search(request: Request, *, strict: bool) -> Query:
    """Returns the query of a POST to `.search` (RFC 7644 section 3.4.3); raises Refusal 400."""
    body = parse(request.body)
    if strict:
        require_schema(body, SEARCH_URN)
    count = get(body, "count")
    return Query(
        str(get(body, "filter") or ""),
        max(1, _whole("startIndex", get(body, "startIndex") or 1)),
        None if count is None else max(0, _whole("count", count)),
        projection(get(body, "attributes") or (), get(body, "excludedAttributes") or ()),
    )


def _whole(name: str, value: Json) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refusal(400, f"{name} must be a whole number.", "invalidValue") from None


@dataclass(frozen=True, slots=True)
class Lister:
    """Answers list requests from the store."""

    store: Store
    renderer: Renderer

    def answer(self, type_: ResourceType, request: Request, query: Query) -> Reply:
        """Returns the ListResponse; raises Refusal for a filter that is not taken, or a page that breaks off."""
        _check_query(request, query)
        rows = self._visible(self._found(type_, request, query), request)
        if query.filter and not rows and (status := request.hit(FaultName.NO_MATCH)) is not None:
            return Reply(204) if status == "204" else refused(Refusal(int(status), "Nothing matches."))
        page = _paged(rows, request, query, self.renderer.settings.page_cap)
        resources = [orjson.Fragment(self.renderer.answer(row, request, query.wanted)) for row in page.rows]
        return Reply(200, orjson.dumps(_response(page, resources, request)), effect=Effect.NONE)

    def _found(self, type_: ResourceType, request: Request, query: Query) -> Sequence[Resource]:
        everything = self.store.of(type_).ordered()
        if not query.filter:
            return everything
        fault = request.hit(FaultName.FILTER)
        if fault == "refused":
            raise Refusal(400, "Filters are not supported.", "invalidFilter")
        if fault == "ignored":
            return everything
        alternatives = self._alternatives(type_, request, query.filter)
        if fault == "loose":
            return [row for row in everything if any(_loosely(self._view(row), each) for each in alternatives)]
        rows = {row.id: row for conditions in alternatives for row in self._select(type_, conditions)}
        return list(rows.values())

    def _alternatives(self, type_: ResourceType, request: Request, text: str) -> list[Filter]:
        if "\\" in text and request.suffers(FaultName.FILTER_QUOTES):
            raise Refusal(400, "Escaped characters are not supported in a filter.", "invalidFilter")
        dotted = request.suffers(FaultName.EXTENSION_PATH)
        found = parse_filter(text, Vocabulary(type_, self.renderer.settings.strict, dotted=dotted))
        if any(len(conditions) > 1 for conditions in found) and request.suffers(FaultName.FILTER_AND):
            raise Refusal(400, "A filter has one comparison here.", "invalidFilter")
        allowed = request.hit(FaultName.FILTER_ATTRIBUTES)
        named = {one.path.key for conditions in found for one in conditions}
        if allowed is not None and not named <= set(allowed.lower().split(",")):
            raise Refusal(400, f"A filter can only be on {allowed}.", "invalidFilter")
        return found

    def _select(self, type_: ResourceType, conditions: Filter) -> Sequence[Resource]:
        for number, condition in enumerate(conditions):
            rows = self._indexed(type_, condition)
            if rows is not None:
                rest = conditions[:number] + conditions[number + 1 :] if _settled(condition) else conditions
                return [row for row in rows if not rest or matches(self._view(row), rest)]
        return [row for row in self.store.of(type_).ordered() if matches(self._view(row), conditions)]

    def _indexed(self, type_: ResourceType, condition: Comparison) -> Sequence[Resource] | None:
        """Returns the rows of a comparison by an index, a superset if the path has brackets; None without one."""
        key, value = condition.path.key, condition.value
        if condition.exists:
            inner = [one for one in condition.path.where if one.path.key == "value"]
            if not inner:
                return None
            value = inner[0].value
        if not isinstance(value, str):
            return None
        if key == "id":
            found = self.store.of(type_).by_id.get(value)
            return [found] if found else []
        if key == "members.value":
            member = self.store.any(value)
            return self._groups_of(member) if member else []
        return self.store.of(type_).find(key, value)

    def _groups_of(self, member: Resource) -> list[Resource]:
        groups = self.store.of(ResourceType.GROUP).by_id
        return [groups[identifier] for identifier in member.groups or ()]

    def _view(self, row: Resource) -> Document:
        return {
            **row.document(),
            "id": row.id,
            "members": [{"value": member} for member in row.members],
            "groups": [{"value": group} for group in row.groups or ()],
            "meta": {"resourceType": row.type.value, "version": row.etag},
        }

    def _visible(self, rows: Sequence[Resource], request: Request) -> Sequence[Resource]:
        age = request.hit(FaultName.STALE_LIST)
        if age is not None:
            latest = self.store.clock() - int(age) / 1000
            rows = [row for row in rows if row.written <= latest]
        if request.suffers(FaultName.INACTIVE):
            rows = [row for row in rows if row.document().get("active") is not False]
        hidden = request.hit(FaultName.HIDDEN)
        if hidden is not None:
            rows = [row for row in rows if not _is_named(row, hidden)]
        if rows and request.suffers(FaultName.DUPLICATE_ROW):
            rows = [rows[0], *rows]
        return rows


def _settled(condition: Comparison) -> bool:
    """Returns whether the index alone decides: there are no brackets, or nothing in them but the indexed value."""
    return not condition.path.where or (condition.exists and len(condition.path.where) == 1)


def _loosely(document: Document, conditions: Filter) -> bool:
    """Returns a comparison that also takes values that only begin with what was asked for."""
    return all(
        str(get(document, one.path.attribute.name) or "").casefold().startswith(str(one.value).casefold())
        for one in conditions
        if one.path.attribute is not None
    )


def _is_named(row: Resource, name: str) -> bool:
    document = row.document()
    return name.casefold() in (str(document.get(key, "")).casefold() for key in ("userName", "displayName"))


def _check_query(request: Request, query: Query) -> None:
    """Raises Refusal for a list that this service does not answer."""
    if not query.filter and (status := request.hit(FaultName.UNFILTERED)) is not None:
        raise Refusal(int(status), "List with a filter.")
    limit = request.hit(FaultName.COUNT_LIMIT)
    if limit is None:
        return
    most, _, status = limit.partition(":")
    if query.count is not None and query.count > int(most):
        raise Refusal(int(status or 400), f"Ask for {most} resources at most.", "invalidValue")


def _paged(rows: Sequence[Resource], request: Request, query: Query, cap: int) -> Page:
    """Returns the page by index, or by cursor where the service has those (RFC 9865 section 2)."""
    cursors = request.hit(FaultName.CURSOR)
    if cursors is None:
        return _page(rows, request, query, cap)
    if query.index is not None and cursors != "default":
        raise Refusal(400, "Page by cursor.", "invalidValue")
    start = int(query.cursor.removeprefix("after-")) if query.cursor else 0
    end = start + (cap if query.count is None else min(query.count, cap))
    goes_on = end < len(rows) or cursors.startswith("endless")
    return Page(rows[start:end], len(rows), start + 1, f"after-{end}" if goes_on else "")


def _page(rows: Sequence[Resource], request: Request, query: Query, cap: int) -> Page:
    fixed = request.hit(FaultName.IGNORE_PAGING)
    if fixed is not None:
        first = rows[: int(fixed)]
        return Page(first, len(first), 1)
    rows = _reordered(rows, request)
    size = cap if query.count is None else min(query.count, cap)
    if size > 1 and request.suffers(FaultName.SHORT_PAGES):
        size //= 2
    start = query.start
    if query.index is not None and request.suffers(FaultName.ZERO_INDEX):
        start = max(0, query.index) + 1
    if start > len(rows) > 0 and size and request.suffers(FaultName.PAST_END):
        start = (len(rows) - 1) // size * size + 1
    page = Page(rows[start - 1 : start - 1 + size], len(rows), query.start)
    return _broken(page, rows, request, size) if size else page


def _reordered(rows: Sequence[Resource], request: Request) -> Sequence[Resource]:
    if len(rows) < 2 or not request.suffers(FaultName.UNSTABLE_ORDER):
        return rows
    # Each listing turns the list by another step, set by the number of requests alone: a test can repeat it.
    turn = (7 * (request.faults.counted(FaultName.UNSTABLE_ORDER) if request.faults else 1)) % len(rows)
    return [*rows[turn:], *rows[:turn]]


def _broken(page: Page, rows: Sequence[Resource], request: Request, size: int) -> Page:
    armed = request.faults.peek(FaultName.BROKEN_PAGE, request.method, request.path) if request.faults else None
    if armed is None:
        return page
    kind, _, wanted = armed.partition(":")
    number, first = (page.start - 1) // size + 1, int(wanted or 2)
    concerned = number >= first if kind == "shift" else number == first
    if not concerned or not request.suffers(FaultName.BROKEN_PAGE):
        return page
    return _break(page, rows, kind, size)


def _break(page: Page, rows: Sequence[Resource], kind: str, size: int) -> Page:
    begin = page.start - 1
    if kind == "error":
        raise Refusal(500, "The page broke off.")
    if kind == "repeat":
        return Page(rows[max(0, begin - size) : max(size, begin)], page.total, page.start)
    if kind == "lacks":
        return Page(page.rows[:-1], page.total, page.start)
    if kind == "shift":
        return Page(rows[begin + 1 : begin + 1 + size], page.total, page.start)
    return Page(page.rows, page.total + (-1 if kind == "total-low" else 1), page.start)


def _response(page: Page, resources: list[orjson.Fragment], request: Request) -> Document:
    numbers = {"totalResults": page.total, "startIndex": page.start, "itemsPerPage": len(resources)}
    if request.faults is not None and any(
        request.faults.peek(name, "GET", request.path) in ("no-total", "endless")
        for name in (FaultName.CURSOR, FaultName.ZERO_INDEX)
    ):
        del numbers["totalResults"]
    as_text = request.suffers(FaultName.STRING_NUMBERS)
    response: Document = {"schemas": [LIST_URN], **({"nextCursor": page.cursor} if page.cursor else {})}
    response.update({name: str(number) if as_text else number for name, number in numbers.items()})
    if resources or not request.suffers(FaultName.EMPTY_LIST):
        response["Resources"] = resources
    return response
