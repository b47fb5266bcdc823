"""Members by expression: at once when a user changes, with nobody removed while an expression fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from tests.support.rig import Rig


def dynamic(r: Rig, name: str, *expressions: str, **spec: Any) -> None:
    members = [{"expression": expression} for expression in expressions]
    r.cluster.apply(Kind.GROUP, name, {"displayName": name, "members": members, **spec})


async def test_entra_1_9_1_a_changed_attribute_moves_the_user_between_dynamic_groups_at_once(r: Rig) -> None:
    r.user("ada", title="Analyst")
    r.user("bob", title="Builder")
    dynamic(r, "analysts", 'user.title == "Analyst"')
    dynamic(r, "builders", 'user.title == "Builder"')
    await r.start()
    await r.settle()
    assert (r.members("analysts"), r.members("builders")) == ({"ada"}, {"bob"})
    r.user("bob", title="Analyst")
    await r.until(lambda: r.members("analysts") == {"ada", "bob"} and r.members("builders") == set())
    assert r.job.session.sweeps.finished == 1, "without a sweep"


async def test_dynamic_groups_nest_as_others_do(r: Rig) -> None:
    r.user("ada", title="Analyst")
    dynamic(r, "analysts", 'user.title == "Analyst"')
    r.group("everybody", ["@analysts"])
    await r.start()
    await r.settle()
    assert r.members("everybody") == {"ada"}
    r.user("ada", title="Builder")
    await r.until(lambda: r.members("everybody") == set())


async def test_a_broken_expression_is_reported_and_removes_no_one(r: Rig) -> None:
    r.user("ada", title="Analyst")
    dynamic(r, "analysts", 'user.title == "Analyst"')
    r.group("everybody", ["@analysts"])
    await r.start()
    await r.settle()
    mark = r.mark()
    dynamic(r, "analysts", "user.title ==")
    await r.until(lambda: r.reason("analysts", Kind.GROUP) == "InvalidSpec")
    assert "spec.members" in r.message("analysts", Kind.GROUP)
    await r.sweep()
    assert (r.writes(mark), r.members("analysts"), r.members("everybody")) == ([], {"ada"}, {"ada"})
    dynamic(r, "analysts", 'user.title == "Builder"')
    await r.until(lambda: r.members("analysts") == r.members("everybody") == set())


async def test_a_broken_expression_of_an_assigned_group_ends_nobodys_access(r: Rig) -> None:
    r.user("ada", title="Analyst")
    r.user("bob", title="Builder")
    dynamic(r, "analysts", 'user.title == "Analyst"')
    r.spec |= {"scope": "Assigned", "assignments": [{"groupRef": {"name": "analysts"}}]}
    await r.start()
    await r.settle()
    assert r.at_service("bob") is None
    mark = r.mark()
    dynamic(r, "analysts", "nobody.title == 1")
    await r.until(lambda: r.reason("analysts", Kind.GROUP) == "InvalidSpec")
    await r.sweep()
    assert (r.writes(mark), r.at_service("bob")) == ([], None)
    dynamic(r, "analysts", 'user.title == "Builder"')
    await r.until(lambda: r.members("analysts") == {"bob"} and r.reason("ada") == "Disabled")


async def test_a_broken_expression_survives_a_restart_without_harm(r: Rig) -> None:
    r.user("ada", title="Analyst")
    dynamic(r, "analysts", 'user.title == "Analyst"')
    r.spec |= {"scope": "Assigned", "assignments": [{"groupRef": {"name": "analysts"}}]}
    await r.start()
    await r.settle()
    await r.stop()
    dynamic(r, "analysts", "nobody.title == 1")
    mark = r.mark()
    await r.start()
    await r.settle()
    assert (r.writes(mark), r.members("analysts")) == ([], {"ada"})


async def test_an_expression_that_asks_for_the_time_is_asked_again_by_each_sweep(hurried: Rig) -> None:
    hurried.user("ada", title=hurried.soon(60))
    dynamic(hurried, "joined", 'DateDiff("s", user.title, Now()) > 0')
    await hurried.start()
    await hurried.settle()
    assert hurried.message("joined", Kind.GROUP) == "The service holds it as mapped."
    assert hurried.members("joined") == set()
    await hurried.clock.sleep(70)
    await hurried.sweep()
    assert hurried.members("joined") == {"ada"}


async def test_an_expression_that_fails_for_one_user_keeps_the_group_as_it_is(r: Rig) -> None:
    r.user("ada", title="2020-01-01T00:00:00Z")
    r.user("bob", title="2020-01-01T00:00:00Z")
    dynamic(r, "joined", 'timestamp(user.title) < timestamp("2021-01-01T00:00:00Z")')
    await r.start()
    await r.settle()
    assert r.members("joined") == {"ada", "bob"}
    r.user("bob", title="Builder")
    await r.until(lambda: r.reason("joined", Kind.GROUP) == "InvalidSpec")
    assert "scimuser/bob" in r.message("joined", Kind.GROUP)
    assert r.members("joined") == {"ada", "bob"}
    r.user("bob", title="2022-01-01T00:00:00Z")
    await r.until(lambda: r.members("joined") == {"ada"})


async def test_a_group_in_a_ring_is_provisioned_and_says_so(r: Rig) -> None:
    r.user("ada")
    r.group("one", ["ada", "@two"])
    r.group("two", ["@one"])
    await r.start()
    await r.settle()
    assert r.members("one") == r.members("two") == {"ada"}
    assert r.reason("one", Kind.GROUP) == "Provisioned"
    assert "nested in itself" in r.message("one", Kind.GROUP)
