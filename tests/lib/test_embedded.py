"""Embedded servers: shared, stopped by the last user, started again whatever has been killed."""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg2
import pytest

from crm.lib import embedded

ROOT = Path(__file__).resolve().parents[2]
USER = """
import sys, time
from pathlib import Path
from crm.lib import embedded
postgres, redis = embedded.start_postgres(Path(sys.argv[1])), embedded.start_redis(Path(sys.argv[1]))
import psycopg2
connection = psycopg2.connect(postgres.serving_url)
print("up", flush=True)
if sys.argv[2:] == ["until told"]:
    sys.stdin.readline()
if sys.argv[2:] == ["leave a child"]:
    import os
    if os.fork():
        sys.exit()
    time.sleep(1)
    psycopg2.connect(postgres.serving_url).cursor().execute("SELECT 1")
    print("child done", flush=True)
"""


class User:
    """A process that uses the servers of a folder until it is told to go."""

    def __init__(self, var_dir: Path, *how: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(var_dir), *how],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def is_up(self) -> "User":
        assert self.says() == "up\n"
        return self

    def says(self) -> str:
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        return self.process.stdout.readline() if ready else "(nothing for a minute)"

    def leave(self) -> None:
        self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0


@contextmanager
def new_folder(name: str):
    """A folder of our own: pytest closes its own again and again to other users, and as root PostgreSQL is one."""
    with tempfile.TemporaryDirectory(prefix="zoufang-test-") as top:
        folder = Path(top) / name
        folder.mkdir()
        yield folder
        User(folder).leave()  # whatever a test has left running ends with its last user
        assert servers(folder) == []


@pytest.fixture(scope="module")
def var_dir():
    with new_folder("var") as folder:
        yield folder


def servers(var_dir: Path) -> list[int]:
    """Process ids of the servers of a folder."""
    return sorted(
        process.pid
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] in {"postgres", "redis-server"}
        and str(var_dir) in " ".join(process.info["cmdline"] or [])
    )


def test_the_last_user_stops_them(var_dir):
    first, second = User(var_dir, "until told"), User(var_dir, "until told")
    first.is_up()
    second.is_up()
    pids = servers(var_dir)
    assert pids
    first.leave()
    assert servers(var_dir) == pids
    second.leave()
    assert servers(var_dir) == []


def test_data_outlives_a_stop(var_dir):
    sockets = var_dir / "pg"
    User(var_dir).leave()
    user = User(var_dir, "until told").is_up()
    connection = psycopg2.connect(embedded._postgres_url(sockets, embedded.OWNER_ROLE))
    connection.autocommit = True
    connection.cursor().execute("CREATE TABLE kept AS SELECT 1 AS n")
    connection.close()
    assert embedded._redis_says(var_dir / "redis" / "redis.sock", b"SET kept 1") == b"+OK"
    user.leave()

    user = User(var_dir, "until told").is_up()
    connection = psycopg2.connect(embedded._postgres_url(sockets, embedded.OWNER_ROLE))
    cursor = connection.cursor()
    cursor.execute("SELECT n FROM kept")
    assert cursor.fetchall() == [(1,)]
    connection.close()
    assert embedded._redis_says(var_dir / "redis" / "redis.sock", b"EXISTS kept") == b":1"
    user.leave()


def test_a_killed_user_leaves_servers_that_the_next_one_takes_over(var_dir):
    user = User(var_dir, "until told").is_up()
    user.process.kill()
    user.process.wait()
    assert servers(var_dir)
    User(var_dir).leave()
    assert servers(var_dir) == []


def test_killed_servers_start_again_although_their_pid_files_name_a_living_process(var_dir):
    user = User(var_dir, "until told").is_up()
    for pid in servers(var_dir):
        os.kill(pid, signal.SIGKILL)
    user.process.kill()
    user.process.wait()
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        path = var_dir / "pg" / name
        path.write_text("\n".join([str(os.getpid()), *path.read_text().splitlines()[1:]]) + "\n")
    User(var_dir, "until told").is_up().leave()


def test_a_forked_child_keeps_them_after_its_parent_has_gone(var_dir):
    user = User(var_dir, "leave a child").is_up()
    assert user.process.wait(30) == 0
    assert user.says() == "child done\n"
    deadline = time.monotonic() + 20
    while servers(var_dir) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert servers(var_dir) == []


def test_users_that_come_while_the_last_one_stops_them_find_them_running(var_dir):
    for _ in range(3):
        users = [User(var_dir) for _ in range(3)]
        for user in users:
            user.is_up()  # each has queried the database
        newcomer = User(var_dir)
        for user in users:
            user.leave()
        newcomer.is_up().leave()


def test_a_folder_with_a_long_name_gets_short_sockets():
    with new_folder("目录 with space" + "x" * 80) as folder:
        assert not embedded._socket_dir(folder, "pg").is_relative_to(folder)
        User(folder).is_up().leave()
