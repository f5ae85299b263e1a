"""Late requests climb the org tree: each level hears of them once."""

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import sql
from people.models import OrgUnit, User
from people.services import notify
from service.querysets import RUNNING
from service.rules import rules_of

LEVELS = 6

# A request is due for level n once its deadline lies n - 1 steps of working time back. The chain of a request are the
# units above its own that have a supervisor, the nearest first. Whoever handles it is not told of the own delay.
ESCALATE = """
WITH chain AS (
    SELECT r.id AS request_id, r.reopened, r.due_at, r.handler_id, unit.id AS unit_id,
           row_number() OVER (PARTITION BY r.id ORDER BY length(unit.path) DESC) AS level
    FROM service_servicerequest r
    JOIN people_orgunit org ON org.id = r.org_id
    JOIN people_orgunit unit ON org.path LIKE unit.path || '%%'
    WHERE r.organisation_id = %(organisation)s AND r.state = ANY(%(running)s) AND r.due_at < %(now)s
      AND EXISTS (SELECT FROM people_user s
                  WHERE s.unit_id = unit.id AND s.role = 'supervisor' AND s.is_active
                    AND s.id IS DISTINCT FROM r.handler_id)
), told AS (
    INSERT INTO service_escalation (request_id, reopened, level, unit_id, at)
    SELECT c.request_id, c.reopened, c.level, c.unit_id, %(now)s
    FROM chain c JOIN unnest(%(cutoffs)s::timestamptz[]) WITH ORDINALITY AS cut (moment, level) ON cut.level = c.level
    WHERE c.due_at < cut.moment
    ON CONFLICT (request_id, reopened, level) DO NOTHING
    RETURNING request_id, reopened, level, unit_id
), marked AS (
    UPDATE service_servicerequest r SET escalation_level = new.level
    FROM (SELECT request_id, max(level) AS level FROM told GROUP BY request_id) new
    WHERE r.id = new.request_id
), logged AS (
    INSERT INTO service_requestevent (request_id, act, state, by_id, at, note, data)
    SELECT t.request_id, 'escalate', r.state, NULL, %(now)s, '',
           jsonb_build_object('level', t.level, 'unit', unit.name)
    FROM told t JOIN service_servicerequest r ON r.id = t.request_id JOIN people_orgunit unit ON unit.id = t.unit_id
)
SELECT t.request_id, t.reopened, t.level, coalesce(client.name, '#' || r.id) AS client,
       array_agg(s.id ORDER BY s.id) AS people
FROM told t
JOIN service_servicerequest r ON r.id = t.request_id
LEFT JOIN clients_client client ON client.id = r.client_id
JOIN people_user s ON s.unit_id = t.unit_id AND s.role = 'supervisor' AND s.is_active
                  AND s.id IS DISTINCT FROM r.handler_id
GROUP BY t.request_id, t.reopened, t.level, client.name, r.id ORDER BY t.request_id, t.level
"""


@transaction.atomic
def escalate(organisation: OrgUnit, now: dt.datetime) -> int:
    """Tell each next level of the requests that are late for it by now; the number of notifications."""
    rules = rules_of(organisation)
    step = rules.escalation_hours * 60
    told = sql.rows(
        ESCALATE,
        {
            "organisation": organisation.pk,
            "running": list(RUNNING),
            "now": now,
            "cutoffs": [rules.work.back(now, step * level) if level else now for level in range(LEVELS)],
        },
    )
    people = User.objects.in_bulk({pk for row in told for pk in row["people"]})
    for row in told:
        notify(
            [people[pk] for pk in row["people"]],
            _("Late: the request of %(client)s is not settled") % {"client": row["client"]},
            url=reverse("service:request", args=[row["request_id"]]),
            key=f"request-late:{row['request_id']}:{row['reopened']}:{row['level']}",
        )
    return sum(len(row["people"]) for row in told)
