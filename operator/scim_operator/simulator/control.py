"""The control endpoints below `/_simulator/`: faults, request log, dump, seed, reset and counts."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from scim_operator.errors import InvalidSpec
from scim_operator.simulator.catalogue import FaultName
from scim_operator.simulator.documents import parse
from scim_operator.simulator.faults import Fault, FaultBook
from scim_operator.simulator.messages import Json, Refusal, Reply
from scim_operator.simulator.schema import ResourceType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scim_operator.simulator.contents import Contents
    from scim_operator.simulator.log import RequestLog

PREFIX = "/_simulator/"


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a control endpoint; `name` is the path below the prefix."""

    method: str
    name: str
    query: Mapping[str, str]
    body: bytes
    authorization: str


@dataclass(frozen=True, slots=True)
class Control:
    """Answers calls. An empty `token` asks for none."""

    contents: Contents
    faults: FaultBook
    log: RequestLog
    token: str

    def answer(self, call: Call) -> Reply:
        """Answers one call; never raises."""
        if call.name == "healthz":
            return _json({"status": "ok"})
        if self.token and not self._is_known(call):
            return _json({"error": "Give the control token as a bearer token, or as ?control_token=…"}, 401)
        handler = self._handler(call)
        if handler is None:
            return _json({"error": "There is no such control endpoint; see docs/simulator.md."}, 404)
        try:
            return _json(handler(call))
        except (InvalidSpec, Refusal) as error:
            return _json({"error": str(error)}, 400)

    def _is_known(self, call: Call) -> bool:
        """Returns whether the call has the token; `kubectl get --raw` can send a query but no header."""
        given = call.authorization or f"Bearer {call.query.get('control_token', '')}"
        return hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode())

    def _handler(self, call: Call) -> Callable[[Call], Json] | None:
        handlers: dict[tuple[str, str], Callable[[Call], Json]] = {
            ("GET", "dump"): self._dump,
            ("GET", "log"): self._log,
            ("GET", "stats"): self._stats,
            ("POST", "reset"): self._reset,
            ("POST", "seed"): self._seed,
            ("GET", "faults"): self._faults,
            ("PUT", "faults"): self._replace_faults,
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): self._clear_faults,
        }
        return handlers.get((call.method, call.name.partition("/")[0]))

    def _dump(self, _: Call) -> Json:
        return {type_.endpoint: self.contents.dump(type_) for type_ in ResourceType}

    def _log(self, call: Call) -> Json:
        since = call.query.get("since", "0")
        if not since.isdecimal():
            raise Refusal(400, "`since` is the number of an entry.")
        return {"last": self.log.last, "entries": [entry.document() for entry in self.log.since(int(since))]}

    def _stats(self, _: Call) -> Json:
        store = self.contents.store
        return {**self.log.stats(), **{type_.endpoint: len(store.of(type_)) for type_ in ResourceType}}

    def _reset(self, call: Call) -> Json:
        wanted = parse(call.body).get("only") if call.body else None
        resets = {"resources": self.contents.store.clear, "log": self.log.clear, "faults": self._stop_faults}
        chosen = list(resets) if wanted is None else wanted
        if not isinstance(chosen, list) or not set(chosen) <= set(resets):
            raise Refusal(400, f"`only` lists some of {', '.join(resets)}.")
        for name in chosen:
            resets[name]()
        return {"reset": chosen}

    def _stop_faults(self) -> None:
        self.faults.clear()
        self.faults.forget_waits()

    def _seed(self, call: Call) -> Json:
        given = parse(call.body)
        return {type_.endpoint: self.contents.seed(type_, given.get(type_.endpoint) or []) for type_ in ResourceType}

    def _faults(self, _: Call) -> Json:
        return [fault.document() for fault in self.faults]

    def _replace_faults(self, call: Call) -> Json:
        self.faults.replace(_read_faults(call.body))
        return self._faults(call)

    def _add_faults(self, call: Call) -> Json:
        self.faults.add(*_read_faults(call.body))
        return self._faults(call)

    def _clear_faults(self, call: Call) -> Json:
        name = call.name.partition("/")[2]
        if name and name not in set(FaultName):
            raise Refusal(400, "There is no fault of that name.")
        self.faults.clear(FaultName(name) if name else None)
        return self._faults(call)


def _read_faults(body: bytes) -> list[Fault]:
    """Faults in a body: one or a list of them, each as an object or as the command line has it."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, "The body is no JSON.") from None
    return [_read_fault(item) for item in (given if isinstance(given, list) else [given])]


def _read_fault(item: Json) -> Fault:
    if isinstance(item, str):
        return Fault.parse(item)
    if isinstance(item, dict):
        return Fault.of(item)
    raise Refusal(400, 'A fault is an object, or a text like "throttle=1;times=3".')


def _json(document: Json, status: int = 200) -> Reply:
    return Reply(status, orjson.dumps(document), "application/json")
