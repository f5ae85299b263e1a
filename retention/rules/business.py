"""Alerts from monthly business facts."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods
from people.models import OrgUnit
from retention.rules.registry import Found, Limits, Rule, register

MONTHS = 3


def sales_drop(organisation: OrgUnit, day: dt.date, limits: Limits, months_before: int) -> Found:
    """Clients whose last three whole months are more than the limit under the three of ``months_before`` earlier.

    A client without trade in the later window counts with 0; without trade in the earlier one there is nothing to
    compare. ``value_at_risk`` is what a month has lost.
    """
    last = periods.last_whole_month(day)
    query = """
        SELECT client_id,
               %(cause)s AS cause,
               jsonb_build_object('now', now, 'before', before,
                                  'from', %(first)s::text, 'to', %(last)s::text) AS figures,
               round((before - now) / 3, 2) AS value_at_risk
        FROM (
            SELECT f.client_id,
                   coalesce(sum(f.amount) FILTER (WHERE f.month >= %(first)s), 0) AS now,
                   coalesce(sum(f.amount) FILTER (WHERE f.month < %(first)s), 0) AS before
            FROM clients_monthlyfact f
            WHERE f.organisation_id = %(organisation)s
              AND (f.month BETWEEN %(first)s AND %(last)s OR f.month BETWEEN %(first_before)s AND %(last_before)s)
            GROUP BY f.client_id
        ) sums
        JOIN clients_client c ON c.id = client_id AND c.is_active
        WHERE before > 0 AND now < before * (1 - %(drop)s::numeric)
    """
    first = periods.add_months(last, 1 - MONTHS)
    return query, {
        "first": first,
        "last": last,
        "first_before": periods.add_months(first, -months_before),
        "last_before": periods.add_months(last, -months_before),
        "cause": f"{last:%Y-%m}",
        "drop": str(limits["drop"]),
    }


def drop_in_words(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures of a drop, ready for a sentence."""
    now, before = Decimal(str(figures["now"])), Decimal(str(figures["before"]))
    return {
        "percent": round((before - now) * 100 / before),
        "now": f"{now:,.0f}",
        "before": f"{before:,.0f}",
        "from": figures["from"][:7],
        "to": figures["to"][:7],
    }


def reason_yoy(figures: dict[str, Any]) -> str:
    """The drop against last year in words."""
    return _("Sales %(from)s to %(to)s down %(percent)s%% on the same months last year: %(before)s → %(now)s yuan") % (
        drop_in_words(figures)
    )


register(
    Rule(
        kind="sales_drop_yoy",
        label=gettext_lazy("Sales down on last year"),
        icon="trending-down",
        find=lambda organisation, day, limits: sales_drop(organisation, day, limits, 12),
        reason=reason_yoy,
        step=gettext_lazy("Visit within three days, ask for the cause, and agree on a plan for the next order."),
        limits={"drop": "0.30", "quiet_days": 90},
    )
)
