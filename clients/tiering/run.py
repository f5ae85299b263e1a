"""The monthly run: every client's tier with its reason, and the tiers that changed."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from clients.models import TierResult, TierScheme
from clients.tiering.compute import tier_params, tier_sql
from clients.tiering.rules import Rules, RulesError, parse
from crm.lib import jobs, periods
from crm.lib.sql import analyze, execute, rows, rows_hash
from people.models import Level, OrgUnit

CHUNK = 200_000  # clients a step at least, where the ranking lets the work be cut; each step reads the facts of all


def groups_of(organisation_id: int, within: str) -> dict[int, list[int]]:
    """Unit in which clients are ranked → the units whose clients are ranked there.

    A unit that hangs under none of the level is ranked with the rest of the organisation.
    """
    found: dict[int, list[int]] = {}
    units = list(
        OrgUnit.objects.filter(organisation=organisation_id).order_by("path").values_list("pk", "path", "level")
    )
    heads = {path: pk for pk, path, level in units if level == within}
    step = 6
    for pk, path, _level in units:
        head = organisation_id
        if within != Level.ORGANISATION:
            # The nearest unit of the level at or above this one.
            above = (heads.get(path[:length]) for length in range(len(path), 0, -step))
            head = next((one for one in above if one), organisation_id)
        found.setdefault(head, []).append(pk)
    return found


def chunks(groups: dict[int, list[int]]) -> list[list[int]]:
    """Groups bundled into steps of bounded size."""
    units = [unit for found in groups.values() for unit in found]
    # By unit, so that the index on it answers alone.
    found = rows("SELECT org_id, count(*) AS n FROM clients_client WHERE org_id = ANY(%s) GROUP BY org_id", [units])
    sizes = {row["org_id"]: row["n"] for row in found}
    bundles: list[list[int]] = []
    room = 0
    for head in sorted(groups):
        size = sum(sizes.get(unit, 0) for unit in groups[head])
        if not bundles or size > room:
            bundles.append([])
            room = CHUNK
        bundles[-1].append(head)
        room -= size
    return bundles


def units_of(groups: dict[int, list[int]], heads: list[int]) -> tuple[list[int], list[int]]:
    """(unit, group) pairs as two columns."""
    pairs = [(unit, head) for head in heads for unit in groups[head]]
    return [unit for unit, _head in pairs], [head for _unit, head in pairs]


def checked(scheme: TierScheme) -> Rules:
    """The scheme's rules; JobError when they cannot be used."""
    try:
        return parse(scheme.rules)
    except RulesError as error:
        raise jobs.JobError(f"{scheme}: {error}") from error


def tier(work: jobs.Work) -> jobs.Outcome:
    """The job: tier an organisation's clients for a month."""
    organisation_id, month = work.job.organisation_id, work.period.start
    scheme = TierScheme.objects.for_month(organisation_id, month)
    if scheme is None:
        raise jobs.JobError(_("No tier scheme is published yet. Publish one first."))
    # A claim after a kill goes on with the rules that the first claim began with.
    scheme = TierScheme.objects.get(pk=work.memory.setdefault("scheme", scheme.pk))
    rules = checked(scheme)
    groups = groups_of(organisation_id, rules.within)
    bundles = chunks(groups)
    for number, heads in enumerate(work.pending([[], *bundles])):
        with work.step(_("%(done)d of %(total)d") % {"done": number, "total": len(bundles)}):
            if not heads:
                clear_leavers(organisation_id, month)
                continue
            known = [head for head in heads if head in groups]
            params = tier_params(rules, organisation_id, month, *units_of(groups, known))
            work.count(tiers=write(rules, scheme, month, params, is_whole=len(bundles) == 1))
    counted = work.counts("tiers")
    # What reads the results next should not wait for autovacuum to learn how many there are.
    analyze("clients_tierresult", "clients_clienttier", grown=sum(counted.values()))
    return jobs.Outcome(
        {"tiers": {name: counted.get(name, 0) for name in rules.tiers}},
        rows_hash(*hash_query(organisation_id, month)),
    )


def clear_leavers(organisation_id: int, month: dt.date) -> None:
    """Results of clients that are no longer looked after go from a month that is computed anew."""
    execute(
        """
        DELETE FROM clients_tierresult AS r USING clients_client AS c
        WHERE c.id = r.client_id AND r.organisation_id = %(organisation)s AND r.month = %(month)s AND NOT c.is_active
            -- A month that is new has none: then no client needs to be read.
            AND EXISTS (SELECT FROM clients_tierresult WHERE organisation_id = %(organisation)s AND month = %(month)s)
        """,
        {"organisation": organisation_id, "month": month},
    )


