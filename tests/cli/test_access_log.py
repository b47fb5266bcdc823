"""`access` with the provisioning log: what proves that the access that Git asks for is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.plan.verb import Verb
from scim_operator.observability.provisioning_log.processed import References
from scim_operator.observability.provisioning_log.record import record_of
from scim_operator.observability.provisioning_log.store import Store
from tests.support.ledger import Ledger, config, group, user
from tests.support.noted import AT, processed

if TYPE_CHECKING:
    from pathlib import Path


def moved(
    number: int, gained: tuple[str, ...] = (), lost: tuple[str, ...] = (), more: int = 0, **changes: Any
) -> dict[str, Any]:
    gains = References(tuple(f"scimuser/{name}" for name in gained), len(gained) + more if gained else 0)
    losses = References(tuple(f"scimuser/{name}" for name in lost), len(lost))
    made = processed("pay", number, kind=Kind.GROUP, gained=gains, lost=losses, changes=(), verb=Verb.UPDATE, sent=True)
    return record_of(replace(made, **changes))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "repository")
    place = {"namespace": "identity"}
    bodies = [user("ada"), user("bob"), user("cyd"), group("pay", "ada", "bob", "cyd"), config()]
    for body in bodies:
        body["metadata"] |= place
    made.write("a.yaml", *bodies)
    made.commit()
    return made


def store(tmp_path: Path, *records: dict[str, Any]) -> str:
    url = f"sqlite:///{tmp_path}/log.db"
    made = Store(url, now=lambda: AT)
    made.write(list(records))
    made.close()
    return url


def proofs(ledger: Ledger, *words: str) -> dict[str, dict[str, Any]]:
    result = ledger.access("--group", "pay", "-o", "json", *words)
    assert result.exit_code == 0, result.output
    return {row["user"]["name"]: row["provisioned"] for row in orjson.loads(result.stdout)["access"]}


def test_without_a_log_it_says_that_it_was_not_asked(ledger: Ledger) -> None:
    assert not any(proof["asked"] for proof in proofs(ledger).values())
    assert "provisioned: not asked" in ledger.access("--group", "pay").stdout


def test_the_record_of_the_membership_proves_it(ledger: Ledger, tmp_path: Path) -> None:
    url = store(tmp_path, moved(1, ("ada", "bob")), moved(2, (), ("bob",), at=AT.replace(minute=40)))
    found = proofs(ledger, "--log-store", url)
    assert (found["ada"]["action"], found["ada"]["status"], found["ada"]["note"]) == ("update", "success", "")
    assert found["ada"]["record"] == "019abc00-0000-7000-8000-000000000001"
    assert found["bob"]["note"] == "which took the user out of the group"
    assert (found["cyd"]["record"], found["cyd"]["asked"]) == ("", True)
    assert found["cyd"]["note"].startswith("no record of the membership in the log. The log begins at 2026-11-25")
    text = ledger.access("--group", "pay", "--log-store", url).stdout
    assert "provisioned: update success at 2026-11-25T22:30:05.123Z" in text


def test_a_record_that_does_not_name_everyone_may_be_the_one(ledger: Ledger, tmp_path: Path) -> None:
    found = proofs(ledger, "--log-store", store(tmp_path, moved(1, ("ada",), more=200)))
    assert found["ada"]["record"]
    assert "perhaps with record 019abc00-0000-7000-8000-000000000001" in found["cyd"]["note"]


def test_what_was_done_later_proves_nothing_of_an_earlier_day(ledger: Ledger, tmp_path: Path) -> None:
    url = store(tmp_path, moved(1, ("ada",)))
    assert not proofs(ledger, "--log-store", url, "--as-of", "2026-01-31")["ada"]["record"]


def test_a_log_that_is_not_there_is_an_error(ledger: Ledger, tmp_path: Path) -> None:
    result = ledger.access("--all", "--log-store", f"sqlite:///{tmp_path}/none.db")
    assert (result.exit_code, "There is no provisioning log at" in result.stderr) == (1, True)
