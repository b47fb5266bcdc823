"""The page of the provisioning log, over records as the operator writes them."""

from __future__ import annotations

from scim_operator.console.pages.frame import Frame
from scim_operator.console.pages.log import log
from scim_operator.console.source import Asked
from scim_operator.observability.provisioning_log.record import record_of
from tests.support.noted import processed


def test_a_record_fills_each_column() -> None:
    page = log(Frame("here"), Asked(), (["vmware"], []), [record_of(processed("ada"))])
    cells = ("scimuser/ada", "vmware", "update", "success", "title: Analyst → Countess", "019abc00-0000-7000")
    assert [cell for cell in cells if cell not in page] == []
