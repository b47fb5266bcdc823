"""What keeps one object's trouble from the others and writes to Kubernetes from being blind; and faults of old."""

from __future__ import annotations

from verify.safeties.switch import Change, Switch

TEN_MINUTES = 600.0
"""What the simulation is given to find a fault of old: no scenario and no seed of a campaign is named for it."""

SWITCHES = (
    Switch(
        "a write to Kubernetes names the version that it was computed from",
        "stable",
        (
            Change(
                "kube/writer.py",
                '"uid": current.uid, "resourceVersion": current.resource_version}',
                '"uid": current.uid}',
            ),
        ),
        (
            "tests/envtest/test_writer.py::test_a_conflict_is_read_and_computed_again",
            "tests/envtest/test_writer.py",
        ),
        simulated=False,
    ),
    Switch(
        "the status of a config is written over the version that was read",
        "stable",
        (
            Change(
                "kube/writer.py",
                'body = {"metadata": {"resourceVersion": known.version}, "status": dict(status)}',
                'body = {"status": dict(status)}',
            ),
        ),
        (
            "tests/envtest/test_writer.py::test_a_config_made_again_does_not_get_the_status_of_the_old",
            "tests/envtest/test_writer.py",
        ),
        simulated=False,
    ),
    Switch(
        "a status that says nothing new is not written",
        "stable",
        (
            Change(
                "kube/writer.py",
                'return None if status == current.status else {"status": status}',
                'return {"status": status}',
            ),
        ),
        ("tests/envtest/test_writer.py::test_reports_once_and_not_again_while_nothing_changes",),
        simulated=False,
    ),
    Switch(
        "an exception at one object is that object's",
        "alone",
        (
            Change(
                "job/apply/reconciler.py",
                "        except Exception as error:  # noqa: BLE001\n            await self._failed(",
                "        except ScimOperatorError as error:\n            await self._failed(",
            ),
        ),
        (
            "tests/security/test_unexpected_exceptions.py::test_an_exception_at_one_object_is_its_condition_and_no_one_elses",
        ),
        simulated=False,
    ),
    Switch(
        "a resource type that cannot be listed does not hold up the other",
        "alone",
        (
            Change(
                "job/gather/listing.py",
                "        except (TransientError, DependencyNotReady, Rejected) as error:\n"
                "            knowledge.index.overview.failed(type, error)\n",
                "        except (TransientError, DependencyNotReady, Rejected) as error:\n            raise error\n",
            ),
        ),
        ("tests/odd/test_parts.py::test_a_service_without_groups_keeps_its_users",),
    ),
    Switch(
        "a list of all namespaces leaves each its own objects",
        "alone",
        (
            Change(
                "kube/feed.py",
                "            self._retain(change.kind, namespace, records)\n",
                "            self._retain(change.kind, namespace, ())\n",
            ),
        ),
        (
            "tests/unit/kube/test_feed.py::test_a_list_of_all_namespaces_leaves_each_its_own_objects",
            "tests/unit/kube/test_feed.py",
        ),
        simulated=False,
    ),
    Switch(
        "fault of old: what a write did not send is learned as the service's form",
        "stable",
        (
            Change(
                "job/apply/verification.py",
                "        if any(str(change.path) not in sent for change in left):\n",
                "        if False:\n",
            ),
        ),
        ("tests/odd/test_drift_is_no_lesson.py::test_drift_met_by_an_edit_of_something_else_is_repaired",),
        seconds=TEN_MINUTES,
    ),
    Switch(
        "fault of old: one who will never come keeps others in",
        "stable",
        (
            Change("job/gather/members.py", "if presence.is_coming(key)]", "if presence.may_come(key)]"),
            Change(
                "core/plan/membership.py", "membership.coming > membership.placed and not listed", "membership.coming"
            ),
        ),
        (
            "tests/odd/test_end_of_access_in_groups.py::test_one_who_will_never_come_keeps_no_stranger_in",
            "tests/unit/core/plan/test_membership.py",
        ),
        seconds=TEN_MINUTES,
    ),
    Switch(
        "fault of old: a freed claim wakes no one",
        "stable",
        (
            Change(
                "job/apply/conclusions.py",
                "self.tools.knowledge.waits.look_again(self.tools.knowledge.forget(key))",
                "self.tools.knowledge.forget(key)",
            ),
            Change(
                "job/session/events.py",
                "self.knowledge.waits.look_again(self.knowledge.part(record))",
                "self.knowledge.part(record)",
            ),
            # Of two ways to be woken, each would do.
            Change(
                "job/gather/waits.py",
                "    return frozenset({*(Resource(kind, id) for id in ids if id), "
                "*(owner for owner in owners if owner is not None)})\n",
                "    return frozenset()\n",
            ),
            # A third: the claim goes when its manifest is looked at, before its resource does.
            Change(
                "job/apply/reconciler.py",
                "self._knowledge.waits.look_again(self._knowledge.identities.claim(record))",
                "self._knowledge.identities.claim(record)",
            ),
        ),
        (
            "tests/odd/test_waits.py",
            "tests/job/test_ownership.py::test_when_the_owner_leaves_the_other_takes_over",
        ),
        seconds=TEN_MINUTES,
    ),
    Switch(
        "fault of old: of an additive group, only the last request is remembered",
        "stable",
        (
            Change(
                "core/plan/membership.py",
                "(added & {member.id for member in still}) | {member.id for member in adds}",
                "frozenset({member.id for member in adds})",
            ),
            Change(
                "core/plan/membership.py",
                "    return tuple(sorted({*sure, *still})) if still - set(sure) else sure",
                "    return planned",
            ),
        ),
        (
            "tests/odd/test_end_of_access_in_groups.py::test_an_additive_group_takes_back_all_that_it_was_created_with",
            "tests/odd/test_end_of_access_in_groups.py::test_so_it_does_where_a_later_request_was_refused",
            "tests/unit/core/plan",
        ),
        seconds=TEN_MINUTES,
    ),
    Switch(
        "fault of old: a lifted suspension wakes no groups",
        "stable",
        (
            Change(
                "job/gather/presence.py",
                '        marks += "|" if key in self._namespace.suspended else ""\n',
                "",
            ),
            # Of two ways to be woken, each would do.
            Change(
                "job/gather/waits.py",
                "    if membership is None or document is None or not membership.frozen:\n",
                "    if membership is None or document is None or membership.frozen:\n",
            ),
        ),
        (
            "tests/odd/test_waits.py",
            "tests/job/test_suspending.py",
        ),
        seconds=TEN_MINUTES,
    ),
)
