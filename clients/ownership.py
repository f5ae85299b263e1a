"""The history of owners: written by adding spans and closing the open one, set-based."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.dispatch import Signal

from crm.lib.sql import execute, rows

# Sent with ``changes``, (client id, former owner id) of clients that have another owner, or none, from now on: upper
# packages hand on what waits for the owner to act. What somebody has written or done stays theirs.
owners_changed = Signal()


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
    Open tasks about a client go from the former owner to the new one.
    """
    closed = rows(
        f"""
        UPDATE clients_ownership AS o SET valid_to = greatest(%s::date - 1, o.valid_from)
        FROM clients_client AS c
        WHERE c.id IN ({clients}) AND o.client_id = c.id AND o.valid_to IS NULL
          AND o.owner_id IS DISTINCT FROM c.owner_id
        RETURNING o.client_id, o.owner_id
        """,
        [day, *params],
    )
    if closed:
        hand_on([(row["client_id"], row["owner_id"]) for row in closed])
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


def hand_on(changes: Sequence[tuple[int, int]]) -> None:
    """What waits for the former owner of clients, as (client, former owner), goes to who has them now."""
    execute(
        """
        UPDATE people_task AS t SET owner_id = c.owner_id, org_id = m.unit_id
        FROM unnest(%s::bigint[], %s::bigint[]) AS n (client_id, former)
        JOIN clients_client AS c ON c.id = n.client_id
        JOIN people_user AS m ON m.id = c.owner_id
        WHERE t.about = 'client:' || n.client_id AND t.owner_id = n.former AND t.done_at IS NULL
        """,
        [[client for client, _former in changes], [former for _client, former in changes]],
    )
    owners_changed.send("clients", changes=changes)
