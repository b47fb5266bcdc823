"""What is sensitive does not reach a status, an Event or a log, in whatever field it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.records.status import Reason, ServiceEntry, Verdict, lose
from scim_operator.core.secrecy.veil import GAP, Veil
from scim_operator.core.wording import REDACTED
from scim_operator.job.base.discretion import Discreet, sensitive_values, shown_entry, shown_id, shown_value
from tests.support.knowing import CONFIG, key, settings, user

if TYPE_CHECKING:
    from scim_operator.core.records.record import SourceRecord

PHONE = "555-0199-2741"


def veil() -> Veil:
    made = Veil()
    made.cover([PHONE])
    return made


def entry(message: str = "Fine.", id: str = "1", members: tuple[str, ...] = ()) -> ServiceEntry:
    return ServiceEntry("vmware", Verdict(Reason.REJECTED, message), 3, id=id, members=members, handled="today")


class Written:
    """A writer that keeps what it is asked to write."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    async def add_finalizer(self, record: SourceRecord, creating: str = "") -> SourceRecord | None:
        self.calls.append(("finalizer on", record, creating))
        return record

    async def remove_finalizer(self, record: SourceRecord) -> None:
        self.calls.append(("finalizer off", record))

    async def report(self, record: SourceRecord, entry: ServiceEntry) -> None:
        self.calls.append(("report", record, entry))

    async def report_config(self, key: object, status: object) -> None:
        self.calls.append(("config", key, status))

    async def announce(self, about: object, *, warning: bool, reason: str, message: str) -> None:
        self.calls.append(("event", about, warning, reason, message))


async def test_the_writer_writes_everything_without_what_is_covered() -> None:
    written, ada = Written(), user("ada")
    writer = Discreet(written, veil())  # type: ignore[arg-type] # the part of a writer that it needs
    assert await writer.add_finalizer(ada, "about to create") is ada
    assert await writer.add_finalizer(ada) is ada
    await writer.remove_finalizer(ada)
    await writer.report(ada, entry(f"It has {PHONE} already."))
    await writer.report_config(CONFIG, {"url": "x"})
    await writer.announce(key("ada"), warning=True, reason="Refused", message=f"It has {PHONE}.")
    await writer.announce(CONFIG, warning=False, reason="Connected", message="It answers.")
    assert written.calls == [
        ("finalizer on", ada, "about to create"),
        ("finalizer on", ada, ""),
        ("finalizer off", ada),
        ("report", ada, entry(f"It has {GAP} already.")),
        ("config", CONFIG, {"url": "x"}),
        ("event", key("ada"), True, "Refused", f"It has {GAP}."),
        ("event", CONFIG, False, "Connected", "It answers."),
    ]


def test_an_entry_with_nothing_covered_is_the_same() -> None:
    plain = entry(members=("7", "8"))
    assert shown_entry(veil(), plain) is plain


def test_an_id_that_is_covered_is_not_recorded() -> None:
    assert shown_entry(veil(), entry(id=PHONE)) == entry(id="")
    assert shown_entry(veil(), entry(members=("7", PHONE, "8"))) == entry(members=("7", "8"))
    for lost in (entry(id=PHONE), entry(id="1", members=("7", PHONE))):
        gone = lose(lost)
        assert shown_entry(veil(), gone).lost is None
    assert shown_entry(veil(), lose(entry(id="1", members=("7",)))).lost is not None
    assert (shown_id(veil(), PHONE), shown_id(veil(), "7")) == (REDACTED, "7")


def test_values_of_the_service_are_shown_without_it_however_deep_it_stands() -> None:
    value = {"title": "Lead", "phones": [{"value": f"tel:{PHONE}", "primary": True}, 7, None]}
    assert shown_value(veil(), value) == {
        "title": "Lead",
        "phones": [{"value": f"tel:{GAP}", "primary": True}, 7, None],
    }


def test_every_text_and_number_of_a_sensitive_attribute_is_covered() -> None:
    rules = settings(
        users={
            "mappings": [
                {"target": "nickName", "source": "title", "sensitive": True, "default": "no-title"},
                {"target": "displayName", "constant": "a-constant", "sensitive": True},
                {"target": "userType", "source": "nickName"},
                {"target": "urn:example:acme:2.0:User:phones", "source": "phoneNumbers", "sensitive": True},
            ]
        }
    ).rules
    ada = user(
        "ada",
        title="Top secret title",
        nickName="Addie",
        phoneNumbers=[{"value": PHONE, "primary": True}, {"value": "0100", "display": "desk"}],
    )
    [type] = [each for each in rules if each.value == "User"]
    mapped = {mapping.target: "as-mapped" for mapping in rules[type].mappings if str(mapping.target) == "nickName"}
    found = list(sensitive_values(rules[type], ada, mapped))
    assert {"Top secret title", "Addie", "no-title", "a-constant", "as-mapped", PHONE, "0100", "desk"} <= set(found)
    assert not {"ada@corp.example", "True", "true", "None", "Ada"} & set(found)
