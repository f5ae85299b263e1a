"""The history of owners: written by adding spans and closing the open one, set-based."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from crm.lib.sql import execute


def record(clients: str, params: Sequence[Any], day: dt.date, *, by: int | None = None, reason: str = "") -> int:
    """
    Bring the history of clients in line with their present owner, from a day on; the number of new spans.

    ``clients`` is a query of client ids. A span that began on the day itself, or later, ends on its first day, and the
    next one begins the day after: history is never rewritten.
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
               greatest(%s::date, (SELECT max(o.valid_to) + 1 FROM clients_ownership AS o WHERE o.client_id = c.id)),
               %s, %s
        FROM clients_client AS c
        WHERE c.id IN ({clients}) AND c.owner_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM clients_ownership AS o WHERE o.client_id = c.id AND o.valid_to IS NULL)
        """,
        [day, reason[:200], by, *params],
    )
