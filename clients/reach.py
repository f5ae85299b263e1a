"""The numbers of an organisation's clients, so that a statement over all of them reads that part of each table alone.

Clients come in by organisation, in files: their numbers lie together, and so do the rows that hang on them. Tables that
have no column of the organisation (last visits, tiers, ownership) would else be read for the whole country.
"""

from typing import Any

from crm.lib.sql import rows


def numbers(organisation_id: int) -> dict[str, Any]:
    """Parameters ``first_client`` and ``last_client``; a span without numbers where there are no clients."""
    found = rows(
        """
        SELECT coalesce(min(first), 1) AS first_client, coalesce(max(last), 0) AS last_client
        FROM people_orgunit AS u
        CROSS JOIN LATERAL (SELECT min(id) AS first, max(id) AS last FROM clients_client WHERE org_id = u.id) AS own
        WHERE u.organisation_id = %s
        """,
        [organisation_id],
    )
    return found[0]


def within(column: str) -> str:
    """Condition that narrows a column of clients' numbers; bind ``numbers``."""
    return f"{column} BETWEEN %(first_client)s AND %(last_client)s"
