"""The scan over the whole file: pairs of clients that look like one, by set-based rules in bounded steps."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from clients.tiering.run import chunks
from crm.lib import jobs, periods
from crm.lib.sql import execute, rows, rows_hash
from people.models import OrgUnit

MOST_SHARING = 5  # a phone that more clients have is a switchboard's
MOST_ALIKE = 60  # clients of a unit whose names begin alike: beyond, only a longer beginning tells
WEIGHTS = {"code": 4, "phone": 3, "name": 2, "likeness": 1, "manual": 5}

# What each rule finds: (first, second, likeness), the smaller id first.
SAME = """
    SELECT a.id AS first_id, b.id AS second_id, NULL::numeric AS likeness
    FROM (
        SELECT {key} AS key, array_agg(id ORDER BY id) AS ids
        FROM clients_client WHERE organisation_id = %(organisation)s AND is_active AND {given}
        GROUP BY 1 HAVING count(*) BETWEEN 2 AND {most} AND {key} <> ''
    ) AS found, unnest(found.ids) AS a (id), unnest(found.ids) AS b (id)
    WHERE a.id < b.id
"""
WHOLE_FILE = {
    "code": SAME.format(key="public.zf_plain_code(code)", given="true", most=20),
    "phone": SAME.format(key="public.zf_plain_phone(phone)", given="phone <> ''", most=MOST_SHARING),
}
# Inside a unit: names equal but for their spelling; else names with the same beginning, or at the same address, that
# are alike in both. Neighbours in a street are alike in all but the house number: numbers have to be the same.
IN_UNITS = rf"""
    WITH plain AS MATERIALIZED (
        SELECT id, org_id, zf_plain_name(name) AS name, zf_plain_name(address) AS address,
               zf_pairs(name) AS names, zf_pairs(address) AS places, regexp_replace(address, '\D', '', 'g') AS numbers
        FROM clients_client
        WHERE organisation_id = %(organisation)s AND org_id = ANY(%(units)s) AND is_active
    ),
    head AS (
        SELECT id, org_id, n, left(name, n) AS text FROM plain CROSS JOIN unnest(ARRAY[2, 4, 100]) AS n
        WHERE length(name) >= CASE n WHEN 4 THEN 4 ELSE 1 END
    ),
    crowd AS (
        SELECT org_id, n, text FROM head GROUP BY 1, 2, 3 HAVING count(*) BETWEEN 2 AND {MOST_ALIKE}
    ),
    pair AS (
        SELECT a.id AS first_id, b.id AS second_id
        FROM crowd
        JOIN head AS a USING (org_id, n, text)
        JOIN head AS b USING (org_id, n, text)
        WHERE b.id > a.id
        UNION
        SELECT a.id, b.id FROM plain AS a
        JOIN plain AS b ON b.org_id = a.org_id AND b.address = a.address AND b.id > a.id
        WHERE length(a.address) >= 6
    ),
    judged AS (
        SELECT p.*, a.name <> '' AND a.name = b.name AS same_name,
               zf_likeness(a.names, b.names) AS names,
               CASE WHEN a.address <> '' AND b.address <> '' AND (a.numbers = b.numbers OR '' IN (a.numbers, b.numbers))
                    THEN zf_likeness(a.places, b.places) END AS places
        FROM pair AS p JOIN plain AS a ON a.id = p.first_id JOIN plain AS b ON b.id = p.second_id
    )
    SELECT first_id, second_id, CASE WHEN same_name THEN 'name' ELSE 'likeness' END AS reason,
           round((names + coalesce(places, names)) / 2, 2) AS likeness
    FROM judged
    WHERE same_name OR (names >= 0.6 AND places >= 0.75)
