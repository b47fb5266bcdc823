"""What keeps the operator off what is not its business, and from conclusions it cannot draw (S9, S10)."""

from __future__ import annotations

from verify.safeties.switch import Change, Switch

SWITCHES = (
    Switch(
        "members that an additive group was not given by us stay",
        "S9",
        (
            Change(
                "core/plan/membership.py",
                "in_order(surplus if exclusive else (member for member in surplus if member.id in added))",
                "in_order(surplus)",
            ),
        ),
        (
            "tests/unit/core/plan/test_membership.py::test_policies",
            "tests/job/test_membership.py::test_an_additive_group_keeps_foreign_members_and_takes_back_its_own",
        ),
        ("guests",),
    ),
    Switch(
        "only what was applied before and is mapped still is cleared",
        "S9",
        (
            Change(
                "core/mapping/mapping.py",
                "mapping.target not in desired and str(mapping.target) in gone\n",
                "mapping.target not in desired\n",
            ),
            Change("core/mapping/mapping.py", "    if not gone:\n        return ()\n", ""),
        ),
        (
            "tests/unit/core/mapping/test_mapping.py::test_left_over_is_what_was_applied_is_mapped_and_is_absent_now",
            "tests/job/test_lifecycle.py::test_an_attribute_that_was_never_set_is_not_managed",
        ),
        ("edit-beside",),
    ),
    Switch(
        "what a write has lost is put back",
        "S9",
        (
            Change(
                "job/apply/damage.py",
                "        if not gone:\n            if written.is_fresh:\n",
                "        if True:\n            if written.is_fresh:\n",
            ),
        ),
        ("tests/odd/test_damage.py::test_a_patch_that_drops_what_no_one_manages",),
        simulated=False,
    ),
    Switch(
        "members whom a write has lost are put back",
        "S9",
        (
            Change(
                "job/apply/executor.py",
                "if actual is not None and written.is_fresh and (lost := lost_members(plan, expected, actual)):",
                "if (lost := ()) and actual is not None:",
            ),
        ),
        (
            "tests/odd/test_damage.py::test_a_rename_that_empties_the_group",
            "tests/odd/test_damage.py::test_taking_a_group_over_may_not_empty_it",
        ),
        simulated=False,
    ),
    Switch(
        "a write names the version that it was computed from",
        "S9",
        (Change("scim/exchange.py", "        if request.version:\n", "        if False:\n"),),
        (
            "tests/scim/test_client.py",
            "tests/scim/test_scim2_server.py::test_a_version_that_moved_is_refused",
        ),
        ("edit-beside",),
    ),
    Switch(
        "a listing counts only if it holds as many as it announces",
        "S10",
        (Change("scim/listing.py", "        if len(self.ids) + self._twice != self._total:\n", "        if False:\n"),),
        ("tests/scim/test_listing.py",),
        ("short-list",),
    ),
    Switch(
        "a listing from which something was deleted meanwhile does not count",
        "S10",
        (Change("scim/listing.py", "        if self._shrank:\n", "        if False:\n"),),
        ("tests/scim/test_listing.py",),
        ("short-list",),
    ),
    Switch(
        "an incomplete listing is an error",
        "S10",
        (Change("scim/pager.py", "            if not gap:\n", "            if True:\n"),),
        (
            "tests/scim/test_listing.py",
            "tests/odd/test_pages.py",
        ),
        ("short-list",),
    ),
    Switch(
        "an index is replaced only by a complete listing",
        "S10",
        (
            Change(
                "job/gather/listing.py",
                "    index = knowledge.index.fresh(type)\n",
                "    index = knowledge.index.fresh(type)\n    knowledge.index.renew(type, index)\n",
            ),
        ),
        (
            "tests/unit/job/gather/test_listing.py",
            "tests/job/test_faults.py::test_a_broken_page_destroys_nothing",
            "tests/job/test_faults.py::test_a_first_listing_that_is_broken_changes_nothing",
        ),
        ("short-list",),
    ),
    Switch(
        "what a listing lacks is asked for by its id before it is gone",
        "S10",
        (
            Change(
                "job/apply/inquiry.py",
                "        try:\n            await self._executor.refresh(type, id)\n        except Rejected as error:\n"
                "            if not await self._is_gone(record, id, error):\n                raise\n",
                "",
            ),
        ),
        (
            "tests/job/test_recreations.py::test_a_list_that_lacks_what_is_there_holds_nothing_and_says_nothing",
            "tests/job/test_drift.py::test_a_stale_listing_takes_nothing_for_gone",
            "tests/job/test_drift.py::test_users_whom_the_service_hides_once_disabled_keep_their_identity",
        ),
        ("short-list",),
    ),
    Switch(
        "a listing has bounds",
        "S10",
        (Change("scim/listing.py", "            if amount > most:\n", "            if False:\n"),),
        ("tests/security/test_hostile_pages.py::test_an_absurd_total_is_refused_at_the_first_page",),
        simulated=False,
    ),
    Switch(
        "a page with more than was asked for is refused",
        "S10",
        (Change("scim/reading.py", "    if most is not None and len(resources) > most:\n", "    if False:\n"),),
        ("tests/security/test_hostile_pages.py::test_a_page_larger_than_asked_is_refused",),
        simulated=False,
    ),
    Switch(
        "a member who may be someone that a listing lacks stays",
        "S10",
        (
            Change(
                "core/plan/membership.py",
                "    return _doubt(membership, listed=",
                '    return "" and _doubt(membership, listed=',
            ),
        ),
        (
            "tests/unit/core/plan/test_membership.py::test_no_one_is_removed_who_may_be_a_pending_member",
            "tests/job/test_membership.py::test_a_member_who_may_be_a_pending_one_is_not_removed",
        ),
        simulated=False,
    ),
)
