"""Alerts from what clients say: complaints and marks."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods
from retention.rules.registry import A_MONTH, DAYS, Act, Found, Limits, Rule, Scene, Step, limit, register, with_trade


def _moments(scene: Scene, days: int) -> dict[str, Any]:
    """The span of ``days`` days that ends with the scene's day, as moments."""
    end = scene.day + dt.timedelta(days=1)
    return {"from": periods.start_of(end - dt.timedelta(days=days)), "until": periods.start_of(end)}


def complaints(scene: Scene, limits: Limits) -> Found:
    """Clients with a complaint past its deadline and not settled, or with so many complaints in the span.

    The cause is the newest of these complaints. One that waits for the client has no deadline meanwhile.
    """
    query = f"""
        SELECT q.client_id,
               q.newest::text AS cause,
               jsonb_build_object('count', q.count, 'late', q.late, 'days', %(days)s::int,
                                  'due', q.due::text) AS figures,
               {A_MONTH} AS value_at_risk
        FROM (
            SELECT client_id,
                   count(*) FILTER (WHERE registered_at >= %(from)s) AS count,
                   count(*) FILTER (WHERE is_late) AS late,
                   min((due_at AT TIME ZONE %(zone)s)::date) FILTER (WHERE is_late) AS due,
                   max(id) FILTER (WHERE is_late OR registered_at >= %(from)s) AS newest
            FROM (
                SELECT id, client_id, registered_at, due_at,
                       due_at < %(until)s AND state <> 'waiting_client'
                           AND (resolved_at IS NULL OR resolved_at >= %(until)s) AS is_late
                FROM service_servicerequest
                WHERE organisation_id = %(organisation)s AND kind = 'complaint' AND client_id IS NOT NULL
                  AND state NOT IN ('merged', 'cancelled') AND registered_at < %(until)s
                  AND (registered_at >= %(from)s OR resolved_at IS NULL OR resolved_at >= %(until)s)
            ) one
            GROUP BY client_id
        ) q
        {with_trade("q.client_id")}
        WHERE q.late > 0 OR q.count >= %(times)s
    """
    days = int(limits["days"])
    return query, {**_moments(scene, days), "days": days, "times": int(limits["times"]), "zone": settings.TIME_ZONE}


def reason_complaints(figures: dict[str, Any]) -> str:
    """What is late, or how often, in words."""
    if figures["late"] and figures["count"] > 1:
        return _("%(count)d complaints in %(days)d days, one past its deadline of %(due)s") % figures
    if figures["late"]:
        return _("A complaint is not settled past its deadline of %(due)s") % figures
    return _("%(count)d complaints in %(days)d days") % figures


register(
    Rule(
        kind="complaint",
        label=gettext_lazy("Complaint late or repeated"),
        icon="message-exclamation",
        find=complaints,
        reason=reason_complaints,
        step=gettext_lazy("Call today, say what happens until when, and see that it happens."),
        about=gettext_lazy("A complaint past its deadline, or several within the span."),
        limits=(
            limit("times", gettext_lazy("Alert at this many complaints"), 2, gettext_lazy("complaints"), 2, 10),
            limit("days", gettext_lazy("within"), 90, DAYS, 7, 365),
        ),
        quiet_days=30,
        escalate_days=2,
        steps=(
            Step(Act.CALL, 0, gettext_lazy("Apologise by phone, and name the day by which it is settled.")),
            Step(Act.TASK, 1, gettext_lazy("Ask the handling post where it stands, and what is still missing.")),
            Step(Act.VISIT, 5, gettext_lazy("Visit after it is settled: is the client content, does it happen again?")),
        ),
    )
)


def low_marks(scene: Scene, limits: Limits) -> Found:
    """Clients whose latest mark, in a survey or when called back after a request, is at or under the limit.

    The cause is that mark; a better one later takes it away, and so does the end of the span.
    """
    query = f"""
        SELECT m.client_id,
               m.source || m.id AS cause,
               jsonb_build_object('source', m.source, 'mark', m.mark, 'on', m.day::text) AS figures,
               {A_MONTH} AS value_at_risk
        FROM (
            SELECT DISTINCT ON (client_id) client_id, source, id, mark, (at AT TIME ZONE %(zone)s)::date AS day
            FROM (
                SELECT i.client_id, 'survey:' AS source, a.id, a.overall AS mark, a.at
                FROM service_answer a
                JOIN service_invitation i ON i.id = a.invitation_id
                JOIN service_wave w ON w.id = a.wave_id
                JOIN service_survey s ON s.id = w.survey_id AND s.organisation_id = %(organisation)s
                WHERE a.at >= %(from)s AND a.at < %(until)s
                UNION ALL
                SELECT client_id, 'callback:', id, satisfaction, called_back_at
                FROM service_servicerequest
                WHERE organisation_id = %(organisation)s AND client_id IS NOT NULL AND satisfaction IS NOT NULL
                  AND called_back_at >= %(from)s AND called_back_at < %(until)s
            ) marks
            ORDER BY client_id, at DESC, id DESC
        ) m
        {with_trade("m.client_id")}
        WHERE m.mark <= %(mark)s
    """
    return query, {**_moments(scene, int(limits["days"])), "mark": limits["mark"], "zone": settings.TIME_ZONE}


def faded(scene: Scene, limits: Limits) -> Found:
    """A mark that was given before the span, without a better one since."""
    return "(a.figures ->> 'on')::date <= %(day)s::date - %(days)s", {"days": int(limits["days"])}


def reason_mark(figures: dict[str, Any]) -> str:
    """The mark and where it was given, in words."""
    if figures["source"] == "survey:":
        return _("Gave %(mark)d of 5 in the survey on %(on)s") % figures
    return _("Gave %(mark)d of 5 when called back on %(on)s") % figures


register(
    Rule(
        kind="low_mark",
        label=gettext_lazy("Low mark"),
        icon="mood-sad",
        find=low_marks,
        reason=reason_mark,
        step=gettext_lazy("Thank for the candour, and ask what one thing should change first."),
        about=gettext_lazy("The latest mark of a survey, or of a call back after a request."),
        limits=(
            limit("mark", gettext_lazy("Alert at a mark of at most"), 2, gettext_lazy("of 5"), 1, 4),
            limit("days", gettext_lazy("given within"), 90, DAYS, 7, 365),
        ),
        quiet_days=90,
        escalate_days=5,
        steps=(
            Step(Act.CALL, 1, gettext_lazy("Call: thank for the candour, and ask what should change first.")),
            Step(Act.VISIT, 7, gettext_lazy("Visit, and show what has changed since.")),
        ),
        lapsed=faded,
    )
)
