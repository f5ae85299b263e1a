"""What rows look like from outside. Money and scores are strings of decimals, times ISO 8601 with their offset."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from clients.models import Client, MonthlyFact
from crm.lib import masking
from crm.lib.models import Job
from journals.models import Journal
from kpi.models import Scorecard
from people.models import User
from retention.models import Alert
from visits.models import Visit

MOST_BULK_ROWS = 5_000


class Problem(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    fields: list[dict[str, str]] | None = None


class PersonOut(Schema):
    """Who the token acts for."""

    username: str
    name: str
    role: str
    unit: str
    organisation: str
    scopes: list[str]
    expires_at: dt.datetime


class ClientOut(Schema):
    """A client's file."""

    code: str
    name: str
    kind: str
    business_format: str
    market: str
    stage: str
    tier: str
    owner: str = Field(description="user name")
    unit: str = Field(description="code of the org unit")
    phone: str
    address: str
    longitude: float | None
    latitude: float | None
    opened_on: dt.date | None
    is_difficult: bool
    tags: list[str]
    attributes: dict[str, Any]

    @classmethod
    def of(cls, row: Client, *, user: Any) -> "ClientOut":
        """From a row with org, owner and standing at hand, as the person may see it."""
        same = ("code", "name", "kind", "business_format", "market", "stage", "address", "longitude",
                "latitude", "opened_on", "is_difficult", "tags")  # fmt: skip
        return cls(
            **{name: getattr(row, name) for name in same},
            phone=masking.phone(row.phone, user),
            attributes={name: masking.numbers(value) for name, value in row.attributes.items()},
            tier=getattr(getattr(row, "standing", None), "tier", ""),
            owner=row.owner.username if row.owner else "",
            unit=row.org.code,
        )


class FactOut(Schema):
    """A client's business in a month."""

    month: dt.date
    amount: Decimal
    quantity: Decimal
    measures: dict[str, Any] | None

    @classmethod
    def of(cls, row: MonthlyFact) -> "FactOut":
        """From a row."""
        return cls(month=row.month, amount=row.amount, quantity=row.quantity, measures=row.measures)


class VisitOut(Schema):
    """A visit, call or message."""

    client_uuid: UUID
    client: str = Field(description="client code")
    manager: str = Field(description="user name")
    day: dt.date
    mode: str
    purpose: str
    result: str
    is_planned: bool
    checked_in_at: dt.datetime
    checked_out_at: dt.datetime | None
    minutes: int
    distance_m: int | None
    people_met: str
    demand: str
    note: str
    next_step: str
    next_step_on: dt.date | None
    verified_at: dt.datetime | None

    @classmethod
    def of(cls, row: Visit) -> "VisitOut":
        """From a row with client and manager at hand."""
        names = set(cls.model_fields) - {"client", "manager"}
        return cls(**{name: getattr(row, name) for name in names}, client=row.client.code, manager=row.manager.username)


class VisitIn(Schema):
    """A visit to log. The same ``client_uuid`` again is the same visit."""

    model_config = ConfigDict(extra="forbid")

    client: str = Field(description="client code", max_length=40)
    client_uuid: UUID
    mode: str = "on_site"
    purpose: str = "routine"
    checked_in_at: dt.datetime
    checked_out_at: dt.datetime | None = None
    people_met: str = Field("", max_length=120)
    demand: str = Field("", max_length=2000)
    note: str = Field("", max_length=2000)
    result: str = "done"
    next_step: str = Field("", max_length=200)
    next_step_on: dt.date | None = None
    longitude: float | None = Field(None, ge=-180, le=180)
    latitude: float | None = Field(None, ge=-90, le=90)
    accuracy_m: float | None = Field(None, ge=0)
    checklist: dict[str, str] = Field({}, description="item code → yes, no or na")


class JournalOut(Schema):
    """A journal that was handed in, with its latest text."""

    author: str = Field(description="user name")
    kind: str
    day: dt.date = Field(description="first day of the span")
    state: str
    due_at: dt.datetime
    submitted_at: dt.datetime | None
    sections: dict[str, str]

    @classmethod
    def of(cls, row: Journal) -> "JournalOut":
        """From a row with its author and versions at hand."""
        latest = max(row.versions.all(), key=lambda version: version.number)
        same = ("kind", "day", "state", "due_at", "submitted_at")
        return cls(**{name: getattr(row, name) for name in same}, author=row.author.username, sections=latest.sections)


class LineOut(Schema):
    """One indicator of a card."""

    leaf: str
    metric: str
    basis: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    membership: Decimal | None
    weight: Decimal
    points: Decimal


class ScorecardOut(Schema):
    """A published scorecard."""

    manager: str = Field(description="user name")
    period: str
    version: int
    score: Decimal | None
    grade: str
    rank: int | None
    ranked: int
    lines: list[LineOut]

    @classmethod
    def of(cls, row: Scorecard) -> "ScorecardOut":
        """From a row with manager, run and lines at hand."""
        return cls(
            manager=row.manager.username,
            period=row.run.period,
            version=row.run.version,
            score=row.score,
            grade=row.grade,
            rank=row.rank,
            ranked=row.ranked,
            lines=[LineOut.from_orm(line) for line in row.lines.all()],
        )


class AlertOut(Schema):
    """A sign that a client may be leaving, or wants attention."""

    client: str = Field(description="client code")
    kind: str
    state: str
    raised_on: dt.date
    value_at_risk: Decimal = Field(description="yuan a month")
    figures: dict[str, Any]
    closed_at: dt.datetime | None

    @classmethod
    def of(cls, row: Alert) -> "AlertOut":
        """From a row with its client at hand."""
        names = set(cls.model_fields) - {"client"}
        return cls(**{name: getattr(row, name) for name in names}, client=row.client.code)


class BulkIn(Schema):
    """Rows to import: field name → value, as in a file with those headers."""

    rows: list[dict[str, str | float | int | bool | None]] = Field(min_length=1, max_length=MOST_BULK_ROWS)


class ImportOut(Schema):
    """An import on its way or finished."""

    id: int
    target: str
    state: str = Field(description="requested, running, done, failed or cancelled")
    done_steps: int
    total_steps: int
    error: str
    report: dict[str, int] | None = Field(description="rows, created, updated, unchanged, rejected, warnings")
    problems: list[dict[str, Any]] = Field(description="the first of them: row, field, text, is_warning")

    @classmethod
    def of(cls, pk: int, target: str, job: Job, report: dict[str, int] | None, problems: list[Any]) -> "ImportOut":
        """From an upload's job and report."""
        return cls(
            id=pk,
            target=target,
            state=job.state,
            done_steps=job.done_steps,
            total_steps=job.total_steps,
            error=job.error,
            report=report,
            problems=problems,
        )


def person_out(user: User, scopes: list[str], expires_at: dt.datetime) -> PersonOut:
    """The token's person."""
    return PersonOut(
        username=user.username,
        name=user.name,
        role=user.role,
        unit=user.unit.code,
        organisation=user.unit.organisation.code,
        scopes=scopes,
        expires_at=expires_at,
    )
