"""A dry run: what a version of the rules would do to the tiers there are, before anybody publishes it."""

import datetime as dt
from typing import Any

from clients.models import ServiceStandard, TierScheme
from clients.tiering import workload
from clients.tiering.compute import tier_params, tier_sql
from clients.tiering.run import checked, chunks, groups_of, units_of
from clients.tiering.schemes import STANDARD_DAYS
from crm.lib import jobs
from crm.lib.models import Job
from crm.lib.sql import execute, rows
from people.models import OrgUnit

MOVED_SHOWN = 200


def run(work: jobs.Work) -> jobs.Outcome:
    """The job: count moves (tier now × tier then) and keep the first clients that move; writes no tier."""
    organisation_id, month = work.job.organisation_id, work.period.start
    scheme = TierScheme.objects.get(pk=int(work.job.scope), organisation=organisation_id)
    rules = checked(scheme)
    groups = groups_of(organisation_id, rules.within)
    bundles = chunks(groups)
    for heads in work.pending(bundles):
        with work.step():
            known = [head for head in heads if head in groups]
            params = tier_params(rules, organisation_id, month, *units_of(groups, known))
            lay_out(rules, params, is_whole=len(bundles) == 1)
            work.count(moves={f"{before}\t{after}": n for before, after, n in moves()})
            shown = work.memory.setdefault("moved", [])
            shown += moved(MOVED_SHOWN - len(shown))
    counted = work.counts("moves")
    return jobs.Outcome(
        {
            "moves": [[*key.split("\t"), n] for key, n in sorted(counted.items())],
            "moved": work.memory.get("moved", []),
            "tiers": rules.tiers,
            **cost(organisation_id, rules.tiers, counted),
        }
    )


def lay_out(rules: Any, params: dict[str, Any], *, is_whole: bool) -> None:
    """The tiers that would come out, in a temporary table."""
    execute("SET LOCAL max_parallel_workers_per_gather = 0")
    execute("SET LOCAL work_mem = '64MB'")
    execute("DROP TABLE IF EXISTS pg_temp.tier_trial")
    execute(
        f"""
        CREATE TEMP TABLE tier_trial ON COMMIT DROP AS
        SELECT n.client_id, n.tier AS after, n.score, n.rank, coalesce(t.tier, '') AS before
        FROM ({tier_sql(rules, is_whole=is_whole)}) AS n LEFT JOIN clients_clienttier AS t ON t.client_id = n.client_id
        """,
        params,
    )
    execute("ANALYZE tier_trial")  # nobody else does it for a temporary table


def moves() -> list[tuple[str, str, int]]:
    """(tier now, tier then, clients)."""
    found = rows("SELECT before, after, count(*) AS n FROM tier_trial GROUP BY before, after")
    return [(row["before"], row["after"], row["n"]) for row in found]


def moved(limit: int) -> list[list[Any]]:
    """[client id, name, code, tier now, tier then, score, rank] of clients that move, the best ranked first."""
    found = rows(
        """
        SELECT c.id, c.name, c.code, m.before, m.after, m.score::text AS score, m.rank
        FROM (SELECT * FROM tier_trial WHERE before NOT IN ('', after)
              ORDER BY rank NULLS LAST, client_id LIMIT %s) AS m
        JOIN clients_client AS c ON c.id = m.client_id
        ORDER BY m.rank NULLS LAST, c.code
        """,
        [max(limit, 0)],
    )
    return [list(row.values()) for row in found]


def cost(organisation_id: int, tiers: list[str], counted: dict[str, int]) -> dict[str, float]:
    """Account managers' hours a month before and after; a tier without a standard takes the usual ladder's days."""
    organisation = OrgUnit.objects.get(pk=organisation_id)
    standards = list(ServiceStandard.objects.filter(organisation=organisation_id))
    known = {standard.tier for standard in standards}
    for place, tier in enumerate(tiers):
        if tier not in known:
            days = STANDARD_DAYS[min(place, len(STANDARD_DAYS) - 1)]
            standards.append(ServiceStandard(tier=tier, visit_days=days, call_days=days // 2, visit_minutes=20))
    minutes = workload.minutes_a_visit(standards, workload.Time.of(organisation))
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for key, n in counted.items():
        old, new = key.split("\t")
        before[old] = before.get(old, 0) + n
        after[new] = after.get(new, 0) + n
    return {
        "hours_before": round(float(workload.hours(before, minutes)), 1),
        "hours_after": round(float(workload.hours(after, minutes)), 1),
    }


def latest(scheme: TierScheme) -> Any:
    """The newest dry run of a version."""
    found = Job.objects.filter(kind="trial_tiers", organisation_id=scheme.organisation_id, scope=str(scheme.pk))
    return found.order_by("-requested_at").first()


def request(scheme: TierScheme, month: dt.date, by: Any, done_url: str) -> Any:
    """Ask for a dry run with a month's facts."""
    return jobs.request(
        "trial_tiers",
        scheme.organisation_id,
        scope=str(scheme.pk),
        period=f"{month:%Y-%m}",
        params={"done_url": done_url},
        user=by,
    )
