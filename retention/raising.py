"""Raising and clearing alerts: per rule, three set-based statements."""

import datetime as dt
from typing import Any

from django.db import connection

from crm.lib import periods
from people.models import OrgUnit
from retention.rules import Rule, limits_of


def apply_rule(rule: Rule, organisation: OrgUnit, day: dt.date) -> tuple[int, int]:
    """Raise what the rule finds on a day and clear what it no longer finds; (created, closed). Run in a transaction.

    A client has one open alert of a kind at most; the same cause raises it only once, ever; after a dismissal the kind
    keeps quiet for the rule's ``quiet_days``. An alert whose cause is gone is kept when somebody was acting, else
    cleared. A rule that is switched off clears what it raised.
    """
    limits = limits_of(rule, organisation)
    values: dict[str, Any] = {"organisation": organisation.pk, "kind": rule.kind, "day": day, "now": periods.now()}
    if limits is None:
        params: dict[str, Any] = {}
        find, quiet_days = "SELECT NULL::bigint, '', '{}'::jsonb, 0 LIMIT 0", 0
    else:
        find, params = rule.find(organisation, day, limits)
        quiet_days = int(limits.get("quiet_days", 0))
    values |= params | {"quiet_from": day - dt.timedelta(days=quiet_days)}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS found")
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        cursor.execute(
            f"CREATE TEMP TABLE found (client_id, cause, figures, value_at_risk) ON COMMIT DROP AS {find}", values
        )
        cursor.execute("ANALYZE found")
        cursor.execute(RAISE, values)
        created = cursor.fetchone()[0]
        cursor.execute(CLEAR, values)
        closed = cursor.fetchone()[0]
        cursor.execute("DROP TABLE found")
    return created, closed


RAISE = """
    WITH raised AS (
        INSERT INTO retention_alert (
            organisation_id, client_id, kind, cause, figures, value_at_risk, state, raised_on, closing_reason
        )
        SELECT %(organisation)s, f.client_id, %(kind)s, f.cause, f.figures, f.value_at_risk, 'open', %(day)s, ''
        FROM found f
        WHERE NOT EXISTS (
            SELECT FROM retention_alert a
            WHERE a.client_id = f.client_id AND a.kind = %(kind)s
              AND (a.closed_at IS NULL OR a.cause = f.cause
                   OR (a.state = 'dismissed' AND a.closed_at > %(quiet_from)s))
        )
        ON CONFLICT DO NOTHING
        RETURNING id
    ), told AS (
        INSERT INTO retention_alertevent (alert_id, state, at, note) SELECT id, 'open', %(now)s, '' FROM raised
    )
    SELECT count(*) FROM raised
"""

CLEAR = """
    WITH gone AS (
        UPDATE retention_alert a
        SET state = CASE a.state WHEN 'acting' THEN 'kept' ELSE 'cleared' END, closed_at = %(now)s
        WHERE a.organisation_id = %(organisation)s AND a.kind = %(kind)s AND a.closed_at IS NULL
          AND a.raised_on <= %(day)s
          AND NOT EXISTS (SELECT FROM found f WHERE f.client_id = a.client_id)
        RETURNING a.id, a.state
    ), told AS (
        INSERT INTO retention_alertevent (alert_id, state, at, note) SELECT id, state, %(now)s, '' FROM gone
    )
    SELECT count(*) FROM gone
"""
