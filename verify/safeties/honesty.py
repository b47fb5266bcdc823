"""What keeps the operator honest and discreet, and within its budget (S6 to S8)."""

from __future__ import annotations

from verify.safeties.switch import Change, Switch

SWITCHES = (
    Switch(
        "what backs off is not Ready",
        "S6",
        (
            Change(
                "core/records/status.py",
                "    Reason.TRANSFERRED,\n}",
                "    Reason.TRANSFERRED,\n    Reason.RETRYING,\n}",
            ),
        ),
        (
            "tests/verify/test_unguarded.py::test_what_is_tried_again_is_not_ready",
            "tests/unit/core/records/test_status.py",
            "tests/odd/test_failing_objects.py",
        ),
        ("joiner", "rename"),
    ),
    Switch(
        "a group that lacks a member who belongs to it is not Ready",
        "S6",
        (
            Change(
                "core/decision/provisioned.py",
                "Reason.INCOMPLETE if lacking or members.kept or members.withheld else",
                "Reason.INCOMPLETE if False else",
            ),
        ),
        (
            "tests/job/test_suspending.py::test_a_group_is_not_ready_while_a_suspended_member_is_not_in_it",
            "tests/odd/test_end_of_access_in_groups.py::test_a_group_is_ready_once_everyone_in_it_is",
        ),
        ("paused",),
    ),
    Switch(
        "observedGeneration is the lowest that a config has verified",
        "S6",
        (
            Change(
                "kube/writer.py",
                "    generation = min(one.generation",
                "    generation = max(one.generation",
            ),
        ),
        (
            "tests/envtest/test_writer.py::test_the_generation_is_the_lowest_that_a_living_config_has_seen",
            "tests/envtest/test_two_namespaces.py",
        ),
        simulated=False,
    ),
    Switch(
        "a status speaks for the generation that was planned",
        "S6",
        (
            Change(
                "kube/writer.py",
                "            status = status_with(current.status, entry, living, self._now())\n",
                "            entry_ = replace(entry, generation=current.generation)\n"
                "            status = status_with(current.status, entry_, living, self._now())\n",
            ),
            Change(
                "kube/writer.py",
                "from collections import OrderedDict\n",
                "from collections import OrderedDict\nfrom dataclasses import replace\n",
            ),
        ),
        ("tests/verify/test_crashes.py::test_every_scenario_has_effects_and_something_to_see",),
        ("edit-meanwhile",),
    ),
    Switch(
        "members are read back after they were changed",
        "S6",
        (
            Change(
                "job/apply/verification.py",
                "        if not self._must_look(plan, expected, answer):\n",
                "        if True:\n",
            ),
        ),
        (
            "tests/odd/test_damage.py::test_a_rename_that_empties_the_group",
            "tests/odd/test_damage.py",
        ),
        simulated=False,
    ),
    Switch(
        "what a service says is quoted without secrets and personal data",
        "S7",
        (
            Change(
                "scim/redact.py",
                "    if veil is not None and not veil.complete:\n",
                "    return text[:LIMIT]\n    if veil is not None and not veil.complete:\n",
            ),
        ),
        (
            "tests/scim/test_failures.py",
            "tests/security/test_echoed_secrets.py",
        ),
        simulated=False,
    ),
    Switch(
        "a secret that the service quotes is cut out however it is written",
        "S7",
        (
            Change(
                "scim/redact.py",
                "    text = (veil or Veil()).cut(text[:_MOST], private)\n",
                "    text = text[:_MOST]\n",
            ),
        ),
        ("tests/security/test_echoed_secrets.py",),
        simulated=False,
    ),
    Switch(
        "sensitive values are in no status and no Event",
        "S7",
        (
            Change(
                "job/base/discretion.py",
                "        await self._writer.report(record, shown_entry(self._veil, entry))\n",
                "        await self._writer.report(record, entry)\n",
            ),
        ),
        (
            "tests/security/test_canaries.py::test_a_service_that_makes_ids_of_them",
            "tests/security/test_canaries.py",
        ),
        simulated=False,
    ),
    Switch(
        "sensitive values are not in the provisioning log",
        "S7",
        (
            Change(
                "observability/provisioning_log/record.py",
                "    return any(map(path.overlaps, hidden))",
                "    return bool(hidden and False)",
            ),
        ),
        (
            "tests/unit/observability/provisioning_log",
            "tests/job/test_provisioning_log.py",
        ),
        simulated=False,
    ),
    Switch(
        "digests of values in a status need the operator's key",
        "S7",
        (
            Change(
                "core/decision/stored.py",
                "    if seal is None:\n        return Reformatted",
                "    if True:\n        return Reformatted",
            ),
        ),
        (
            "tests/security/test_guessable_digests.py::test_a_value_that_a_service_keeps_otherwise_is_not_found_by_trying",
        ),
        simulated=False,
    ),
    Switch(
        "a secret goes only to the hosts that it names",
        "S7",
        (
            Change(
                "core/secrecy/destinations.py",
                "    if (to.host, to.port) not in known:\n",
                "    if False:\n",
            ),
        ),
        (
            "tests/security/test_a_secret_goes_elsewhere.py::test_a_password_of_another_application_is_not_sent",
            "tests/security/test_a_secret_goes_elsewhere.py",
        ),
        simulated=False,
    ),
    Switch(
        "no redirect is followed",
        "S7",
        (Change("scim/transport.py", "            allow_redirects=False,\n", "            allow_redirects=True,\n"),),
        ("tests/security/test_answers_without_end.py::test_no_redirect_is_followed_nor_the_token_carried_along",),
        simulated=False,
    ),
    Switch(
        "nothing is sent to addresses of a special purpose",
        "S7",
        (
            Change(
                "scim/transport.py",
                "        if problem := self.problem(address[0]):\n",
                '        if problem := "":\n',
            ),
        ),
        ("tests/security/test_an_address_of_special_purpose.py",),
        simulated=False,
    ),
    Switch(
        "no more requests at once than the budget allows",
        "S8",
        (Change("scim/connect.py", "concurrency=limits.concurrency, rate", "concurrency=64, rate"),),
        ("tests/verify/test_unguarded.py::test_no_more_requests_run_at_once_than_the_config_says",),
        ("slow",),
    ),
    Switch(
        "no more requests a second than the budget allows",
        "S8",
        (Change("scim/budget.py", "        if self.rate is not None:\n", "        if False:\n"),),
        ("tests/scim/test_budget.py::test_no_second_holds_more_than_the_rate",),
        ("slow",),
    ),
    Switch(
        "nothing is sent while a Retry-After runs",
        "S8",
        (
            Change(
                "scim/exchange.py",
                "sending.refused(wait_of(response.headers, self._clock.now()), too_many=too_many)",
                "sending.refused(0.0, too_many=too_many)",
            ),
        ),
        (
            "tests/job/test_faults.py::test_a_retry_after_is_honoured",
            "tests/scim/test_against_simulator.py::test_a_retry_after_is_waited_out_by_all",
        ),
    ),
    Switch(
        "what fails backs off",
        "S8",
        (Change("core/backoff.py", "first * 2.0 ** min(times, 64))", "first)"),),
        (
            "tests/unit/core/test_backoff.py",
            "tests/odd/test_failing_objects.py",
        ),
        simulated=False,
    ),
    Switch(
        "a service that fails too often is left alone",
        "S8",
        (
            Change(
                "job/connection/quarantine.py",
                "        if verdict is not None:\n            raise",
                "        if False:\n            raise",
            ),
        ),
        ("tests/job/test_quarantine.py::test_a_service_that_refuses_most_objects_is_left_alone",),
        simulated=False,
    ),
)
