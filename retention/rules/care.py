"""Greetings that are due: birthdays by either calendar, and festivals. They tell of no danger."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.reach import within
from retention.lunar import BY_NAME, birthdays, festivals
from retention.rules.registry import DAYS, NOBODY, Act, Found, Limits, Rule, Scene, Step, limit, register

AFTER = 3  # days for which one may still greet


def birthday(scene: Scene, limits: Limits) -> Found:
    """Owned clients with a contact whose birthday is near; the first one to come, or the last one missed."""
    query = f"""
        SELECT DISTINCT ON (p.client_id) p.client_id,
               'birthday:' || p.id || ':' || b.day AS cause,
               jsonb_build_object('contact', p.id, 'name', p.name, 'on', b.day::text, 'lunar', b.is_lunar) AS figures,
               0 AS value_at_risk
        FROM unnest(%(days)s::date[], %(lunar)s::boolean[], %(months)s::int[], %(numbers)s::int[])
            AS b (day, is_lunar, month, number)
        JOIN clients_contact p ON p.birthday IS NOT NULL AND p.is_lunar_birthday = b.is_lunar
            AND {within("p.client_id")}
            AND extract(month FROM p.birthday)::int = b.month AND extract(day FROM p.birthday)::int = b.number
        JOIN clients_client c ON c.id = p.client_id AND c.organisation_id = %(organisation)s AND c.owner_id IS NOT NULL
        ORDER BY p.client_id, b.day < %(day)s, b.day, p.is_main DESC, p.id
    """
    found = birthdays(scene.day - dt.timedelta(days=AFTER - 1), scene.day + dt.timedelta(days=int(limits["days"])))
    days, lunar, months, numbers = zip(*found, strict=True)
    return query, {"days": list(days), "lunar": list(lunar), "months": list(months), "numbers": list(numbers)}


def festival(scene: Scene, limits: Limits) -> Found:
    """Owned clients of the highest tiers, and client representatives, when a festival is near."""
    last = scene.day + dt.timedelta(days=int(limits["days"]))
    near = festivals(scene.day - dt.timedelta(days=AFTER - 1), last)
    if not near:
        return NOBODY, {}
    day, found = next(((day, one) for day, one in near if day >= scene.day), near[-1])
    query = """
        SELECT c.id AS client_id, %(cause)s AS cause,
               jsonb_build_object('festival', %(festival)s, 'on', %(on)s::text, 'tier', t.tier) AS figures,
               0 AS value_at_risk
        FROM clients_client c
        LEFT JOIN clients_clienttier t ON t.client_id = c.id
        LEFT JOIN clients_servicestandard s ON s.organisation_id = c.organisation_id AND s.tier = t.tier
        WHERE c.organisation_id = %(organisation)s AND c.owner_id IS NOT NULL
          AND (s.position < %(ranks)s OR c.is_representative)
    """
    return query, {
        "cause": f"{found.name}:{day}",
        "festival": found.name,
        "on": day,
        "ranks": int(limits["ranks"]),
    }


def _when(figures: dict[str, Any]) -> str:
    days = (dt.date.fromisoformat(figures["on"]) - figures["day"]).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    return (_("in %(n)d days") if days > 0 else _("%(n)d days ago")) % {"n": abs(days)}


def reason_birthday(figures: dict[str, Any]) -> str:
    """Whose birthday is when, in words."""
    values = {**figures, "when": _when(figures)}
    if figures["lunar"]:
        return _("Birthday of %(name)s by the lunar calendar: %(when)s, on %(on)s") % values
    return _("Birthday of %(name)s: %(when)s, on %(on)s") % values


def reason_festival(figures: dict[str, Any]) -> str:
    """Which festival is when, in words."""
    return _("%(festival)s: %(when)s, on %(on)s") % {
        "festival": BY_NAME[figures["festival"]].label,
        "when": _when(figures),
        "on": figures["on"],
    }


register(
    Rule(
        kind="birthday",
        label=gettext_lazy("Birthday"),
        icon="cake",
        find=birthday,
        reason=reason_birthday,
        step=gettext_lazy("Send a greeting, or call."),
        about=gettext_lazy("Contacts whose birthday is near, by the solar or the lunar calendar as their file says."),
        limits=(limit("days", gettext_lazy("Remind this long before"), 3, DAYS, 0, 30),),
        steps=(Step(Act.CALL, 0, gettext_lazy("Call and congratulate; heed the taboos in the file.")),),
        is_care=True,
        finds_hurry=False,
    )
)
register(
    Rule(
        kind="festival",
        label=gettext_lazy("Festival greeting"),
        icon="confetti",
        find=festival,
        reason=reason_festival,
        step=gettext_lazy("Send a greeting, or call."),
        about=gettext_lazy(
            "New Year, Spring Festival, Dragon Boat, Mid-Autumn and National Day, for the highest tiers and for client "
            "representatives."
        ),
        limits=(
            limit("days", gettext_lazy("Remind this long before"), 5, DAYS, 0, 30),
            limit("ranks", gettext_lazy("For this many tiers from the top"), 1, gettext_lazy("tiers"), 0, 10),
        ),
        steps=(Step(Act.CALL, 0, gettext_lazy("Greet by phone or message.")),),
        is_care=True,
        finds_hurry=False,
    )
)
