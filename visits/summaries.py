"""The rolling rows of clients against the visits that they sum up."""

from typing import Any

from crm.lib.sql import execute, rows

# As it should be; a client that took another in has the other's visits, too.
RIGHT = """
    SELECT w.client_id, max(w.day) FILTER (WHERE w.mode = 'on_site') AS last_visit_on,
           max(w.day) FILTER (WHERE w.mode <> 'on_site') AS last_call_on, count(*) AS visits_total
    FROM (
        SELECT client_id, day, mode FROM visits_visit WHERE purpose <> 'inspection'
        UNION ALL
        SELECT c.merged_into_id, v.day, v.mode FROM visits_visit AS v JOIN clients_client AS c ON c.id = v.client_id
        WHERE c.merged_into_id IS NOT NULL AND v.purpose <> 'inspection'
    ) AS w
    GROUP BY w.client_id
"""

WRONG = f"""
    SELECT coalesce(t.client_id, r.client_id) AS client_id, t.last_visit_on AS kept, r.last_visit_on AS right,
           coalesce(t.visits_total, 0) AS kept_total, coalesce(r.visits_total, 0) AS right_total
    FROM visits_clienttrace AS t FULL JOIN ({RIGHT}) AS r ON r.client_id = t.client_id
    WHERE (t.last_visit_on, t.last_call_on, coalesce(t.visits_total, 0))
        IS DISTINCT FROM (r.last_visit_on, r.last_call_on, coalesce(r.visits_total, 0))
"""


def wrong_traces(limit: int = 100) -> list[dict[str, Any]]:
    """Clients whose row is not what their visits add up to."""
    return rows(f"{WRONG} ORDER BY 1 LIMIT %s", [limit])


def repair_traces() -> int:
    """Put the wrong ones right; their number."""
    return execute(
        f"""
        INSERT INTO visits_clienttrace AS t (client_id, last_visit_on, last_call_on, visits_total)
        SELECT w.client_id, r.last_visit_on, r.last_call_on, coalesce(r.visits_total, 0)
        FROM ({WRONG}) AS w LEFT JOIN ({RIGHT}) AS r ON r.client_id = w.client_id
        ON CONFLICT (client_id) DO UPDATE SET last_visit_on = excluded.last_visit_on,
            last_call_on = excluded.last_call_on, visits_total = excluded.visits_total
        """
    )
