"""Raising, refreshing and clearing alerts: what each rule finds goes into one table, then three statements for all."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from crm.lib import periods
from retention import trade
from retention.config import Config
from retention.rules import Scene
from retention.rules.registry import NOBODY

Counts = dict[str, tuple[int, int]]


def apply_rules(configs: Iterable[Config], scene: Scene) -> Counts:
    """Raise what rules find on a day and clear what they no longer find; kind → (created, closed). In a transaction.

    A client has one open alert of a kind at most; the same cause raises it only once, ever; after a dismissal the kind
    keeps quiet for a time. One that is open has its figures kept up. An alert whose cause is gone counts as kept
    (a greeting: as done) when somebody was acting and its rule does not call it lapsed, as lost when the client was,
    else as cleared; a rule that is switched off clears what it raised, one that cannot judge leaves it alone. Closed
    and lost clients raise nothing.
    """
    known = list(configs)
    trade.ensure(scene)
    values: dict[str, Any] = {
        **_common(scene),
        "now": periods.now(),
        "kinds": [one.rule.kind for one in known],
        "quiet_from": [periods.start_of(scene.day - dt.timedelta(days=one.quiet_days)) for one in known],
        "kept": ["done" if one.rule.is_care else "kept" if one.is_on else "cleared" for one in known],
        "lost": ["cleared" if one.rule.is_care or not one.is_on else "lost" for one in known],
        "done_note": _("The alert's cause is gone"),
    }
    text, params, blind = found_sql(known, scene)
    lapsed, of_rules = lapsed_sql(known, scene)
    values |= {**of_rules, "blind": blind}
    with connection.cursor() as cursor:
        # A merge would walk through the rows of all organisations whose clients have smaller numbers.
        cursor.execute("SET LOCAL enable_mergejoin = off; SET LOCAL max_parallel_workers_per_gather = 0")
        cursor.execute(f"SET LOCAL work_mem = '64MB'; {text}", params)
        # Where the planner expects few alerts, as in an organisation's first night, it goes by rows: then by key.
        cursor.execute("CREATE UNIQUE INDEX ON found (kind, client_id); ANALYZE found (kind, client_id)")
        # Neither touches what the others do; those that are new need no refreshing.
        clear = CLEAR.format(lapsed=lapsed)
        closed, created = (_counted(cursor, text, values) for text in (f"{REFRESH}; {clear}", RAISE))
        cursor.execute("DROP TABLE found")
    return {one.rule.kind: (created.get(one.rule.kind, 0), closed.get(one.rule.kind, 0)) for one in known}


def found_sql(configs: Iterable[Config], scene: Scene) -> tuple[str, dict[str, Any], list[str]]:
    """One statement that fills ``found`` with what some rules find, so that clients are looked through once; with its
    values, and the kinds that cannot judge."""
    parts, values = [f"SELECT ''::text AS kind, nobody.* FROM ({NOBODY}) AS nobody"], _common(scene)
    blind = []
    for number, config in enumerate(configs):
        found = config.rule.find(scene, config.limits) if config.is_on else (NOBODY, {})
        if found is None:
            blind.append(config.rule.kind)
        if found is None or found[0] == NOBODY:
            continue
        find, params = found
        own = {**params, "kind": config.rule.kind, "tiers": config.tiers}
        tiers = "JOIN clients_clienttier tier ON tier.client_id = f.client_id AND tier.tier = ANY(%(tiers)s)"
        part = f"""
            SELECT %(kind)s::text, f.client_id, f.cause, f.figures, f.value_at_risk
            FROM ({find}) AS f {tiers if config.tiers else ""}
        """
        parts.append(_numbered(part, own, number))
        values |= {f"{name}_{number}": value for name, value in own.items()}
    text = f"""
        DROP TABLE IF EXISTS found;
        CREATE TEMP TABLE found ON COMMIT DROP AS
        SELECT f.* FROM ({" UNION ALL ".join(parts)}) AS f
        JOIN clients_client client ON client.id = f.client_id AND client.organisation_id = %(organisation)s
            AND client.is_active AND client.stage <> 'lost'
    """
    return text, values, blind


def lapsed_sql(configs: Iterable[Config], scene: Scene) -> tuple[str, dict[str, Any]]:
    """Whether an alert ``a`` that is found no more has only lapsed, by the word of its rule; with its values."""
    parts = ["false"]
    values: dict[str, Any] = {}
    for number, config in enumerate(configs):
        if config.rule.lapsed:
            condition, params = config.rule.lapsed(scene, config.limits)
            own = {**params, "kind": config.rule.kind}
            parts.append(_numbered(f"a.kind = %(kind)s AND {condition}", own, number))
            values |= {f"{name}_{number}": value for name, value in own.items()}
    return " OR ".join(parts), values


def _numbered(text: str, own: dict[str, Any], number: int) -> str:
    """A rule's text with its own parameters: each rule has them by whatever name."""
    return re.sub(r"%\((\w+)\)s", lambda m: f"%({m[1]}_{number})s" if m[1] in own else m[0], text)


