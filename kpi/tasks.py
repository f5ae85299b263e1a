"""Job kinds of the assessment."""

from django.utils.translation import gettext_lazy as _

from crm.lib import jobs, periods
from kpi import running
from kpi.kinds import KINDS
from kpi.pay import services as pay


@jobs.kind(
    "score_managers",
    _("Assessment scores"),
    *KINDS,
    due=running.due,
)
def score_managers(work: jobs.Work) -> jobs.Outcome:
    """Scores of a month, quarter, half-year or year."""
    return running.compute(work, work.period)


@jobs.kind("refresh_scores", _("Scores so far"), periods.DAY, due=running.due_refresh)
def refresh_scores(work: jobs.Work) -> jobs.Outcome:
    """Scores of the months that still move, as of the day."""
    return running.refresh(work)


@jobs.kind("pay_sheet", _("Pay sheet"), periods.MONTH)
def pay_sheet(work: jobs.Work) -> jobs.Outcome:
    """The month's pay sheet, while it is a draft."""
    return pay.work_out(work)
