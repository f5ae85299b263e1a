"""The job that takes late requests up the org tree."""

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from crm.lib import jobs, periods, sql
from people.models import OrgUnit
from service.services.escalation import escalate

WRITTEN = """
    SELECT client.code, r.registered_at, e.reopened, e.level, unit.code AS unit
    FROM service_escalation e
    JOIN service_servicerequest r ON r.id = e.request_id
    JOIN people_orgunit unit ON unit.id = e.unit_id
    LEFT JOIN clients_client client ON client.id = r.client_id
    WHERE r.organisation_id = %s
"""


def due(now: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """Every hour, once for each organisation."""
    local = periods.local(now)
    for organisation_id in OrgUnit.objects.roots().filter(is_active=True).values_list("pk", flat=True):
        yield organisation_id, f"{local:%H}:00", str(local.date())


@jobs.kind("escalate_requests", _("Escalation of late requests"), periods.DAY, due=due)
def escalate_requests(work: jobs.Work) -> jobs.Outcome:
    """Tell the next level of every late request; the hash is over all escalations of the organisation."""
    organisation = OrgUnit.objects.get(pk=work.job.organisation_id)
    for _once in work.pending(["escalate"]):
        with work.step(organisation.name):
            work.count(told={"people": escalate(organisation, periods.now())})
    return jobs.Outcome(work.counts("told"), sql.rows_hash(WRITTEN, [organisation.pk]))
