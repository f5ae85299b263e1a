"""The nightly job that raises alerts."""

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from crm.lib import jobs, periods, sql
from people.models import OrgUnit
from people.schedules import nightly
from retention.raising import apply_rule
from retention.rules import rules
from retention.services import tell_owners


def due(now: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """Every night from 03:30, about the day before."""
    return nightly(now, hour=3, minute=30)


@jobs.kind("raise_alerts", _("Retention alerts"), periods.DAY, due=due)
def raise_alerts(work: jobs.Work) -> jobs.Outcome:
    """Apply every rule to one organisation as of a day; the hash is over all of its alerts of these kinds."""
    organisation = OrgUnit.objects.get(pk=work.job.organisation_id)
    day = work.period.end
    for kind in work.pending(sorted(rules)):
        with work.step(str(rules[kind].label)):
            created, closed = apply_rule(rules[kind], organisation, day)
            work.count(created={kind: created}, closed={kind: closed})
    tell_owners(organisation, day)
    written = """
        SELECT c.code, a.kind, a.cause, a.figures, a.value_at_risk, a.raised_on, a.state
        FROM retention_alert a JOIN clients_client c ON c.id = a.client_id
        WHERE a.organisation_id = %s AND a.raised_on <= %s
    """
    return jobs.Outcome(
        {"created": work.counts("created"), "closed": work.counts("closed")},
        sql.rows_hash(written, [organisation.pk, day]),
    )
