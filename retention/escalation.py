"""Alerts that nobody looks at climb the org tree: each level hears of them once."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import periods, sql
from people.models import OrgUnit
from retention.config import Config
from retention.services.life import tell

# The chain of a unit: the units from it upwards that have a supervisor, the nearest first; a few for each of the units
# that have clients, however many alerts there are. An alert reaches level n when it was open for n times the days.
ESCALATE = """
WITH waits AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(days)s::int[]) AS w (kind, days)
), ignored AS MATERIALIZED (
    SELECT a.id, c.org_id, a.escalation_level, (%(day)s::date - a.raised_on) / waits.days AS level
    FROM retention_alert a
    JOIN waits ON waits.kind = a.kind AND %(day)s::date - a.raised_on >= waits.days
    JOIN clients_client c ON c.id = a.client_id
    WHERE a.organisation_id = %(organisation)s AND a.closed_at IS NULL AND a.state = 'open'
      AND (a.snoozed_until IS NULL OR a.snoozed_until <= %(day)s)
), chain AS (
    SELECT org.id AS org_id, unit.id AS unit_id,
           row_number() OVER (PARTITION BY org.id ORDER BY length(unit.path) DESC) AS level
    FROM people_orgunit org
    JOIN people_orgunit unit ON org.path LIKE unit.path || '%%'
    WHERE org.id IN (SELECT org_id FROM ignored) AND unit.organisation_id = %(organisation)s
      AND EXISTS (SELECT FROM people_user s WHERE s.unit_id = unit.id AND s.role = 'supervisor' AND s.is_active)
), told AS (
    INSERT INTO retention_escalation (alert_id, level, unit_id, "on")
    SELECT ignored.id, chain.level, chain.unit_id, %(day)s
    FROM ignored JOIN chain ON chain.org_id = ignored.org_id AND chain.level <= ignored.level
    WHERE chain.level > ignored.escalation_level
    ON CONFLICT (alert_id, level) DO NOTHING
    RETURNING alert_id, level, unit_id
), marked AS (
    UPDATE retention_alert a SET escalation_level = new.level
    FROM (SELECT alert_id, max(level) AS level FROM told GROUP BY alert_id) new WHERE a.id = new.alert_id
), logged AS (
    INSERT INTO retention_alertevent (alert_id, what, state, at, note)
    SELECT t.alert_id, 'escalated', 'open', %(now)s, unit.name
    FROM told t JOIN people_orgunit unit ON unit.id = t.unit_id
)
SELECT s.id AS person, count(DISTINCT t.alert_id) AS alerts
FROM told t LEFT JOIN people_user s ON s.unit_id = t.unit_id AND s.role = 'supervisor' AND s.is_active
GROUP BY s.id
"""


def escalate(organisation: OrgUnit, configs: dict[str, Config], day: dt.date) -> int:
    """Tell each next level of the alerts that were ignored for long enough by a day; how many were told."""
    waits = {kind: config.escalate_days for kind, config in configs.items() if config.is_on and config.escalate_days}
    found = sql.rows(
        ESCALATE,
        {
            "organisation": organisation.pk,
            "kinds": list(waits),
            "days": list(waits.values()),
            "day": day,
            "now": periods.now(),
        },
    )
    address = f"{reverse('retention:list')}?state=escalated"
    tell(
        (
            (row["person"], _("Nobody looks after these alerts: %(n)d") % {"n": row["alerts"]}, address)
            for row in found
            if row["person"]
        ),
        key=f"escalated-alerts:{day}",
    )
    return sum(row["alerts"] for row in found)
