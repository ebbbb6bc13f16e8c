"""`make run` as its user meets it: a real process, real signals, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from deploy.broker import PrivateBroker
from deploy.processes import ROOT, free_port
from tests.journeys.client import PATIENCE_SECONDS, Client, eventually

UNHEARD = """
import os, signal, sys, deploy.run, deploy.suite
class Waste:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
prepare = deploy.suite.prepare_databases
deploy.suite.prepare_databases = lambda settings: (Waste(), prepare(settings))[1]
sys.exit(deploy.run.main())
"""
IMPATIENT = """
import os, re, signal, sys, time, deploy.run
from pathlib import Path
from deploy.programs import Program
def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
start, say = Program.start, deploy.run._say
def start_late(program):
    if program.name == "gateway":
        interrupt()
        time.sleep(2)
    start(program)
    ignored = int(re.search("SigIgn:(.*)", Path(f"/proc/{program.pid}/status").read_text())[1], 16)
    if ignored & (1 << signal.SIGINT - 1 | 1 << signal.SIGTERM - 1):
        say(f"{program.name} does not hear")
def say_and_interrupt(text):
    if text.startswith("stopping"):
        interrupt()
    say(text)
Program.start, deploy.run._say = start_late, say_and_interrupt
sys.exit(deploy.run.main())
"""
NO_RABBIT = "import sys, deploy.broker as b, deploy.run as r; b.SERVER_PATHS = (); sys.exit(r.main())"


class Run:
    """One `make run` in a process group of its own, as a terminal gives it."""

    def __init__(self, folder: Path, *, code: str = "", **settings: Any) -> None:
        self.port = settings.pop("port", None) or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = folder.parent / f"{folder.name}-{self.port}.out"
        env = {name: value for name, value in os.environ.items() if not name.startswith("HIGHSEAS_")}
        env |= {"HIGHSEAS_DATA_DIR": str(folder), "HIGHSEAS_PORT": str(self.port), "PYTHONWARNINGS": "ignore", **settings}
        command = [sys.executable, *(["-c", code] if code else ["-m", "deploy.run"])]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=output, stderr=output, start_new_session=True)
        self.family: list[psutil.Process] = []

    @property
    def said(self) -> str:
        return self.output.read_text()

    def ready(self) -> Run:
        """Wait for the greeting; remember every process there is."""
        eventually(lambda: "is ready" in self.said or self.process.poll() is not None)
        assert self.process.poll() is None, self.said
        eventually(self.look)
        return self

    def look(self) -> bool:
        """Remember every process there is. Whether the broker is among them, or need not be; raises NoSuchProcess where one ends just now."""
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        names = {process.name() for process in self.living()}
        return {"beam.smp", "epmd"} <= names or "HIGHSEAS_AMQP_URL" in psutil.Process(self.process.pid).environ()

    def one(self, words: str) -> psutil.Process:
        """A process of it by its command line. Raises IndexError."""
        return [process for process in self.living() if words in " ".join(process.cmdline())][0]  # noqa: RUF015

    def living(self) -> list[psutil.Process]:
        """Those remembered that still live."""
        return [process for process in self.family if _lives(process)]

    def kill(self, words: str) -> None:
        """Kill one of its processes and wait for the next one in its place."""
        victim = self.one(words)
        victim.kill()

        def another() -> bool:
            return self.look() and self.one(words) != victim

        eventually(another)

    def seconds_of_work(self) -> float:
        """What its processes took of a processor."""
        return sum(sum(process.cpu_times()[:2]) for process in self.living())

    def ends(self) -> int:
        """The exit code; afterwards nothing of it is left."""
        code = self.process.wait(PATIENCE_SECONDS)
        eventually(lambda: not self.living())
        return code


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts runs; what a failed test leaves is killed with its children."""
    runs: list[Run] = []

    def begin(folder: Path | None = None, **settings: Any) -> Run:
        runs.append(Run(folder or tmp_path / "var", **settings))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(PATIENCE_SECONDS)


