"""What keeps the operator to its own resources, and each manifest to one (promises S1 and S2)."""

from __future__ import annotations

from verify.safeties.switch import Change, Switch

SWITCHES = (
    Switch(
        "a recorded id counts only with the operator's proof",
        "S1",
        (
            Change(
                "core/ownership/proofs.py",
                '        return bool(entry.proof) and self.seal.proves(entry.proof, "entry", *self._parts(key, entry))',
                "        return True",
            ),
        ),
        ("tests/security/test_forged_status.py",),
        ("forged",),
    ),
    Switch(
        "a recorded id counts only while the resource has an identity that we applied",
        "S1",
        (Change("job/gather/matches.py", "            rules.owner.confirms(document, key)\n", "            True\n"),),
        (
            "tests/job/test_adoption.py::test_an_id_whose_resource_is_someone_elses_by_now_is_held_and_no_second_one_created",
            "tests/job/test_adoption.py::test_its_removal_is_not_carried_out_either",
            "tests/job/test_ownership.py",
        ),
        simulated=False,
    ),
    Switch(
        "a tombstone deletes only with the operator's proof",
        "S1",
        (
            Change(
                "core/ownership/proofs.py",
                '        return not self.checks or self.seal.proves(tombstone.proof, "tombstone", '
                "*self._of_tombstone(tombstone))",
                "        return True",
            ),
        ),
        ("tests/security/test_forged_status.py",),
        ("forged",),
    ),
    Switch(
        "what carries the mark of another is never touched",
        "S1",
        (Change("core/decision/decision.py", "    if match.other:\n", "    if False:\n"),),
        ("tests/security/test_ownership_claimed_by_a_manifest.py", "tests/job/test_owners.py"),
        ("of-others",),
    ),
    Switch(
        "a manifest cannot feign the mark of another",
        "S1",
        (Change("job/gather/mapping.py", "        if feigned(asked, owner.id, key):\n", "        if False:\n"),),
        ("tests/security/test_ownership_claimed_by_a_manifest.py",),
        simulated=False,
    ),
    Switch(
        "a takeover waits for an approval",
        "S1",
        (Change("core/decision/decision.py", "asks=policy is Adoption.APPROVE", "asks=False"),),
        ("tests/job/test_adoption.py", "tests/security/test_ownership_claimed_by_a_manifest.py"),
        ("adoption-approved",),
    ),
    Switch(
        "under adoption: Never nothing is taken over",
        "S1",
        (Change("core/decision/decision.py", "    if policy is Adoption.NEVER:\n", "    if False:\n"),),
        ("tests/job/test_adoption.py",),
        ("of-others",),
    ),
    Switch(
        "only what is owned is removed",
        "S1",
        (
            Change(
                "core/decision/removal.py",
                "    if document is not None and facts.match.owned:\n",
                "    if document is not None:\n",
            ),
        ),
        (
            "tests/security/test_ownership_claimed_by_a_manifest.py",
            "tests/security/test_leaver_without_proof.py",
            "tests/job/test_adoption.py",
        ),
        ("of-others",),
    ),
    Switch(
        "of several that match none is touched",
        "S1",
        (
            Change("core/decision/decision.py", "    if facts.match.ambiguous:\n", "    if False:\n"),
            Change("job/gather/matches.py", "            if len(ids) > 1:\n", "            if False:\n"),
        ),
        ("tests/job/test_adoption.py", "tests/job/test_ownership.py", "tests/unit/core/decision"),
        simulated=False,
    ),
    Switch(
        "where several claim one resource, only its owner goes on",
        "S1",
        (Change("core/decision/decision.py", "    if others := obstacle(facts):\n", '    if others := "":\n'),),
        ("tests/security/test_a_rival_manifest_freezes_an_owner.py", "tests/job/test_ownership.py"),
        (
            "of-others",
            "swap",
        ),
    ),
    Switch(
        "a resource is reserved before it is taken over",
        "S1",
        (
            Change(
                "job/gather/identities.py",
                "        return self.owner(key, id) is None and self.peers.reserve(key, id)\n",
                "        return True\n",
            ),
        ),
        ("tests/security/test_a_neighbour_takes_over.py", "tests/verify/test_taken_back.py"),
        simulated=False,
    ),
    Switch(
        "what another namespace owns is not taken over",
        "S1",
        (
            Change(
                "job/owners/registry.py",
                "        if (found := owner_among(before, key.kind, id)) is not None:\n",
                "        if (found := owner_among((), key.kind, id)) is not None:\n",
            ),
        ),
        ("tests/security/test_a_neighbour_takes_over.py",),
        simulated=False,
    ),
    Switch(
        "one config of a namespace serves a service",
        "S1",
        (Change("job/job.py", "        if self._serving != self.key.name:\n", "        if False:\n"),),
        (
            "tests/job/test_one_service.py::test_the_second_waits_says_so_and_sends_nothing",
            "tests/security/test_another_spelling_of_the_service.py",
        ),
        simulated=False,
    ),
    Switch(
        "a create that is answered with another resource makes that no one's",
        "S1",
        (
            Change(
                "job/apply/executor.py",
                "        if created is None or not await self._is_new(record, body, created):\n",
                "        if created is None:\n",
            ),
        ),
        (
            "tests/security/test_a_service_that_lies.py::test_a_create_answered_with_another_person_makes_no_one_ours",
            "tests/security/test_a_service_that_lies.py",
        ),
        simulated=False,
    ),
    Switch(
        "the finalizer comes before the first request",
        "S2",
        (Change("job/apply/reconciler.py", "if not must_add_finalizer(record, facts, due):", "if True:"),),
        (
            "tests/job/test_lifecycle.py::test_the_finalizer_is_on_before_anything_is_sent",
            "tests/job/test_finalizers.py",
        ),
        ("first-fill", "joiner"),
    ),
    Switch(
        "a search comes before a creation",
        "S2",
        (
            Change(
                "job/apply/reconciler.py", "if not searched and self.inquiry.must_search(record, plan):", "if False:"
            ),
        ),
        (
            "tests/odd/test_parts.py::test_a_rebuilt_cluster_creates_no_one_again_there",
            "tests/job/test_faults.py::test_a_user_created_by_hand_during_the_sweep_is_found",
            "tests/crash/test_crash_first_fill.py",
        ),
        ("first-fill", "joiner", "first-fill-ids"),
    ),
    Switch(
        "a write whose answer is lost is not repeated blindly",
        "S2",
        (
            Change(
                "scim/exchange.py",
                "        return request.reads or not outcome.sent\n",
                "        return True\n",
            ),
        ),
        (
            "tests/scim/test_client.py::TestRepetition",
            "tests/scim/test_against_simulator.py::test_a_lost_answer_is_not_repeated_but_reported",
        ),
        ("joiner 1 2:never:answer lost", "joiner"),
    ),
    Switch(
        "what is about to be created is on record before",
        "S2",
        (
            Change(
                "job/apply/recorder.py",
                "        if known.creating == creating or not creating:\n",
                "        if True:\n",
            ),
            Change(
                "job/apply/recorder.py",
                "        if not creating or self._knowledge.entries.of(record) is not None:\n",
                "        if True:\n",
            ),
        ),
        (
            "tests/security/test_forged_announcement.py::test_what_was_announced_is_ours_after_a_crash",
            "tests/crash/test_crash_first_fill.py",
        ),
        ("first-fill-ids",),
    ),
    Switch(
        "a first plan waits for a neighbour whose Lease is about to be held",
        "S2",
        (
            Change(
                "job/owners/inventory.py",
                "        missing = not holding.is_known or (concerned and self._claims_soon(holding))\n",
                "        missing = not holding.is_known or (concerned and holding.stage is Stage.STARTING)\n",
            ),
        ),
        ("tests/unit/job/owners/test_coming.py", "tests/verify/test_gained_apart.py"),
        simulated=False,
    ),
    Switch(
        "nothing is taken while a neighbour who has lost its Lease is waited for",
        "S2",
        (
            Change(
                "job/apply/reconciler.py",
                "        if takes(plan) and (coming := self._knowledge.identities.peers.coming):\n"
                "            raise NotYetKnown(coming)\n",
                "",
            ),
        ),
        ("tests/verify/test_gained_apart.py",),
        simulated=False,
    ),
)