"""


def scan(work: jobs.Work) -> jobs.Outcome:
    """The job: look for pairs; what was judged stays judged, what is no longer alike goes."""
    organisation_id = work.job.organisation_id
    began = work.memory.setdefault("began", periods.now().isoformat())
    units = {pk: [pk] for pk in OrgUnit.objects.filter(organisation=organisation_id).values_list("pk", flat=True)}
    bundles = chunks(units)
    for part in work.pending([*WHOLE_FILE, *bundles, "finish"]):
        with work.step():
            execute("SET LOCAL max_parallel_workers_per_gather = 0")
            execute("SET LOCAL work_mem = '64MB'")
            # The planner takes what it has no statistics of for a handful of rows, and would try each against each.
            execute("SET LOCAL enable_nestloop = off")
            if part == "finish":
                finish(organisation_id, began)
            else:
                look(organisation_id, part, began)
    counted = rows(
        """
        SELECT reason, count(*) AS n FROM clients_duplicatepair, unnest(reasons) AS reason
        WHERE organisation_id = %s AND state = 'open' GROUP BY reason ORDER BY reason
        """,
        [organisation_id],
    )
    return jobs.Outcome(
        {"reasons": {row["reason"]: row["n"] for row in counted}}, rows_hash(*hash_query(organisation_id))
    )


def look(organisation_id: int, part: Any, began: str) -> None:
    """One rule over the whole file, or the rules of names over some units."""
    params = {"organisation": organisation_id, "units": part, "began": began}
    if isinstance(part, str):
        query = f"SELECT first_id, second_id, '{part}' AS reason, likeness FROM ({WHOLE_FILE[part]}) AS f"
    else:
        query = IN_UNITS
    execute(
        f"""
        INSERT INTO clients_duplicatepair AS p
            (organisation_id, first_id, second_id, reasons, weight, likeness, found_at, state)
        SELECT %(organisation)s, first_id, second_id, ARRAY[reason]::varchar[], 0, likeness, %(began)s, 'open'
        FROM ({query}) AS n
        ON CONFLICT (first_id, second_id) DO UPDATE
        SET reasons = CASE WHEN p.found_at = excluded.found_at OR 'manual' = ANY(p.reasons)
                           THEN ARRAY(SELECT DISTINCT unnest(p.reasons || excluded.reasons) ORDER BY 1)
                           ELSE excluded.reasons END,
            likeness = coalesce(excluded.likeness, CASE WHEN p.found_at = excluded.found_at THEN p.likeness END),
            found_at = excluded.found_at
        WHERE p.state = 'open'
        """,
        params,
    )


def finish(organisation_id: int, began: str) -> None:
    """Weigh what was found; open pairs that were not found again are no longer alike."""
    weight = " + ".join(f"CASE WHEN '{reason}' = ANY(reasons) THEN {n} ELSE 0 END" for reason, n in WEIGHTS.items())
    execute(
        f"""
        UPDATE clients_duplicatepair SET weight = {weight}
        WHERE organisation_id = %s AND state = 'open' AND weight <> {weight}
        """,
        [organisation_id],
    )
    execute(
        """
        DELETE FROM clients_duplicatepair
        WHERE organisation_id = %s AND state = 'open' AND found_at <> %s AND NOT 'manual' = ANY(reasons)
        """,
        [organisation_id, began],
    )


def hash_query(organisation_id: int) -> tuple[str, tuple[Any, ...]]:
    """Open pairs without ids that differ between databases."""
    return (
        """
        SELECT a.code AS first, b.code AS second, p.reasons, p.weight, p.likeness
        FROM clients_duplicatepair AS p
        JOIN clients_client AS a ON a.id = p.first_id JOIN clients_client AS b ON b.id = p.second_id
        WHERE p.organisation_id = %s AND p.state = 'open'
        """,
        (organisation_id,),
    )


def due(now: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """Once a week, from Sunday 03:00."""
    day = periods.local(now).date()
    sunday = day - dt.timedelta(days=(day.weekday() + 1) % 7)
    if now >= periods.at(sunday, 3):
        for pk in OrgUnit.objects.roots().filter(is_active=True).values_list("pk", flat=True):
            yield pk, "", str(periods.Period.week(sunday))
