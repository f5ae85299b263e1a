"""The monthly run: value and stage of every client, in bounded steps."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from clients import facts
from clients.tiering.run import chunks
from clients.value.rules import STAGE, StageRules, frequency_sql, recency_sql
from crm.lib import jobs, periods
from crm.lib.sql import execute, rows, rows_hash
from people.models import OrgUnit

OF_UNITS = "f.client_id IN (SELECT id FROM clients_client WHERE org_id = ANY(%(units)s))"

COLUMNS = (
    "amount_12m", "amount_prev_12m", "months_traded", "idle_months", "recency", "frequency", "monetary",
    "traded_before", "trades_now", "stage",
)  # fmt: skip


def value(work: jobs.Work) -> jobs.Outcome:
    """The job: cut-offs of the amount over the organisation first, then its clients, some units a step."""
    organisation_id = work.job.organisation_id
    # Before a month's file is in, nobody is idle for a month more.
    month = facts.latest_month(organisation_id, work.period.start) or work.period.start
    units = {pk: [pk] for pk in OrgUnit.objects.filter(organisation=organisation_id).values_list("pk", flat=True)}
    params: dict[str, Any] = {
        **facts.summary_params(organisation_id, month),
        **StageRules.of(OrgUnit.objects.get(pk=organisation_id).settings).as_dict(),
        "month_end": periods.last_day(month),
        "today": periods.today(),
    }
    for part in work.pending([[], *chunks(units)]):
        with work.step():
            execute("SET LOCAL max_parallel_workers_per_gather = 0")
            execute("SET LOCAL work_mem = '64MB'")
            if not part:
                work.memory["cuts"] = cut_offs(params)
                clear_leavers(organisation_id)
            else:
                lay_out({**params, "units": part, "cuts": work.memory["cuts"]})
                work.count(stages=write(params))
    return jobs.Outcome({"stages": work.counts("stages")}, rows_hash(*hash_query(organisation_id)))


def cut_offs(params: dict[str, Any]) -> list[str]:
    """The amounts that part the trading clients into five equal groups."""
    found = rows(
        f"""
        SELECT unnest(percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY amount_12m))::text AS cut
        FROM ({facts.summary_sql()}) AS s JOIN clients_client AS c ON c.id = s.client_id
        WHERE c.is_active AND amount_12m > 0
        """,
        params,
    )
    return [row["cut"] for row in found if row["cut"] is not None]


def clear_leavers(organisation_id: int) -> None:
    """Clients that are no longer looked after have no value."""
    execute(
        """
        DELETE FROM clients_clientvalue AS v USING clients_client AS c
        WHERE c.id = v.client_id AND v.organisation_id = %s AND NOT c.is_active
        """,
        [organisation_id],
    )


def lay_out(params: dict[str, Any]) -> None:
    """The clients of some units with all that the rules ask for, in a temporary table."""
    months = "(extract(year FROM age({0})) * 12 + extract(month FROM age({0})))::int"
    execute("DROP TABLE IF EXISTS pg_temp.value_new")
    execute(
        f"""
        CREATE TEMP TABLE value_new ON COMMIT DROP AS
        WITH member AS (
            SELECT c.id, c.stage AS stage_now, coalesce(s.amount_12m, 0) AS amount_12m,
                   coalesce(s.amount_prev_12m, 0) AS amount_prev_12m, coalesce(s.months_traded, 0) AS months_traded,
                   {months.format("%(m_0)s, s.last_month")} AS idle,
                   CASE WHEN c.opened_on <= %(month_end)s
                        THEN {months.format("%(month_end)s, c.opened_on")}
                        WHEN c.opened_on IS NOT NULL THEN 0 END AS tenure,
                   coalesce(s.amount_3m_year_before, 0) > 0 AS traded_before,
                   coalesce(s.amount_3m, 0) > 0 AS trades_now,
                   s.last_month IS NOT NULL OR EXISTS (
                       SELECT FROM clients_monthlyfact AS f
                       WHERE s.last_month IS NULL AND f.client_id = c.id AND f.amount > 0 AND f.month <= %(m_0)s
                   ) AS ever
            FROM clients_client AS c
            LEFT JOIN ({facts.summary_sql(OF_UNITS)}) AS s ON s.client_id = c.id
            WHERE c.org_id = ANY(%(units)s) AND c.is_active
        )
        SELECT *, {recency_sql()} AS recency, {frequency_sql()} AS frequency,
               1 + (SELECT count(*) FROM unnest(%(cuts)s::numeric[]) AS cut WHERE amount_12m > cut) AS monetary,
               {STAGE} AS stage
        FROM member
        """,
        params,
    )
    execute("ANALYZE value_new")


def write(params: dict[str, Any]) -> dict[str, int]:
    """Write values that changed, and stages that nobody holds by hand; clients per stage by the rules."""
    columns = ", ".join(COLUMNS)
    changed = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS)
    now, then = (", ".join(f"{alias}.{name}" for name in COLUMNS) for alias in ("v", "excluded"))
    execute(
        f"""
        INSERT INTO clients_clientvalue AS v (client_id, organisation_id, month, {columns})
        SELECT id, %(organisation)s, %(m_0)s, amount_12m, amount_prev_12m, months_traded, idle, recency, frequency,
               monetary, traded_before, trades_now, stage
        FROM value_new
        ON CONFLICT (client_id) DO UPDATE SET month = excluded.month, {changed}
        WHERE (v.month, {now}) IS DISTINCT FROM (excluded.month, {then})
        """,
        params,
    )
    execute(
        """
        WITH moved AS (
            UPDATE clients_client AS c SET stage = n.stage
            FROM value_new AS n
            WHERE c.id = n.id AND c.stage <> n.stage AND NOT EXISTS (
                SELECT FROM clients_stagehold AS h WHERE h.client_id = c.id AND h.until >= %(today)s)
            RETURNING c.id, n.stage_now, n.stage
        )
        INSERT INTO clients_stagechange (client_id, day, before, after, reason)
        SELECT id, %(today)s, stage_now, stage, '' FROM moved
        """,
        params,
    )
    return {row["stage"]: row["n"] for row in rows("SELECT stage, count(*) AS n FROM value_new GROUP BY stage")}


def hash_query(organisation_id: int) -> tuple[str, tuple[Any, ...]]:
    """Values and stages without ids that differ between databases."""
    return (
        """
        SELECT c.code, c.stage AS stage_now, v.month, v.amount_12m, v.recency, v.frequency, v.monetary, v.stage
        FROM clients_clientvalue AS v JOIN clients_client AS c ON c.id = v.client_id WHERE v.organisation_id = %s
        """,
        (organisation_id,),
    )


def due(now: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """From 02:30 on the first, last month of every organisation."""
    month = periods.month_of(periods.local(now).date())
    if now >= periods.at(month, 2, 30):
        for pk in OrgUnit.objects.roots().filter(is_active=True).values_list("pk", flat=True):
            yield pk, "", str(periods.Period.month(periods.add_months(month, -1)))
