"""S2: at most one resource for one manifest, whatever crashes and whichever answers are lost."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from verify.promises.ground import Key, key_of
from verify.promises.promise import Promise, changes

if TYPE_CHECKING:
    from scim_operator.kube.client import Target
    from verify.history import Exchange
    from verify.promises.ground import Ground
    from verify.promises.violation import Violation


class Once(Promise):
    """Each request that creates a resource is held against those that were created for the same manifest and exist.

    A second arrival of one request is not judged: no sender can take back what the network repeats.
    """

    name = "S2"

    def __init__(self, ground: Ground, violations: list[Violation]) -> None:
        super().__init__(ground, violations)
        self._made: dict[Key, tuple[frozenset[str], str]] = {}
        self._asked: defaultdict[Key, set[Target]] = defaultdict(set)
        """Who asked for the name of a resource when it was written to: the name may be another one since."""
        self._doubts: list[tuple[Key, frozenset[Target], str, Exchange]] = []
        """Second resources whose first one may have been taken over by another manifest."""

    def done(self, exchange: Exchange) -> None:
        """Judge a creation, and by what else happens whose the first resource is by then (campaign 560131)."""
        if self._doubts:
            self._judge()
        if not changes(exchange):
            return
        key = key_of(exchange)
        self._asked[key] |= self.ground.wanting(key)
        if exchange.before is not None:
            return
        names = self._names(exchange)
        for other, (known, shown) in self._made.items():
            if other[0] == key[0] and known & names and not exchange.again and self.world.service.shown(other[1]):
                sentence = f"{key[0]} {key[1]} is a second resource beside {other[1]}, made for {shown}"
                self._doubts.append((other, frozenset(self.ground.owners[key]), sentence, exchange))
        self._made[key] = names, ", ".join(sorted(names))
        self._judge()

    def rest(self) -> None:
        """Judge what was taken over as it is at rest: by now its status says so."""
        self._judge(final=True)

    def _judge(self, *, final: bool = False) -> None:
        """Report second resources, but for what another manifest asked for by name, and has on record or is to have.

        A manifest that comes back when another has taken its account over gets one of its own. The status that says
        whose the account is comes after the request.
        """
        for doubt in tuple(self._doubts):
            other, owners, sentence, exchange = doubt
            taken = self.ground.on_record(other) - owners
            asked = (self._asked[other] | self.ground.wanting(other)) - owners
            if asked and not taken and not final:
                continue
            self._doubts.remove(doubt)
            if not asked & taken:
                self.broken(sentence, exchange)

    def _names(self, exchange: Exchange) -> frozenset[str]:
        """Return what a manifest is one by: its mark or given id, and its uid while it was there."""
        states = self.ground.states(exchange.sent)
        owners = self.ground.owners[key_of(exchange)]
        uids = {state.objects[one]["metadata"]["uid"] for state in states for one in owners if one in state.objects}
        external_id = (exchange.after or {}).get("externalId")
        named = {f"externalId {external_id}"} if external_id else set()
        return frozenset(named | (uids if len(owners) == 1 else set()))
