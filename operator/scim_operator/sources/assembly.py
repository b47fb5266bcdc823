"""From rows to manifests: transformed, described, checked, named, and tied to each other. Pure.

Nothing is written where anything is refused, so what is refused is gathered first, all of it. A group of which a member
becomes no manifest is additive: whom no manifest names stays in it at the service.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.marks import FEIGNED, feigned, read_mark
from scim_operator.errors import InvalidSpec
from scim_operator.sources.checking import fitted
from scim_operator.sources.made import IDENTITY, NOUN, Imported, Made
from scim_operator.sources.naming import Wanted, doubles, names
from scim_operator.sources.row import Refused, SourceRow
from scim_operator.sources.spec import in_order, spec_of
from scim_operator.sources.ties import tie

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scim_operator.sources.made import Place
    from scim_operator.sources.row import Source
    from scim_operator.sources.transform import Transform


def assemble(source: Source, rules: Mapping[Kind, Transform], place: Place) -> Imported:
    """Return the manifests of a source. Errors: InvalidSpec, where nothing of it is to be used."""
    done = Imported()
    made: list[Made] = []
    for row in source.records():
        if isinstance(row, Refused):
            done.refused.append(row)
            continue
        try:
            found = _made(row, rules[row.kind], done, yields=source.yields)
        except InvalidSpec as error:
            done.refused.append(Refused(row.place, str(error)))
        else:
            made += [found] if found is not None else []
    made += _groups_of(made, rules[Kind.GROUP], done)
    made = _unique(made, done)
    _name(made, place, done)
    made = _believed(made, place, done)
    for each in made:
        if each.name and "externalId" not in each.spec:
            done.without_id[each.kind] += 1
    done.manifests = tie(made, done)
    done.refused.sort()
    return done


def _made(row: SourceRow, rules: Transform, done: Imported, *, yields: bool) -> Made | None:
    if not rules.takes(row):
        done.passed_over[row.kind] += 1
        return None
    draft = rules.draft(row)
    described = spec_of(row.kind, draft.document)
    spec, left = fitted(row, described.fields, IDENTITY[row.kind], yields=yields)
    done.left.update(sorted({*described.left, *left}))
    made = Made(row, draft, spec)
    made.team = _text("team", rules.team(row, draft)) if rules.team is not None else ""
    made.base = _text("name", rules.name(row, draft)) if rules.name is not None else made.identity
    if not made.base:
        raise InvalidSpec("what the name is made of is empty; fill it in, or give another --name")
    return made


def _text(what: str, value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool) or not (value is None or isinstance(value, str | int)):
        raise InvalidSpec(f"{what} gives no text; choose one value, as with Item(…, 1) or string(…)")
    return "" if value is None else str(value)


def _groups_of(made: Iterable[Made], rules: Transform, done: Imported) -> Iterator[Made]:
    """Yield the groups that users name and the source has no row of, where it is the users who say it."""
    there = {each.called for each in made if each.kind is Kind.GROUP}
    first: dict[str, str] = {}
    for each in made:
        for name in each.draft.groups:
            if name.lower() not in there:
                first.setdefault(name, each.row.place)
    for name, place in first.items():
        document = {"displayName": name}
        row = SourceRow(Kind.GROUP, f"{place}, groups", document, document)
        try:
            if (found := _made(row, rules, done, yields=False)) is not None:
                yield found
        except InvalidSpec as error:
            done.refused.append(Refused(row.place, str(error)))


def _unique(made: list[Made], done: Imported) -> list[Made]:
    """Return the rows that share neither userName, displayName, externalId nor id; all that share one are refused."""
    by_value: dict[tuple[Kind, str, str], list[Made]] = defaultdict(list)
    for each in made:
        by_value[each.kind, IDENTITY[each.kind], each.identity.lower()].append(each)
        if external_id := each.spec.get("externalId"):
            by_value[each.kind, "externalId", external_id].append(each)
        if each.row.lasting:
            by_value[each.kind, "its id at the source", each.row.lasting].append(each)
    lost: dict[int, str] = {}
    for (_, name, _), several in by_value.items():
        for each in several if len(several) > 1 else ():
            others = ", ".join(other.row.place for other in several[:4] if other is not each)
            lost.setdefault(
                id(each), f"{_named(each, name)} is that of {others} too; no two may have one: correct them"
            )
    done.refused += [Refused(each.row.place, lost[id(each)]) for each in made if id(each) in lost]
    return [each for each in made if id(each) not in lost]


def _named(each: Made, name: str) -> str:
    column = each.row.columns.get(name)
    return f"{each.row.noun} {column}: {name}" if column else name


def _name(made: list[Made], place: Place, done: Imported) -> None:
    for kind in Kind:
        numbered = {number: each for number, each in enumerate(made) if each.kind is kind}
        wanted = {number: Wanted(each.base, each.identity, _kept(each, place)) for number, each in numbered.items()}
        found, same = names(wanted, NOUN[kind])
        for number, name in found.items():
            numbered[number].name = name
            if wanted[number].kept:
                del numbered[number].spec["externalId"]
        done.told_apart += [tuple(numbered[number].row.place for number in several) for several in same]


def _kept(each: Made, place: Place) -> str:
    """Return the name in a mark that the operator itself left there, for the manifest that it belongs to."""
    mark = read_mark(each.spec.get("externalId"))
    ours = mark is not None and place.namespace and (mark.owner, mark.namespace) == (place.owner, place.namespace)
    return mark.name if ours and mark is not None else ""


def _believed(made: list[Made], place: Place, done: Imported) -> list[Made]:
    """Return the rows without those that carry another manifest's mark, or whose name is another's all the same."""
    twice = {kind: doubles(each.name for each in made if each.kind is kind) for kind in Kind}
    kept = []
    for each in made:
        key = ObjectKey(each.kind, place.namespace, each.name)
        if feigned(each.spec.get("externalId"), place.owner, key):
            done.refused.append(Refused(each.row.place, f"{FEIGNED}; with --namespace, one of its own keeps its name"))
        elif each.name in twice[each.kind]:
            done.refused.append(Refused(each.row.place, "its name is another row's too; give another --name"))
        else:
            each.spec = in_order(each.kind, each.spec)
            kept.append(each)
    return kept
