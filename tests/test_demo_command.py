"""`make demo`: children kept alive, everything stopped with it however it ends."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from crm.supervisor import Child, keep_alive, stop

ROOT = Path(__file__).resolve().parent.parent
OBSTINATE = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(grandchild.pid, flush=True)
time.sleep(600)
"""
SUPERVISOR = """
import sys, time
from pathlib import Path
from crm.supervisor import Child
child = Child("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], Path(sys.argv[1]))
child.start()
print(child.process.pid, flush=True)
time.sleep(600)
"""


def eventually(condition, seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def sleeper(tmp_path: Path, code: str = "import time; time.sleep(600)") -> Child:
    return Child("sleeper", [sys.executable, "-c", code], tmp_path / "sleeper.log")


def test_a_child_that_ends_is_reported_and_started_again(tmp_path):
    child, ends = sleeper(tmp_path), []
    child.start()
    first = child.process.pid
    child.process.kill()

    def started_again() -> bool:
        keep_alive([child], lambda child, code: ends.append(code))
        return child.process is not None and child.process.pid != first

    assert eventually(started_again)
    assert ends == [-signal.SIGKILL]
    stop([child], grace_seconds=10, hurry=lambda: False)


def test_a_child_that_ends_at_once_is_started_ever_more_rarely(tmp_path):
    child, ends = sleeper(tmp_path, "raise SystemExit(3)"), []

    def ended_three_times() -> bool:
        keep_alive([child], lambda child, code: ends.append(code))
        return len(ends) == 3

    started = time.monotonic()
    assert eventually(ended_three_times)
    assert time.monotonic() - started > 1 + 2  # the pauses between
    assert ends == [3, 3, 3]
    assert child.failures == 3


def test_stop_kills_what_will_not_end_and_its_children(tmp_path):
    child = sleeper(tmp_path, OBSTINATE)
    child.start()
    leader = child.process.pid
    assert eventually(lambda: child.log.read_text().strip().isdigit())
    grandchild = int(child.log.read_text())
    stop([child], grace_seconds=0.3, hurry=lambda: False)
    assert eventually(lambda: not lives(leader) and not lives(grandchild))


def test_children_end_when_their_supervisor_is_killed(tmp_path):
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path / "log")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    child = int(supervisor.stdout.readline())
    assert lives(child)
    supervisor.kill()
    supervisor.communicate()
    assert eventually(lambda: not lives(child))


# --- The command itself -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home():
    """A VAR_DIR of its own, on embedded services, with an organisation: so no demo data is loaded."""
    with tempfile.TemporaryDirectory(prefix="zoufang-test-") as folder:
        environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        environment |= {"VAR_DIR": folder, "PORT": str(free_port()), "DJANGO_SETTINGS_MODULE": "crm.settings"}
        for command in (["migrate", "-v0"], ["create_org", "TEST", "Test"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, timeout=300)
        yield environment
        assert eventually(lambda: processes(folder) == [])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes(var_dir: str) -> list[list[str]]:
    """Command lines of what works for a VAR_DIR."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if process.environ().get("VAR_DIR") == var_dir or var_dir in " ".join(command):
                found.append(command)
        except psutil.Error:
            continue
    return found


def demo(home) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_until_ready(running: subprocess.Popen[str]) -> str:
    text = ""
    for line in running.stdout:
        text += line
        if "Ctrl-C" in line and "everything" in line:
            return text
    raise AssertionError(text)


# The other stop signals go the way of SIGINT. A kill, after which the rest notices by itself, takes a minute: in CI.
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT] if os.environ.get("ALL") else [signal.SIGINT])
def test_nothing_is_left_running(home, number):
    running = demo(home)
    assert f"http://localhost:{home['PORT']}/" in wait_until_ready(running)
    commands = processes(home["VAR_DIR"])
    assert all(any(name in " ".join(command) for command in commands) for name in ("gunicorn", "worker", "beat"))
    running.send_signal(number)
    rest, _ = running.communicate(timeout=60)
    if number != signal.SIGKILL:
        assert running.returncode == 0
        assert rest.splitlines()[-1] == "Stopped."
    assert eventually(lambda: processes(home["VAR_DIR"]) == [], 60), processes(home["VAR_DIR"])


def test_a_taken_port_is_named(home):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(home["PORT"])))
        other.listen()
        running = demo(home)
        text, _ = running.communicate(timeout=120)
    assert running.returncode == 1
    assert f"PORT={int(home['PORT']) + 1}" in text
