"""What has access end where much else fails, and keeps it from coming back or ending where it should not."""

from __future__ import annotations

from verify.safeties.switch import Change, Switch

IN_EVERY_WAY = "tests/verify/test_end_of_access_in_every_way.py"
AT_A_START = "tests/verify/test_leaving_at_a_start.py"
EDITS_AT_A_START = "tests/verify/test_edits_at_a_start.py"
UNSEEN = "tests/verify/test_unseen.py"

SWITCHES = (
    Switch(
        "in a quarantine for failures the end of access goes on",
        "end first",
        (
            Change(
                "core/connection/quarantine.py",
                "TAKES_SOME = frozenset({Cause.FAILURES, Cause.FAILURES_IN_ALL})\n",
                "TAKES_SOME = frozenset[Cause]()\n",
            ),
        ),
        ("tests/verify/test_leaving_in_quarantine.py",),
        lives=("quarantined 1",),
    ),
    Switch(
        "in a quarantine for failures nothing but the end of access goes on",
        "S8",
        (
            Change(
                "core/decision/decision.py",
                " if rules.restrained or facts.match.unseen or facts.unlisted else plan\n",
                " if facts.match.unseen or facts.unlisted else plan\n",
            ),
        ),
        ("tests/verify/test_leaving_in_quarantine.py",),
        lives=("quarantined 1",),
    ),
    Switch(
        "who joins a group with minMembers comes before who leaves, where it cannot do without",
        "S4",
        (
            Change(
                "core/decision/protection.py",
                "        return replace(plan, fills=True) if self._fills(plan, members) else plan\n",
                "        return plan\n",
            ),
        ),
        ("tests/verify/test_floors.py",),
        lives=("guarded 41004",),
    ),
    Switch(
        "who is to be deleted is disabled first where a group with minMembers cannot do without",
        "S4",
        (
            Change(
                "core/decision/removal.py",
                "        return _disable_first(facts, document) if waits else _delete(facts, document)\n",
                "        return _delete(facts, document)\n",
            ),
        ),
        ("tests/verify/test_floors.py",),
        lives=("guarded 82181",),
    ),
    Switch(
        "who cannot be disabled is deleted, whatever a group needs",
        "end first",
        (
            Change(
                "job/apply/reconciler.py",
                "        if plan.verdict.reason is not Reason.NEEDED:\n",
                "        if True:\n",
            ),
        ),
        ("tests/verify/test_floors.py",),
        lives=("guarded 82181",),
    ),
    Switch(
        "who is on record is deleted without being looked for",
        "end first",
        (
            Change(
                "job/apply/inquiry.py",
                " and not plan.owned and plan.verb is not Verb.DELETE\n",
                " and not plan.owned\n",
            ),
        ),
        (f"{IN_EVERY_WAY}::test_who_is_on_record_is_not_looked_for",),
        ("lists-refused",),
    ),
    Switch(
        "what takes access is tried in every way, whatever a refusal says",
        "end first",
        (
            Change(
                "job/apply/ways.py",
                "        now, whatever = self._capabilities(plan), only_takes_access(plan)\n",
                "        now, whatever = self._capabilities(plan), False\n",
            ),
        ),
        (
            f"{IN_EVERY_WAY}::test_who_is_disabled_by_put_where_patch_is_refused",
            f"{IN_EVERY_WAY}::test_who_leaves_a_group_by_put_where_patch_is_refused",
        ),
        ("patch-refused",),
    ),
    Switch(
        "what takes access is tried in other ways where it keeps failing",
        "end first",
        (
            Change(
                "job/apply/ways.py",
                "        return self._failures[plan.key, plan.verb] >= FAILURES\n",
                "        return False\n",
            ),
        ),
        (
            f"{IN_EVERY_WAY}::test_who_is_disabled_by_put_where_patch_is_refused",
            f"{IN_EVERY_WAY}::test_who_leaves_a_group_by_put_where_patch_is_refused",
        ),
        ("patch-fails",),
    ),
    Switch(
        "who was disabled when the manifest left is not awaited in groups that name it still",
        "end first",
        (Change("job/gather/members.py", " if not self._tombstones.has(key.kind, id))\n", ")\n"),),
        (f"{IN_EVERY_WAY}::test_who_has_left_is_not_awaited_in_a_group_that_names_her_still",),
        ("named-still",),
    ),
    Switch(
        "a group that turns Additive answers for those who are in it then, and for no one who comes later",
        "S9",
        (
            Change(
                "core/plan/membership.py",
                "    if every and policy is MembershipPolicy.EXCLUSIVE:\n",
                "    if every:\n",
            ),
        ),
        ("tests/verify/test_turning_additive.py",),
        lives=("profiles 40022",),
    ),
    Switch(
        "who leaves and is shown in no way loses access by the id on record",
        "end first",
        (
            Change(
                "job/apply/inquiry.py",
                "            if not _is_to_lose_access(facts):\n                raise\n",
                "            raise\n",
            ),
        ),
        (UNSEEN,),
        scenarios=("lists-refused 300000 1:after:fine+4",),
    ),
    Switch(
        "an end of access that was confirmed, and cannot be looked at, is not sent again and again",
        "S8",
        (Change("job/apply/executor.py", "        if id in self._ways.ended:\n", "        if not id:\n"),),
        (UNSEEN,),
        simulated=False,
    ),
    Switch(
        "of who is shown in no way nothing but the end of access is sent",
        "S9",
        (
            Change(
                "core/decision/decision.py",
                " if rules.restrained or facts.match.unseen or facts.unlisted else plan\n",
                " if rules.restrained or facts.unlisted else plan\n",
            ),
        ),
        ("tests/unit/core/decision/test_unseen.py",),
        simulated=False,
    ),
    Switch(
        "a manifest goes only while its spec is the one that was decided on",
        "end first",
        (
            Change(
                "kube/writer.py",
                "    if not current.finalized or current.generation != decided:\n",
                "    if not current.finalized:\n",
            ),
        ),
        ("tests/verify/test_found.py", "tests/envtest/test_writer.py"),
        campaigns=(430060,),
    ),
    Switch(
        "who is protected by now is judged and approved again",
        "S4",
        (
            Change(
                "core/approval/digest.py",
                '("adopts", "asks", "protected", "recreates") if getattr(plan, name)',
                '("adopts",) if getattr(plan, name)',
            ),
        ),
        ("tests/job/test_gate.py", "tests/unit/job/gate/test_accounts.py"),
    ),
    Switch(
        "all who left before a session began are counted before the first of them is judged",
        "S4",
        (
            Change(
                "job/gate/waiting.py",
                "        if key not in self._apart and key not in self._whole:\n",
                "        if False:\n",
            ),
        ),
        (f"{AT_A_START}::test_so_are_those_who_are_read_one_after_the_other",),
        simulated=False,
    ),
    Switch(
        "before the service is listed only the end of access is sent, and what identifies no one",
        "S1",
        (
            Change(
                "job/gather/knowledge.py",
                "            unlisted=self.index.overview.awaited,\n",
                "            unlisted=False,\n",
            ),
        ),
        (f"{AT_A_START}::test_what_else_is_due_of_a_leaver_follows_with_the_sweep",),
        simulated=False,
    ),
    Switch(
        "a name waits until the service is listed",
        "S1",
        (
            Change(
                "core/decision/restraint.py",
                "    changes = tuple(each for each in plan.changes if _is_plain(each, plan.key.kind, named))\n",
                "    changes = plan.changes\n",
            ),
        ),
        (f"{EDITS_AT_A_START}::test_what_identifies_someone_waits_for_the_listing",),
        simulated=False,
    ),
    Switch(
        "who seems to be gone is looked for by the id that another operator has on record",
        "end first",
        (
            Change(
                "job/gather/matches.py",
                "        entry = self._settled(record, entry) if entry is not None and not entry.id else entry\n",
                "",
            ),
        ),
        ("tests/job/test_made_once_more.py",),
        campaigns=(630259,),
    ),
    Switch(
        "what another operator has on record stays known until it is looked at",
        "end first",
        (
            Change(
                "job/gather/service_entries.py",
                "        if (other := self.elsewhere.get(record.key)) is not None and other.id == entry.id:\n"
                "            del self.elsewhere[record.key]\n",
                "        self.elsewhere.pop(record.key, None)\n",
            ),
        ),
        ("tests/job/test_made_once_more.py",),
        campaigns=(630259,),
    ),
)
