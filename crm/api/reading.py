"""What can be read: the same rows that the person sees in the pages."""

import datetime as dt
from functools import partial
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from clients.models import Client
from clients.search import matching
from crm.api import schemas
from crm.api.paging import Paging, Rows, page
from crm.api.site import Bearer
from crm.lib.scope import get_visible
from journals.models import Journal
from kpi.models import Scorecard
from retention.models import Alert
from visits.models import Visit

router = Router(auth=Bearer("read"), tags=["read"])
ERRORS = {401: schemas.Problem, 403: schemas.Problem, 404: schemas.Problem, 422: schemas.Problem}
Text = Field("", max_length=60)


class ClientFilter(Paging):
    """``q``: part of name, code, phone, pinyin or initials."""

    q: str = Text
    tier: str = Field("", max_length=10)
    owner: str = Field("", max_length=40, description="user name")
    unit: str = Field("", max_length=40, description="code of an org unit; its clients only, not those below")
    is_active: bool | None = None


class SpanFilter(Paging):
    """Days, both inclusive."""

    since: dt.date | None = None
    until: dt.date | None = None


class VisitFilter(SpanFilter):
    """Whose visits, to whom."""

    client: str = Field("", max_length=40, description="client code")
    manager: str = Field("", max_length=40, description="user name")


class JournalFilter(SpanFilter):
    """Whose journals, in what state."""

    author: str = Field("", max_length=40, description="user name")
    state: str = Field("", max_length=10)


class CardFilter(Paging):
    """Of a period, for example 2026-10, 2026-Q3 or 2026."""

    period: str = Field("", max_length=10)
    manager: str = Field("", max_length=40, description="user name")


class AlertFilter(Paging):
    """Open ones, unless asked otherwise."""

    kind: str = Field("", max_length=30)
    closed: bool = False


def given(**filters: Any) -> dict[str, Any]:
    """The look-ups that were asked for."""
    return {name: value for name, value in filters.items() if value not in ("", None)}


@router.get("/me", response={200: schemas.PersonOut, **ERRORS}, url_name="me")
def me(request: HttpRequest) -> Any:
    """Who the token acts for, what it may be used for, and until when."""
    token: Any = request.auth  # type: ignore[attr-defined]
    return schemas.person_out(token.user, token.scopes, token.expires_at)


def client_rows(user: Any) -> Any:
    """Clients in sight with what their file shows."""
    return Client.objects.visible_to(user).select_related("org", "owner", "standing")


@router.get("/clients", response={200: Rows[schemas.ClientOut], **ERRORS}, url_name="clients")
def clients(request: HttpRequest, query: Query[ClientFilter]) -> Any:
    """Clients in sight."""
    rows = client_rows(request.user).filter(
        **given(standing__tier=query.tier, owner__username=query.owner, org__code=query.unit, is_active=query.is_active)
    )
    if query.q:
        rows = rows.filter(matching(query.q, request.user))
    return page(request, rows, "pk", paging=query, make=partial(schemas.ClientOut.of, user=request.user))


@router.get("/clients/{code}", response={200: schemas.ClientOut, **ERRORS}, url_name="client")
def client(request: HttpRequest, code: str) -> Any:
    """One client."""
    found = get_visible(client_rows(request.user), request.user, code=code)
    return schemas.ClientOut.of(found, user=request.user)


@router.get("/clients/{code}/facts", response={200: list[schemas.FactOut], **ERRORS}, url_name="facts")
def facts(request: HttpRequest, code: str, since: dt.date | None = None, until: dt.date | None = None) -> Any:
    """A client's months, the latest first; of the last 36 months, unless asked otherwise."""
    found = get_visible(Client.objects, request.user, code=code)
    rows = found.facts.filter(**given(month__gte=since, month__lte=until)).order_by("-month")
    return [schemas.FactOut.of(row) for row in (rows if since else rows[:36])]


@router.get("/visits", response={200: Rows[schemas.VisitOut], **ERRORS}, url_name="visits")
def visits(request: HttpRequest, query: Query[VisitFilter]) -> Any:
    """Visits in sight, the latest first."""
    rows = Visit.objects.visible_to(request.user).select_related("client", "manager")
    rows = rows.filter(
        **given(
            day__gte=query.since,
            day__lte=query.until,
            client__code=query.client,
            manager__username=query.manager,
        )
    )
    return page(request, rows, "-day", "-pk", paging=query, make=schemas.VisitOut.of)


@router.get("/journals", response={200: Rows[schemas.JournalOut], **ERRORS}, url_name="journals")
def journals(request: HttpRequest, query: Query[JournalFilter]) -> Any:
    """Journals in sight that were handed in, the latest first."""
    rows = Journal.objects.visible_to(request.user).exclude(submitted_at=None)
    rows = rows.filter(
        **given(day__gte=query.since, day__lte=query.until, author__username=query.author, state=query.state)
    )
    rows = rows.select_related("author").prefetch_related("versions")
    return page(request, rows, "-day", "-pk", paging=query, make=schemas.JournalOut.of)


@router.get("/scorecards", response={200: Rows[schemas.ScorecardOut], **ERRORS}, url_name="scorecards")
def scorecards(request: HttpRequest, query: Query[CardFilter]) -> Any:
    """Published scorecards in sight, the latest first."""
    rows = Scorecard.objects.visible_to(request.user).published().select_related("manager", "run")
    rows = rows.filter(**given(run__period=query.period, manager__username=query.manager)).prefetch_related("lines")
    return page(request, rows, "-pk", paging=query, make=schemas.ScorecardOut.of)


@router.get("/alerts", response={200: Rows[schemas.AlertOut], **ERRORS}, url_name="alerts")
def alerts(request: HttpRequest, query: Query[AlertFilter]) -> Any:
    """Alerts in sight, the latest first."""
    rows = Alert.objects.visible_to(request.user).select_related("client").filter(**given(kind=query.kind))
    rows = rows.exclude(closed_at=None) if query.closed else rows.filter(closed_at=None)
    return page(request, rows, "-raised_on", "-pk", paging=query, make=schemas.AlertOut.of)
