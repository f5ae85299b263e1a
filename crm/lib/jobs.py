"""Jobs: Celery is the doorbell, the row in PostgreSQL is the truth.

``request`` puts a row in and rings after commit. ``run`` claims a row, works in steps and may be killed at any moment:
each step is one transaction that first proves, on the locked row, that the claim is still its own. So a step's writes,
its progress and its memory commit together or not at all, and a worker that lost its lease can write nothing more.
"""

import datetime as dt
import hashlib
import json
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from crm.lib import broker, masking, periods
from crm.lib.models import Job

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
RING_AGAIN_AFTER = dt.timedelta(seconds=20)

Due = Callable[[dt.datetime], Iterable[tuple[int, str, str]]]


class JobError(Exception):
    """The work cannot be done; the message says in the user's language what to do."""


class LeaseLost(Exception):
    """Another claim has taken the job: this worker must stop without writing."""


class Cancelled(Exception):
    """Somebody asked the job to stop."""


@dataclass(frozen=True)
class Kind:
    """A registered kind of work. ``due(now)`` yields the (organisation_id, scope, period) that time itself requests."""

    name: str
    label: Any
    work: Callable[["Work"], "Outcome"]
    period_kinds: tuple[str, ...] = ()
    due: Due | None = None


@dataclass(frozen=True)
class Outcome:
    """What a job came to: ``result`` for people, ``hash`` of the rows that it wrote."""

    result: dict[str, Any]
    hash: str = ""


kinds: dict[str, Kind] = {}


def kind(name: str, label: Any, *period_kinds: str, due: Due | None = None) -> Callable[..., Any]:
    """Decorator that registers ``work(Work) -> Outcome`` under a name."""

    def register(work: Callable[["Work"], Outcome]) -> Callable[["Work"], Outcome]:
        if name in kinds:
            raise ValueError(f"job kind {name} is registered twice")
        kinds[name] = Kind(name, label, work, period_kinds, due)
        return work

    return register


@dataclass
class Work:
    """A claimed job in the hands of one worker."""

    job: Job
    token: uuid.UUID
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def period(self) -> periods.Period:
        """The job's period."""
        return periods.Period.parse(self.job.period, *kinds[self.job.kind].period_kinds)

    def pending(self, items: Sequence[Any]) -> Iterator[Any]:
        """The items (JSON values) whose step is still to be done; the list is fixed at the first claim."""
        if "items" not in self.memory:
            with self._fenced():
                self.memory["items"] = list(items)
                self.job.total_steps = len(items)
                self.job.done_steps = 0
        yield from self.memory["items"][self.job.done_steps :]

    @contextmanager
    def step(self, message: str = "") -> Iterator[None]:
        """One bounded transaction: what the body writes commits with the progress, if the claim still holds."""
        with self._fenced():
            yield
            self.job.done_steps += 1
            self.job.message = message[:200]

    def count(self, **numbers: Mapping[str, int]) -> None:
        """Add to named counters, kept over kills: ``count(created={"overdue": 3})``; call it inside a step."""
        for name, values in numbers.items():
            counter = self.memory.setdefault("counts", {}).setdefault(name, {})
            for key, number in values.items():
                counter[key] = counter.get(key, 0) + number

    def counts(self, name: str) -> dict[str, int]:
        """A counter's values."""
        return self.memory.get("counts", {}).get(name, {})

    @contextmanager
    def _fenced(self) -> Iterator[None]:
        before = json.loads(json.dumps(self.memory)), self.job.done_steps, self.job.total_steps
        try:
            with transaction.atomic():
                row = Job.objects.select_for_update().filter(pk=self.job.pk, token=self.token).first()
                if row is None:
                    raise LeaseLost
                if row.cancel_requested:
                    raise Cancelled
                # Two jobs of one kind in one organisation (two months, say) write the same rows: one at a time.
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", _lock_key(self.job))
                yield
                self.job.memory = self.memory
                self.job.lease_until = periods.now() + LEASE
                self.job.save(update_fields=["memory", "done_steps", "total_steps", "message", "lease_until"])
        except BaseException:
            self.memory, self.job.done_steps, self.job.total_steps = before
            raise


def _lock_key(job: Job) -> tuple[str, int]:
    return job.kind, job.organisation_id % 2**31


def request(
    name: str,
    organisation_id: int,
    *,
    scope: str = "",
    period: str = "",
    params: dict[str, Any] | None = None,
    user: Any = None,
    again: bool = True,
) -> Job:
    """The job's row, waiting for a worker. ``again``: a finished one starts anew (a clock says False)."""
    found = kinds[name]
    if found.period_kinds:
        period = str(periods.Period.parse(period, *found.period_kinds))
    with transaction.atomic():
        Job.objects.bulk_create(
            [
                Job(
                    kind=name,
                    organisation_id=organisation_id,
                    scope=scope,
                    period=period,
                    params=params or {},
                    requested_by=user,
                )
            ],
            ignore_conflicts=True,
        )
        job = Job.objects.select_for_update().get(
            kind=name, organisation_id=organisation_id, scope=scope, period=period
        )
        if again and job.finished:
            job.state = Job.State.REQUESTED
            job.params = params or job.params
            job.memory, job.result, job.hash, job.error, job.message = {}, None, "", "", ""
            job.done_steps = job.total_steps = job.attempts = 0
            job.cancel_requested = False
            job.requested_by, job.requested_at = user, periods.now()
            job.started_at = job.finished_at = None
            job.save()
        if not job.finished:
            transaction.on_commit(lambda: ring(job.pk))
    return job


