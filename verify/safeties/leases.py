"""What keeps two operators from writing to one service (ADR 0028)."""

from __future__ import annotations

from verify.safeties.switch import Change, Switch

FENCE = "tests/scim/test_fence.py"
HOLD = "tests/unit/kube/test_hold.py"
KEEPER = "tests/unit/kube/test_leases.py"
BACKLOGS = "tests/verify/test_backlogs.py"
REPLICAS = "tests/verify/test_replicas.py"
SCHEDULES = "tests/verify/test_fencing.py"

SWITCHES = (
    Switch(
        "who makes the Lease of a service that was worked on waits under it until all former holders have stopped",
        "one writer",
        (
            Change(
                "core/leases/lease.py",
                "    return Beginning(now + QUIET, now + QUIET + max(GRACE, grace))\n",
                "    return Beginning(now, now + max(GRACE, grace))\n",
            ),
        ),
        ("tests/unit/core/leases/test_lease.py", REPLICAS, SCHEDULES),
        lives=("fencing 7067", "fencing 30097"),
    ),
    Switch(
        "no work begins under a Lease before that wait is over",
        "one writer",
        (
            Change(
                "kube/hold.py",
                " and self._start.work <= self._office.clock.monotonic():\n",
                ":\n",
            ),
        ),
        (HOLD, REPLICAS),
        lives=("fencing 7067", "fencing 30097"),
    ),
    Switch(
        "a Lease says for how long no one is to work under it yet",
        "one writer",
        (
            Change(
                "kube/hold.py",
                "        return max(0.0, self._start.work - self._office.clock.monotonic())\n",
                "        return 0.0\n",
            ),
        ),
        (HOLD, REPLICAS),
        lives=("fencing 30097",),
    ),
    Switch(
        "before something is sent the fence is asked",
        "one writer",
        (
            Change(
                "scim/fence.py",
                "        self.check()\n        self._under_way += 1\n",
                "        self._under_way += 1\n",
            ),
        ),
        (FENCE, BACKLOGS),
        lives=("fencing 200478", "fencing 7267"),
    ),
    Switch(
        "on the open connection the fence is asked again",
        "one writer",
        (Change("scim/fenced.py", '        if req.method != "GET":\n', "        if False:\n"),),
        (FENCE,),
        simulated=False,
    ),
    Switch(
        "writes to Kubernetes are behind the fence",
        "one writer",
        (Change("kube/client.py", "connector = FencedConnector(limit", "connector = aiohttp.TCPConnector(limit"),),
        (FENCE,),
        simulated=False,
    ),
    Switch(
        "all that a job does is behind the fence of its Lease",
        "one writer",
        (
            Change("job/work.py", "        with behind(fence):\n", "        with behind(Fence(self._clock, 1e9)):\n"),
            Change(
                "job/work.py",
                "from scim_operator.scim.fence import behind\n",
                "from scim_operator.scim.fence import Fence, behind\n",
            ),
            Change("job/work.py", "    from scim_operator.scim.fence import Fence\n", ""),
        ),
        (REPLICAS, BACKLOGS, SCHEDULES),
        lives=("fencing 200478",),
    ),
    Switch(
        "what is done beside a job is behind the fence of its Lease",
        "one writer",
        (Change("job/base/chores.py", "        with behind(fence):\n", "        if True:\n"),),
        (FENCE,),
        simulated=False,
    ),
    Switch(
        "who takes a Lease that ended waits until the former holder's requests have ended",
        "one writer",
        (Change("scim/exchange.py", "            await fence().opened()\n", "            pass\n"),),
        (REPLICAS, SCHEDULES),
        lives=("fencing 200478",),
    ),
    Switch(
        "a changing request takes no longer than others wait for it",
        "one writer",
        (
            Change(
                "scim/transport.py",
                "limits.total if request.reads else min(limits.total, limits.write)\n",
                "limits.total\n",
            ),
        ),
        (FENCE,),
        simulated=False,
    ),
    Switch(
        "a changing request without an answer counts as under way for as long as it may take",
        "one writer",
        (
            Change(
                "scim/fence.py",
                '            if getattr(error, "sent", not isinstance(error, LeaseLost)):\n',
                "            if False:\n",
            ),
        ),
        (FENCE, REPLICAS),
        lives=("fencing 200478", "fencing 7267"),
    ),
    Switch(
        "a Lease is released only after what is under way",
        "one writer",
        (Change("kube/hold.py", "            await self._office.tenant.give(self.place)\n", ""),),
        (HOLD, BACKLOGS),
        lives=("fencing 200478", "fencing 7267"),
    ),
    Switch(
        "a Lease that is released while a request has no answer says so",
        "one writer",
        (
            Change(
                "kube/hold.py",
                "        unanswered = self._start.send > office.clock.monotonic()\n",
                "        unanswered = False\n",
            ),
        ),
        (HOLD, REPLICAS, SCHEDULES),
        lives=("fencing 200478",),
    ),
    Switch(
        "a Lease says for how long a former holder's request may be under way",
        "one writer",
        (
            Change(
                "kube/hold.py",
                "        return max(self._office.me.grace, self._start.send - self._office.clock.monotonic())\n",
                "        return self._office.me.grace\n",
            ),
        ),
        (HOLD, REPLICAS),
        lives=("fencing 200478", "fencing 7267"),
    ),
    Switch(
        "a refused renewal keeps what had no answer",
        "one writer",
        (Change("kube/hold.py", "            if self._start is begins:", "            if True:"),),
        (HOLD, SCHEDULES),
        lives=("fencing 200478",),
    ),
    Switch(
        "a holder stops 2 s before its Lease ends",
        "one writer",
        (Change("kube/hold.py", "DURATION - MARGIN\n", "DURATION\n"),),
        (HOLD, BACKLOGS),
        lives=("fencing 200478", "fencing 7267"),
    ),
    Switch(
        "a Lease lasts from before its renewal was sent",
        "one writer",
        (
            Change(
                "kube/hold.py",
                "        until = now.monotonic + DURATION - MARGIN\n",
                "        until = office.clock.monotonic() + DURATION - MARGIN\n",
            ),
        ),
        (HOLD, BACKLOGS, REPLICAS),
        lives=("fencing 200478", "fencing 7267"),
    ),
    Switch(
        "who sees that another has the Lease stops at once",
        "one writer",
        (
            Change(
                "kube/hold.py",
                "            self._lose(TAKEN)\n",
                "            pass\n",
            ),
        ),
        (HOLD, SCHEDULES),
        lives=("fencing 200478", "fencing 7067"),
    ),
    Switch(
        "who takes a Lease reads the configs and their statuses again",
        "one writer",
        (
            Change(
                "kube/hold.py",
                "            statuses = await self._office.reread(self.place.namespace, former=self._former)\n",
                "            statuses: Mapping[ConfigKey, Mapping[str, Any]] = {}\n",
            ),
        ),
        (HOLD, REPLICAS),
        lives=("fencing 200478", "fencing 7267"),
    ),
    Switch(
        "who takes a Lease reads the manifests again where another has worked meanwhile",
        "one writer",
        (Change("kube/hold.py", "former=self._former)", "former=Handover())"),),
        (HOLD, REPLICAS),
        lives=("fencing 200478", "fencing 7267"),
    ),
    Switch(
        "a Lease that is released says how far its holder knew the manifests",
        "one writer",
        (
            Change(
                "kube/marks.py",
                "        return note_of(newest)\n",
                "        return note_of(dict.fromkeys(Kind, 0))\n",
            ),
        ),
        ("tests/unit/kube/test_marks.py", REPLICAS),
        lives=("fencing 200478", "fencing 7267"),
    ),
    Switch(
        "who takes a Lease waits until its watches show all that the former holder knew",
        "one writer",
        (
            Change(
                "kube/marks.py",
                "        return self.version.isdigit() and int(self.version) >= version\n",
                "        return True\n",
            ),
        ),
        ("tests/unit/kube/test_marks.py", REPLICAS),
        lives=("fencing 200478", "fencing 7267"),
    ),
    Switch(
        "a write to a manifest that may still take effect leaves no word of how far its writer knows them",
        "one writer",
        (Change("kube/writer.py", "        self._marks.begin(current)\n", ""),),
        ("tests/unit/kube/test_marks.py",),
        simulated=False,
    ),
    Switch(
        "who stops begins nothing under a Lease that it gains",
        "one writer",
        (Change("job/owners/tenancy.py", "        fence = None if self._ending else", "        fence ="),),
        ("tests/unit/job/owners/test_tenancy.py", SCHEDULES),
        lives=("fencing 7267",),
    ),
)