def test_starts_stops_and_starts_again_with_the_same_data(start: Start, rabbit_of_its_own: PrivateBroker) -> None:
    first = start().ready()
    assert first.url in first.said
    found = re.search(r"log in as\s+admin / (\S+)", first.said)
    assert found, first.said
    password = found[1]
    admin = Client(first.url, "admin", password)
    customer = admin.post("/customers", {"name": "Kept Ltd"})
    for victim in ("CustomerService", "beam.smp"):
        first.kill(victim)
        eventually(lambda: requests.get(f"{first.url}/readyz", timeout=60).status_code == 200)
        assert admin.get(f"/customers/{customer['id']}")["name"] == "Kept Ltd"
    eventually(first.look)
    os.killpg(first.process.pid, signal.SIGINT)
    assert first.ends() == 0
    assert "Traceback" not in first.said

    second = start().ready()
    # By the clock it takes as long as the machine lets it.
    assert second.seconds_of_work() < 60
    assert password not in second.said
    admin = Client(second.url, "admin", password)
    assert admin.get(f"/customers/{customer['id']}")["name"] == "Kept Ltd"
    # The next one waits for the folder, and takes a broker from outside.
    twin = start(HIGHSEAS_AMQP_URL=rabbit_of_its_own.url)
    second.process.kill()
    assert second.ends() == -signal.SIGKILL

    third = twin.ready()
    assert Client(third.url, "admin", password).get("/customers")["total"] == 1
    assert "beam.smp" not in {process.name() for process in third.family}
    third.process.send_signal(signal.SIGTERM)
    assert third.ends() == 0
    assert rabbit_of_its_own.is_up()
    assert "Traceback" not in third.said


def test_a_free_port_is_given_once() -> None:
    code = "from deploy.processes import free_port; print(len({free_port() for _ in range(500)}))"
    given = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert given.stdout == "500\n"


def test_ctrl_c_ends_a_start_under_way(start: Start) -> None:
    run = start()
    eventually(run.look)
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.ends() == 0
    assert "Traceback" not in run.said


def test_ctrl_c_is_heard_also_where_python_drops_what_it_raises(start: Start) -> None:
    run = start(code=UNHEARD)
    assert run.process.wait(PATIENCE_SECONDS) == 0
    assert run.said.splitlines() == ["starting Highseas CRM ...", "stopping ..."]


def test_a_second_ctrl_c_changes_nothing_and_what_is_just_being_started_hears_that_it_is_to_stop(
    start: Start, rabbit: PrivateBroker
) -> None:
    run = start(code=IMPATIENT, HIGHSEAS_AMQP_URL=rabbit.url)
    assert run.process.wait(PATIENCE_SECONDS) == 0, run.said
    assert run.said.splitlines() == ["starting Highseas CRM ...", "stopping ..."]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"port": 8080, "HIGHSEAS_PORT": "many"}, ["HIGHSEAS_PORT", "many"]),
        ({"HIGHSEAS_TIME_ZONE": "Asia/Atlantis"}, ["HIGHSEAS_TIME_ZONE", "Asia/Atlantis"]),
        ({"HIGHSEAS_DATABASE_URL": "mysql://root:secret@localhost/crm"}, ["HIGHSEAS_DATABASE_URL"]),
        ({"HIGHSEAS_HOST": "192.0.2.1"}, ["192.0.2.1"]),
        ({"HIGHSEAS_AMQP_URL": "amqp://guest:secret@127.0.0.1:1/"}, ["RabbitMQ", "127.0.0.1:1", "refused"]),
        ({"code": NO_RABBIT, "PATH": "/nowhere"}, ["RabbitMQ is missing", "rabbitmq-server", "HIGHSEAS_AMQP_URL"]),
        ({"HIGHSEAS_DATA_DIR": "/dev/null/var"}, ["/dev/null/var"]),
    ],
)  # fmt: skip
def test_says_in_one_line_what_is_wrong(start: Start, settings: dict[str, Any], words: list[str]) -> None:
    _refused(start(**settings), words)


def test_says_which_port_is_taken(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        _refused(start(port=port), [f"port {port} is taken", "HIGHSEAS_PORT"])


def test_says_which_database_is_away(start: Start, rabbit: PrivateBroker) -> None:
    url = "postgresql+psycopg://crm:secret@127.0.0.1:1/crm"
    _refused(start(HIGHSEAS_AMQP_URL=rabbit.url, HIGHSEAS_DATABASE_URL=url), ["PostgreSQL at 127.0.0.1:1"])


def _refused(run: Run, words: list[str]) -> None:
    assert run.process.wait(PATIENCE_SECONDS) in (1, 2), run.said
    lines = [line for line in run.said.splitlines() if not line.startswith(("starting", "stopping"))]
    assert len(lines) == 1, run.said
    assert lines[0].startswith("highseas: ")
    assert all(word in lines[0] for word in words), lines[0]
    assert "secret" not in run.said
