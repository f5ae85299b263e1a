"""Verbs of what is put in by hand: bonus and penalty points, imported values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.imports.reading import Table
from crm.lib import periods
from crm.lib.periods import Period
from crm.lib.templatetags.zoufang import percent
from kpi import coverage, metrics
from kpi.metrics.display import plain
from kpi.metrics.registry import PERCENT
from kpi.models import Adjustment, ImportedValue
from kpi.schemes import parse
from kpi.services import open_for_change
from people.models import OrgUnit, Posting, Role, User
from people.services import notify

LARGEST = Decimal("1e12")
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
NAME_HEADERS = ("user name", "username", "employee number", "工号", "用户名", "员工编号", "登录名")
# Columns that people keep beside, to know whom a row is about.
HEADERS_BESIDE = ("account manager", "name", "unit", "客户经理", "姓名", "机构", "单位", "部门")


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
    """What became of a file: values taken, rows refused as (line, reason), and columns that are no indicator."""

    values: int = 0
    people: int = 0
    indicators: list[str] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def wanted_codes(organisation_id: int, period: Period) -> list[str]:
    """The imported indicators that the schemes of a period ask for."""
    schemes = coverage.schemes_for(organisation_id, period)
    return list(dict.fromkeys(code for scheme in schemes for code in parse(scheme.rules).imported))


def importable(wanted: Iterable[str] = ()) -> dict[str, metrics.Metric]:
    """The imported indicators by the names that a header may carry: code, or label in the reader's language.

    ``wanted``: codes that a scheme names by itself.
    """
    found: dict[str, metrics.Metric] = {}
    for metric in (*metrics.metrics.values(), *map(metrics.get, wanted)):
        if metric.source == "imports":
            names = (metric.code.casefold(), metric.code.partition(":")[2].casefold(), str(metric.label).casefold())
            found |= dict.fromkeys(names, metric)
    return found


@transaction.atomic
def import_values(organisation: OrgUnit, period: Period, table: Table, user: User | None) -> ImportReport:
    """Take values from a table: one row a person, one column an indicator; what cannot be taken is reported."""
    open_for_change(organisation.pk, str(period))
    report = ImportReport()
    who, columns = _columns(table.header, importable(wanted_codes(organisation.pk, period)), report)
    rows = _read(table, who, columns, _people(organisation, period), report)
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
            for (manager_id, code), value in rows.items()
        ],
        update_conflicts=True,
        unique_fields=["manager", "period", "metric"],
        update_fields=["value", "imported_by", "imported_at"],
        batch_size=1000,
    )
    report.values = len(rows)
    report.people = len({manager_id for manager_id, _code in rows})
    return report


@transaction.atomic
def remove_value(value: ImportedValue) -> None:
    """Take an imported value away, until the run of its period is reviewed."""
    open_for_change(value.organisation_id, value.period)
    value.delete()


def _columns(
    header: list[str], names: dict[str, metrics.Metric], report: ImportReport
) -> tuple[int, dict[int, metrics.Metric]]:
    """The place of the column that tells who, and the indicators by place; ValidationError without either."""
    cells = [cell.strip().casefold() for cell in header]
    who = next((place for place, cell in enumerate(cells) if cell in NAME_HEADERS), None)
    columns = {place: names[cell] for place, cell in enumerate(cells) if cell in names}
    if who is None:
        raise ValidationError(_("No column tells who: name one “user name” or “employee number”."))
    if not columns:
        raise ValidationError(_("No column is an indicator: take the names from the template."))
    labels = [str(metric.label) for metric in columns.values()]
    if doubled := sorted({label for label in labels if labels.count(label) > 1}):
        raise ValidationError(
            _("There is more than one column of: %(names)s. Leave one of them.") % {"names": "、".join(doubled)}
        )
    beside = (*NAME_HEADERS, *HEADERS_BESIDE, _("Account manager").casefold(), "")
    report.indicators = labels
    report.unknown = [
        header[place].strip() for place, cell in enumerate(cells) if place not in columns and cell not in beside
    ]
    return who, columns


def _people(organisation: OrgUnit, period: Period) -> dict[str, tuple[int | None, bool]]:
    """(id, whether a scheme of the period may score the person) by user name and number; no id for one of several."""
    roles = {Role.AM.value, *(scheme.role for scheme in coverage.schemes_for(organisation.pk, period))}
    posted = Posting.objects.during(period.start, period.end).filter(role__in=roles, unit__organisation=organisation)
    scored = set(posted.values_list("user_id", flat=True))
    listed = User.objects.filter(unit__organisation=organisation).by_number()
    return {name: (pk, pk in scored) for name, pk in listed.items()}


def _read(
    table: Table,
    who: int,
    columns: dict[int, metrics.Metric],
    people: dict[str, tuple[int | None, bool]],
    report: ImportReport,
) -> dict[tuple[int, str], Decimal]:
    """The values by (person, indicator); what is wrong, or there twice, goes to the report."""
    found: dict[tuple[int, str], Decimal] = {}
    lines: dict[tuple[int, str], list[int]] = {}
    for line, cells in table.rows():
        name = cells[who].strip()
        if name.casefold() not in people:
            report.problems.append((line, _("Nobody is called “%(name)s”.") % {"name": name[:40]}))
            continue
        manager_id, is_scored = people[name.casefold()]
        if manager_id is None:
            problem = _("Several people have the number “%(name)s”. Write the user name instead.")
            report.problems.append((line, problem % {"name": name[:40]}))
            continue
        if not is_scored:
            report.problems.append((line, _("“%(name)s” is not scored in this period.") % {"name": name[:40]}))
            continue
        for place, metric in columns.items():
            key, column, text = (manager_id, metric.code), table.header[place].strip(), cells[place].strip()
            if not text:
                continue
            lines.setdefault(key, []).append(line)
            if len(lines[key]) > 1:
                found.pop(key, None)
                where = "、".join(str(each) for each in lines[key])
                problem = _("“%(name)s” stands in lines %(lines)s: none of them is taken.")
                report.problems.append((line, _in(column, problem % {"name": name[:40], "lines": where})))
                continue
            try:
                found[key] = read_value(text, metric)
            except ValidationError as error:
                report.problems.append((line, _in(column, error.messages[0])))
    return found


def _in(column: str, problem: str) -> str:
    return _("Column “%(column)s”: %(problem)s") % {"column": column[:40], "problem": problem}


def read_value(text: str, metric: metrics.Metric) -> Decimal:
    """The number in a cell: a rate as 92.5% or 0.925, an amount as 12000 or 12,000; ValidationError says what it is."""
    shown = {"text": text[:40]}
    given = text.replace("，", ",").replace("％", "%").replace("−", "-").strip()
    bare = given.removesuffix("%").strip()
    try:
        number = Decimal(bare.replace(",", "") if GROUPED.fullmatch(bare) else bare)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValidationError(_("“%(text)s” is no number.") % shown)
    if abs(number) > LARGEST:
        raise ValidationError(_("“%(text)s” is too large: at most %(most)s.") % {**shown, "most": plain(LARGEST, 0)})
    if given.endswith("%"):
        if metric.unit != PERCENT:
            raise ValidationError(_("“%(text)s” is a rate: a plain number such as 12000 is expected.") % shown)
        number /= 100
    least, most = metric.least, metric.most
    if (least is None or number >= least) and (most is None or number <= most):
        return number
    if most is None:
        raise ValidationError(_("“%(text)s” is too small: at least %(least)s.") % {**shown, "least": plain(least, 0)})
    if metric.unit != PERCENT:
        ends = {"least": plain(least, 0), "most": plain(most, 0)}
        raise ValidationError(_("“%(text)s” is not from %(least)s to %(most)s.") % {**shown, **ends})
    ends = {"least": percent(least, 0), "most": percent(most, 0)}
    raise ValidationError(
        _("“%(text)s” is no rate from %(least)s to %(most)s: write 92.5%% or 0.925.") % {**shown, **ends}
    )


def cell_value(text: str, metric: metrics.Metric) -> Decimal | None:
    """The number in a field; a rate may be written as 92.5% or as 0.925."""
    given = text.replace(",", "").replace("，", "").replace("％", "%").strip()
    is_percent = given.endswith("%")
    try:
        found = Decimal(given.rstrip("%").strip())
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found) > LARGEST:
        return None
    return found / 100 if is_percent and metric.unit == PERCENT else found
