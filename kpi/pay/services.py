"""Verbs of pay: new rules, a month's sheet, final, correction."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import jobs, periods, sql
from crm.lib.periods import Period
from kpi import changes
from kpi.models import PayLine, PayRules, PaySheet, Run
from kpi.pay import working
from kpi.pay.rules import parse, standard_rules
from people.models import OrgUnit, User
from people.services import notify


def rules_for(organisation: OrgUnit, month: dt.date) -> PayRules | None:
    """The version in force at a month's end; where none was yet, the first one."""
    versions = PayRules.objects.filter(organisation=organisation)
    end = periods.last_day(month)
    return versions.filter(effective_from__lte=end).order_by("-version").first() or versions.order_by("version").first()


@transaction.atomic
def save_rules(organisation: OrgUnit, rules: dict[str, Any], day: dt.date, user: User | None) -> PayRules:
    """A new version of the rules, in force from a day on; ValidationError names what is wrong."""
    parse(rules)
    OrgUnit.objects.select_for_update().get(pk=organisation.pk)
    last = PayRules.objects.filter(organisation=organisation).aggregate(last=Max("version"))["last"] or 0
    return PayRules.objects.create(
        organisation=organisation, version=last + 1, effective_from=day, rules=rules, made_by=user
    )


def install(organisation: OrgUnit, user: User | None = None) -> PayRules:
    """The first version, with the product's numbers, where there is none."""
    found = PayRules.objects.filter(organisation=organisation).order_by("-version").first()
    return found or save_rules(organisation, standard_rules(organisation.profile), periods.today(), user)


@transaction.atomic
def open_sheet(organisation: OrgUnit, period: Period, user: User | None) -> PaySheet:
    """The month's latest sheet, a new draft where there is none; a draft takes on the rules in force."""
    OrgUnit.objects.select_for_update().get(pk=organisation.pk)
    rules = rules_for(organisation, period.start) or install(organisation, user)
    if period.start > periods.today():
        raise ValidationError(_("%(period)s has not begun yet. Choose an earlier period.") % {"period": period})
    sheet = PaySheet.objects.filter(organisation=organisation, period=str(period)).order_by("-version").first()
    if sheet is None:
        return PaySheet.objects.create(organisation=organisation, period=str(period), rules=rules, made_by=user)
    if not sheet.is_final and sheet.rules_id != rules.pk:
        sheet.rules = rules
        sheet.save(update_fields=["rules"])
    return sheet


def request(organisation: OrgUnit, period: Period, user: User) -> PaySheet:
    """Open the month's sheet and ask for it to be worked out."""
    with transaction.atomic():
        sheet = open_sheet(organisation, period, user)
        if not sheet.is_final:
            jobs.request("pay_sheet", organisation.pk, period=str(period), user=user)
    return sheet


def work_out(work: jobs.Work) -> jobs.Outcome:
    """Work the month's draft out in steps; a final sheet stays as it is."""
    organisation = OrgUnit.objects.get(pk=work.job.organisation_id)
    sheet = open_sheet(organisation, work.period, None)
    if not sheet.is_final:
        for verb, metric in work.pending(working.steps(sheet)):
            with work.step(_("Pay sheet")):
                sql.execute("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '64MB'")
                held = PaySheet.objects.select_for_update().select_related("rules", "organisation").get(pk=sheet.pk)
                if not held.is_final:
                    working.step(held, verb, metric)
        sheet.computed_at, sheet.hash = periods.now(), working.content_hash(sheet)
        PaySheet.objects.filter(pk=sheet.pk, state=PaySheet.State.DRAFT).update(
            computed_at=sheet.computed_at, hash=sheet.hash
        )
    return jobs.Outcome({"lines": sheet.lines.count()}, sheet.hash)


def outdated(sheet: PaySheet) -> str:
    """What a sheet stands on and was published, made final or corrected since, in words; empty where nothing was."""
    said = []
    if found := working.superseded(sheet, changes.NAMES_SHOWN):
        names = changes.listed([row["name"] for row in found], found[0]["people"])
        text = (
            _("Scores have been corrected or published since this sheet became final: %(names)s. Correct the sheet.")
            if sheet.is_final
            else _("Scores have been corrected or published since this sheet was worked out: %(names)s. "
                   "Calculate again.")
        )  # fmt: skip
        said.append(text % {"names": names})
    if sheet.computed_at and (earlier := working.corrected_since(sheet)):
        text = (
            _("Sheets that this one pays out of have become final since: %(periods)s. Correct the sheet.")
            if sheet.is_final
            else _("Sheets that this one pays out of have become final since: %(periods)s. Calculate again.")
        )
        said.append(text % {"periods": "、".join(earlier)})
    return " ".join(said)


