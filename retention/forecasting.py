"""Expected trade of the next three months, by the BG/NBD model on an organisation's own facts, else by rules.

Facts are monthly, so a purchase is a month with trade: x repeat months, the last of them t_x months after the first, T
months observed. Clients with equal histories are one row, so that fitting and foretelling cost the same for a thousand
clients and for millions.
"""

import datetime as dt
from typing import Any

import numpy as np
from django.db import connection

from crm.lib import periods, sql
from people.models import OrgUnit
from retention.bgnbd import LEAST_CLIENTS, LEAST_RETURNED, NotFitted, Parameters, expected_purchases, fit
from retention.bgnbd import probability_alive as alive
from retention.models import Forecast, ForecastFit

HISTORY = 36  # months looked back
AHEAD = 3
LEAST_MONTHS = 6
MOST_ERROR = 0.15  # of the last three months: a model that missed by more is not shown
BINS = 10

Why = ForecastFit.Why

# One row a client that has traded: what its history comes to at the end of %(month)s.
HISTORIES = """
    SELECT client_id, count(*)::int - 1 AS x,
           max(place) - min(place) AS tx, %(place)s - min(place) AS t,
           avg(amount) FILTER (WHERE month > %(m_12)s) AS mean_12m, avg(amount) AS mean,
           count(*) FILTER (WHERE month > %(m_3)s) AS months_3m, sum(amount) FILTER (WHERE month > %(m_3)s) AS amount_3m
    FROM (
        SELECT client_id, month, amount,
               (extract(year FROM month) * 12 + extract(month FROM month))::int AS place
        FROM clients_monthlyfact
        WHERE organisation_id = %(organisation)s AND month > %(oldest)s AND month <= %(month)s AND amount > 0
    ) f
    GROUP BY client_id
"""


def _params(organisation: OrgUnit, month: dt.date) -> dict[str, Any]:
    return {
        "organisation": organisation.pk,
        "month": month,
        "place": month.year * 12 + month.month,
        "m_3": periods.add_months(month, -3),
        "m_12": periods.add_months(month, -12),
        "oldest": periods.add_months(month, -HISTORY),
    }


def histories(organisation: OrgUnit, month: dt.date, until: dt.date | None = None) -> dict[str, np.ndarray]:
    """Columns x, tx, t and count of equal histories; ``after``: months traded after ``month``, up to ``until``."""
    after = """
        LEFT JOIN LATERAL (
            SELECT count(*) AS months FROM clients_monthlyfact n
            WHERE n.client_id = h.client_id AND n.month > %(month)s AND n.month <= %(until)s AND n.amount > 0
        ) a ON true
    """
    query = f"""
        SELECT x, tx, t, count(*) AS count, {"sum(a.months)" if until else "0"} AS after
        FROM ({HISTORIES}) h {after if until else ""} GROUP BY x, tx, t ORDER BY x, tx, t
    """
    rows = sql.rows(query, {**_params(organisation, month), "until": until})
    names = ("x", "tx", "t", "count", "after")
    return {name: np.array([row[name] for row in rows], dtype=float) for name in names}


def fit_month(organisation: OrgUnit, month: dt.date) -> ForecastFit:
    """Fit, check against the last three months, and keep the outcome; by rules, with the reason, where it fails."""
    columns = histories(organisation, month)
    count = columns["count"]
    values: dict[str, Any] = {
        "clients": int(count.sum()),
        "returned": int(count[columns["x"] > 0].sum()),
        "computed_at": periods.now(),
        **dict.fromkeys(("r", "alpha", "a", "b", "log_likelihood", "error")),
        "calibration": [],
        "method": ForecastFit.Method.RULES,
        "why": Why.NONE,
    }
    if not len(count) or columns["t"].max() + 1 < LEAST_MONTHS:
        values["why"] = Why.SHORT
    else:
        found, values["why"] = _fitted(columns)
        if found is not None:
            earlier = periods.add_months(month, -AHEAD)
            values["calibration"], values["error"] = calibrate(organisation, earlier, month)
            if values["error"] is None:
                values["why"] = Why.ALIKE  # three months ago there was nothing to fit yet
            elif abs(values["error"]) > MOST_ERROR:
                values["why"] = Why.MISSED
            else:
                values |= {
                    "method": ForecastFit.Method.MODEL,
                    **{name: getattr(found, name) for name in ("r", "alpha", "a", "b", "log_likelihood")},
                }
    return ForecastFit.objects.update_or_create(organisation=organisation, month=month, defaults=values)[0]