def ring(job_id: int) -> None:
    """Tell a worker. A broker that is down loses nothing: the reconciler rings again."""
    try:
        with broker.client() as there:
            there.ping()  # Celery would try for six seconds, and somebody waits for this page
        run_job.apply_async((job_id,), retry=False)
    except (BrokerError, RedisError, OSError) as error:
        logger.warning("broker unreachable, job %s waits for the reconciler: %s", job_id, error)


def cancel(job: Job) -> None:
    """Ask a job to stop; one that no worker has yet stops at once."""
    with transaction.atomic():
        row = Job.objects.select_for_update().get(pk=job.pk)
        if row.state == Job.State.REQUESTED:
            row.state, row.finished_at = Job.State.CANCELLED, periods.now()
        row.cancel_requested = True
        row.save(update_fields=["state", "finished_at", "cancel_requested"])


def claim(job_id: int) -> Work | None:
    """The job in this worker's hands, or None when it is finished, or another worker holds it."""
    with transaction.atomic():
        # A live step holds the row lock, so it is skipped here however old its lease.
        job = Job.objects.waiting().select_for_update(skip_locked=True).filter(pk=job_id).first()
        if job is None:
            return None
        job.state, job.token = Job.State.RUNNING, uuid.uuid4()
        job.lease_until = periods.now() + LEASE
        job.attempts += 1
        job.started_at = job.started_at or periods.now()
        job.save(update_fields=["state", "token", "lease_until", "attempts", "started_at"])
    return Work(job, job.token, dict(job.memory))


def run(job_id: int) -> Job | None:
    """Claim a job and do it here; None when there was nothing to claim."""
    work = claim(job_id)
    if work is None:
        return None
    job = work.job
    try:
        outcome = kinds[job.kind].work(work)
    except LeaseLost:
        logger.info("job %s was taken over by another worker", job.pk)
        return None
    except Cancelled:
        _finish(work, Job.State.CANCELLED)
    except (OperationalError, InterfaceError):
        # The database went away: the lease runs out, and the next claim goes on from the last step.
        logger.warning("job %s lost the database", job.pk, exc_info=True)
        connection.close()
        return None
    except JobError as error:
        _finish(work, Job.State.FAILED, error=str(error))
    except Exception as error:
        logger.exception("job %s failed", job.pk)
        _finish(work, Job.State.FAILED, error=masking.everything(f"{type(error).__name__}: {error}"))
    else:
        _finish(work, Job.State.DONE, result=outcome.result, hash=outcome.hash or result_hash(outcome.result))
    job.refresh_from_db()
    return job


def _finish(work: Work, state: str, **values: Any) -> None:
    Job.objects.filter(pk=work.job.pk, token=work.token, state=Job.State.RUNNING).update(
        state=state, finished_at=periods.now(), lease_until=None, **values
    )


def wait(job_id: int, *, timeout: float | None = None, poll: float = 0.2) -> Job:
    """The finished job; TimeoutError after ``timeout`` seconds."""
    started = time.monotonic()
    while not (job := Job.objects.get(pk=job_id)).finished:
        if timeout is not None and time.monotonic() - started > timeout:
            raise TimeoutError(f"job {job_id} is still {job.state} after {timeout:.0f} s")
        time.sleep(poll)
    return job


def result_hash(value: Any) -> str:
    """SHA-256 of a JSON value in canonical form."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def request_due(now: dt.datetime | None = None) -> int:
    """Request what the clock asks for; what has been requested once stays as it is. The number of requests."""
    count = 0
    for found in list(kinds.values()):
        for organisation_id, scope, period in found.due(now or periods.now()) if found.due else ():
            known = Job.objects.filter(
                kind=found.name, organisation_id=organisation_id, scope=scope, period=period
            ).exists()
            if not known:
                request(found.name, organisation_id, scope=scope, period=period, again=False)
                count += 1
    return count


def ring_waiting() -> int:
    """Ring for jobs that wait too long: the broker lost the message, or a worker died. Their number."""
    waiting = Job.objects.waiting().exclude(
        state=Job.State.REQUESTED, requested_at__gt=periods.now() - RING_AGAIN_AFTER
    )
    ids = list(waiting.order_by("requested_at").values_list("pk", flat=True)[:100])
    for job_id in ids:
        # A ring already in the queue needs no second one for a while.
        if cache.add(f"rung:{job_id}", 1, timeout=RING_AGAIN_AFTER.total_seconds()):
            ring(job_id)
    return len(ids)


@shared_task(name="crm.lib.run_job")
def run_job(job_id: int) -> None:
    """The doorbell: do the job if it is still to be done."""
    with translation.override(settings.LANGUAGE_CODE):
        run(job_id)


@shared_task(name="crm.lib.tick", expires=60)
def tick() -> None:
    """Beat's only message: request what is due, and ring again for what waits."""
    request_due()
    ring_waiting()
