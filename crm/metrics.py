"""/metrics for Prometheus: requests counted by all processes together, jobs, outboxes, and signs of life."""

import hmac
import logging
from collections.abc import Iterable
from functools import cache

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm import health
from crm.lib import broker, sql

logger = logging.getLogger(__name__)
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
KEY = f"{settings.REDIS_PREFIX}:metrics"


@cache
def _redis() -> redis.Redis:
    return broker.client(decode_responses=True)  # one for each process


def count_request(method: str, view: str, status: int, seconds: float) -> None:
    """Add a request to the counters that all processes share; without a broker it goes uncounted."""
    if not settings.METRICS_TOKEN:
        return
    bucket = next((limit for limit in BUCKETS if seconds <= limit), "+Inf")
    try:
        with _redis().pipeline(transaction=False) as pipe:
            pipe.hincrby(KEY, f"requests|{method}|{view}|{status}", 1)
            pipe.hincrby(KEY, f"bucket|{bucket}", 1)
            pipe.hincrbyfloat(KEY, "seconds", seconds)
            pipe.execute()
    except redis.RedisError as error:
        logger.debug("a request goes uncounted: %s", error)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' text format, for whoever sends METRICS_TOKEN; without one set there is no page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN:
        raise Http404
    if not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    lines = [*_requests(), *_jobs(), *_outboxes(), *_parts()]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _requests() -> Iterable[str]:
    try:
        counted = {str(key): str(value) for key, value in _redis().hgetall(KEY).items()}
    except redis.RedisError:
        return
    yield "# HELP zoufang_requests_total Requests by method, view and status."
    yield "# TYPE zoufang_requests_total counter"
    for key in sorted(counted):
        if key.startswith("requests|"):
            _kind, method, view, status = key.split("|", 3)
            yield f'zoufang_requests_total{{method="{method}",view="{view}",status="{status}"}} {counted[key]}'
    yield "# HELP zoufang_request_seconds How long requests take."
    yield "# TYPE zoufang_request_seconds histogram"
    total = 0
    for limit in (*BUCKETS, "+Inf"):
        total += int(counted.get(f"bucket|{limit}", 0))
        yield f'zoufang_request_seconds_bucket{{le="{limit}"}} {total}'
    yield f"zoufang_request_seconds_sum {float(counted.get('seconds', 0)):.3f}"
    yield f"zoufang_request_seconds_count {total}"


JOBS = """
    SELECT kind, state, count(*) AS n,
           extract(epoch FROM now() - min(requested_at) FILTER (WHERE state = 'requested'))::int AS oldest
    FROM lib_job GROUP BY kind, state ORDER BY kind, state
"""


def _jobs() -> Iterable[str]:
    rows = sql.rows(JOBS)
    yield "# HELP zoufang_jobs Jobs by kind and state."
    yield "# TYPE zoufang_jobs gauge"
    for row in rows:
        yield f'zoufang_jobs{{kind="{row["kind"]}",state="{row["state"]}"}} {row["n"]}'
    yield "# HELP zoufang_job_waiting_seconds How long the oldest requested job has waited."
    yield "# TYPE zoufang_job_waiting_seconds gauge"
    yield f"zoufang_job_waiting_seconds {max((row['oldest'] or 0 for row in rows), default=0)}"


OUTBOXES = """
    SELECT 'notices' AS box, state, count(*) AS n FROM people_delivery GROUP BY state
    UNION ALL SELECT 'webhooks', state, count(*) FROM crm_webhookcall GROUP BY state ORDER BY 1, 2
"""


def _outboxes() -> Iterable[str]:
    yield "# HELP zoufang_outbox What goes out, by outbox and state."
    yield "# TYPE zoufang_outbox gauge"
    for row in sql.rows(OUTBOXES):
        yield f'zoufang_outbox{{box="{row["box"]}",state="{row["state"]}"}} {row["n"]}'


def _parts() -> Iterable[str]:
    yield "# HELP zoufang_up Whether a part does its work."
    yield "# TYPE zoufang_up gauge"
    for part, state in health.parts().items():
        yield f'zoufang_up{{part="{part}"}} {int(state == "ok")}'
