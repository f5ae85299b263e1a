"""Indicators of the own clients' business; a client counts for its owner of those days, pro rata within a month."""

from django.utils.translation import gettext_lazy as _

from kpi.metrics.registry import COUNT, GROWTH, PERCENT, RATIO, SUM, YUAN, Metric, register


def facts(num: str, den: str, where: str, join: str = "") -> str:
    """Detail over clients and months: f is the month's fact, b that of the same month a year before, share the days.

    ``join`` adds what else a row needs.

    Months of which the organisation has no facts at all are left out: not yet loaded is not zero.
    """
    return f"""
        SELECT h.manager_id, h.client_id, 'client' AS kind, h.client_id AS object_id, m.month AS day,
               s.share * ({num}) AS num, s.share * ({den}) AS den
        FROM (
            SELECT month, (month + interval '1 month - 1 day')::date AS month_end
            FROM unnest(%(months)s::date[]) AS u (month)
            WHERE EXISTS (
                SELECT FROM clients_monthlyfact x
                WHERE x.month = u.month AND x.organisation_id = %(organisation)s AND x.month = ANY(%(months)s::date[])
            )
        ) m
        -- In one comparison: of two the planner expects that few rows meet both, and looks their facts up one by one.
        JOIN held h ON least(h.last_day, m.month_end) >= greatest(h.first_day, m.month)
        CROSS JOIN LATERAL (
            SELECT (least(h.last_day, m.month_end) - greatest(h.first_day, m.month) + 1)::numeric
                   / (m.month_end - m.month + 1) AS share
        ) s
        LEFT JOIN clients_monthlyfact f
            ON f.client_id = h.client_id AND f.organisation_id = %(organisation)s
            AND f.month = m.month AND f.month = ANY(%(months)s::date[])
        LEFT JOIN clients_monthlyfact b
            ON b.client_id = h.client_id AND b.organisation_id = %(organisation)s
            AND b.month = (m.month - interval '1 year')::date
            AND b.month = ANY(%(months_before)s::date[])
        {join}
        WHERE {where}
    """


THIS_YEAR = "f.client_id IS NOT NULL"
EITHER_YEAR = "f.client_id IS NOT NULL OR b.client_id IS NOT NULL"
CLASSES = "coalesce((f.measures ->> 'class_1')::numeric, 0) + coalesce((f.measures ->> 'class_2')::numeric, 0)"

register(
    Metric(
        "sales_growth",
        _("Sales growth on last year"),
        PERCENT,
        GROWTH,
        "facts",
        _("Amount of the own clients ÷ amount of the same clients in the same months a year before − 1."),
        facts("coalesce(f.amount, 0)", "coalesce(b.amount, 0)", EITHER_YEAR),
        _("Amount (yuan)"),
        _("A year before (yuan)"),
    ),
    Metric(
        "sales_amount",
        _("Sales amount"),
        YUAN,
        SUM,
        "facts",
        _("Amount of the own clients."),
        facts("f.amount", "0", THIS_YEAR),
        _("Amount (yuan)"),
        "",
    ),
    Metric(
        "sales_quantity",
        _("Sales quantity"),
        COUNT,
        SUM,
        "facts",
        _("Quantity of the own clients."),
        facts("f.quantity", "0", THIS_YEAR),
        _("Quantity"),
        "",
    ),
    Metric(
        "quantity_growth",
        _("Quantity growth on last year"),
        PERCENT,
        GROWTH,
        "facts",
        _("Quantity of the own clients ÷ quantity of the same clients in the same months a year before − 1."),
        facts("coalesce(f.quantity, 0)", "coalesce(b.quantity, 0)", EITHER_YEAR),
        _("Quantity"),
        _("A year before"),
    ),
    Metric(
        "structure",
        _("Share of classes 1 and 2"),
        PERCENT,
        RATIO,
        "facts",
        _("Quantity of class 1 and class 2 goods ÷ whole quantity, over clients whose mix is known."),
        facts(CLASSES, "f.quantity", "f.measures ?| ARRAY['class_1', 'class_2']"),
        _("Classes 1 and 2"),
        _("Quantity"),
    ),
)
