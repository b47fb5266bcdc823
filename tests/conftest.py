"""Fixtures for every test: a real API server with a fresh namespace, a rig over a simulated service, a desk."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import ssl
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from scim_operator.cli.collector import ALLOCATIONS
from tests.support.action import GitHub, github
from tests.support.desk import Desk, desk
from tests.support.rig import Rig, rig
from tools.browser.found import ensure_browser
from tools.cluster import sharing
from tools.cluster.binaries import ensure_binaries, ensure_health, ensure_helm, ensure_promtool, ensure_tool
from tools.cluster.progress import ClusterError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tools.browser.found import Browser
    from tools.cluster.controlplane import ControlPlane

settings.register_profile("unhurried", deadline=None)  # how long an example takes is the machine's business
settings.load_profile("unhurried")
gc.disable()  # until all tests are collected: none of that is garbage
END = "-----END CERTIFICATE-----"
ROOT = Path(__file__).parents[1]
LONGEST = (
    "tests/odd/test_parts_held_up.py",
    "tests/console/test_in_a_browser.py",
    "tests/console/test_all_is_shown.py",
    "tests/envtest/test_console.py",
    "tests/verify/test_crashes.py",
    "tests/verify/test_end_of_access_in_every_way.py",
    "tests/verify/test_swaps_half_way.py",
    "tests/contract/test_contract.py",
    "tests/odd/test_every_fault.py",
    "tests/verify/test_campaigns.py",
    "tests/verify/test_leaving_in_quarantine.py",
    "tests/verify/test_taken_back.py",
    "tests/verify/test_stories.py",
    "tests/verify/test_swaps.py",
    "tests/verify/test_neighbours.py",
    "tests/verify/test_quarantined.py",
    "tests/verify/test_marks_that_stay.py",
    "tests/envtest/test_rights.py",
    "tests/tools/demo/test_demo.py",
    "tests/envtest/test_plan_against_cluster.py",
    "tests/verify/test_fuzzing.py",
    "tests/verify/test_floors.py",
    "tests/verify/test_unseen.py",
    "tests/verify/test_guarded.py",
    "tests/odd/test_lost_writes.py",
    "tests/job/test_importing.py",
    "tests/local/test_real_data.py",
    "tests/envtest/test_replicas.py",
    "tests/envtest/test_operator.py",
    "tests/verify/test_turning_additive.py",
    "tests/job/test_scim2_server.py",
    "tests/verify/test_waiting_at_a_start.py",
    "tests/envtest/test_selection.py",
    "tests/security/test_canaries_on_the_way.py",
    "tests/envtest/test_in_sync.py",
    "tests/chart/test_rendering.py",
    "tests/security/test_canaries.py",
    "tests/envtest/test_undelete.py",
    "tests/envtest/test_termination.py",
    "tests/verify/test_fencing.py",
    "tests/security/test_a_neighbour_takes_over.py",
    "tests/verify/test_endless_lists.py",
    "tests/odd/test_proxies.py",
    "tests/envtest/test_real_data.py",
    "tests/verify/test_servers.py",
    "tests/envtest/test_sigkill.py",
    "tests/envtest/test_explain.py",
    "tests/local/test_every_field_offline.py",
    "tests/job/test_notices.py",
    "tests/job/test_quarantine.py",
    "tests/cli/test_import_effort.py",
    "tests/verify/test_lasting_failures.py",
    "tests/odd/test_set_aside_offline.py",
    "tests/envtest/test_round_trip.py",
    "tests/crash/test_crash_first_fill.py",
    "tests/verify/test_leaving_during_sweeps.py",
    "tests/chart/test_installing.py",
    "tests/docs/test_import.py",
    "tests/job/test_recreations.py",
    "tests/crash/test_crash_points.py",
    "tests/chart/test_rights_at_work.py",
    "tests/chart/test_admission_policies.py",
    "tests/security/test_a_command_sends_the_secret_elsewhere.py",
    "tests/envtest/test_commands.py",
    "tests/security/test_a_directory_is_emptied.py",
    "tests/verify/test_honest_lives.py",
)
"""The longest first, as the end of `make test` shows them; the rest follow in the order of their names."""

_numbers = itertools.count(1)
_seconds: Counter[str] = Counter()
"""How long the tests of each file took, fixtures included."""
_MAKERS = {
    "api_server": ensure_binaries,
    "private_api_server": ensure_binaries,
    "performed": ensure_binaries,
    "kubectl": ensure_binaries,
    "helm": ensure_helm,
    "actionlint": partial(ensure_tool, "actionlint"),
    "krew_command": partial(ensure_tool, "krew"),
    "promtool": ensure_promtool,
    "readers": ensure_health,
    "chromium": ensure_browser,
}
"""What is made before the first test where a test of the run has such a fixture: no test's limit is for a build."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two for each processor: half of what a test does is to wait for clocks and for other processes."""
    return min(8, 2 * (os.cpu_count() or 1))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin, so that no worker is left alone with one at the end.

    Workers must collect the same tests in the same order, and a set has another order in each of them.
    """
    for item in items:
        for mark in item.iter_markers("parametrize"):
            if isinstance(mark.args[-1], set | frozenset):
                raise pytest.UsageError(f"{item.nodeid} takes its cases from a set: give them an order.")
    ranks = {ROOT / path: rank for rank, path in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """`make test` has made them already, and says how far it is; this is for a pytest that is run by itself."""
    gc.freeze()
    _, *older = gc.get_threshold()
    gc.set_threshold(ALLOCATIONS, *older)  # as the operator does
    gc.enable()
    if session.config.option.collectonly:
        return
    used = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    with contextlib.suppress(ClusterError):  # the fixture says it, for the tests that need it
        for make in dict.fromkeys(make for name, make in _MAKERS.items() if name in used):
            make()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what the files take."""
    _seconds[report.nodeid.partition("::")[0]] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the files that took longest, where there were many: what is not in LONGEST may belong there."""
    if len(_seconds) > 2 * len(LONGEST):
        terminalreporter.section("the files that took longest, in seconds of one worker")
        for path, seconds in _seconds.most_common(2 * len(LONGEST)):
            terminalreporter.write_line(f"{seconds:7.1f}  {'' if path in LONGEST else 'not in LONGEST: '}{path}")


@pytest.fixture(scope="session", autouse=True)
def _one_root(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have tests, and the processes that they start, read one of the system's roots of TLS in place of all.

    A client reads all of them when it is made, which takes longer than most tests do. The system's folder of roots
    stays in force: what is signed by another root is verified all the same, by its file there.
    """
    roots = ssl.get_default_verify_paths()
    first = Path(roots.cafile).read_text().partition(END)[0] if roots.cafile and roots.capath else ""
    if first:
        path = tmp_path_factory.mktemp("tls") / "one-root.pem"
        path.write_text(f"{first}{END}\n")
        os.environ["SSL_CERT_FILE"] = str(path)


