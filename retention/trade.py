"""What clients trade, summed up once for all rules: one row a client, by the windows that tiers use, too."""

import datetime as dt
import json

from django.db import connection

from clients import reach
from clients.facts import summary_params, summary_sql, versions
from crm.lib import periods, sql
from people.models import OrgUnit
from retention.models import TradeMonth
from retention.rules import Scene

MONTHS = 24
SUMS = ("amount_3m", "amount_3m_before", "amount_3m_year_before", "amount_12m", "amount_prev_12m", "months_traded")
COLUMNS = (*SUMS, "last_month")


def scene_of(organisation: OrgUnit, day: dt.date) -> Scene:
    """What the rules look at on a day; ``month`` is the newest whole one with facts of the organisation."""
    last = periods.last_whole_month(day)
    numbers = reach.numbers(organisation.pk)
    months = months_kept(organisation, last)
    if months is None:
        months = months_with_facts(organisation, last, numbers)
    return Scene(organisation, day, months[0] if months else last, months, numbers)


def months_kept(organisation: OrgUnit, last: dt.date) -> list[dt.date] | None:
    """What ``months_with_facts`` was when the rows were added up; None where a fact may have changed since."""
    found = sql.rows(
        """
        SELECT t.months FROM retention_trademonth t
        WHERE t.organisation_id = %(organisation)s AND t.month <= %(last)s
          AND t.versions = (
              SELECT coalesce(sum(m.version), 0) FROM clients_factmark m
              WHERE m.organisation_id = %(organisation)s AND m.month > t.month - interval '24 months'
                AND m.month <= %(last)s)
        """,
        {"organisation": organisation.pk, "last": last},
    )
    if not found:
        return None
    oldest = periods.add_months(last, 1 - MONTHS)
    return [month for text in json.loads(found[0]["months"]) if (month := dt.date.fromisoformat(text)) >= oldest]


def months_with_facts(organisation: OrgUnit, last: dt.date, numbers: dict[str, int]) -> list[dt.date]:
    """Those of the 24 months up to ``last`` in which anybody of the organisation has facts, newest first."""
    found = sql.rows(
        f"""
        SELECT m::date AS month FROM generate_series(%(first)s::date, %(last)s::date, interval '1 month') AS m
        CROSS JOIN LATERAL (
            SELECT FROM clients_monthlyfact f
            WHERE f.month = m::date AND f.organisation_id = %(organisation)s AND {reach.within("f.client_id")}
            ORDER BY f.client_id LIMIT 1  -- by the key: an organisation's rows lie together, and may lie last
        ) AS any_fact
        ORDER BY m DESC
        """,
        {"organisation": organisation.pk, "first": periods.add_months(last, 1 - MONTHS), "last": last, **numbers},
    )
    return [row["month"] for row in found]


def refresh(scene: Scene) -> int:
    """Bring the rows of an organisation in line with its facts, writing only what differs; how many it wrote.

    Where no fact has changed since they were added up for this month, there is nothing to do. In a transaction: two at
    once take turns, as older sums would otherwise overwrite newer ones.
    """
    built, _is_new = TradeMonth.objects.select_for_update().get_or_create(
        organisation=scene.organisation, defaults={"month": scene.month, "months": []}
    )
    seen = versions(scene.organisation.pk, scene.month)
    if (built.month, built.versions) == (scene.month, seen):
        return 0
    months = months_with_facts(scene.organisation, scene.month, scene.numbers)
    params = summary_params(scene.organisation.pk, scene.month)
    sums = ", ".join(f"coalesce({name}, 0) AS {name}" for name in SUMS)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '64MB'")
        cursor.execute("DROP TABLE IF EXISTS trade_now")
        cursor.execute(
            f"CREATE TEMP TABLE trade_now ON COMMIT DROP AS SELECT client_id, {sums}, last_month"
            f" FROM ({summary_sql(columns=COLUMNS)}) s",
            params,
        )
        cursor.execute("ANALYZE trade_now (client_id)")
        cursor.execute(
            f"""
            INSERT INTO retention_trade (client_id, organisation_id, {", ".join(COLUMNS)})
            SELECT n.client_id, %s, {", ".join(f"n.{name}" for name in COLUMNS)}
            FROM trade_now n LEFT JOIN retention_trade t ON t.client_id = n.client_id
            WHERE t.client_id IS NULL OR ({", ".join(f"t.{name}" for name in COLUMNS)})
                IS DISTINCT FROM ({", ".join(f"n.{name}" for name in COLUMNS)})
            ON CONFLICT (client_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
            """,
            [scene.organisation.pk],
        )
        written = cursor.rowcount
        # An organisation of which the statistics do not know yet would be compared row by row with the whole.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(
            """
            DELETE FROM retention_trade t
            WHERE t.organisation_id = %s AND NOT EXISTS (SELECT FROM trade_now n WHERE n.client_id = t.client_id)
            """,
            [scene.organisation.pk],
        )
        written += cursor.rowcount
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute("DROP TABLE trade_now")
    built.month, built.versions, built.built_at = scene.month, seen, periods.now()
    built.months = [str(month) for month in months]
    built.save()
    return written


def ensure(scene: Scene) -> None:
    """Refresh where the rows stand at another month: a job of another day may have come in between."""
    if not TradeMonth.objects.filter(organisation=scene.organisation, month=scene.month).exists():
        refresh(scene)


def wrong_rows(organisation: OrgUnit, limit: int = 100) -> list[int]:
    """Clients whose sums are not what their facts add up to, though no fact has changed since; see ``refresh``."""
    built = TradeMonth.objects.filter(organisation=organisation).first()
    if built is None or built.versions != versions(organisation.pk, built.month):
        return []
    sums = ", ".join(f"coalesce({name}, 0) AS {name}" for name in SUMS)
    found = sql.rows(
        f"""
        WITH right_now AS (SELECT client_id, {sums}, last_month FROM ({summary_sql(columns=COLUMNS)}) AS s),
             kept AS (
                 SELECT client_id, {", ".join(COLUMNS)} FROM retention_trade WHERE organisation_id = %(organisation)s
             )
        SELECT client_id FROM (
            (SELECT * FROM right_now EXCEPT SELECT * FROM kept)
            UNION (SELECT * FROM kept EXCEPT SELECT * FROM right_now)
        ) AS differs
        GROUP BY client_id ORDER BY client_id LIMIT %(limit)s
        """,
        {**summary_params(organisation.pk, built.month), "limit": limit},
    )
    return [row["client_id"] for row in found]


def repair(organisation: OrgUnit) -> None:
    """Have the rows added up anew by the next refresh, whatever has changed."""
    TradeMonth.objects.filter(organisation=organisation).update(versions=-1)
