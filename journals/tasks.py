"""The weekly draw of the sample."""

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from crm.lib import jobs, periods, sql
from crm.lib.periods import Period
from journals.models import Draw
from journals.rules import Rules, rules_from, rules_of
from journals.sampling import draw_unit, supervised_units
from people.models import OrgUnit

SETTLED = dt.timedelta(minutes=1)  # what was handed in before has been committed
DRAW_HOUR = 14  # of Monday, or of the first work day after a holiday: the last journals were due in the morning
LONGEST_HOLIDAY = 3  # weeks


def due(now: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """From Monday 14:00 on, the week before, for every organisation; after a holiday, once its journals were due."""
    this = Period.week(periods.local(now).date())
    for organisation_id, settings in OrgUnit.objects.roots().filter(is_active=True).values_list("pk", "settings"):
        rules, week = rules_from(settings), this
        for _back in range(LONGEST_HOLIDAY):
            week = week.previous
            if periods.start_of(this.start) <= drawn_from(week, rules) <= now:
                yield organisation_id, "", str(week)


def drawn_from(week: Period, rules: Rules) -> dt.datetime:
    """From when on a week's journals can be drawn from: all of them were due."""
    last = rules.due_at(Period(periods.DAY, week.end, week.end))
    monday = week.end + dt.timedelta(days=1)
    return max(last, periods.at(max(monday, periods.local(last).date()), DRAW_HOUR))


@jobs.kind("draw_samples", _("Sample of journals"), periods.WEEK, due=due)
def draw_samples(work: jobs.Work) -> jobs.Outcome:
    """Draw a week's samples for every unit with a supervisor; a unit drawn before keeps its list and seed."""
    organisation_id, week = work.job.organisation_id, work.period.start
    if "cutoff" not in work.memory:
        work.memory["cutoff"] = (periods.now() - SETTLED).isoformat()
    cutoff = dt.datetime.fromisoformat(work.memory["cutoff"])
    rules = rules_of(organisation_id)
    units = {unit.pk: unit for unit in supervised_units(organisation_id)}
    for unit_id in work.pending(sorted(units)):
        if unit_id in units:
            with work.step(units[unit_id].name):
                draw_unit(units[unit_id], week, cutoff, rules)
    drawn = Draw.objects.filter(organisation=organisation_id, week=week)
    written = """
        SELECT d.unit_id, d.level, d.seed, i.journal_id, i.stratum
        FROM journals_draw d JOIN journals_sampledjournal i ON i.draw_id = d.id
        WHERE d.organisation_id = %s AND d.week = %s
    """
    result = {
        "draws": drawn.count(),
        "journals": drawn.values("items").exclude(items=None).count(),
        "population": sum(drawn.values_list("population", flat=True)),
    }
    return jobs.Outcome(result, sql.rows_hash(written, [organisation_id, week]))