def _common(scene: Scene) -> dict[str, Any]:
    return {"organisation": scene.organisation.pk, "day": scene.day, **scene.numbers}


def _counted(cursor: CursorWrapper, text: str, values: dict[str, Any]) -> dict[str, int]:
    cursor.execute(text, values)
    return dict(cursor.fetchall())


RAISE = """
    WITH raised AS (
        INSERT INTO retention_alert (
            organisation_id, client_id, kind, cause, figures, value_at_risk, state, raised_on, escalation_level,
            closing_reason
        )
        SELECT %(organisation)s, f.client_id, f.kind, f.cause, f.figures, f.value_at_risk, 'open', %(day)s, 0, ''
        FROM found f JOIN unnest(%(kinds)s::text[], %(quiet_from)s::timestamptz[]) AS k (kind, quiet_from)
            ON k.kind = f.kind
        WHERE f.client_id <= %(last_client)s  -- of newer ones, rules have not seen all rows
          AND NOT EXISTS (
            SELECT FROM retention_alert a
            WHERE a.client_id = f.client_id AND a.kind = f.kind AND a.organisation_id = %(organisation)s
              AND (a.closed_at IS NULL OR a.cause = f.cause
                   OR (a.state = 'dismissed' AND a.closed_at > k.quiet_from))
        )
        ON CONFLICT DO NOTHING
        RETURNING id, kind
    ), told AS (
        INSERT INTO retention_alertevent (alert_id, what, state, at, note)
        SELECT id, 'state', 'open', %(now)s, '' FROM raised
    )
    SELECT kind, count(*) FROM raised GROUP BY kind
"""

REFRESH = """
    UPDATE retention_alert a SET figures = f.figures, value_at_risk = f.value_at_risk
    FROM found f
    WHERE a.client_id = f.client_id AND a.organisation_id = %(organisation)s AND a.kind = f.kind
      AND a.closed_at IS NULL AND a.raised_on <= %(day)s
      AND (a.figures IS DISTINCT FROM f.figures OR a.value_at_risk IS DISTINCT FROM f.value_at_risk)
"""

CLEAR = """
    WITH gone AS (
        UPDATE retention_alert a
        SET state = CASE WHEN NOT c.is_active OR c.stage = 'lost' THEN k.lost
                         WHEN a.state = 'acting' AND ({lapsed}) IS NOT TRUE THEN k.kept ELSE 'cleared' END,
            closed_at = %(now)s
        FROM clients_client c, unnest(%(kinds)s::text[], %(kept)s::text[], %(lost)s::text[]) AS k (kind, kept, lost)
        WHERE c.id = a.client_id AND a.organisation_id = %(organisation)s AND a.kind = k.kind
          AND a.closed_at IS NULL AND a.raised_on <= %(day)s
          AND NOT EXISTS (SELECT FROM found f WHERE f.client_id = a.client_id AND f.kind = a.kind)
          AND (a.kind <> ALL(%(blind)s) OR NOT c.is_active OR c.stage = 'lost')
        RETURNING a.id, a.kind, a.state
    ), told AS (
        INSERT INTO retention_alertevent (alert_id, what, state, at, note)
        SELECT id, 'state', state, %(now)s, '' FROM gone
    ), finished AS (
        UPDATE people_task t SET done_at = %(now)s, done_note = %(done_note)s
        FROM retention_alertstep s JOIN gone ON gone.id = s.alert_id
        WHERE t.id = s.task_id AND t.done_at IS NULL
    )
    SELECT kind, count(*) FROM gone GROUP BY kind
"""
