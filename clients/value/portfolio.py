"""The figures of a portfolio, an account manager's clients or a unit's: one statement over the rolling values."""

import datetime as dt
import json
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Case, IntegerField, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from clients.models import Client
from clients.value import satisfaction
from clients.value.relation import relation
from crm.lib.sql import named, rows

TOP_SHARE = Decimal("0.8")
CURVE = 20  # points of the concentration curve
LEAST_ANSWERS = 5  # fewer would tell who answered what
LOYAL, SATISFIED, UNHAPPY = Decimal("0.7"), 4, 3  # marks are 1 to 5
FIGURES = """
    count(*) AS clients, sum(amount) AS amount, sum(before) AS before,
    count(*) FILTER (WHERE traded_before) AS were, count(*) FILTER (WHERE traded_before AND trades_now) AS kept,
    count(*) FILTER (WHERE stage IN ('dormant', 'lost')) AS asleep
"""

# Each part of the picture is a SELECT over "mine", which is read once for all of them.
PARTS = {
    "totals": f"""
        SELECT {FIGURES}, count(month) AS valued, max(month) AS month,
               (SELECT round(avg(coalesce(h.n, m.said)), 2)
                FROM mine AS m LEFT JOIN held AS h ON h.client_id = m.id) AS products,
               count(wallet) FILTER (WHERE wallet > 0) AS wallets,
               sum(amount) FILTER (WHERE wallet > 0) / sum(wallet) FILTER (WHERE wallet > 0) AS wallet_share
        FROM mine
    """,
    "concentration": f"""
        SELECT place, n, reached / total AS share, reached - amount < {TOP_SHARE} * total AS is_top
        FROM (
            SELECT row_number() OVER w AS place, sum(amount) OVER w AS reached, amount
            FROM mine WHERE amount > 0 WINDOW w AS (ORDER BY amount DESC, id ROWS UNBOUNDED PRECEDING)
        ) AS ranked
        CROSS JOIN (SELECT count(*) AS n, sum(amount) AS total FROM mine WHERE amount > 0) AS every
        WHERE place = n OR place %% greatest(n / {CURVE}, 1) = 0
           OR (reached >= {TOP_SHARE} * total AND reached - amount < {TOP_SHARE} * total)
        ORDER BY place
    """,
    "stages": "SELECT stage, count(*) AS n, sum(amount) AS amount FROM mine GROUP BY stage",
    "rfm": """
        SELECT least(recency, frequency) AS activity, monetary, count(*) AS n, sum(amount) AS amount
        FROM mine WHERE month IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    """,
    "tiers": "SELECT tier, count(*) AS n, sum(amount) AS amount FROM mine GROUP BY tier ORDER BY tier",
    "loyalty": f"""
        SELECT CASE WHEN loyal THEN CASE WHEN satisfied THEN 'loyalist' ELSE 'hostage' END
                    ELSE CASE WHEN satisfied THEN 'mercenary' ELSE 'defector' END END AS quadrant, count(*) AS n
        FROM (
            SELECT s.score >= {SATISFIED} AS satisfied, (
                months_traded / 12.0
                + least(extract(year FROM age(month, opened_on)) / 5.0, 1)
                + CASE WHEN before > 0 THEN least(amount / before, 1) ELSE 1 END
            ) / 3 >= {LOYAL} AS loyal
            FROM mine JOIN ({{satisfaction}}) AS s ON s.client_id = mine.id
            WHERE month IS NOT NULL AND opened_on IS NOT NULL
        ) AS placed
        GROUP BY 1
    """,
    "satisfied": f"""
        SELECT monetary, CASE WHEN s.score >= {SATISFIED} THEN 2 WHEN s.score >= {UNHAPPY} THEN 1 ELSE 0 END AS level,
               count(*) AS n
        FROM mine JOIN ({{satisfaction}}) AS s ON s.client_id = mine.id
        WHERE month IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    """,
    "parts": f"""
        WITH units AS (
            SELECT u.code, u.name, '' AS username, u.path AS place, {FIGURES}
            FROM mine JOIN people_orgunit AS g ON g.id = mine.org_id
            JOIN people_orgunit AS u ON u.path = left(g.path, %(head)s)
            WHERE length(g.path) >= %(head)s GROUP BY u.id
        )
        SELECT * FROM units WHERE (SELECT count(*) FROM units) > 1
        UNION ALL
        SELECT '', coalesce(p.name, ''), coalesce(p.username, ''), '', {FIGURES}
        FROM mine LEFT JOIN people_user AS p ON p.id = mine.owner_id
        WHERE (SELECT count(*) FROM units) < 2 GROUP BY p.id
        ORDER BY place, amount DESC
    """,
}
COLUMNS = ("id", "org_id", "owner_id", "stage", "opened_on", "wallet", "said")


