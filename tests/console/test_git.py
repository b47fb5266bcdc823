"""What the pages say from Git: since when someone is in a group, by whom, who approved it, and a link to the commit."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from scim_operator.console.checkout import Checkout
from scim_operator.console.cluster import ClusterSource, Commands
from scim_operator.console.directory import DirectorySource
from scim_operator.console.reach import Reach
from scim_operator.local.manifests import collect
from tests.console.test_hostile_names import MARKUP, harmless
from tests.console.test_pages_of_a_cluster import explained, logged, planned
from tests.support import ledger as made
from tests.support.hostile import HOSTILE
from tests.support.ledger import Ledger
from tests.support.lists import NAMESPACE, Lists, config, group, user
from tests.support.surfing import surfing
from tests.support.visitor import Visitor, visiting
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tools.browser.found import Browser

GITHUB = "https://someone:secret@github.com/corp/access.git"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Ada is in a group from the first commit on, Bob since a request that Grace merged."""
    found = Ledger(tmp_path / "repository")
    found.write("config.yaml", made.config())
    found.write("people.yaml", made.user("ada"), made.user("bob"))
    found.write("pay.yaml", made.group("pay", "ada"))
    found.commit("Ada")
    found.git("switch", "-q", "-c", "bob")
    found.write("pay.yaml", made.group("pay", "ada", "bob"))
    found.commit("Bob works with us")
    found.git("switch", "-q", "main")
    found.merge("bob", "Merge pull request #12 from corp/bob")
    found.git("remote", "add", "origin", GITHUB)
    return found


def source(ledger: Ledger) -> DirectorySource:
    collection = collect([ledger.folder])
    return DirectorySource(collection, None, Checkout(ledger.folder, collection))


@asynccontextmanager
async def over_cluster(checkout: Checkout | None) -> AsyncIterator[Visitor]:
    lists = Lists()
    lists.put("provisioningconfigs", [config()])
    lists.put("scimusers", [user(1)])
    lists.put("scimgroups", [group("pay", {"userRef": {"name": "user-000001"}})])
    async with lists.running() as client:
        commands = Commands(explained, planned, logged)
        shown = ClusterSource(client, Reach((NAMESPACE,)), "Namespace identity", commands, checkout)
        async with shown.running(), visiting(shown) as visitor:
            await until(lambda: not shown.reading, "the first list")
            yield visitor


async def test_a_group_says_since_when_each_member_is_in_it_and_by_whom(ledger: Ledger) -> None:
    async with visiting(source(ledger)) as visitor:
        page = await visitor.get("/people/group/pay")
        part = await visitor.get("/people/group/pay/git", HX_Request="true")
    first, merge = ledger.git("rev-parse", "HEAD~1"), ledger.git("rev-parse", "HEAD")
    assert "Since when, and by whom" in page.seen
    ada = f"ada Access direct 2026-01-05T08:00:00Z {first[:12]} Ada Linus Example no approval in the commit"
    assert ada in part.seen
    bob = f"bob Access direct 2026-01-07T08:00:00Z {merge[:12]} Merge pull request #12 from corp/bob Linus Example"
    assert f"{bob} Grace Hopper (merge of #12)" in part.seen


async def test_a_person_has_the_commit_that_changed_the_manifest_last_with_a_link(ledger: Ledger) -> None:
    async with visiting(source(ledger)) as visitor:
        part = await visitor.get("/people/user/ada/git", HX_Request="true")
        alone = await visitor.get("/people/user/ada/git")
    first = ledger.git("rev-parse", "HEAD~1")
    assert f"File people.yaml Last change of the file {first[:12]} Ada Committed 2026-01-05T08:00:00Z" in part.seen
    link = {"href": f"https://github.com/corp/access/commit/{first}", "rel": "noopener noreferrer"}
    assert ("a", link) in part.elements
    assert "secret" not in part.text + alone.text
    assert "pay Access direct" in part.seen
    assert "What Git says of" in alone.seen


async def test_where_git_knows_nothing_the_page_says_so(tmp_path: Path) -> None:
    found = Ledger(tmp_path / "repository")
    found.write("people.yaml", made.user("ada"), made.group("pay", "ada"))
    async with visiting(source(found)) as visitor:
        part = await visitor.get("/people/group/pay/git", HX_Request="true")
        absent = await visitor.get("/people/group/absent/git", HX_Request="true")
    assert "Not known: since when, and by whom." in part.seen
    assert "no commit has it" in part.seen
    assert "ada Access direct not known" in part.seen
    assert "There is no ScimGroup absent" in absent.seen


async def test_over_a_cluster_without_git_it_says_what_it_cannot_know() -> None:
    async with over_cluster(None) as visitor:
        part = await visitor.get("/people/group/pay/git", HX_Request="true")
    assert "Since when someone is in a group is not known here: a cluster, and a plan, keep no history." in part.seen
    assert ("a", {"href": "/log?group=pay&asked=yes"}) in part.elements


async def test_over_a_cluster_a_checkout_says_since_when(ledger: Ledger) -> None:
    async with over_cluster(Checkout(ledger.folder)) as visitor:
        part = await visitor.get("/people/group/pay/git", HX_Request="true")
    assert "bob Access direct 2026-01-07T08:00:00Z" in part.seen


@pytest.mark.parametrize("name", [*MARKUP, *HOSTILE])
async def test_a_hostile_commit_file_or_remote_shows_itself(tmp_path: Path, name: str) -> None:
    text = {**HOSTILE, **MARKUP}[name].replace("\0", "").encode("utf-8", "replace").decode()
    found = Ledger(tmp_path / "repository")
    found.write("people.yaml", made.user("ada"), made.group("pay", "ada"))
    found.git("remote", "add", "origin", f"https://{text}.example/corp/access".replace("\n", " "))
    found.commit(f"{text} is what it says", f"{text.replace(chr(10), ' ')} x".replace("<", "").replace(">", ""))
    async with visiting(source(found)) as visitor:
        for path in ("/people/group/pay/git", "/people/user/ada/git", "/people/group/pay"):
            harmless(await visitor.get(path), text)


async def test_the_history_in_a_browser(ledger: Ledger, chromium: Browser) -> None:
    shown = source(ledger)
    shown.place = "access"
    async with surfing(shown, chromium) as surfer:
        await surfer.open("/access")
        await surfer.page.get_by_role("link", name="pay").click()
        await surfer.page.get_by_text("Grace Hopper (merge of #12)").wait_for()
        assert await surfer.barriers() == []
        assert await surfer.refusals() == []
        await surfer.picture("history")
        assert surfer.complaints == []
