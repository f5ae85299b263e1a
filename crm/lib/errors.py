"""Errors told to Sentry where a DSN is set: without cookies, form contents or personal numbers."""

from typing import Any

from crm.lib import masking


def report_to(dsn: str, environment: str) -> None:
    """Begin to report; ImportError says what is to be installed."""
    import sentry_sdk  # optional: requirements-sentry.txt

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        before_send=cleaned,
    )


def cleaned(event: Any, _hint: Any) -> Any:
    """The event without personal numbers in any of its texts, and without what the browser sent."""
    if request := event.get("request"):
        event["request"] = {key: request[key] for key in ("method", "url") if key in request}
    return masking.deep(event)