class Portfolio:
    """The clients that ``user`` sees: of an owner, under a unit, or all."""

    def __init__(self, user: Any, owner: Any = None, unit: Any = None) -> None:
        self.unit = unit or user.unit
        seen = Client.objects.visible_to(user).filter(organisation=user.organisation_id, is_active=True)
        if owner is not None:
            seen = seen.filter(owner=owner)
        if unit is not None:
            seen = seen.under(unit)
        said = Case(
            When(attributes__products__regex="^[0-9]{1,3}$", then=Cast(KT("attributes__products"), IntegerField()))
        )
        self.query, self.params = named(seen.annotate(said=said).values_list(*COLUMNS), "client")

    @cached_property
    def found(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of all parts."""
        wanted = dict(PARTS)
        if not satisfaction.source():
            del wanted["loyalty"], wanted["satisfied"]
        each = ", ".join(
            f"(SELECT json_agg(row) FROM ({part.format(satisfaction=satisfaction.source())}) AS row) AS {name}"
            for name, part in wanted.items()
        )
        row = rows(
            f"""
            WITH mine AS MATERIALIZED (
                SELECT c.*, coalesce(t.tier, '') AS tier, v.month, coalesce(v.amount_12m, 0) AS amount,
                       coalesce(v.amount_prev_12m, 0) AS before, v.recency, v.frequency, v.monetary, v.months_traded,
                       v.traded_before, v.trades_now
                FROM ({self.query}) AS c ({", ".join(COLUMNS)})
                LEFT JOIN clients_clienttier AS t ON t.client_id = c.id
                LEFT JOIN clients_clientvalue AS v ON v.client_id = c.id
            ), held AS (
                SELECT h.client_id, count(*) AS n FROM mine JOIN clients_holding AS h ON h.client_id = mine.id
                WHERE h.until IS NULL GROUP BY h.client_id
            )
            SELECT to_json(p)::text AS found FROM (SELECT {each}) AS p
            """,
            {**self.params, "head": len(self.unit.path) + 6},
        )[0]
        parts = json.loads(row["found"], parse_float=Decimal)
        return {name: [_exact(one) for one in part or ()] for name, part in parts.items()}

    def totals(self) -> dict[str, Any]:
        """Clients, amounts, retention, products a client, share of wallet; month of the values."""
        found = self.found["totals"][0]
        month = found["month"] and dt.date.fromisoformat(found["month"])
        return found | {"month": month} | _moves(found)

    def concentration(self) -> dict[str, Any]:
        """How few clients bring 80 %: their number and share, and the curve as [share of clients, share of amount]."""
        found = self.found["concentration"]
        top = max((row["place"] for row in found if row["is_top"]), default=0)
        n = found[-1]["n"] if found else 0
        curve = [
            [0.0, 0.0],
            *([round(row["place"] / n * 100, 2), round(float(row["share"]) * 100, 2)] for row in found),
        ]
        return {"top": top, "clients": n, "share": Decimal(top) / n if n else None, "curve": curve}

    def stages(self) -> dict[str, tuple[int, Decimal]]:
        """Stage → (clients, amount)."""
        return {row["stage"]: (row["n"], row["amount"]) for row in self.found["stages"]}

    def rfm(self) -> list[tuple[int, int, int, Decimal]]:
        """(recency and frequency as one 1–5 point, monetary 1–5, clients, amount)."""
        return [(row["activity"], row["monetary"], row["n"], row["amount"]) for row in self.found["rfm"]]

    def tiers(self) -> list[dict[str, Any]]:
        """Tier, clients, amount, share of each, amount a client, and the relation that they are worth."""
        found = self.found["tiers"]
        clients = sum(row["n"] for row in found)
        amount = sum((row["amount"] for row in found), start=Decimal(0))
        shown = [
            row
            | {
                "share_n": Decimal(row["n"]) / clients,
                "share_amount": row["amount"] / amount if amount else None,
                "mean": row["amount"] / row["n"],
                "relation": relation(row["n"], row["amount"], clients, amount),
            }
            for row in found
        ]
        return sorted(shown, key=lambda row: (row["tier"] == "", row["tier"]))

    def loyalty(self) -> dict[str, int] | None:
        """Quadrant → clients, of those who have answered a survey; None with fewer than five answers.

        Loyalty 0–1 is the mean of months with trade ÷ 12, years as a client ÷ 5 and amount ÷ last year's, each up to 1.
        """
        counted = {row["quadrant"]: row["n"] for row in self.found.get("loyalty", ())}
        return counted if sum(counted.values()) >= LEAST_ANSWERS else None

    def satisfied(self) -> list[tuple[int, int, int]]:
        """(monetary 1–5, level 0 unsatisfied to 2 satisfied, clients) of those asked; none below five answers."""
        found = [(row["monetary"], row["level"], row["n"]) for row in self.found.get("satisfied", ())]
        return found if sum(n for _money, _level, n in found) >= LEAST_ANSWERS else []

    def parts(self) -> list[dict[str, Any]]:
        """The units below, or where there are none the account managers: clients, amounts, retention, lost ones."""
        return [row | _moves(row) for row in self.found["parts"]]


def _moves(row: dict[str, Any]) -> dict[str, Any]:
    """How amounts moved against the year before, and the share of clients that stayed."""
    return {
        "change": row["amount"] / row["before"] - 1 if row["before"] else None,
        "retention": Decimal(row["kept"]) / row["were"] if row["were"] else None,
    }


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    """Amounts as Decimal also where the text of the number had no point."""
    amounts = {name: Decimal(row[name] or 0) for name in ("amount", "before") if name in row}
    return row | amounts
