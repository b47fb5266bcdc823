"""Reasons of objects and errors, and the codes of the provisioning log, from the tables that the operator goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.records.status import SETTLED, Reason
from scim_operator.observability.provisioning_log.codes import OF_ERROR, OF_REASON, RECOMMENDED
from tools.site.markdown import code, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterable

ABOUT = """# Reasons and codes

[Conditions](../concepts.md#conditions) explains the reasons of `Ready`, `Connected` and
`Quarantined`. [Provisioning log](../provisioning-log.md) says where the codes are.

"""


def page() -> str:
    """Return the page."""
    return ABOUT + "\n".join(
        [
            section("Reasons of users and groups", ["Reason", "`Ready`", "Code"], objects()),
            section("Reasons of errors", ["Reason", "Code"], errors()),
            section("Codes", ["Code", "What to do"], ([code(each), plain(said)] for each, said in RECOMMENDED.items())),
        ]
    )


def section(heading: str, head: list[str], rows: Iterable[list[str]]) -> str:
    return f"## {heading}\n\n{table(head, rows)}"


def objects() -> Iterable[list[str]]:
    """Yield each reason of an object, whether the object is then Ready, and the code in the provisioning log."""
    for reason in Reason:
        yield [code(reason.value), str(reason in SETTLED), code(OF_REASON.get(reason, ""))]


def errors() -> Iterable[list[str]]:
    """Yield each reason of an error, with its code; several errors may have one reason."""
    pairs = sorted({(kind.reason, given) for kind, given in OF_ERROR.items()})
    yield from ([code(reason), code(given)] for reason, given in pairs)
