"""A real Celery worker on the test's database and queues, to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection

START_SECONDS = 60


class Worker:
    """One worker process with its pool, in a process group of its own."""

    def __init__(self, log: Path, concurrency: int) -> None:
        self.log, self.concurrency = log, concurrency
        self.start()

    def start(self) -> None:
        """Start, and return when its loop runs; RuntimeError with its log when it does not come up."""
        command = [sys.executable, "-m", "celery", "-A", "crm.celery", "worker", "--loglevel", "INFO"]
        command += ["--concurrency", str(self.concurrency)]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        environment = {
            "DJANGO_SETTINGS_MODULE": "crm.settings",
            "DATABASE_NAME": connection.settings_dict["NAME"],
            "REDIS_PREFIX": settings.REDIS_PREFIX,
        }
        with redis.Redis.from_url(settings.REDIS_URL) as client, self.log.open("ab") as output:
            client.delete(self._sign)
            self.process = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env=os.environ | environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            deadline = time.monotonic() + START_SECONDS
            while not client.exists(self._sign):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    raise RuntimeError(f"the worker did not start:\n{self.log.read_text()}")
                time.sleep(0.05)

    @property
    def _sign(self) -> str:
        return f"{settings.REDIS_PREFIX}:health:worker"

    def kill(self) -> None:
        """SIGKILL worker and pool at once, as a power cut would."""
        self._signal(signal.SIGKILL)

    def kill_pool(self) -> None:
        """SIGKILL only the pool processes, as the kernel does when memory runs out; the worker starts new ones."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)

    def stop(self) -> None:
        """End after the task in hand; by force after 10 s."""
        self._signal(signal.SIGTERM, only_leader=True)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def _signal(self, number: int, *, only_leader: bool = False) -> None:
        if self.process.poll() is not None:
            return
        if only_leader:
            self.process.send_signal(number)
        else:
            os.killpg(self.process.pid, number)
            self.process.wait()


@pytest.fixture
def celery_worker(transactional_db, empty_redis, tmp_path) -> Iterator[Callable[..., Worker]]:
    """``celery_worker(concurrency=1)`` starts a worker; any number of them, all stopped after the test."""
    started: list[Worker] = []

    def start(concurrency: int = 1) -> Worker:
        started.append(Worker(tmp_path / f"worker{len(started)}.log", concurrency))
        return started[-1]

    yield start
    for worker in started:
        worker.stop()
