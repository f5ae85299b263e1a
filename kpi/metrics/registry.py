"""Indicators by name: each is one set-based SQL text whose rows both make the number and explain it.

A metric's ``detail`` selects the rows behind it: ``manager_id, client_id, kind, object_id, day, num, den``. The value
of a manager is made from the sums over those rows, so a drill-down always adds up to the number above it. Missing is
missing: without rows, or with nothing to divide by, there is no value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import sql
from kpi.metrics.span import Span

RATIO, GROWTH, GROWTH_PEERS, SUM, MEAN, ACCURACY = "ratio", "growth", "growth_peers", "sum", "mean", "accuracy"
VALUES = {
    RATIO: "sum(num)::numeric / nullif(sum(den), 0)",
    MEAN: "sum(num)::numeric / nullif(sum(den), 0)",
    GROWTH: "sum(num)::numeric / nullif(greatest(sum(den), 0), 0) - 1",
    # Against the mean of everybody whom the statement measures.
    GROWTH_PEERS: "sum(num)::numeric / nullif(greatest(sum(den), 0), 0) "
    "- avg(sum(num)::numeric / nullif(greatest(sum(den), 0), 0)) OVER ()",
    SUM: "sum(num)",
    # num is the distance from what was said.
    ACCURACY: "greatest(0, 1 - sum(num)::numeric / nullif(greatest(sum(den), 0), 0))",
}

PERCENT, YUAN, COUNT, NUMBER, MINUTES, MARK, POINTS = (
    "percent", "yuan", "count", "number", "minutes", "mark", "points",
)  # fmt: skip
UNITS = {
    PERCENT: "%",
    YUAN: pgettext_lazy("unit", "yuan"),
    COUNT: "",
    NUMBER: "",
    MINUTES: pgettext_lazy("unit", "minutes"),
    MARK: pgettext_lazy("unit", "of 5"),
    POINTS: pgettext_lazy("unit", "points"),
}

# Values that people give and may change at any time: by hand, by a file, by publishing what they stand on.
GIVEN = ("soft", "imports", "exams", "scores")
# Where facts come from and whose turn it is when they are missing.
SOURCES = {
    "plans": _("Plans"),
    "visits": _("Visits"),
    "journals": _("Journals"),
    "reviews": _("Reviews"),
    "facts": _("Sales facts"),
    "alerts": _("Alerts"),
    "service": _("Service requests"),
    "surveys": _("Surveys"),
    "files": _("Client files"),
    "products": _("Products and campaigns"),
    "exams": _("Exams"),
    "soft": _("Supervisor's scores"),
    "imports": _("Imported values"),
    "scores": _("Scores of the months"),
}


@dataclass(frozen=True)
class Metric:
    """An indicator: what it is called, how it is made, and in which direction it is better.

    ``num_label`` and ``den_label`` name the two columns of the drill-down; ``advice`` says what one more unit of the
    numerator means for the manager, with ``%(n)s`` in it (empty: nothing that the manager can do today).
    """

    code: str
    label: Any
    unit: str
    how: str
    source: str
    formula: Any
    detail: str
    num_label: Any = ""
    den_label: Any = ""
    higher_is_better: bool = True
    advice: Any = ""
    grows: bool = False  # a rate that grows with the days of the period
    roles: tuple[str, ...] = ("am",)  # whom it measures
    inputs: tuple[str, ...] = ()  # imported values that it stands on, e.g. a target
    least: Decimal | None = None  # the range of what may be imported; None: no bound of its own
    most: Decimal | None = None

    @property
    def is_soft(self) -> bool:
        """Whether people give it rather than the system measures it."""
        return self.source == "soft"

    @property
    def more_is_better(self) -> bool:
        """Whether more of the numerator is better: for an accuracy it is the distance."""
        return self.higher_is_better and self.how != ACCURACY

    @property
    def unit_label(self) -> Any:
        """The unit in words."""
        return UNITS[self.unit]

    def params(self, span: Span) -> dict[str, Any]:
        """The parameters of its statements for a span."""
        return {**span.params, "metric": self.code, "roles": list(self.roles)}

    @property
    def values_sql(self) -> str:
        """A query of ``manager_id, value, numerator, denominator``, with the parameters of a span and ``metric``."""
        return f"{Span.CTES} {self.sums_sql}"

    @property
    def laid_out_sql(self) -> str:
        """``values_sql`` where the tables of the span are laid out."""
        return f"{Span.LAID_OUT if 'owned' in self.detail else ''} {self.sums_sql}"

    @property
    def sums_sql(self) -> str:
        """``values_sql`` without what it reads from: the tables of a span that its detail names."""
        return f"""
            SELECT manager_id, round({VALUES[self.how]}, 6) AS value,
                   round(sum(num), 4) AS numerator, round(sum(den), 4) AS denominator
            FROM ({self.detail}) AS d GROUP BY manager_id
        """

    def values(self, span: Span) -> list[dict[str, Any]]:
        """Rows ``manager_id, value, numerator, denominator`` without storing them."""
        return sql.rows(f"{self.values_sql} ORDER BY manager_id", self.params(span))

    def rows(self, manager_id: int, span: Span, limit: int = 1000) -> list[dict[str, Any]]:
        """The rows behind a manager's number, those that cost points first, with the client's name and code."""
        params = {**self.params(span.only(manager_id)), "limit": limit}
        short = "d.num - d.den" if self.more_is_better else "d.den - d.num"
        return sql.rows(
            f"""
            {Span.CTES}
            SELECT d.*, c.name AS client, c.code AS client_code
            FROM ({self.detail}) AS d LEFT JOIN clients_client c ON c.id = d.client_id
            ORDER BY {short}, d.day, c.code, d.object_id LIMIT %(limit)s
            """,
            params,
        )


VALUE = "value, numerator, denominator"


def store(found: Sequence[Metric], span: Span) -> None:
    """Measure all managers of a span anew by some metrics, in a transaction; who had whom in care is read once.

    Values that are the same as before are not written.
    """
    for roles in dict.fromkeys(metric.roles for metric in found):
        theirs = [metric for metric in found if metric.roles == roles]
        span.lay_out(roles, " ".join(metric.detail for metric in theirs))
        for metric in theirs:
            sql.execute(
                f"""
                WITH v AS MATERIALIZED ({metric.laid_out_sql}), known AS MATERIALIZED (
                    SELECT * FROM kpi_managervalue
                    WHERE organisation_id = %(organisation)s AND period = %(period)s AND metric = %(metric)s
                ), gone AS (
                    DELETE FROM kpi_managervalue
                    WHERE organisation_id = %(organisation)s AND period = %(period)s AND metric = %(metric)s
                        AND manager_id NOT IN (SELECT manager_id FROM v)
                )
                INSERT INTO kpi_managervalue (organisation_id, period, metric, manager_id, {VALUE})
                SELECT %(organisation)s, %(period)s, %(metric)s, manager_id, v.value, v.numerator, v.denominator
                FROM v LEFT JOIN known USING (manager_id)
                WHERE {sql.differs("v", "known", VALUE)} OR known.manager_id IS NULL
                ON CONFLICT (organisation_id, period, metric, manager_id) DO UPDATE SET {sql.excluded(VALUE)}
                """,
                metric.params(span),
            )


metrics: dict[str, Metric] = {}


def register(*found: Metric) -> None:
    """Make metrics known; a code twice is a programming error."""
    for metric in found:
        if metric.code in metrics:
            raise ValueError(f"metric {metric.code} is registered twice")
        metrics[metric.code] = metric


def get(code: str) -> Metric:
    """The metric of a code; a soft or imported one of any name is made on the spot. KeyError when there is none."""
    if code in metrics:
        return metrics[code]
    from kpi.metrics import manual  # registers here

    found = manual.named(code)
    if found is None:
        raise KeyError(code)
    return found


def known(code: str) -> bool:
    """Whether a scheme may name it."""
    try:
        get(code)
    except KeyError:
        return False
    return True


def choices(codes: Sequence[str] | None = None) -> list[tuple[str, Any]]:
    """(code, label) of the metrics, in the order of registration."""
    return [(metric.code, metric.label) for metric in metrics.values() if codes is None or metric.code in codes]


def by_source() -> dict[str, list[tuple[str, Any]]]:
    """Source → (code, label) of what a scheme may score; what is only a target of another indicator is left out."""
    targets = {code for metric in metrics.values() for code in metric.inputs}
    found: dict[str, list[tuple[str, Any]]] = {}
    for metric in metrics.values():
        if metric.code not in targets:
            found.setdefault(metric.source, []).append((metric.code, metric.label))
    return found
