"""Indicators that people give: soft scores of supervisors."""

from django.utils.translation import gettext_lazy as _

from kpi.metrics.registry import MEAN, POINTS, Metric, register

SOFT = """
    SELECT s.manager_id, NULL::bigint AS client_id, 'soft' AS kind, s.id AS object_id,
           (s.given_at AT TIME ZONE %(zone)s)::date AS day, s.score AS num, 1 AS den
    FROM kpi_softscore s JOIN people ON people.manager_id = s.manager_id
    WHERE s.organisation_id = %(organisation)s AND s.period = ANY(%(periods)s) AND s.metric = %(metric)s
"""
SOFT_PREFIX = "soft:"


def soft(code: str, label: object) -> Metric:
    """A soft indicator."""
    return Metric(
        f"{SOFT_PREFIX}{code}",
        label,
        POINTS,
        MEAN,
        "soft",
        _("Score from 0 to 100 by the supervisor; over several months their mean."),
        SOFT,
        _("Score"),
        _("Times scored"),
    )


def named(code: str) -> Metric | None:
    """A soft indicator that a scheme names by itself, e.g. ``soft:first_aid``; its label is the scheme's."""
    name = code.removeprefix(SOFT_PREFIX)
    if code == name or not name.replace("_", "").isalnum() or len(code) > 40:
        return None
    return soft(name, name.replace("_", " "))


register(
    soft("attitude", _("Work attitude")),
    soft("compliance", _("Compliance with rules")),
    soft("conduct", _("Professional conduct")),
)