def problems(sheet: PaySheet) -> list[str]:
    """What HR should know before the sheet becomes final."""
    found = []
    if not Run.objects.published().filter(organisation=sheet.organisation_id, period=sheet.period).exists():
        found.append(
            _("The scores of %(period)s are not published yet: no bonus is counted.") % {"period": sheet.period}
        )
    lines = sheet.lines.filter(days__gt=0)
    if found == [] and (without := lines.filter(score=None).count()):
        found.append(_("%(n)s people have no score, so no bonus of this month.") % {"n": without})
    if ungraded := lines.filter(grade=None).count():
        found.append(_("%(n)s people have no grade, so no grade pay.") % {"n": ungraded})
    sheets = PaySheet.objects.filter(organisation=sheet.organisation_id)
    final = set(sheets.filter(state=PaySheet.State.FINAL).values_list("period", flat=True))
    text = _("The sheet of %(period)s is not final: its bonus is not in this quarter's payment.")
    found += [text % {"period": one} for one in working.earlier_in_quarter(sheet.span) if one not in final]
    text = _("The sheet of %(period)s is not final: what it keeps back is not paid with this one.")
    first = sheets.order_by("period").values_list("period", flat=True)[0]
    kept_back = working.year_before(sheet.span, parse(sheet.rules.rules))[2::3]  # at the end of each quarter
    return found + [text % {"period": one} for one in kept_back if one >= first and one not in final]


@transaction.atomic
def finalise(sheet: PaySheet, user: User) -> PaySheet:
    """Seal a draft; everybody on it is told that the own pay slip is there. One on superseded scores is refused."""
    changes.let_change(sheet.organisation_id)  # no score comes out until this is through
    sheet = PaySheet.objects.select_for_update().get(pk=sheet.pk)
    if sheet.is_final:
        raise ValidationError(_("This sheet is final already."))
    if sheet.computed_at is None or not sheet.lines.exists():
        raise ValidationError(_("There is nothing on this sheet yet. Work it out first."))
    if sheet.hash != working.content_hash(sheet):
        raise ValidationError(_("The sheet is being worked out. Wait until that is done."))
    if text := outdated(sheet):
        raise ValidationError(text)
    sheet.state, sheet.final_by, sheet.final_at = PaySheet.State.FINAL, user, periods.now()
    sheet.save(update_fields=["state", "final_by", "final_at"])
    notify(
        User.objects.active().filter(pay_lines__sheet=sheet),
        _("Your pay slip of %(period)s is there.") % {"period": sheet.period},
        url=reverse("kpi:my-pay"),
        key=f"pay:{sheet.pk}",
    )
    return sheet


@transaction.atomic
def correct(sheet: PaySheet, user: User, reason: str) -> PaySheet:
    """A new version of a final sheet, to be worked out anew; the final one stays as it is."""
    if not reason.strip():
        raise ValidationError(_("Say why the sheet is corrected."))
    OrgUnit.objects.select_for_update().get(pk=sheet.organisation_id)
    latest = PaySheet.objects.filter(organisation=sheet.organisation_id, period=sheet.period).latest("version")
    if latest.pk != sheet.pk or not sheet.is_final:
        raise ValidationError(_("There is a later version already."))
    rules = rules_for(sheet.organisation, sheet.span.start)
    new = PaySheet.objects.create(
        organisation=sheet.organisation, period=sheet.period, version=sheet.version + 1, made_by=user,
        rules=rules or sheet.rules, reason=reason.strip()[:300],
    )  # fmt: skip
    jobs.request("pay_sheet", sheet.organisation_id, period=sheet.period, user=user)
    return new


def before(line: PayLine) -> PayLine | None:
    """The person's line on the version before, for the difference."""
    return (
        PayLine.objects.filter(
            manager=line.manager_id, sheet__period=line.sheet.period, sheet__version__lt=line.sheet.version,
            sheet__state=PaySheet.State.FINAL,
        )
        .order_by("-sheet__version")
        .first()
    )  # fmt: skip
