"""What keeps access from ending by mistake, and has it end where it is to (promises S3 to S5, the end first)."""

from __future__ import annotations

from verify.safeties.switch import Change, Switch

SWITCHES = (
    Switch(
        "once our finalizer is off, a deleted manifest's resource stays as it is",
        "S3",
        (
            Change(
                "core/decision/removal.py",
                "    if facts.record.deleting and not facts.record.finalized:\n",
                "    if False:\n",
            ),
        ),
        (
            "tests/unit/core/decision/test_decided_plans.py::test_a_manifest_that_goes_without_our_finalizer_is_not_ours_to_end",
            "tests/job/test_lifecycle.py::test_a_manifest_without_our_finalizer_is_not_ours_to_deprovision",
        ),
        simulated=False,
    ),
    Switch(
        "a namespace or CRD that is deleted takes no access away",
        "S3",
        (
            Change(
                "core/decision/decision.py",
                "    if not facts.terminating or not plan.tally.ends_access:\n",
                "    if True:\n",
            ),
        ),
        (
            "tests/job/test_terminating.py::test_a_deleted_namespace_empties_no_tenant",
            "tests/job/test_terminating.py",
        ),
        simulated=False,
    ),
    Switch(
        "what is to be deleted later is deleted when that is due",
        "S3",
        (
            Change(
                "core/records/tombstones.py",
                "        return [tombstone for tombstone in self._by_id.values() if tombstone.due <= now]",
                "        return list(self._by_id.values())",
            ),
            Change(
                "core/records/tombstones.py",
                "next((tombstone for tombstone in self._by_key.get(key, ()) if tombstone.due <= now), None)",
                "self.left_by(key)",
            ),
        ),
        (
            "tests/unit/core/records/test_tombstones.py",
            "tests/job/test_finalizers.py::test_a_disabled_user_is_deleted_when_its_time_has_come",
            "tests/job/test_emptying.py",
        ),
        (
            "delete-later",
            "group-emptied",
        ),
    ),
    Switch(
        "who is given access again is not deleted when that was due",
        "S3",
        (Change("core/decision/removal.py", "    if gives_access(key.kind, document):\n", "    if False:\n"),),
        (
            "tests/job/test_finalizers.py::test_who_was_enabled_again_is_not_deleted_when_the_time_has_come",
            "tests/job/test_emptying.py::test_it_stays_when_someone_uses_it_meanwhile",
        ),
        ("used-again",),
    ),
    Switch(
        "a deleted manifest's access ends before its finalizer goes",
        "S3",
        (
            Change(
                "core/decision/removal.py",
                '    plan = kept(facts, Reason.DISABLED, f"Disabled at the service. {facts.scope.message}".strip())\n'
                "    differing = changes({ACTIVE: False}, document, clear=())\n",
                '    plan = kept(facts, Reason.DISABLED, f"Disabled at the service. {facts.scope.message}".strip())\n'
                "    differing = ()\n",
            ),
        ),
        ("tests/job/test_lifecycle.py::test_deleting_a_manifest_disables_the_user",),
        ("leaver", "disable"),
    ),
    Switch(
        "what is let go with nothing sent is read once more",
        "S3",
        (
            Change(
                "job/apply/inquiry.py",
                "        if self._lets_go(facts, plan) and facts.record.key not in self._seen:\n",
                "        if False:\n",
            ),
        ),
        ("tests/verify/test_let_go.py",),
    ),
    Switch(
        "what ends access is looked at before all else",
        "end first",
        (
            Change(
                "job/session/lanes.py",
                "            return Lane.DEPROVISION if self._may_have_access(key) else Lane.EDIT\n"
                "        return Lane.DEPROVISION if",
                "            return Lane.EDIT\n        return Lane.EDIT if",
            ),
        ),
        ("tests/verify/test_unguarded.py",),
        simulated=False,
    ),
    Switch(
        "active: false goes first, in a request of its own",
        "end first",
        (
            Change(
                "core/plan/parts.py",
                "    return apart(plan) if plan.verb is Verb.DISABLE else (plan,)",
                "    return (plan,)",
            ),
        ),
        (
            "tests/unit/core/plan/test_parts.py",
            "tests/odd/test_end_of_access_first.py::test_a_refused_title_does_not_keep_a_user_active",
        ),
        ("disable",),
    ),
    Switch(
        "members leave a group before others come",
        "end first",
        (
            Change(
                "core/plan/update.py",
                "    moving = (*plan.member_removals, *plan.member_adds)\n"
                "    for start in range(0, max(len(moving), 1), chunk):\n"
                "        removed = _removals(moving[start : min(start + chunk, leaving)], style)\n"
                "        added = _adds(moving[max(start, leaving) : start + chunk], form)\n",
                "    moving = (*plan.member_adds, *plan.member_removals)\n    coming = len(moving) - leaving\n"
                "    for start in range(0, max(len(moving), 1), chunk):\n"
                "        added = _adds(moving[start : min(start + chunk, coming)], form)\n"
                "        removed = _removals(moving[max(start, coming) : start + chunk], style)\n",
            ),
        ),
        (
            "tests/unit/core/plan",
            "tests/odd/test_end_of_access_in_groups.py",
            "tests/job/test_membership.py",
        ),
        ("mover",),
    ),
    Switch(
        "access that ends does not wait for a rename that is held",
        "end first",
        (
            Change(
                "core/plan/parts.py",
                "    if plan.adopts or plan.asks or not plan.renaming:\n",
                "    if True:\n",
            ),
        ),
        (
            "tests/odd/test_mixed_plans_offline.py::test_a_held_rename_keeps_no_one_active",
            "tests/odd/test_end_of_access_first.py",
        ),
        simulated=False,
    ),
    Switch(
        "a disable that the service only says it did is no end of access",
        "end first",
        (
            Change(
                "job/apply/verification.py",
                "    if not has_access_as_sent(plan, document):\n",
                "    if False:\n",
            ),
            Change(
                "job/apply/verification.py",
                "        if any(change.path == ACTIVE and not _is_unshown_access(change) for change in left):\n",
                "        if False:\n",
            ),
        ),
        ("tests/security/test_a_service_that_lies.py::test_access_that_does_not_end_is_reported",),
        simulated=False,
    ),
    Switch(
        "more than the limits allow is held",
        "S4",
        (Change("core/approval/judge.py", "    if not excess:\n", "    if True:\n"),),
        (
            "tests/unit/core/approval/test_judge.py",
            "tests/job/test_limits.py",
        ),
        ("mass-removal",),
    ),
    Switch(
        "what the service has lost is created again only as far as the limits allow",
        "S4",
        (
            Change(
                "core/decision/decision.py",
                "        recreates=_was_lost(facts.entry),\n",
                "        recreates=False,\n",
            ),
        ),
        ("tests/job/test_recreations.py::test_a_wrong_url_creates_no_one_there_and_put_back_everything_goes_on",),
        ("lost",),
    ),
    Switch(
        "what was on record of a lost resource holds again once the service has it again",
        "S2",
        (
            Change(
                "job/gather/matches.py",
                "        return self._entries.remember(record, regained(entry)) if there else entry\n",
                "        return entry\n",
            ),
        ),
        ("tests/job/test_recreations.py::test_a_backup_that_comes_back_is_recognised",),
        ("lost-and-restored",),
    ),
    Switch(
        "what was lost is asked for once more before it is created again",
        "S2",
        (
            Change(
                "job/apply/inquiry.py",
                "        return self._knowledge.memory.notary.lost_id(entry)\n",
                '        return ""\n',
            ),
        ),
        ("tests/job/test_recreations.py::test_what_is_back_unlisted_is_not_created_beside_itself",),
        simulated=False,
    ),
    Switch(
        "what is removed is booked durably before, so that a restart does not renew the window",
        "S4",
        (
            Change(
                "job/gate/gate.py",
                "            await self._events.book(ledger)\n        except NotWritten",
                "            pass\n        except NotWritten",
            ),
        ),
        (
            "tests/job/test_limits.py::test_the_ledger_is_durable_before_anything_is_sent",
            "tests/job/test_limits.py::test_the_ledger_survives_a_restart",
        ),
        ("few-at-a-time",),
    ),
    Switch(
        "a ledger without the operator's proof allows nothing",
        "S4",
        (Change("core/approval/ledger.py", "    if proven and (limits", "    if (limits"),),
        (
            "tests/security/test_what_limits_remember_is_wiped.py::test_forged_marks_of_an_approval_release_nothing",
            "tests/security/test_what_limits_remember_is_wiped.py",
        ),
        simulated=False,
    ),
    Switch(
        "a config that swept before has no new allowance when its ledger is gone",
        "S4",
        (
            Change(
                "core/approval/ledger.py",
                "    return distrusted(window) if _has_worked(status) else Ledger(first=True)",
                "    return Ledger(first=True)",
            ),
            Change("core/approval/judge.py", "        if self.ledger.is_full(self.now) or (", "        if ("),
        ),
        (
            "tests/unit/core/approval/test_ledger.py",
            "tests/security/test_what_limits_remember_is_wiped.py::test_wiped_over_a_restart_the_window_is_full",
        ),
        ("ledger-wiped",),
    ),
    Switch(
        "the first sweep of a config takes nothing away",
        "S4",
        (
            Change(
                "core/approval/judge.py",
                " or (self.ledger.first and not each.first):\n",
                ":\n",
            ),
        ),
        (
            "tests/unit/core/approval/test_judge.py",
            "tests/security/test_what_limits_remember_is_wiped.py::test_the_first_sweep_of_a_config_has_no_allowance_and_says_so",
        ),
        simulated=False,
    ),
    Switch(
        "percentages are of what was owned when the window began",
        "S4",
        (
            Change(
                "core/approval/ledger.py",
                "        return before.least(self._at_beginning(now, window)) if self.owned else before",
                "        return owned",
            ),
        ),
        (
            "tests/unit/core/approval/test_ledger.py",
            "tests/security/test_a_directory_is_emptied.py::test_taking_away_a_tenth_again_and_again_ends_with_the_first_tenth",
        ),
        simulated=False,
    ),
    Switch(
        "a deleted group counts its members",
        "S4",
        (Change("core/plan/plan.py", " + (self.members if self.removes else 0)", ""),),
        ("tests/security/test_a_directory_is_emptied.py::test_a_group_of_120_that_is_deleted_counts_its_members",),
        simulated=False,
    ),
    Switch(
        "an approval releases exactly the plan of its digest",
        "S4",
        (Change("core/approval/judge.py", "digest == self.digest and", "digest != '' and"),),
        (
            "tests/unit/core/approval/test_judge.py",
            "tests/job/test_limits.py::test_the_digest_releases_exactly_that_plan",
            "tests/job/test_limits.py::test_a_plan_that_moved_needs_another_digest",
        ),
        simulated=False,
    ),
    Switch(
        "an approval works once",
        "S4",
        (
            Change(
                "core/approval/judge.py",
                '    given = spec.approved_plan if spec.approved_plan != ledger.used else ""',
                "    given = spec.approved_plan",
            ),
        ),
        (
            "tests/unit/core/approval/test_judge.py",
            "tests/job/test_approval.py::test_an_approved_plan_is_released_once",
        ),
        ("mass-removal",),
    ),
    Switch(
        "a protected object waits for an approval that names it",
        "S4",
        (Change("core/decision/protection.py", "        if self._touches(plan, members):\n", "        if False:\n"),),
        (
            "tests/unit/core/decision/test_protection.py",
            "tests/security/test_a_protected_object.py",
        ),
        ("protected",),
    ),
    Switch(
        "with approval: Manual every plan waits",
        "S4",
        (Change("core/approval/judge.py", "    if spec.approves_everything:\n        return plans, ()\n", ""),),
        (
            "tests/unit/core/approval/test_judge.py",
            "tests/job/test_limits.py::test_manual_approval_asks_for_every_plan",
        ),
        simulated=False,
    ),
    Switch(
        "suspended configs send nothing",
        "S5",
        (Change("job/job.py", "        if settings.spec.suspend:\n", "        if settings.spec.suspend and False:\n"),),
        ("tests/job/test_modes.py::test_a_suspended_config_sends_nothing_at_all",),
        ("suspension",),
    ),
    Switch(
        "a suspended manifest's resource stays as it is",
        "S5",
        (
            Change(
                "core/decision/decision.py",
                "    if facts.record.suspended or not rules.enabled:\n",
                "    if not rules.enabled:\n",
            ),
        ),
        ("tests/job/test_suspending.py::test_a_suspended_user_is_neither_edited_nor_repaired_nor_disabled",),
        ("paused",),
    ),
    Switch(
        "mode Plan sends nothing",
        "S5",
        (
            Change(
                "job/apply/reconciler.py",
                "        if self._knowledge.settings.spec.mode is Mode.PLAN:\n            await self",
                "        if False:\n            await self",
            ),
        ),
        ("tests/job/test_modes.py::test_plan_shows_and_sends_nothing_then_apply_sends_exactly_that",),
        ("plan",),
    ),
)