def _fitted(columns: dict[str, np.ndarray]) -> tuple[Parameters | None, str]:
    count = columns["count"]
    if count.sum() < LEAST_CLIENTS or count[columns["x"] > 0].sum() < LEAST_RETURNED:
        return None, Why.THIN
    try:
        return fit(columns["x"], columns["tx"], columns["t"], count), Why.NONE
    except NotFitted:
        return None, Why.ALIKE


def calibrate(organisation: OrgUnit, month: dt.date, until: dt.date) -> tuple[list[dict[str, Any]], float | None]:
    """What a model that knows only the facts up to ``month`` foretells up to ``until``, beside what came.

    Clients in ten classes of expected trading months; and the error of all together, relative to what came.
    """
    columns = histories(organisation, month, until)
    found, _why = _fitted(columns) if len(columns["x"]) else (None, "")
    if found is None:
        return [], None
    expected = _expected(found, columns)
    place = np.minimum((expected / AHEAD * BINS).astype(int), BINS - 1)
    count = columns["count"]
    bins = []
    for number in range(BINS):
        chosen = place == number
        clients = float(count[chosen].sum())
        if clients:
            bins.append(
                {
                    "clients": int(clients),
                    "expected": round(float((expected * count)[chosen].sum() / clients), 4),
                    "actual": round(float(columns["after"][chosen].sum() / clients), 4),
                }
            )
    came = float(columns["after"].sum())
    return bins, (float((expected * count).sum()) - came) / came if came else None


def _expected(found: Parameters, columns: dict[str, np.ndarray]) -> np.ndarray:
    """Expected months with trade, of three: no month counts twice."""
    return np.minimum(expected_purchases(found, AHEAD, columns["x"], columns["tx"], columns["t"]), AHEAD)


def fit_of(organisation: OrgUnit, month: dt.date) -> ForecastFit:
    """The month's outcome."""
    return ForecastFit.objects.get(organisation=organisation, month=month)


def write(organisation: OrgUnit, month: dt.date) -> int:
    """What each client is expected to trade in the three months after ``month``; the number of rows that changed."""
    fitted = fit_of(organisation, month)
    params = _params(organisation, month)
    by_model = fitted.method == ForecastFit.Method.MODEL
    if by_model:
        columns = histories(organisation, month)
        found = Parameters(fitted.r, fitted.alpha, fitted.a, fitted.b, fitted.log_likelihood or 0.0)  # type: ignore[arg-type]
        active = alive(found, columns["x"], columns["tx"], columns["t"])
        rows = zip(columns["x"], columns["tx"], columns["t"], active, _expected(found, columns), strict=True)
        values = "e.p, e.months, round(e.months * coalesce(h.mean_12m, h.mean), 2)"
        join = "JOIN expected e ON e.x = h.x AND e.tx = h.tx AND e.t = h.t"
    else:
        values, join = "NULL::numeric, h.months_3m, round(coalesce(h.amount_3m, 0), 2)", ""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        if by_model:
            cursor.execute("DROP TABLE IF EXISTS expected")
            cursor.execute(
                "CREATE TEMP TABLE expected (x int, tx int, t int, p numeric(5, 4), months numeric(4, 2))"
                " ON COMMIT DROP"
            )
            sql.copy_rows(
                "expected",
                ("x", "tx", "t", "p", "months"),
                ((int(x), int(tx), int(t), f"{p:.4f}", f"{months:.2f}") for x, tx, t, p, months in rows),
            )
            cursor.execute("ANALYZE expected")
        cursor.execute(
            f"""
            INSERT INTO retention_forecast AS f
                (client_id, organisation_id, month, p_active, expected_months, expected_amount)
            SELECT h.client_id, %(organisation)s, %(month)s, {values}
            FROM ({HISTORIES}) h {join}
            ON CONFLICT (client_id) DO UPDATE
            SET month = excluded.month, p_active = excluded.p_active, expected_months = excluded.expected_months,
                expected_amount = excluded.expected_amount
            WHERE (f.month, f.p_active, f.expected_months, f.expected_amount) IS DISTINCT FROM
                  (excluded.month, excluded.p_active, excluded.expected_months, excluded.expected_amount)
            """,
            params,
        )
        written = cursor.rowcount
    gone, _models = Forecast.objects.filter(organisation=organisation).exclude(month=month).delete()
    return written + gone


def latest(organisation_id: int) -> ForecastFit | None:
    """The newest month's outcome of an organisation."""
    return ForecastFit.objects.filter(organisation=organisation_id).order_by("-month").first()
