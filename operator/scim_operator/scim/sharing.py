"""One budget for each service and account, shared by all configs that use it (promise S8).

The smallest of the members' budgets is in force, for a service that one config must not press harder is not to be
pressed harder by two. Members take turns, so that a config with a thousand requests does not hold up another's one.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

from scim_operator.scim.budget import Budget

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from scim_operator.scim.budget import Sending
    from scim_operator.scim.clock import Clock

Account = tuple[str, bytes]
"""A service's address, and a digest of who speaks to it."""


class Budgets:
    """The budgets of one operator."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._shared: dict[Account, Budget] = {}

    @property
    def accounts(self) -> int:
        """Return the number of accounts that have a budget."""
        return len(self._shared)

    def member(self, address: str, *, concurrency: int, rate: float | None) -> Member:
        """Return one config's part in the budget; `address` is normalised (core/service/address.py)."""
        return Member(self, address, concurrency, rate)

    def join(self, account: Account, member: Member, former: Budget | None = None) -> Budget:
        """Return the budget of an account, to which the member's limits apply from now on.

        It remains the `former` one of a member that has that alone: its token is another one now, and the service has
        still to answer what it was sent, and to be left alone for as long as it asked.
        """
        self._shared = {name: each for name, each in self._shared.items() if each.shares or each.remembers}
        budget = self._shared.get(account)
        if budget is None:
            budget = former if former is not None and former.is_of(member) else self._fresh(member)
            self._shared = {name: each for name, each in self._shared.items() if each is not budget}
            self._shared[account] = budget
        budget.share(member, member.concurrency, member.rate)
        return budget

    def _fresh(self, member: Member) -> Budget:
        return Budget(self.clock, concurrency=member.concurrency, rate=member.rate)


class Member:
    """One config's part in the budget of its account, which is known with the first token; used as a `Budget`."""

    def __init__(self, budgets: Budgets, address: str, concurrency: int, rate: float | None) -> None:
        self.clock = budgets.clock
        self.concurrency, self.rate = concurrency, rate
        self._budgets = budgets
        self._address = address
        self._account = ""
        self._budget: Budget | None = None

    @property
    def closed_for(self) -> float:
        """See `Budget.closed_for`."""
        return self._budget.closed_for if self._budget is not None else 0.0

    @property
    def allowed(self) -> float:
        """See `Budget.allowed`."""
        if self._budget is not None:
            return self._budget.allowed
        return math.inf if self.rate is None else self.rate

    def request(self, account: str = "") -> AbstractAsyncContextManager[Sending]:
        """See `Budget.request`. `account` identifies the caller: the token, or who the tokens are issued to."""
        if self._budget is None or account != self._account:
            former, digest = self._budget, hashlib.blake2b(account.encode(), digest_size=16).digest()
            self._account, self._budget = account, self._budgets.join((self._address, digest), self, former)
            if former is not None and former is not self._budget:
                former.unshare(self)
        return self._budget.request(lane=self)

    def close(self) -> None:
        """Withdraw the member's limits."""
        if self._budget is not None:
            self._budget.unshare(self)
            self._budget = None
