"""When two clients become one: the rolling row of visits is summed up anew."""

from typing import Any

from clients.models import Client
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
            WHERE v.client_id = %(client)s
               OR v.client_id IN (SELECT id FROM clients_client WHERE merged_into_id = %(client)s)
            HAVING count(*) > 0 OR EXISTS (SELECT FROM visits_clienttrace WHERE client_id = %(client)s)
            ON CONFLICT (client_id) DO UPDATE
            SET last_visit_on = excluded.last_visit_on, last_call_on = excluded.last_call_on,
                visits_total = excluded.visits_total
            """,
            {"client": client.pk, "on_site": Mode.ON_SITE},
        )
