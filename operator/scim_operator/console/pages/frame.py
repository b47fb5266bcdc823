"""What all pages have: the head, the ways to the others, tables, states and dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from scim_operator.console.gate import FIELD
from scim_operator.console.markup import Content, Html, joined, tag
from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scim_operator.core.keys import ConfigKey, ObjectKey

WAYS = (("/", "Overview"), ("/people", "People and groups"), ("/plan", "Plan"), ("/access", "Access"), ("/log", "Log"))
_HTMX = (
    '{"allowEval":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,"historyCacheSize":0,'
    '"refreshOnHistoryMiss":true}'
)
"""Nothing is evaluated, no style is added, nothing is asked of others, and no page is kept in the browser's storage."""
_TONES = {"True": "good", "Ready": "good", "False": "bad", "Stalled": "bad", "Reconciling": "warn", "Unknown": "warn"}
_GOOD = frozenset({"Ready", "Connected"})
SEGMENTS = {Kind.USER: "user", Kind.GROUP: "group"}


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page: the place it is about, which of WAYS it is, and the token of its forms."""

    place: str
    current: str = ""
    csrf: str = ""


def page(frame: Frame, title: str, *content: Content) -> str:
    """Return a whole page of the console."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content_="width=device-width, initial-scale=1"),
        tag("meta", name_="htmx-config", content_=_HTMX),
        tag("title", f"{title} · scim-operator"),
        tag("link", rel="icon", href="/static/icon.svg", type="image/svg+xml"),
        tag("link", rel="stylesheet", href="/static/console.css"),
        tag("script", src="/static/htmx.min.js", defer=True),
        tag("script", src="/static/console.js", defer=True),
    )
    body = tag(
        "body",
        tag("a", "Skip to the content", class_="skip", href="#content"),
        tag("header", tag("p", "scim-operator", class_="brand"), tag("p", frame.place, class_="place"), _ways(frame)),
        tag("main", tag("h1", title), content, id="content", tabindex="-1"),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _ways(frame: Frame) -> Html:
    links = (
        tag("li", tag("a", title, href=path, aria_current="page" if path == frame.current else None))
        for path, title in WAYS
    )
    return tag("nav", tag("ul", links), aria_label="Pages")


def form(frame: Frame, action: str, label: str, *fields: Content, **attributes: str) -> Html:
    """Return a form that changes something or asks the service, with its button."""
    secret = tag("input", type="hidden", name_=FIELD, value=frame.csrf)
    return tag(
        "form", secret, fields, tag("button", label, type="submit", class_="main"), method="post", action=action,
        **attributes,
    )  # fmt: skip


def table(caption: str, head: Sequence[str], rows: Iterable[Iterable[Content]]) -> Html:
    """Return a table, which scrolls by itself where the window is narrow; the first cell of a row is its heading."""
    heads = tag("tr", (tag("th", each, scope="col") for each in head))
    body = (tag("tr", _cells(row)) for row in rows)
    whole = tag("table", tag("caption", caption), tag("thead", heads), tag("tbody", body))
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _cells(row: Iterable[Content]) -> Iterable[Html]:
    for number, each in enumerate(row):
        shown = joined(each)
        yield tag("td", shown) if number or not shown.text else tag("th", shown, scope="row")


def facts(entries: Iterable[tuple[str, Content]]) -> Html:
    """Return terms with what is said of each; those of which nothing is said are left out."""
    listed = [(term, joined(said)) for term, said in entries]
    return tag("dl", ((tag("dt", term), tag("dd", said)) for term, said in listed if said.text))


def notice(*content: Content, bad: bool = False) -> Html:
    """Return a paragraph that should not be missed."""
    return tag("p", content, class_="notice bad" if bad else "notice", role="status")


def state(text: str, tone: str = "") -> Html | None:
    """Return a state in a word, in its colour; the word says it without the colour."""
    return tag("span", text, class_=f"state {tone or _TONES.get(text, 'quiet')}") if text else None


def standing(type_: str, status: str) -> Html | None:
    """Return a condition's status; True is good of what should hold, and a warning of the others, such as Stalled."""
    return state(status) if type_ in _GOOD else state(status, "warn" if status == "True" else "quiet")


def moment(text: str) -> Html | None:
    """Return an instant, which the browser shows in the zone of the person who reads."""
    return tag("time", text, datetime=text) if text else None


def object_link(key: ObjectKey, home: str, shown: str = "") -> Html:
    """Return a link to an object's page; `home` is the namespace of all that is shown, "" for several."""
    return tag("a", shown or key.name, href=address(object_path(key), **within(key.namespace, home)))


def config_address(key: ConfigKey, home: str, action: str = "") -> str:
    """Return the address of a config's plan, or of what is done with it."""
    return address(f"/plan/{key.name}{action}", **within(key.namespace, home))


def within(namespace: str, home: str) -> dict[str, str]:
    """Return what an address says of a namespace: nothing where there is one."""
    return {} if namespace == home else {"namespace": namespace}


def namespace_choice(namespaces: Sequence[str], chosen: str) -> Html | None:
    """Return a choice of one of several namespaces; None where there are none to choose from."""
    options = [("", "Any namespace"), *((each, each) for each in namespaces)]
    return selection("namespace", "Namespace", options, chosen) if namespaces else None


def object_path(key: ObjectKey) -> str:
    """Return the path of an object's page; a name that only others refer to may be any text."""
    return f"/people/{SEGMENTS[key.kind]}/{quote(key.name, safe='')}"


def address(path: str, **query: str | int) -> str:
    """Return an address within the console; what is empty is left out."""
    given = {name: str(value) for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def numbered(path: str, begin: int, most: int, total: int, **query: str) -> Html | None:
    """Return the ways to the other parts of a long list; None where one part has all."""
    if total <= most:
        return None
    shown = f"{begin + 1} to {min(begin + most, total)} of {total}"
    before = address(path, begin=begin - most, **query) if begin else ""
    after = address(path, begin=begin + most, **query) if begin + most < total else ""
    links = ((before, "Earlier"), (after, "Later"))
    return tag(
        "nav", tag("span", shown), (tag("a", label, href=to) for to, label in links if to),
        class_="pages", aria_label="Parts of the list",
    )  # fmt: skip


def selection(name: str, label: str, options: Iterable[tuple[str, str]], chosen: str) -> Html:
    """Return a labelled choice of one of several; options are (value, shown)."""
    listed = (tag("option", shown, value=value, selected=value == chosen) for value, shown in options)
    return tag("div", tag("label", label, for_=f"field-{name}"), tag("select", listed, id=f"field-{name}", name_=name))
