"""Laws of paths, equality and diffs on generated resources; scim2-models applies the PATCHes, independent of us."""

from __future__ import annotations

import copy
from itertools import permutations
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scim2_models import URN, Context, EnterpriseUser, Extension, PatchOp, User

from scim_operator.core.attributes.diff import apply_changes, changes, operations
from scim_operator.core.attributes.equality import canonical, digest, equal
from scim_operator.core.attributes.paths import CLEARED, MISSING, AttributePath, parse
from scim_operator.core.mapping.mapping import to_document
from scim_operator.core.resource import CORE_USER, ENTERPRISE_USER, WS1B_USER, PatchOperation, PatchVerb
from scim_operator.errors import InvalidSpec
from scim_operator.scim.profile import DEFAULT_USER_ATTRIBUTES

law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Without a deadline: the machine may be busy with something else."""


class Ws1bUser(Extension):
    __schema__ = URN(WS1B_USER)

    ad_source_anchor: str | None = None
    custom_attribute_1: str | None = None
    custom_attribute_2: str | None = None
    custom_attribute_3: str | None = None
    custom_attribute_4: str | None = None
    custom_attribute_5: str | None = None
    distinguished_name: str | None = None
    domain: str | None = None
    user_principal_name: str | None = None


Target = User[EnterpriseUser | Ws1bUser]

# profileUrl must be a URI, which scim2-models checks; here it says nothing more than title does.
TARGETS = [parse(text) for text in DEFAULT_USER_ATTRIBUTES if text not in ("profileUrl", "userName")]
MORE = [parse(text) for text in ('addresses[type eq "home"].country', 'addresses[type eq "home"].region')]
PATHS = [*TARGETS, *MORE]

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(str.strip)


def _values(path: AttributePath) -> st.SearchStrategy[Any]:
    if path == parse("active"):
        return st.booleans()
    if path.attribute == "emails":
        return st.sampled_from(["a@x.example", "b@x.example", "A@x.example"])
    return TEXTS


@st.composite
def attributes(draw: st.DrawFn, *, clearing: bool = False) -> dict[AttributePath, Any]:
    """Values for some of the paths, in some order."""
    chosen = draw(st.lists(st.sampled_from(PATHS), unique=True))
    return {path: draw(_values(path) | st.just(CLEARED)) if clearing else draw(_values(path)) for path in chosen}


@st.composite
def resources(draw: st.DrawFn) -> dict[str, Any]:
    """A user as a service holds it: with some of the managed attributes, and with what nobody here manages."""
    document = to_document(draw(attributes()), [CORE_USER])
    document |= {"id": "1", "userName": "ada"}
    if draw(st.booleans()):
        document.setdefault("emails", []).append({"type": "other", "value": "o@x.example"})
        document["preferredLanguage"] = "en"
    if draw(st.booleans()):
        parse("name.middleName").write(document, "M")
        parse('addresses[type eq "work"].formatted').write(document, "Berlin")
        parse(f"{ENTERPRISE_USER}:manager").write(document, {"value": "m", "$ref": "https://x.example/Users/m"})
        document["schemas"] = list(dict.fromkeys([*document["schemas"], ENTERPRISE_USER]))
    if draw(st.booleans()):
        for key in ("emails", "phoneNumbers", "addresses"):
            document.get(key, []).reverse()
    return document


FOREIGN = [
    parse(text)
    for text in (
        "id",
        "userName",
        "preferredLanguage",
        'emails[type eq "other"]',
        "name.middleName",
        'addresses[type eq "work"].formatted',
        f"{ENTERPRISE_USER}:manager.value",
    )
]


def _foreign(document: dict[str, Any]) -> list[Any]:
    return [path.read(document) for path in FOREIGN]


def _patched(document: dict[str, Any], patch: tuple[PatchOperation, ...]) -> dict[str, Any]:
    """The document after the PATCH, as an independent implementation of RFC 7644 section 3.5.2 sees it."""
    resource = Target.model_validate(document)
    if patch:
        body = [
            {
                "op": each.verb.value,
                "path": each.path,
                **({} if each.verb is PatchVerb.REMOVE else {"value": each.value}),
            }
            for each in patch
        ]
        request = PatchOp[Target].model_validate({"Operations": body}, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
        request.patch(resource)
    result: dict[str, Any] = resource.model_dump(exclude_none=True)
    return result


@law
@given(resources(), st.sampled_from(PATHS), st.data())
def test_what_is_written_is_read(document: dict[str, Any], path: AttributePath, data: st.DataObject) -> None:
    value = data.draw(_values(path))
    others = {other: copy.deepcopy(other.read(document)) for other in [*PATHS, *FOREIGN] if other != path}
    path.write(document, value)
    assert path.read(document) == value
    assert {other: other.read(document) for other in others} == others


@law
@given(resources(), st.sampled_from(PATHS))
def test_what_is_deleted_is_missing(document: dict[str, Any], path: AttributePath) -> None:
    others = {other: copy.deepcopy(other.read(document)) for other in [*PATHS, *FOREIGN] if other != path}
    path.delete(document)
    assert path.read(document) is MISSING
    assert {other: other.read(document) for other in others} == others


@law
@given(attributes(clearing=True))
def test_a_new_resource_is_as_desired(desired: dict[AttributePath, Any]) -> None:
    assert changes(desired, to_document(desired, [CORE_USER])) == ()


@law
@given(resources(), attributes(clearing=True), st.lists(st.sampled_from(PATHS)))
def test_a_patch_makes_the_resource_as_desired_and_touches_nothing_else(
    observed: dict[str, Any], desired: dict[AttributePath, Any], clear: list[AttributePath]
) -> None:
    before = copy.deepcopy(observed)
    found = changes(desired, observed, clear=clear)
    after = _patched(observed, operations(found, observed))
    assert changes(desired, after, clear=clear) == ()
    assert _foreign(after) == _foreign(observed)
    managed = {*desired, *clear}
    unmanaged = [path for path in PATHS if path not in managed]
    assert [path.read(after) for path in unmanaged] == [path.read(observed) for path in unmanaged]
    assert observed == before


@law
@given(resources(), attributes(clearing=True), st.lists(st.sampled_from(PATHS)))
def test_a_put_makes_the_resource_as_desired_and_touches_nothing_else(
    observed: dict[str, Any], desired: dict[AttributePath, Any], clear: list[AttributePath]
) -> None:
    found = changes(desired, observed, clear=clear)
    body = apply_changes(observed, found)
    Target.model_validate(body, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    assert changes(desired, body, clear=clear) == ()
    assert _foreign({**body, "id": "1"}) == _foreign(observed)
    urns = {urn for urn in (ENTERPRISE_USER, WS1B_USER) if urn in body}
    changed = {change.path.urn for change in found if change.path.urn}
    assert {urn for urn in body["schemas"] if urn in changed} == urns & changed


@law
@given(resources(), attributes(clearing=True))
def test_patch_and_put_agree(observed: dict[str, Any], desired: dict[AttributePath, Any]) -> None:
    found = changes(desired, observed)
    patched, put = _patched(observed, operations(found, observed)), apply_changes(observed, found)
    assert {path: path.read(patched) for path in PATHS} == {path: path.read(put) for path in PATHS}
    for name in ("emails", "phoneNumbers", "addresses"):
        assert equal(parse(name), patched.get(name), put.get(name))
        assert equal(parse(name), put.get(name), patched.get(name))


@law
@given(resources(), attributes(clearing=True), st.randoms(use_true_random=False))
def test_order_does_not_matter(observed: dict[str, Any], desired: dict[AttributePath, Any], random: Any) -> None:
    shuffled = list(desired.items())
    random.shuffle(shuffled)
    other = dict(reversed(observed.items()))
    for name in ("emails", "phoneNumbers", "addresses"):
        if name in other:
            other[name] = other[name][::-1]
    one, two = changes(desired, observed), changes(dict(shuffled), other)
    assert set(map(repr, one)) == set(map(repr, two))
    for each, document in ((one, other), (two, observed)):
        assert changes(desired, _patched(document, operations(each, document))) == ()


ELEMENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["work", "WORK", "home", "", None]),
        "value": st.sampled_from(["a", "A", "b", ""]),
        "primary": st.sampled_from([True, False, "True", "false", None]),
        "display": st.sampled_from(["a", None]),
    },
)
LISTS = st.lists(ELEMENTS, max_size=4)
EMAILS = parse("emails")


@law
@given(LISTS, st.randoms(use_true_random=False))
def test_equality_holds_however_a_list_is_written(elements: list[dict[str, Any]], random: Any) -> None:
    other = [{name.upper(): value for name, value in each.items()} for each in elements]
    random.shuffle(other)
    assert equal(EMAILS, elements, other)
    assert canonical(EMAILS, elements) == canonical(EMAILS, other)
    assert digest(EMAILS, elements) == digest(EMAILS, other)


@law
@given(LISTS, LISTS)
def test_the_same_canonical_form_means_equal_both_ways(one: list[dict[str, Any]], two: list[dict[str, Any]]) -> None:
    if canonical(EMAILS, one) == canonical(EMAILS, two):
        assert equal(EMAILS, one, two)
        assert equal(EMAILS, two, one)


@law
@given(LISTS, LISTS)
def test_equal_means_that_each_wanted_element_has_one_of_its_own(
    desired: list[dict[str, Any]], observed: list[dict[str, Any]]
) -> None:
    """Against the plain definition, tried over all assignments."""

    def distinct(elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = {canonical(EMAILS, [each]): each for each in elements}
        return [each for form, each in found.items() if form is not None]

    element = parse('emails[type eq "x"]')
    wanted, held = distinct(desired), distinct(observed)
    expected = len(wanted) == len(held) and any(
        all(equal(element, one, two) for one, two in zip(wanted, order, strict=True)) for order in permutations(held)
    )
    assert equal(EMAILS, desired, observed) == expected


@law
@given(
    st.text(max_size=40)
    | st.from_regex(r'(urn:a:b:)?[a-z]{1,3}(\[[a-z]+ eq ("a"|true|1)\])?(\.[a-z]+)?', fullmatch=True)
)
def test_a_path_that_parses_prints_what_parses_to_the_same(text: str) -> None:
    try:
        path = parse(text)
    except InvalidSpec:
        return
    assert parse(str(path)) == path
    assert str(parse(str(path))) == str(path)
