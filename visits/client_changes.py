"""What visits do when clients become one, or get another owner."""

from typing import Any

from clients.models import Client
from crm.lib import periods
from crm.lib.sql import execute
from visits.models import Mode


def sum_up(sender: Any, kept: Client, gone: Client, **kwargs: Any) -> None:
    """Last visit, last call and number from the visits themselves; those that stayed with closed files count, too."""
    for client in (kept, gone):
        execute(
            """
            INSERT INTO visits_clienttrace AS t (client_id, last_visit_on, last_call_on, visits_total)
            SELECT %(client)s, max(v.day) FILTER (WHERE v.mode = %(on_site)s),
                   max(v.day) FILTER (WHERE v.mode <> %(on_site)s), count(*)
            FROM visits_visit AS v
            WHERE v.purpose <> 'inspection' AND (
                v.client_id = %(client)s
                OR v.client_id IN (SELECT id FROM clients_client WHERE merged_into_id = %(client)s))
            HAVING count(*) > 0 OR EXISTS (SELECT FROM visits_clienttrace WHERE client_id = %(client)s)
            ON CONFLICT (client_id) DO UPDATE
            SET last_visit_on = excluded.last_visit_on, last_call_on = excluded.last_call_on,
                visits_total = excluded.visits_total
            """,
            {"client": client.pk, "on_site": Mode.ON_SITE},
        )


def hand_on_plans(sender: Any, changes: list[tuple[int, int]], **kwargs: Any) -> None:
    """Visits planned from today on go with the client; a day that the new owner has planned already stays once."""
    execute(
        """
        UPDATE visits_plannedvisit AS p SET manager_id = c.owner_id
        FROM unnest(%s::bigint[], %s::bigint[]) AS n (client_id, former)
        JOIN clients_client AS c ON c.id = n.client_id AND c.owner_id IS NOT NULL
        WHERE p.client_id = n.client_id AND p.manager_id = n.former AND p.visit_id IS NULL AND p.day >= %s
          AND NOT EXISTS (
              SELECT FROM visits_plannedvisit AS o
              WHERE o.manager_id = c.owner_id AND o.client_id = p.client_id AND o.day = p.day)
        """,
        [[client for client, _former in changes], [former for _client, former in changes], periods.today()],
    )
