"""Indicators against a target or a forecast: the facts are the system's own, the targets are imported."""

from django.utils.translation import gettext_lazy as _

from kpi.metrics.business import KEEPS_HOLDINGS, NEW_CLIENTS, NEW_PRODUCTS
from kpi.metrics.registry import ACCURACY, PERCENT, RATIO, Metric, register
from kpi.metrics.sales import THIS_YEAR, facts

# Months of the period, as periods are written, of which the organisation has facts.
LOADED_MONTHS = """(
    SELECT to_char(u.month, 'YYYY-MM') FROM unnest(%(months)s::date[]) AS u (month) WHERE EXISTS (
        SELECT FROM clients_monthlyfact x WHERE x.month = u.month AND x.organisation_id = %(organisation)s
            AND x.month = ANY(%(months)s::date[])
    )
)"""
ALL_MONTHS = "(SELECT to_char(u.month, 'YYYY-MM') FROM unnest(%(months)s::date[]) AS u (month))"


def attained(done: str, target: str, months: str, known: str = "true") -> str:
    """Detail: what was done, and the target as a row of its own; the period's own target goes before its months'."""
    return f"""
        SELECT manager_id, client_id, kind, object_id, day, num, 0 AS den FROM ({done}) AS done
        UNION ALL
        SELECT v.manager_id, NULL, 'import', v.id, (v.imported_at AT TIME ZONE %(zone)s)::date, 0, v.value
        FROM kpi_importedvalue v JOIN people ON people.manager_id = v.manager_id
        WHERE v.organisation_id = %(organisation)s AND v.metric = '{target}' AND v.value > 0
            AND EXISTS {months} AND {known}
            AND (v.period = %(period)s OR v.period IN {months} AND NOT EXISTS (
                SELECT FROM kpi_importedvalue own
                WHERE own.manager_id = v.manager_id AND own.metric = v.metric AND own.period = %(period)s
            ))
    """


# Month by month: the distance between forecast and sales, over the sales.
FORECAST = f"""
    SELECT a.manager_id, NULL::bigint AS client_id, 'import' AS kind, v.id AS object_id, a.day,
           abs(a.amount - v.value) AS num, a.amount AS den
    FROM (
        SELECT manager_id, day, sum(num) AS amount FROM ({facts("f.amount", "0", THIS_YEAR)}) AS f
        GROUP BY manager_id, day
    ) a
    JOIN kpi_importedvalue v ON v.manager_id = a.manager_id AND v.metric = 'import:sales_forecast'
        AND v.organisation_id = %(organisation)s AND v.period = to_char(a.day, 'YYYY-MM')
"""

register(
    Metric(
        "attainment", _("Attainment of the sales target"), PERCENT, RATIO, "facts",
        _("Amount of the own clients ÷ imported target; months without sales facts are left out of both."),
        attained(facts("f.amount", "0", THIS_YEAR), "import:sales_target", LOADED_MONTHS),
        _("Amount (yuan)"), _("Target"), inputs=("import:sales_target",),
    ),
    Metric(
        "quantity_attainment", _("Attainment of the quantity target"), PERCENT, RATIO, "facts",
        _("Quantity of the own clients ÷ imported target; months without sales facts are left out of both."),
        attained(facts("f.quantity", "0", THIS_YEAR), "import:quantity_target", LOADED_MONTHS),
        _("Quantity"), _("Target"), inputs=("import:quantity_target",),
    ),
    Metric(
        "product_attainment", _("Product sales against the target"), PERCENT, RATIO, "products",
        _("Products that own clients took in the period ÷ imported target."),
        attained(NEW_PRODUCTS, "import:product_target", ALL_MONTHS, KEEPS_HOLDINGS),
        _("Products held"), _("Target"), inputs=("import:product_target",),
    ),
    Metric(
        "client_attainment", _("New clients against the target"), PERCENT, RATIO, "files",
        _("Own clients whose business with us began in the period ÷ imported target."),
        attained(NEW_CLIENTS, "import:client_target", ALL_MONTHS),
        _("Clients"), _("Target"), inputs=("import:client_target",),
    ),
    Metric(
        "forecast_accuracy", _("Accuracy of the sales forecast"), PERCENT, ACCURACY, "facts",
        _("1 − distance between imported forecast and sales ÷ sales, month by month; never below 0."),
        FORECAST, _("Distance (yuan)"), _("Amount (yuan)"), inputs=("import:sales_forecast",),
    ),
)  # fmt: skip
