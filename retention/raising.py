"""Raising, refreshing and clearing alerts: per rule, a few set-based statements."""

import datetime as dt
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from crm.lib import periods
from retention import trade
from retention.config import Config
from retention.rules import Scene
from retention.rules.registry import NOBODY


def apply_rule(config: Config, scene: Scene) -> tuple[int, int]:
    """Raise what a rule finds on a day and clear what it no longer finds; (created, closed). Run in a transaction.

    A client has one open alert of a kind at most; the same cause raises it only once, ever; after a dismissal the kind
    keeps quiet for a time. One that is open has its figures kept up. An alert whose cause is gone counts as kept
    (a greeting: as done) when somebody was acting, as lost when the client was, else as cleared; a rule that is
    switched off clears what it raised. Closed and lost clients raise nothing.
    """
    rule = config.rule
    trade.ensure(scene)
    find, params = rule.find(scene, config.limits) if config.is_on else (NOBODY, {})
    tiers = "JOIN clients_clienttier tier ON tier.client_id = f.client_id AND tier.tier = ANY(%(tiers)s)"
    values: dict[str, Any] = params | {
        "organisation": scene.organisation.pk,
        "kind": rule.kind,
        "day": scene.day,
        "now": periods.now(),
        "quiet_from": periods.start_of(scene.day - dt.timedelta(days=config.quiet_days)),
        "tiers": config.tiers,
        "done_note": _("The alert's cause is gone"),
        "kept": "done" if rule.is_care else "kept" if config.is_on else "cleared",
        "lost": "cleared" if rule.is_care or not config.is_on else "lost",
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS found")
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '64MB'")
        cursor.execute(
            f"""
            CREATE TEMP TABLE found ON COMMIT DROP AS
            SELECT f.client_id, f.cause, f.figures, f.value_at_risk
            FROM ({find}) f
            JOIN clients_client client ON client.id = f.client_id AND client.is_active AND client.stage <> 'lost'
            {tiers if config.tiers else ""}
            """,
            values,
        )
        # Where the planner expects few alerts, as in an organisation's first night, it goes by rows: then by key.
        cursor.execute("CREATE UNIQUE INDEX ON found (client_id)")
        cursor.execute("ANALYZE found (client_id)")
        cursor.execute(RAISE, values)
        created = cursor.fetchone()[0]
        cursor.execute(REFRESH, values)
        cursor.execute(CLEAR, values)
        closed = cursor.fetchone()[0]
        cursor.execute("DROP TABLE found")
    return created, closed


RAISE = """
    WITH raised AS (
        INSERT INTO retention_alert (
            organisation_id, client_id, kind, cause, figures, value_at_risk, state, raised_on, escalation_level,
            closing_reason
        )
        SELECT %(organisation)s, f.client_id, %(kind)s, f.cause, f.figures, f.value_at_risk, 'open', %(day)s, 0, ''
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
        INSERT INTO retention_alertevent (alert_id, what, state, at, note)
        SELECT id, 'state', 'open', %(now)s, '' FROM raised
    )
    SELECT count(*) FROM raised
"""

REFRESH = """
    UPDATE retention_alert a SET figures = f.figures, value_at_risk = f.value_at_risk
    FROM found f
    WHERE a.client_id = f.client_id AND a.organisation_id = %(organisation)s AND a.kind = %(kind)s
      AND a.closed_at IS NULL AND a.raised_on <= %(day)s
      AND (a.figures IS DISTINCT FROM f.figures OR a.value_at_risk IS DISTINCT FROM f.value_at_risk)
"""

CLEAR = """
    WITH gone AS (
        UPDATE retention_alert a
        SET state = CASE WHEN NOT c.is_active OR c.stage = 'lost' THEN %(lost)s
                         WHEN a.state = 'acting' THEN %(kept)s ELSE 'cleared' END,
            closed_at = %(now)s
        FROM clients_client c
        WHERE c.id = a.client_id AND a.organisation_id = %(organisation)s AND a.kind = %(kind)s
          AND a.closed_at IS NULL AND a.raised_on <= %(day)s
          AND NOT EXISTS (SELECT FROM found f WHERE f.client_id = a.client_id)
        RETURNING a.id, a.state
    ), told AS (
        INSERT INTO retention_alertevent (alert_id, what, state, at, note)
        SELECT id, 'state', state, %(now)s, '' FROM gone
    ), finished AS (
        UPDATE people_task t SET done_at = %(now)s, done_note = %(done_note)s
        FROM retention_alertstep s JOIN gone ON gone.id = s.alert_id
        WHERE t.id = s.task_id AND t.done_at IS NULL
    )
    SELECT count(*) FROM gone
"""