@pytest.fixture(scope="session")
def actionlint() -> Path:
    """The linter of workflows, built before the first test."""
    return ensure_tool("actionlint")


@pytest.fixture(scope="session")
def chromium() -> Browser:
    """A Chromium and axe, fetched before the first test where they are not on this machine."""
    return ensure_browser()


@pytest.fixture(scope="session")
def krew_command() -> Path:
    """The plugin manager of kubectl, built before the first test."""
    return ensure_tool("krew")


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A real etcd and kube-apiserver, shared by the whole test run: keep to your own `namespace` on it."""
    base = tmp_path_factory.getbasetemp()
    shared_by_workers = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with sharing.shared(shared_by_workers / "control-plane") as plane:
        yield plane


@pytest.fixture(scope="module")
def private_api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane for one test module alone, where it must change what all namespaces share (CRDs, all of them)."""
    with sharing.private(tmp_path_factory.mktemp("control-plane") / "plane") as plane:
        yield plane


@pytest.fixture
def namespace(api_server: ControlPlane) -> str:
    """The name of a namespace that no other test uses; it goes with the control plane."""
    name = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{next(_numbers)}"
    api_server.create_namespace(name)
    return name


@pytest.fixture
async def r() -> AsyncIterator[Rig]:
    """A job over a cluster in memory and a strict VMware Identity Service on loopback; not started yet."""
    async with rig() as made:
        yield made


@pytest.fixture
async def hurried() -> AsyncIterator[Rig]:
    """The same with a job whose time runs twenty times as fast: for what waits, backs off or falls due."""
    async with rig(haste=20) as made:
        yield made


@pytest.fixture
async def hub() -> AsyncIterator[tuple[GitHub, str]]:
    """GitHub's API on loopback, and its URL."""
    async with github() as made:
        yield made


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk at which commands run, with its directory of manifests."""
    async with desk(tmp_path) as made:
        yield made
