"""Sales and margin behind open alerts, by unit and by account manager."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from clients.models import Client
from crm.lib import periods, sql
from people.models import OrgUnit, Profile
from retention.models import Alert
from retention.rules import danger_kinds

# What is left of sales after the cost of goods; of a bank's average assets, what a month brings.
MARGINS = {Profile.TOBACCO: Decimal("0.20"), Profile.BANK: Decimal("0.0015"), Profile.OTHER: Decimal("0.20")}
IGNORED_DAYS = 3


@dataclass(frozen=True)
class Exposure:
    """One row: a unit or a manager. A client with several alerts counts once, with the largest of their values."""

    pk: int
    name: str
    key: str
    clients: int
    alerts: int
    waiting: int  # alerts that nobody has looked at for some days
    acting: int
    sales: Decimal
    all_sales: Decimal  # what all clients of this row trade a month
    margin: Decimal

    @property
    def share(self) -> Decimal | None:
        """Sales at risk ÷ all sales."""
        return self.sales / self.all_sales if self.all_sales else None


def margin_rate(organisation: OrgUnit) -> Decimal:
    """Margin a month ÷ sales a month: the organisation's own figure, else the usual one of its industry."""
    own = organisation.settings.get("margin_rate")
    return Decimal(str(own)) if own is not None else MARGINS.get(Profile(organisation.profile), Decimal("0.20"))


QUERY = """
    WITH seen AS (
        SELECT c.id, c.owner_id, org.path FROM ({clients}) v JOIN clients_client c ON c.id = v.id
        JOIN people_orgunit org ON org.id = c.org_id
    ), risk AS (
        SELECT a.client_id, max(a.value_at_risk) AS value, count(*) AS alerts,
               count(*) FILTER (WHERE a.state = 'open' AND a.raised_on <= %(ignored)s) AS waiting,
               count(*) FILTER (WHERE a.state = 'acting') AS acting
        FROM retention_alert a JOIN seen ON seen.id = a.client_id
        WHERE a.closed_at IS NULL AND a.kind = ANY(%(kinds)s)
        GROUP BY a.client_id
    )
    SELECT g.id AS pk, g.name, g.{key} AS key, count(risk.client_id) AS clients,
           coalesce(sum(risk.alerts), 0)::int AS alerts, coalesce(sum(risk.waiting), 0)::int AS waiting,
           coalesce(sum(risk.acting), 0)::int AS acting, coalesce(sum(risk.value), 0) AS sales,
           coalesce(round(sum(t.amount_3m) / 3, 2), 0) AS all_sales
    FROM seen
    JOIN {groups} g ON {condition}
    LEFT JOIN risk ON risk.client_id = seen.id
    LEFT JOIN retention_trade t ON t.client_id = seen.id
    GROUP BY g.id, g.name, g.{key}
    ORDER BY sales DESC, g.name
"""


def _rows(
    clients: QuerySet[Client], organisation: OrgUnit, groups: str, key: str, condition: str, **params: Any
) -> list[Exposure]:
    query, scope = sql.named(clients.filter(is_active=True).values("id"), "client")
    values = {
        **scope,
        **params,
        "kinds": danger_kinds(),
        "ignored": periods.today() - dt.timedelta(days=IGNORED_DAYS),
    }
    statement = QUERY.format(clients=query, groups=groups, key=key, condition=condition)
    rate = margin_rate(organisation)
    return [Exposure(**row, margin=round(row["sales"] * rate, 2)) for row in sql.rows(statement, values)]


def by_manager(clients: QuerySet[Client], organisation: OrgUnit) -> list[Exposure]:
    """By present owner, most at risk first."""
    return _rows(clients, organisation, "people_user", "username", "g.id = seen.owner_id")


def by_unit(clients: QuerySet[Client], organisation: OrgUnit, parent: OrgUnit) -> list[Exposure]:
    """By the units right below ``parent``."""
    condition = "g.parent_id = %(parent)s AND seen.path LIKE g.path || '%%'"
    return _rows(clients, organisation, "people_orgunit", "code", condition, parent=parent.pk)


def has_below(unit: OrgUnit) -> bool:
    """Whether a unit has units below it."""
    return OrgUnit.objects.filter(parent=unit).exists()


def at_risk(clients: QuerySet[Client]) -> QuerySet[Client]:
    """Those with an open danger."""
    return clients.filter(Exists(Alert.objects.open().dangers().filter(client=OuterRef("pk"))))
