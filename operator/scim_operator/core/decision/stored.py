"""What a service made of the values that it was sent: stored in another form, not shown, or not taken at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.equality import digest, equal, unassigned
from scim_operator.core.attributes.paths import CLEARED
from scim_operator.core.attributes.rights import is_still_granted, revokes
from scim_operator.core.records.status import Reason, Reformatted, Verdict
from scim_operator.core.seal import PROOF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Facts, Rules
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.mapping.mapping import DesiredAttributes
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.resource import JsonValue
    from scim_operator.core.seal import Seal


def stuck(facts: Facts, rules: Rules, desired: DesiredAttributes, found: Iterable[AttributeChange]) -> Verdict | None:
    """Return what the service will never change although the manifest asks. Our default externalId gives way."""
    ours = rules.owner.marks(facts.record.key)
    silent = [change for change in found if _is_kept_in_silence(facts, change)]
    fixed = [
        change
        for change in found
        if change.path in desired
        and change.new not in ours
        and change not in silent
        and _is_immutable(facts, rules, change)
    ]
    return immutable(silent, fixed) if silent or fixed else None


def _is_immutable(facts: Facts, rules: Rules, change: AttributeChange) -> bool:
    return change.path in rules.immutable and not is_unshown(facts, change)


def _is_kept_in_silence(facts: Facts, change: AttributeChange) -> bool:
    """Return whether the service has answered this very change with success, and kept what it had."""
    silent = {each.path for each in (facts.entry.reformatted if facts.entry else ()) if each.kept}
    return str(change.path) in silent and is_reformatted(facts, change)


def left_unlike(facts: Facts, found: Iterable[AttributeChange]) -> frozenset[str]:
    """Return the attributes that are not as asked for, and are left so because of how the service stores them."""
    known = facts.entry is not None and bool(facts.entry.reformatted)
    return frozenset(str(each.path) for each in found if is_reformatted(facts, each)) if known else frozenset()


def unlearned(forms: Iterable[Reformatted], plan: Plan) -> bool:
    """Return whether something is on record of an attribute that is as asked for by now: that holds no longer."""
    unlike = plan.unlike
    return unlike is not None and not plan.acts and any(each.path not in unlike for each in forms)


def tried_again(facts: Facts) -> Facts:
    """Return the facts without what the service once did not take: its time has come to be sent again."""
    if facts.entry is None or not any(each.kept for each in facts.entry.reformatted):
        return facts
    forms = tuple(each for each in facts.entry.reformatted if not each.kept)
    return replace(facts, entry=replace(facts.entry, reformatted=forms))


def uncleared(facts: Facts, found: Iterable[AttributeChange]) -> list[AttributePath]:
    """Return what the service does not clear: it stays ours to clear."""
    return [each.path for each in found if each.new is CLEARED and _is_kept_in_silence(facts, each)]


def immutable(silent: Iterable[AttributeChange], fixed: Iterable[AttributeChange] = ()) -> Verdict:
    """Return the verdict about changes that the service does not make: in silence, or as it is known to."""
    kept = tuple(silent)
    said = (
        (_FIXED, fixed),
        (_KEPT, (change for change in kept if change.new is not CLEARED)),
        (_NOT_CLEARED, (change for change in kept if change.new is CLEARED)),
    )
    return Verdict(Reason.IMMUTABLE, _listed(said))


def _listed(said: Iterable[tuple[str, Iterable[AttributeChange]]]) -> str:
    """Return the sentences of which there is something to say."""
    listed = [(sentence, ", ".join(str(change.path) for change in changes)) for sentence, changes in said]
    return " ".join(sentence.format(names) for sentence, names in listed if names)


_FIXED = (
    "The service keeps {} as first set, and has another value. Put the old value back, or delete the resource at the "
    "service to have it created again."
)
_KEPT = (
    "The service answers success to a change of {}, and keeps the value that it has: it is sent less and less often. "
    "Change it there, or write the service's value into the manifest."
)
_NOT_CLEARED = (
    "The service does not clear {}: it answers success and keeps the value; it is asked less and less often. Clear it "
    "there, or write the value into the manifest."
)
_LOST = "The service answered success to a change of {}, and does not have it: it is sent again."


def not_taken(plan: Plan, paths: Iterable[str], *, proven: bool = True) -> Plan:
    """Return the plan with what holds where the service answered success and kept what it had of these paths.

    Unless that is `proven`, a single write may have been lost, and is sent again.
    """
    kept = [change for change in plan.changes if str(change.path) in set(paths)]
    still = (str(change.path) for change in kept if change.new is CLEARED)
    verdict = immutable(kept) if proven else Verdict(Reason.RETRYING, _listed([(_LOST, kept)]))
    return replace(plan, verdict=verdict, applied=tuple(dict.fromkeys((*plan.applied, *still))))


def fingerprint(change: AttributeChange) -> tuple[str, str, str]:
    """Return what identifies a value that the service stores differently: path, digests of sent and kept."""
    return (str(change.path), digest(change.path, change.new), digest(change.path, change.old))


def reformatted(change: AttributeChange, key: ObjectKey, seal: Seal | None, *, kept: bool = False) -> Reformatted:
    """Return the same as a status has it: keyed, so that no reader of a status can find values by trial."""
    path, sent, got = fingerprint(change)
    if seal is None:
        return Reformatted(path, sent, got, kept)
    whose = (key.kind, key.namespace, key.name, path)
    return Reformatted(path, seal.of("sent", *whose, sent), seal.of("got", *whose, got), kept)


def is_kept(plan: Plan, change: AttributeChange) -> bool:
    """Return whether the service has the value that it had before, and not a form of the one that was just sent."""
    before = next((each.old for each in plan.changes if each.path == change.path), None)
    if unassigned(before) or not equal(change.path, before, change.old):
        return False
    return change.new is CLEARED or not _is_form(change.new, change.old, _NOISE.get(change.path.attribute.lower(), ""))


_NOISE = {"phonenumbers": "-.()/"}
"""Characters, beside blanks, that make no other value of an attribute."""


def is_unrevoked(plan: Plan, change: AttributeChange) -> bool:
    """Return whether the service still has a right that a plan has just revoked; `change` is what is left to do."""
    return any(is_still_granted(each.old, change) for each in plan.changes if each.path == change.path)


def _is_form(sent: JsonValue, got: JsonValue, noise: str) -> bool:
    """Return whether two values differ in how they are written alone; what was not sent of `got` does not count."""
    if isinstance(sent, list) and isinstance(got, list):
        return len(sent) == len(got) and all(any(_is_form(each, other, noise) for other in got) for each in sent)
    if isinstance(sent, dict) and isinstance(got, dict):
        return all(_is_form(value, got.get(name), noise) for name, value in sent.items() if not unassigned(value))
    return _plain(sent, noise) == _plain(got, noise)


def _plain(value: JsonValue, noise: str) -> str:
    text = "".join(str(value).split()).casefold()
    return "".join(each for each in text if each not in noise)


def is_reformatted(facts: Facts, change: AttributeChange) -> bool:
    """Return whether the difference is only that the service stores what we sent in another form.

    Without the key, as in a command, what was found for this generation of the manifest is assumed to hold still.
    """
    entry, seal = facts.entry, facts.seal
    if entry is None or is_known_form(entry, change, facts.record.key, seal):
        return entry is not None
    sealed = seal is None and any(len(each.sent) == PROOF for each in _known(entry, change))
    return sealed and entry.generation == facts.record.generation


def unshown(facts: Facts) -> list[str]:
    """Return the attributes that are wanted and that the service does not show, as it was found when they were sent."""
    document = facts.match.document
    found = changes(facts.desired, document) if facts.desired and document is not None else ()
    return [str(each.path) for each in found if is_unshown(facts, each)]


def is_unshown(facts: Facts, change: AttributeChange) -> bool:
    """Return whether the service showed no value right after it was sent, and does not now."""
    return unassigned(change.old) and is_reformatted(facts, change)


def is_known_form(entry: ServiceEntry | None, change: AttributeChange, key: ObjectKey, seal: Seal | None) -> bool:
    """Return whether the entry records that the service stores this very value so."""
    known = _known(entry, change)
    return bool(known) and reformatted(change, key, seal) in known


def _known(entry: ServiceEntry | None, change: AttributeChange) -> list[Reformatted]:
    """Return what is on record of an attribute; that a right was not revoked is no reason to leave it."""
    known = [each for each in (entry.reformatted if entry else ()) if each.path == str(change.path)]
    return [each for each in known if not each.kept] if revokes(change) else known
