"""Names, messages and values of others in the pages: they show themselves, and are never an element or an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.console.markup import tag
from scim_operator.console.pages.saved import saved_page
from tests.console.test_all_is_shown import over
from tests.support.hostile import HOSTILE
from tests.support.lists import Lists, config, group, user

if TYPE_CHECKING:
    from tests.support.visitor import Answer

MARKUP = {
    "a script": "<script>alert(1)</script>",
    "an image that fails": '"><img src=x onerror=alert(1)>',
    "the end of an attribute": "' autofocus onfocus='alert(1)",
    "an htmx request": '<div hx-get="https://evil.example" hx-trigger="load">',
    "the end of a title": "</title><script>alert(1)</script>",
    "an entity": "&lt;b&gt;&#x3c;script>",
    "a template": "{{constructor.constructor('alert(1)')()}}",
}
UNSEEN = "\u202e\u200b\x1b\x00"
OURS = {
    "html",
    "head",
    "meta",
    "title",
    "link",
    "script",
    "body",
    "a",
    "header",
    "p",
    "nav",
    "ul",
    "li",
    "main",
    "h1",
    "h2",
    "h3",
    "div",
    "section",
    "dl",
    "dt",
    "dd",
    "span",
    "time",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "form",
    "label",
    "input",
    "select",
    "option",
    "button",
    "progress",
    "code",
    "pre",
    "strong",
    "details",
    "summary",
    "ol",
}
SHOWN = ("/", "/people", "/people/user/user-000001", "/people/group/all", "/plan", "/plan/vmware", "/access")
ASKED = (
    "/people/results?q={}",
    "/people?reason={}&state={}",
    "/plan/vmware?q={}",
    "/log?user={}&config={}&asked=yes",
    "/log?status={}&since={}",
)


def manifest(text: str) -> dict[str, Any]:
    """A user whose every text is this one, in spec, labels and status."""
    body = user(1)
    body["metadata"]["labels"] = {"team": text}
    body["spec"] = {"userName": text, "displayName": text, "title": text, "emails": [{"value": text, "type": text}]}
    for condition in body["status"]["conditions"]:
        condition |= {"reason": text, "message": text, "lastTransitionTime": text}
    return body


def harmless(answer: Answer, text: str) -> None:
    assert answer.status == 200
    assert not set(text) & set(UNSEEN) & set(answer.text)
    for tag_, attributes in answer.elements:
        assert tag_ in OURS, tag_
        assert not any(name.startswith("on") or name in {"style", "autofocus"} for name in attributes), tag_
        for name in ("href", "src", "action", "hx-get", "hx-post"):
            assert (attributes.get(name) or "/").startswith(("/", "#")), (tag_, name)
        assert tag_ != "script" or (attributes.get("src") or "").startswith("/static/")


@pytest.mark.parametrize("name", [*MARKUP, *HOSTILE])
async def test_a_hostile_text_shows_itself_on_every_page(name: str) -> None:
    text = {**HOSTILE, **MARKUP}[name].encode("utf-8", "replace").decode()
    lists = Lists()
    plan = {"held": True, "digest": text, "reason": text, "protected": [text]}
    lists.put("provisioningconfigs", [config(plan=plan, lastApproval={"by": text, "released": text, "plan": text})])
    lists.put("scimusers", [manifest(text)])
    lists.put("scimgroups", [{**group("all", {"userRef": {"name": "user-000001"}}), "spec": {"displayName": text}}])
    async with over(lists) as visitor:
        for path in (
            "/",
            "/people",
            "/people/user/user-000001",
            "/people/group/all",
            "/plan",
            "/plan/vmware",
            "/access",
        ):
            harmless(await visitor.get(path), text)
        for path in ASKED:
            harmless(await visitor.get(path.replace("{}", visitor.quoted(text))), text)


@pytest.mark.parametrize("name", [*MARKUP, *HOSTILE])
def test_a_hostile_text_shows_itself_in_a_saved_plan(name: str) -> None:
    text = {**HOSTILE, **MARKUP}[name]
    step = {
        "object": text,
        "name": text,
        "verb": text,
        "attributes": [{"path": text, "old": text, "new": {text: text}}],
    }
    told = {"config": text, "because": text, "approval": text, "blocked": text, "notes": [text], "invalid": [text]}
    page = saved_page({**told, "protected": [text], "steps": [{**step, "gains": [text], "losses": [text]}]})
    assert page.encode(), "half a character cannot be written"
    assert "<script" not in page
    assert "<img" not in page
    assert "<div hx" not in page
    assert not set(text) & set(UNSEEN) & set(page)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "http://x", " /x", ""]
)
def test_no_address_leads_elsewhere(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        tag("a", "x", href=address)


JUNK: list[Any] = [None, 1, "x", [], {}, [1], {"steps": 1}, {"steps": [1, {}]}, {"steps": [{"attributes": [1, {}]}]}]


@pytest.mark.parametrize("field", ["steps", "counts", "protected", "notes", "problems", "invalid", "config", "because"])
@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_a_saved_plan_of_other_types_is_shown_as_far_as_it_can_be(field: str, junk: Any) -> None:
    assert "<h1>Plan for" in saved_page({"config": "a/b", field: junk})
