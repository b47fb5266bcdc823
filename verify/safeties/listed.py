"""All safeties that can be switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.safeties import honesty, leases, leaving, ownership, removal, restraint, steadiness

if TYPE_CHECKING:
    from verify.safeties.switch import Switch

SWITCHES: tuple[Switch, ...] = (
    *ownership.SWITCHES,
    *removal.SWITCHES,
    *honesty.SWITCHES,
    *leaving.SWITCHES,
    *leases.SWITCHES,
    *restraint.SWITCHES,
    *steadiness.SWITCHES,
)
