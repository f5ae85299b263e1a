"""Monthly facts of two clients that become one: months that both have add up; and taken apart again."""

import json
from typing import Any

from clients.models import MonthlyFact
from crm.lib.sql import execute, rows

FACT = "jsonb_build_object('amount', amount::text, 'quantity', quantity::text, 'measures', measures::text)"


def _read(client_id: int) -> dict[str, dict[str, Any]]:
    """Month → {amount, quantity, measures} with all as text, so that nothing is lost."""
    found = rows(f"SELECT month::text, {FACT}::text AS fact FROM clients_monthlyfact WHERE client_id = %s", [client_id])
    return {row["month"]: json.loads(row["fact"]) for row in found}


def add_up(kept: int, gone: int) -> list[dict[str, Any]]:
    """Give the kept client the other's facts; what was there before, month by month."""
    mine, others = _read(kept), _read(gone)
    execute(
        """
        INSERT INTO clients_monthlyfact AS f (client_id, month, organisation_id, amount, quantity, measures)
        SELECT %s, month, organisation_id, amount, quantity, measures FROM clients_monthlyfact WHERE client_id = %s
        ON CONFLICT (client_id, month) DO UPDATE
        SET amount = f.amount + excluded.amount, quantity = f.quantity + excluded.quantity,
            measures = nullif((
                SELECT jsonb_object_agg(key, value) FROM (
                    SELECT key, to_jsonb(sum(value::text::numeric)) AS value
                    FROM (SELECT * FROM jsonb_each(coalesce(f.measures, '{}'))
                          UNION ALL SELECT * FROM jsonb_each(coalesce(excluded.measures, '{}'))) AS together
                    WHERE jsonb_typeof(value) = 'number' GROUP BY key
                ) AS summed), '{}')
        """,
        [kept, gone],
    )
    MonthlyFact.objects.filter(client=gone).delete()
    now = _read(kept)
    return [
        {"month": month, "gone": fact, "kept": mine.get(month), "after": now[month]}
        for month, fact in sorted(others.items())
    ]


def take_apart(kept: int, gone: int, months: list[dict[str, Any]]) -> None:
    """Give the other client its facts back; a month of the kept one that was changed since stays as it is now."""
    now = _read(kept)
    for row in months:
        if now.get(row["month"]) == row["after"]:
            if row["kept"] is None:
                MonthlyFact.objects.filter(client=kept, month=row["month"]).delete()
            else:
                _write(kept, row["month"], row["kept"], kept)
        _write(gone, row["month"], row["gone"], kept)


def _write(client: int, month: str, fact: dict[str, Any], like: int) -> None:
    execute(
        """
        INSERT INTO clients_monthlyfact AS f (client_id, month, organisation_id, amount, quantity, measures)
        SELECT %s, %s, organisation_id, %s, %s, %s::jsonb FROM clients_client WHERE id = %s
        ON CONFLICT (client_id, month) DO UPDATE
        SET amount = excluded.amount, quantity = excluded.quantity, measures = excluded.measures
        """,
        [client, month, fact["amount"], fact["quantity"], fact["measures"], like],
    )
