"""Each request and task has an id that stands on every line that it logs; requests are counted for /metrics."""

import contextvars
import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from celery.signals import task_postrun, task_prerun
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from crm import metrics
from crm.lib import masking

logger = logging.getLogger("crm.requests")
GIVEN = re.compile(r"[\w.-]{8,64}")  # what a proxy may hand on; anything else could forge lines
current: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


class RequestIdMiddleware:
    """Takes the proxy's X-Request-ID or makes one, hands it back, and logs one line a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        token = current.set(given if GIVEN.fullmatch(given) else uuid.uuid4().hex)
        began = time.monotonic()
        try:
            response = self.get_response(request)
            seconds = time.monotonic() - began
            response.headers["X-Request-ID"] = current.get()
            match = request.resolver_match
            view = match.view_name if match else "none"  # never the path: it may hold a link's secret
            metrics.count_request(str(request.method), view, response.status_code, seconds)
            logger.info(
                "%s %s %s %.0f ms", request.method, view, response.status_code, 1000 * seconds,
                extra={
                    "method": request.method, "view": view, "status": response.status_code,
                    "milliseconds": round(1000 * seconds), "user": getattr(getattr(request, "user", None), "pk", None),
                },
            )  # fmt: skip
            return response
        finally:
            current.reset(token)


@task_prerun.connect
def task_begins(task_id: str = "", **kwargs: Any) -> None:
    """A task's lines carry its id."""
    current.set(task_id)


@task_postrun.connect
def task_ends(**kwargs: Any) -> None:
    """What the worker logs after that belongs to none."""
    current.set("")


class LineFormatter(masking.Formatter):
    """Lines for people: the id at the end of the head."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, masked."""
        record.request_id = current.get()[:12] or "-"
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """Lines for collectors: one JSON object each, without personal numbers."""

    FIELDS = ("method", "view", "status", "milliseconds", "user")

    def format(self, record: logging.LogRecord) -> str:
        """The object as text."""
        found: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": masking.everything(record.getMessage()),
            "request_id": current.get(),
        }
        found |= {name: getattr(record, name) for name in self.FIELDS if hasattr(record, name)}
        if record.exc_info:
            found["traceback"] = masking.everything(self.formatException(record.exc_info))
        return json.dumps(found, ensure_ascii=False)
