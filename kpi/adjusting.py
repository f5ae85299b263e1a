"""Verbs of what is put in by hand: bonus and penalty points, imported values."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.imports.reading import Table
from crm.lib import periods
from crm.lib.periods import Period
from kpi import metrics
from kpi.metrics.registry import PERCENT
from kpi.models import Adjustment, ImportedValue
from kpi.services import open_for_change
from people.models import OrgUnit, User
from people.services import notify

NAME_HEADERS = ("user name", "username", "employee number", "工号", "用户名", "员工编号", "登录名")


@transaction.atomic
def adjust(manager: User, period: str, points: Decimal, reason: str, user: User, rule: str = "") -> Adjustment:
    """Give bonus (above 0) or penalty points (below 0) with a reason; the manager is told at once.

    ``rule``: the code of the rule that they are given by.
    """
    open_for_change(manager.organisation_id, period)
    found = Adjustment(
        organisation_id=manager.organisation_id,
        manager=manager,
        period=period,
        points=points,
        reason=reason.strip(),
        rule=rule,
        given_by=user,
    )
    found.full_clean()
    found.save()
    text = _("%(points)s points for %(period)s: %(reason)s") % {
        "points": f"{found.points:+}",
        "period": period,
        "reason": found.reason,
    }
    notify([manager], text, url=reverse("kpi:mine"), key=f"adjustment:{found.pk}")
    return found


@transaction.atomic
def withdraw(adjustment: Adjustment, user: User) -> None:
    """Take points back before the run is reviewed; the entry stays, struck out."""
    open_for_change(adjustment.organisation_id, adjustment.period)
    Adjustment.objects.filter(pk=adjustment.pk, withdrawn_at=None).update(withdrawn_at=periods.now(), withdrawn_by=user)


@dataclass
class ImportReport:
    """What became of a file: values taken, and rows refused as (line, reason)."""

    values: int = 0
    people: int = 0
    indicators: list[str] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)


def importable() -> dict[str, metrics.Metric]:
    """The imported indicators by the names that a header may carry: code, or label in the reader's language."""
    found: dict[str, metrics.Metric] = {}
    for code, metric in metrics.metrics.items():
        if metric.source == "imports":
            found |= {code: metric, code.partition(":")[2]: metric, str(metric.label).casefold(): metric}
    return found


@transaction.atomic
def import_values(organisation: OrgUnit, period: Period, table: Table, user: User | None) -> ImportReport:
    """Take values from a table: one row a person, one column an indicator; rows that cannot be taken are reported."""
    open_for_change(organisation.pk, str(period))
    names = importable()
    header = [cell.strip().casefold() for cell in table.header]
    who = next((place for place, cell in enumerate(header) if cell in NAME_HEADERS), None)
    columns = {place: names[cell] for place, cell in enumerate(header) if cell in names}
    if who is None:
        raise ValidationError(_("No column tells who: name one “user name” or “employee number”."))
    if not columns:
        raise ValidationError(_("No column is an indicator: take the names from the template."))
    report = ImportReport(indicators=[str(metric.label) for metric in columns.values()])
    people = _people(organisation)
    rows = list(_read(table, who, columns, people, report))
    now = periods.now()
    ImportedValue.objects.bulk_create(
        [
            ImportedValue(
                organisation=organisation,
                manager_id=manager_id,
                period=str(period),
                metric=code,
                value=value,
                imported_by=user,
                imported_at=now,
            )
            for (manager_id, code), value in dict(rows).items()
        ],
        update_conflicts=True,
        unique_fields=["manager", "period", "metric"],
        update_fields=["value", "imported_by", "imported_at"],
        batch_size=1000,
    )
    report.values = len(dict(rows))
    report.people = len({manager_id for (manager_id, _code), _value in rows})
    return report


def _people(organisation: OrgUnit) -> dict[str, int]:
    """Ids of the organisation's people by user name and by employee number."""
    found: dict[str, int] = {}
    listed = User.objects.filter(unit__organisation=organisation).values_list("pk", "username", "employee_number")
    for pk, username, number in listed:
        found[username.casefold()] = pk
        if number:
            found.setdefault(number.casefold(), pk)
    return found


def _read(
    table: Table, who: int, columns: dict[int, metrics.Metric], people: dict[str, int], report: ImportReport
) -> Iterator[tuple[tuple[int, str], Decimal]]:
    for line, cells in table.rows():
        manager_id = people.get(cells[who].strip().casefold())
        if manager_id is None:
            report.problems.append((line, _("Nobody is called “%(name)s”.") % {"name": cells[who].strip()[:40]}))
            continue
        for place, metric in columns.items():
            text = cells[place].strip()
            if not text:
                continue
            value = cell_value(text, metric)
            if value is None:
                report.problems.append((line, _("“%(text)s” is no number.") % {"text": text[:40]}))
            else:
                yield (manager_id, metric.code), value


def cell_value(text: str, metric: metrics.Metric) -> Decimal | None:
    """The number in a cell; a rate may be written as 92.5% or as 0.925."""
    plain = text.replace(",", "").replace("，", "").replace("％", "%").strip()
    is_percent = plain.endswith("%")
    try:
        found = Decimal(plain.rstrip("%").strip())
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found) > Decimal("1e12"):
        return None
    return found / 100 if is_percent and metric.unit == PERCENT else found
