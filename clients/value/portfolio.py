"""The figures of a portfolio: an account manager's clients, or a unit's. Each a statement over the rolling values."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clients.models import Client
from clients.value import satisfaction
from clients.value.relation import relation
from crm.lib.sql import rows

TOP_SHARE = Decimal("0.8")
CURVE = 20  # points of the concentration curve
LEAST_ANSWERS = 5  # fewer would tell who answered what
LOYAL, SATISFIED = Decimal("0.7"), 4


@dataclass
class Portfolio:
    """The clients of a scope; ``where`` is SQL over the client c."""

    where: str
    params: dict[str, Any]

    @classmethod
    def of(cls, user: Any, owner: Any = None, unit: Any = None) -> "Portfolio":
        """Clients that ``user`` sees: of an owner, under a unit, or all."""
        seen = Client.objects.visible_to(user).filter(organisation=user.organisation_id, is_active=True)
        if owner is not None:
            seen = seen.filter(owner=owner)
        if unit is not None:
            seen = seen.under(unit)
        sql, params = seen.order_by().values("pk").query.sql_with_params()
        named = {f"w{n}": value for n, value in enumerate(params)}
        return cls(f"c.id IN ({sql % tuple(f'%({name})s' for name in named)})", named)

    def _rows(self, select: str, **more: Any) -> list[dict[str, Any]]:
        return rows(
            f"""
            WITH mine AS MATERIALIZED (
                SELECT c.id, c.name, c.code, c.org_id, c.owner_id, c.stage, c.opened_on, c.wallet, c.attributes,
                       coalesce(t.tier, '') AS tier, v.month, coalesce(v.amount_12m, 0) AS amount,
                       coalesce(v.amount_prev_12m, 0) AS before, v.recency, v.frequency, v.monetary, v.months_traded,
                       v.traded_before, v.trades_now
                FROM clients_client AS c
                LEFT JOIN clients_clienttier AS t ON t.client_id = c.id
                LEFT JOIN clients_clientvalue AS v ON v.client_id = c.id
                WHERE {self.where}
            )
            {select}
            """,
            {**self.params, **more},
        )

    def totals(self) -> dict[str, Any]:
        """Clients, amounts, retention, products a client, share of wallet; month of the values."""
        found = self._rows(
            """
            SELECT count(*) AS clients, count(month) AS valued, max(month) AS month, sum(amount) AS amount,
                   sum(before) AS before,
                   count(*) FILTER (WHERE traded_before) AS were,
                   count(*) FILTER (WHERE traded_before AND trades_now) AS kept,
                   (SELECT round(avg(n), 2) FROM (
                        SELECT CASE WHEN count(h.id) > 0 THEN count(h.id)
                                    WHEN m.attributes ->> 'products' ~ '^[0-9]{1,3}$'
                                    THEN (m.attributes ->> 'products')::int END AS n
                        FROM mine AS m LEFT JOIN clients_holding AS h ON h.client_id = m.id AND h.until IS NULL
                        GROUP BY m.id, m.attributes) AS held) AS products,
                   count(wallet) FILTER (WHERE wallet > 0) AS wallets,
                   sum(amount) FILTER (WHERE wallet > 0) / sum(wallet) FILTER (WHERE wallet > 0) AS wallet_share
            FROM mine
            """
        )[0]
        found["change"] = found["amount"] / found["before"] - 1 if found["before"] else None
        found["retention"] = Decimal(found["kept"]) / found["were"] if found["were"] else None
        return found

    def concentration(self) -> dict[str, Any]:
        """How few clients bring 80 %: their number and share, and the curve as [share of clients, share of amount]."""
        found = self._rows(
            f"""
            , ranked AS (
                SELECT row_number() OVER w AS place, count(*) OVER () AS n,
                       sum(amount) OVER (w ROWS UNBOUNDED PRECEDING) AS reached, sum(amount) OVER () AS total, amount
                FROM mine WHERE amount > 0 WINDOW w AS (ORDER BY amount DESC, code)
            )
            SELECT place, n, reached / total AS share, reached - amount < {TOP_SHARE} * total AS is_top
            FROM ranked
            WHERE place = n OR place %% greatest(n / {CURVE}, 1) = 0
               OR (reached >= {TOP_SHARE} * total AND reached - amount < {TOP_SHARE} * total)
            ORDER BY place
            """
        )
        top = max((row["place"] for row in found if row["is_top"]), default=0)
        n = found[-1]["n"] if found else 0
        curve = [
            [0.0, 0.0],
            *([round(row["place"] / n * 100, 2), round(float(row["share"]) * 100, 2)] for row in found),
        ]
        return {"top": top, "clients": n, "share": Decimal(top) / n if n else None, "curve": curve}

    def stages(self) -> dict[str, tuple[int, Decimal]]:
        """Stage → (clients, amount)."""
        found = self._rows("SELECT stage, count(*) AS n, sum(amount) AS amount FROM mine GROUP BY stage")
        return {row["stage"]: (row["n"], row["amount"]) for row in found}

    def rfm(self) -> list[tuple[int, int, int, Decimal]]:
        """(recency and frequency as one 1–5 point, monetary 1–5, clients, amount)."""
        found = self._rows(
            """
            SELECT least(recency, frequency) AS activity, monetary, count(*) AS n, sum(amount) AS amount
            FROM mine WHERE month IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
            """
        )
        return [(row["activity"], row["monetary"], row["n"], row["amount"]) for row in found]

    def tiers(self) -> list[dict[str, Any]]:
        """Tier, clients, amount, share of each, amount a client, and the relation that they are worth."""
        found = self._rows("SELECT tier, count(*) AS n, sum(amount) AS amount FROM mine GROUP BY tier ORDER BY tier")
        clients = sum(row["n"] for row in found)
        amount = sum((row["amount"] for row in found), start=Decimal(0))
        for row in found:
            row["share_n"] = Decimal(row["n"]) / clients
            row["share_amount"] = row["amount"] / amount if amount else None
            row["mean"] = row["amount"] / row["n"]
            row["relation"] = relation(row["n"], row["amount"], clients, amount)
        return sorted(found, key=lambda row: (row["tier"] == "", row["tier"]))

    def loyalty(self) -> dict[str, int] | None:
        """Quadrant → clients, of those who have answered a survey; None with fewer than five answers.

        Loyalty 0–1 is the mean of months with trade ÷ 12, years as a client ÷ 5 and amount ÷ last year's, each up to 1.
        """
        if not satisfaction.source():
            return None
        found = self._rows(
            f"""
            , placed AS (
                SELECT s.score >= {SATISFIED} AS satisfied, (
                    months_traded / 12.0
                    + least(extract(year FROM age(month, opened_on)) / 5.0, 1)
                    + CASE WHEN before > 0 THEN least(amount / before, 1) ELSE 1 END
                ) / 3 >= {LOYAL} AS loyal
                FROM mine JOIN ({satisfaction.source()}) AS s ON s.client_id = mine.id
                WHERE month IS NOT NULL AND opened_on IS NOT NULL
            )
            SELECT CASE WHEN loyal THEN CASE WHEN satisfied THEN 'loyalist' ELSE 'hostage' END
                        ELSE CASE WHEN satisfied THEN 'mercenary' ELSE 'defector' END END AS quadrant, count(*) AS n
            FROM placed GROUP BY 1
            """
        )
        counted = {row["quadrant"]: row["n"] for row in found}
        return counted if sum(counted.values()) >= LEAST_ANSWERS else None

    def parts(self, unit: Any) -> list[dict[str, Any]]:
        """The units below, or where there are none the account managers: clients, amounts, retention, lost ones."""
        head = len(unit.path) + 6
        figures = """
            count(*) AS clients, sum(amount) AS amount, sum(before) AS before,
            count(*) FILTER (WHERE traded_before) AS were, count(*) FILTER (WHERE traded_before AND trades_now) AS kept,
            count(*) FILTER (WHERE stage IN ('dormant', 'lost')) AS asleep
        """
        found = self._rows(
            f"""
            SELECT u.code, u.name, '' AS username, {figures}
            FROM mine JOIN people_orgunit AS g ON g.id = mine.org_id
            JOIN people_orgunit AS u ON u.path = left(g.path, %(head)s)
            WHERE length(g.path) >= %(head)s GROUP BY u.id ORDER BY u.path
            """,
            head=head,
        )
        if len(found) < 2:
            found = self._rows(
                f"""
                SELECT '' AS code, coalesce(p.name, '') AS name, coalesce(p.username, '') AS username, {figures}
                FROM mine LEFT JOIN people_user AS p ON p.id = mine.owner_id GROUP BY p.id ORDER BY amount DESC
                """
            )
        for row in found:
            row["change"] = row["amount"] / row["before"] - 1 if row["before"] else None
            row["retention"] = Decimal(row["kept"]) / row["were"] if row["were"] else None
        return found