def write(
    rules: Rules, scheme: TierScheme, month: dt.date, params: dict[str, Any], *, is_whole: bool = False
) -> dict[str, int]:
    """Write the results of some units and the tiers that changed; clients per tier."""
    execute("SET LOCAL max_parallel_workers_per_gather = 0")
    execute("SET LOCAL work_mem = '64MB'")
    execute("DROP TABLE IF EXISTS pg_temp.tier_new")
    execute(f"CREATE TEMP TABLE tier_new ON COMMIT DROP AS {tier_sql(rules, is_whole=is_whole)}", params)
    execute("ANALYZE tier_new (client_id, tier)")  # nobody else does it for a temporary table
    values = {**params, "scheme": scheme.pk, "month": month}
    execute(
        """
        INSERT INTO clients_tierresult AS r
            (client_id, month, organisation_id, scheme_id, tier, score, rank, ranked, breakdown)
        SELECT client_id, %(month)s, %(organisation)s, %(scheme)s, tier, score, rank, ranked, breakdown FROM tier_new
        ON CONFLICT (client_id, month) DO UPDATE
        SET scheme_id = excluded.scheme_id, tier = excluded.tier, score = excluded.score, rank = excluded.rank,
            ranked = excluded.ranked, breakdown = excluded.breakdown, organisation_id = excluded.organisation_id
        WHERE (r.scheme_id, r.tier, r.score, r.rank, r.ranked, r.breakdown) IS DISTINCT FROM
              (excluded.scheme_id, excluded.tier, excluded.score, excluded.rank, excluded.ranked, excluded.breakdown)
        """,
        values,
    )
    # An old month computed anew does not touch the standing that a later month gave. Who had another tier the month
    # before has this one since now; of the others, the months are looked through.
    execute(
        """
        INSERT INTO clients_clienttier AS t (client_id, tier, month, since)
        SELECT n.client_id, n.tier, %(month)s, CASE WHEN n.earlier <> n.tier THEN %(month)s ELSE coalesce(
                   (SELECT min(r.month) FROM clients_tierresult AS r
                    WHERE r.client_id = n.client_id AND r.month <= %(month)s AND r.month > coalesce(
                        (SELECT max(o.month) FROM clients_tierresult AS o
                         WHERE o.client_id = n.client_id AND o.month <= %(month)s AND o.tier <> n.tier),
                        '-infinity')),
                   %(month)s) END
        FROM tier_new AS n LEFT JOIN clients_clienttier AS t ON t.client_id = n.client_id
        WHERE t.tier IS DISTINCT FROM n.tier AND NOT EXISTS (
            SELECT FROM clients_tierresult AS later
            WHERE later.client_id = n.client_id AND later.month > %(month)s)
        ON CONFLICT (client_id) DO UPDATE SET tier = excluded.tier, month = excluded.month, since = excluded.since
        """,
        values,
    )
    return {row["tier"]: row["n"] for row in rows("SELECT tier, count(*) AS n FROM tier_new GROUP BY tier")}


def hash_query(organisation_id: int, month: dt.date) -> tuple[str, tuple[Any, ...]]:
    """The month's results without ids that differ between databases."""
    return (
        """
        SELECT c.code, r.month, r.tier, r.score, r.rank, r.ranked, r.breakdown - 'within' AS breakdown
        FROM clients_tierresult AS r JOIN clients_client AS c ON c.id = r.client_id
        WHERE r.organisation_id = %s AND r.month = %s
        """,
        (organisation_id, month),
    )


def due(now: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """From 02:00 on the first, last month of every organisation."""
    month = periods.month_of(periods.local(now).date())
    if now >= periods.at(month, 2):
        for pk in OrgUnit.objects.roots().filter(is_active=True).values_list("pk", flat=True):
            yield pk, "", str(periods.Period.month(periods.add_months(month, -1)))


def latest_month(organisation_id: int) -> dt.date | None:
    """The latest month with results."""
    found: dt.date | None = (
        TierResult.objects.filter(organisation=organisation_id)
        .order_by("-month")
        .values_list("month", flat=True)
        .first()
    )
    return found
