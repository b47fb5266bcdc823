"""`make demo`, for real: every step shows what it promises, and nothing is left behind however it ends."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.surfing import opened
from tests.support.waiting import HANG, until
from tests.tools.demo.conftest import ROOT, Demo, start_demo
from tools.demo.quickstart import EXAMPLE

if TYPE_CHECKING:
    from tests.support.surfing import Surfer
    from tools.browser.found import Browser

ENDED = "every process is ended and the temporary folder removed"


def test_it_succeeds_in_less_than_a_minute(performed: Demo) -> None:
    assert performed.finish() == 0, performed.output
    assert re.search(rf"That took \d+ s; {ENDED}", performed.output)
    assert 1 < performed.spent < 60, "of processor: what others take of the machine is not the demo's"


def test_nothing_is_left_behind(performed: Demo) -> None:
    assert performed.left == []
    assert [port for port in ports(performed.output) if is_open(port)] == []


def ports(output: str) -> set[int]:
    found = {int(port) for port in re.findall(r"https?://127\.0\.0\.1:(\d+)", output)}
    assert len(found) >= 2, "the API server's and the simulator's, at least"
    return found


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def step(demo: Demo, title: str) -> str:
    """The part of the output between a step's title and the next one's, blanks squeezed."""
    found = re.search(rf"^\d+\. {title}$(.*?)(?=^\d+\. |^That took)", demo.output, re.MULTILINE | re.DOTALL)
    assert found is not None, demo.output
    return re.sub(r"[ ]+", " ", found[1])


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        pytest.param("A Kubernetes API server", ["✓ etcd and kube-apiserver run"], id="a real control plane"),
        pytest.param(
            "A service to provision to",
            ["$ scim-operator simulate", "✓ An embedded VMware Identity Service runs at http://127.0.0.1:"],
            id="a simulated service",
        ),
        pytest.param(
            "Install the operator",
            [
                "$ kubectl apply --server-side -f crds",
                "serviceaccount/scim-operator created",
                "$ scim-operator run --namespace=identity",
                "✓ The operator runs with a token of that ServiceAccount",
            ],
            id="the chart's CRDs and rights",
        ),
        pytest.param(
            "Plan: see what would happen",
            [
                "$ kubectl apply -k",
                "progress: Done, 100 %",
                "scimuser.scim-operator.io/ada ada@corp.example true False Planned",
                '"creates":5',
                "scimgroup/engineering Create is planned",
                "✓ The service has had no request that changes anything, and is still empty.",
            ],
            id="a plan, and nothing done",
        ),
        pytest.param(
            "Apply: do it",
            [
                '{"mode": "Apply"}',
                "scimgroup.scim-operator.io/engineering Engineering True Provisioned",
                "Ready True Provisioned The service holds what the manifests in scope ask for.",
                "Connected True TestPassed",
                "grace@corp.example true Compiler engineer Compilers, Engineering",
                "Engineering ada@corp.example, grace@corp.example",
            ],
            id="users, groups and memberships at the service, and conditions",
        ),
        pytest.param(
            "Edit a manifest",
            ["ada@corp.example true Countess of computing Engineering", "s after kubectl was typed"],
            id="an edit",
        ),
        pytest.param(
            "Someone changes things at the service by hand",
            ['"drift":1', '"unmanaged":1', "Compiler engineer", "guest@corp.example true"],
            id="drift repaired, a stranger left alone",
        ),
        pytest.param(
            "Someone leaves",
            [
                "$ kubectl label scimuser grace team-",
                "charles@corp.example false",
                "grace@corp.example false Compiler engineer -",
                "as the user that she was",
            ],
            id="members leave, users are disabled, one comes back",
        ),
        pytest.param(
            "A mistake in a manifest",
            ["spec.emails[0].value", "give an e-mail address alone", "✓ The API server refused it"],
            id="a refusal that says what to do",
        ),
    ],
)
def test_each_step_shows_what_it_promises(performed: Demo, title: str, shown: list[str]) -> None:
    text = step(performed, re.escape(title))
    assert [one for one in shown if one not in text] == [], text


def test_an_edit_reaches_the_service_long_before_the_next_sweep(performed: Demo) -> None:
    took = re.search(r"✓ ([\d.]+) s after kubectl was typed", step(performed, "Edit a manifest"))
    assert took is not None
    assert float(took[1]) < HANG, "the watch brought it: a sweep is forty minutes away"


def test_the_example_that_is_applied_is_the_one_in_the_readme(performed: Demo) -> None:
    assert EXAMPLE == ROOT / "examples" / "quickstart"
    assert "examples/quickstart" in step(performed, "Plan: see what would happen")


def test_no_colour_where_there_is_no_terminal(performed: Demo) -> None:
    assert "\x1b" not in performed.output


@pytest.mark.parametrize(
    ("at", "number"),
    [
        pytest.param("progress: ", signal.SIGINT, id="Ctrl-C in the middle of a step"),
        pytest.param("An embedded VMware", signal.SIGTERM, id="a signal from a supervisor"),
    ],
)
def test_an_interrupted_demo_cleans_up(tmp_path: Path, at: str, number: signal.Signals) -> None:
    demo = start_demo(tmp_path)
    assert demo.interrupt_at(at, number) == 130, demo.output
    assert demo.output.endswith("Interrupted; everything is cleaned up.\n")
    assert demo.left == []
    assert [port for port in ports(demo.output) if is_open(port)] == []


def test_kept_running_it_says_how_to_look_until_it_is_interrupted(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, "--keep")
    assert demo.interrupt_at("?token=", signal.SIGINT) == 130, demo.output
    kept = demo.output.partition("Everything keeps running")[2]
    assert "export KUBECONFIG=" in kept
    assert "kubectl get scpc,scu,scg" in kept
    assert re.search(r"curl -H 'Authorization: Bearer quickstart-token' http://127\.0\.0\.1:\d+/\S+/Users", kept)
    assert re.search(r"open the console .*\n +http://127\.0\.0\.1:\d+/\?token=\S+\n", kept)
    assert demo.left == []
    assert [port for port in ports(demo.output) if is_open(port)] == []


async def test_kept_running_it_has_a_console_over_all_that_it_did(tmp_path: Path, chromium: Browser) -> None:
    demo = start_demo(tmp_path, "--keep")
    try:
        await until(lambda: "?token=" in demo.output or demo.popen.poll() is not None, "the console", limit=4 * HANG)
        address = re.findall(r"http\S+\?token=\S+", demo.output)[0]
        async with opened(chromium, address) as surfer:
            await look_around(surfer)
            assert surfer.complaints == []
    finally:
        demo.popen.send_signal(signal.SIGINT)
        demo.finish()


async def look_around(surfer: Surfer) -> None:
    """Go from the overview to a person, ask the service, make the plan, and look who is in which group."""
    page = surfer.page
    await page.get_by_role("heading", name="vmware").wait_for()
    await page.get_by_role("link", name="People and groups").click()
    await page.get_by_label("Search", exact=True).press_sequentially("grace")
    await page.get_by_text("1 object found.").wait_for()
    await page.get_by_role("link", name="grace").click()
    await page.get_by_role("link", name="compilers").wait_for()
    await page.get_by_role("button", name="Ask the service now").click()
    await page.get_by_role("region", name="Attributes beside the service's").wait_for()
    await surfer.open("/plan/vmware")
    await page.get_by_role("button", name="Make the whole plan now").click()
    await page.wait_for_url("**/plan/vmware#whole")
    await surfer.open("/access")
    await page.get_by_role("link", name="engineering").click()
    await page.get_by_text("nested engineering > compilers").first.wait_for()
    assert await surfer.barriers() == []


def test_a_process_that_fails_ends_the_demo_with_the_end_of_its_log(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, python=python_beside(tmp_path, OUT_OF_ORDER))
    assert demo.finish() == 1
    assert "The demo stops here. The operator ended by itself." in demo.output
    assert "The end of the operator's log:\nout of order today" in demo.output
    assert "Traceback" not in demo.output
    assert demo.left == []


OUT_OF_ORDER = f"""\
#!/bin/sh
[ "$1" = run ] || exec {Path(sys.executable).with_name("scim-operator")} "$@"
echo "out of order today" >&2
exit 3
"""


def python_beside(folder: Path, command: str) -> str:
    """A virtual environment like ours whose `scim-operator` is `command`."""
    ours, environment = Path(sys.prefix), folder / "venv"
    (environment / "bin").mkdir(parents=True)
    shutil.copy(ours / "pyvenv.cfg", environment)
    (environment / "lib").symlink_to(ours / "lib")
    (environment / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    script = environment / "bin" / "scim-operator"
    script.write_text(command)
    script.chmod(0o755)
    return str(environment / "bin" / "python")
