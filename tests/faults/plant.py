"""The whole product, as `make demo` runs it, in a folder of its own: started, spoiled on purpose, asked, stopped."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import redis

from crm.lib import embedded

SCALE = "0.0005"  # of the country: 2,750 clients, 20 account managers, a year of visits and facts
DATABASE = "zoufang_faults"
DISK = "1500m"
READY_SECONDS = 120


class Plant:
    """`folder` holds all its state; a file system of its own, if it may be mounted, so that it can be filled."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, Path(__file__).resolve().parents[2]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        outer = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        self.environment = outer | {
            "VAR_DIR": str(folder), "PORT": str(self.port), "DATABASE_NAME": DATABASE, "REDIS_PREFIX": "faults",
            "DJANGO_SETTINGS_MODULE": "crm.settings",
            "VISIBILITY_SECONDS": "1",  # many a task is longer: the broker gives it to another worker meanwhile
        }  # fmt: skip
        self.has_disk = _called("mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder)
        self.product: subprocess.Popen[bytes] | None = None

    @contextmanager
    def running(self) -> Iterator["Plant"]:
        """Furnished with a small county, started, ready; everything ended and unmounted afterwards."""
        try:
            # One process holds the servers from the first row to the last fault.
            self.call("-m", "tests.faults.work", "furnish", SCALE)
            self.product = self.spawn("manage.py", "demo")
            if not self.ready_within(READY_SECONDS):
                raise RuntimeError(f"The product does not start:\n{self.log('product')}")
            yield self
        finally:
            self._end()

    def command(self, *arguments: str) -> list[str]:
        """A Python command."""
        return [sys.executable, *arguments]

    def call(self, *arguments: str) -> str:
        """Output of a Python command of the product; CalledProcessError with what it said when it fails."""
        found = subprocess.run(
            self.command(*arguments), cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=300
        )
        if found.returncode:
            raise RuntimeError(f"{arguments}: {found.stdout[-1000:]}{found.stderr[-2000:]}")
        return found.stdout

    def spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A Python command of the product in the background; its output goes to product.log."""
        with (self.folder / "product.log").open("ab") as log:
            return subprocess.Popen(
                self.command(*arguments),
                cwd=self.root,
                env=self.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def log(self, name: str) -> str:
        """The last lines of a log."""
        with suppress(OSError):
            return (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]
        return ""

    # --- Asking ---------------------------------------------------------------------------------------------------

    def health(self) -> int:
        """The status of /healthz; 0 without an answer."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            asked.request("GET", "/healthz")
            return asked.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            asked.close()

    def ready_within(self, seconds: float, also: Callable[[], bool] = lambda: True) -> float:
        """Seconds until everything is well, at least a hundredth; 0 when it took longer."""
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            if self.health() == 200 and also():
                return max(passed, 0.01)
            time.sleep(0.3)
        return 0

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows as the serving role sees them; OperationalError while the database is away."""
        sockets = embedded._socket_dir(self.folder, "pg")
        connection = psycopg2.connect(embedded._postgres_url(sockets, embedded.SERVING_ROLE, DATABASE))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, parameters)
                return cursor.fetchall()
        finally:
            connection.close()

    def has_idle_jobs(self) -> bool:
        """Whether no job waits or runs."""
        with suppress(psycopg2.Error):
            return self.rows("SELECT count(*) FROM lib_job WHERE state IN ('requested', 'running')") == [(0,)]
        return False

    # --- Spoiling -------------------------------------------------------------------------------------------------

    def kill(self, part: str, child: bool = False) -> None:
        """SIGKILL web, worker or beat, or one of its children."""
        for leader in self._leaders(part):
            chosen = leader.children()[:1] if child else [leader]
            for process in chosen:
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def _leaders(self, part: str) -> Sequence[psutil.Process]:
        word = {"web": "gunicorn", "worker": "worker", "beat": "beat"}[part]
        with suppress(psutil.NoSuchProcess):
            assert self.product
            return [child for child in psutil.Process(self.product.pid).children() if word in child.cmdline()]
        return []

    def flush(self) -> None:
        """FLUSHALL: queues, cache, signs of life."""
        with suppress(redis.RedisError):
            self._redis().execute_command("FLUSHALL")

    def kill_redis(self) -> None:
        """SIGKILL the broker."""
        with suppress(redis.RedisError, psutil.NoSuchProcess):
            psutil.Process(self._redis().info("server")["process_id"]).kill()

    def _redis(self) -> "redis.Redis[bytes]":
        return redis.Redis(unix_socket_path=str(embedded._redis_socket(self.folder)), socket_timeout=5)

    def end_postgres(self, number: signal.Signals) -> None:
        """SIGKILL is a power cut; SIGINT a restart by an administrator."""
        with suppress(OSError, ValueError):
            os.kill(int((self.folder / "pg/postmaster.pid").read_text().split()[0]), number)

    def second_beat(self) -> subprocess.Popen[bytes]:
        """Another beat beside the first."""
        command = ("-m", "celery", "-A", "crm.celery", "beat", "--schedule", str(self.folder / "second-beat"))
        return self.spawn(*command, "--pidfile=")

    def fill_disk(self, seconds: float) -> None:
        """No byte is free for a while."""
        ballast = self.folder / "ballast"
        try:
            with ballast.open("wb", buffering=0) as out, suppress(OSError):
                while True:
                    out.write(bytes(1 << 20))
            time.sleep(seconds)
        finally:
            ballast.unlink()

    def _end(self) -> None:
        if self.product:
            self.product.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.product.wait(40)
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("VAR_DIR") == str(self.folder):
                    process.kill()
        self.end_postgres(signal.SIGINT)
        with suppress(redis.RedisError):
            self._redis().shutdown(nosave=True)
        if self.has_disk:
            time.sleep(1)
            _called("umount", "--lazy", self.folder)


def _called(*command: Any) -> bool:
    try:
        return subprocess.run([str(word) for word in command], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
