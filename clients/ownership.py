"""The history of owners: written by adding spans and closing the open one, set-based."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from crm.lib.sql import execute


def record(
    clients: str,
    params: Sequence[Any],
    day: dt.date,
    *,
    by: int | None = None,
    reason: str = "",
    first_since_post: bool = False,
) -> int:
    """
    Bring the history of clients in line with their present owner, from a day on; the number of new spans.

    ``clients`` is a query of client ids. A span that began on the day itself, or later, ends on its first day, and the
    next one begins the day after: history is never rewritten. ``first_since_post``: a client without any history is
    taken to have had this owner since both were there, the client opened and the owner in the present post.
    """
    execute(
        f"""
        UPDATE clients_ownership AS o SET valid_to = greatest(%s::date - 1, o.valid_from)
        FROM clients_client AS c
        WHERE c.id IN ({clients}) AND o.client_id = c.id AND o.valid_to IS NULL
          AND o.owner_id IS DISTINCT FROM c.owner_id
        """,
        [day, *params],
    )
    return execute(
        f"""
        INSERT INTO clients_ownership (client_id, owner_id, valid_from, reason, changed_by_id)
        SELECT c.id, c.owner_id,
               CASE WHEN %s AND history.last IS NULL THEN least(%s::date, greatest(c.opened_on, post.valid_from))
                    ELSE greatest(%s::date, history.last + 1) END,
               %s, %s
        FROM clients_client AS c
        LEFT JOIN people_posting AS post ON post.user_id = c.owner_id AND post.valid_to IS NULL
        CROSS JOIN LATERAL (SELECT max(o.valid_to) AS last FROM clients_ownership AS o WHERE o.client_id = c.id) history
        WHERE c.id IN ({clients}) AND c.owner_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM clients_ownership AS o WHERE o.client_id = c.id AND o.valid_to IS NULL)
        """,
        [first_since_post, day, day, reason[:200], by, *params],
    )
