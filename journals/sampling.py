"""The weekly sample of journals: a stratified draw by a recorded seed that anyone can redo.

Within each stratum the journals are ordered by SHA-256 of ``seed:journal id`` and the first
max(least, ⌈share · size⌉) are taken. The first reading draws from the journals of the unit's own people, a stratum
being an author; the second from what the supervisors below have reviewed, a stratum being a reviewer.
"""

import datetime as dt
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import sql
from journals.models import Draw, SampledJournal, SecondReading
from journals.querysets import units_in_charge
from journals.rules import Rules
from people.models import OrgUnit, Role, User
from people.services import notify

POPULATION = {
    Draw.Level.FIRST: """
        SELECT j.id, j.author_id AS stratum
        FROM journals_journal j
        WHERE j.kind = 'day' AND j.day BETWEEN %(start)s AND %(end)s
          AND j.org_id = ANY(%(units)s) AND j.submitted_at <= %(cutoff)s
    """,
    Draw.Level.SECOND: """
        SELECT DISTINCT ON (j.id) j.id, r.reviewer_id AS stratum
        FROM journals_journal j JOIN journals_review r ON r.journal_id = j.id
        WHERE j.kind = 'day' AND j.day BETWEEN %(start)s AND %(end)s
          AND j.org_id = ANY(%(units)s) AND r.decision = 'accepted' AND r.created_at <= %(cutoff)s
        ORDER BY j.id, r.created_at
    """,
}

DRAWN = """
    SELECT id, stratum FROM (
        SELECT p.id, p.stratum,
               row_number() OVER (
                   PARTITION BY p.stratum ORDER BY sha256(convert_to(%(seed)s || ':' || p.id, 'UTF8'))
               ) AS place,
               count(*) OVER (PARTITION BY p.stratum) AS size
        FROM ({population}) p
    ) q
    WHERE place <= greatest(%(least)s, ceil(%(share)s * size))
    ORDER BY stratum, id
"""


def params(draw: Draw) -> dict[str, Any]:
    """What the statements of a draw need."""
    return {
        "start": draw.period.start,
        "end": draw.period.end,
        "units": draw.units,
        "cutoff": draw.cutoff,
        "seed": draw.seed,
        "share": draw.share,
        "least": draw.least,
    }


def pick(draw: Draw) -> list[dict[str, Any]]:
    """What the draw takes, as (id, stratum): the same list whenever and wherever it is done."""
    return sql.rows(DRAWN.format(population=POPULATION[Draw.Level(draw.level)]), params(draw))


def population(draw: Draw) -> int:
    """How many journals the draw takes from."""
    query = f"SELECT count(*) AS n FROM ({POPULATION[Draw.Level(draw.level)]}) p"
    return int(sql.rows(query, params(draw))[0]["n"])


def supervised_units(organisation_id: int) -> list[OrgUnit]:
    """The units of an organisation that have a supervisor."""
    staffed = User.objects.active().filter(role=Role.SUPERVISOR).values("unit")
    return list(OrgUnit.objects.filter(organisation=organisation_id, pk__in=staffed).order_by("path"))


def draw_unit(unit: OrgUnit, week: dt.date, cutoff: dt.datetime, rules: Rules) -> list[Draw]:
    """Draw a unit's samples of a week, unless they are drawn; its supervisors hear of it. The draws of the week."""
    own = list(units_in_charge(unit).order_by("pk").values_list("pk", flat=True))
    below = OrgUnit.objects.under(unit).exclude(pk__in=own).order_by("pk").values_list("pk", flat=True)
    draws = []
    for level, units, share in (
        (Draw.Level.FIRST, own, rules.sample_share),
        (Draw.Level.SECOND, list(below), rules.second_share),
    ):
        found = Draw.objects.filter(unit=unit, level=level, week=week).first()
        if found is None and units:
            found = draw_once(unit, level, week, cutoff, units, share, rules.sample_least)
        if found:
            draws.append(found)
    return draws


@transaction.atomic
def draw_once(
    unit: OrgUnit, level: str, week: dt.date, cutoff: dt.datetime, units: list[int], share: Any, least: int
) -> Draw | None:
    """A new draw with its list, sealed at once; None when there is nothing to draw from."""
    draw = Draw(
        organisation_id=unit.organisation_id,
        unit=unit,
        level=level,
        week=week,
        seed=secrets.token_hex(16),
        share=share,
        least=least,
        units=units,
        cutoff=cutoff,
    )
    draw.population = population(draw)
    if not draw.population:
        return None
    draw.save()
    picked = pick(draw)
    SampledJournal.objects.bulk_create(
        SampledJournal(draw=draw, journal_id=row["id"], stratum=row["stratum"]) for row in picked
    )
    readers = User.objects.active().filter(role=Role.SUPERVISOR, unit=unit)
    notify(
        readers,
        _("The sample of week %(week)s is drawn: %(n)d journals to read") % {"week": draw.period, "n": len(picked)},
        url=reverse("journals:sample", args=[draw.pk]),
        key=f"draw:{draw.pk}",
    )
    return draw


def redo(draw: Draw) -> bool:
    """Whether drawing again from the journals as they are gives the recorded list."""
    recorded = set(draw.items.values_list("journal_id", "stratum"))
    return recorded == {(row["id"], row["stratum"]) for row in pick(draw)} and population(draw) == draw.population


@transaction.atomic
def read_again(item: SampledJournal, reader: User, verdict: str, opinion: str) -> SecondReading:
    """A second reading; the reviewer hears of it. ValidationError when it has been read, or a doubt has no words."""
    opinion = opinion.strip()
    if verdict != SecondReading.Verdict.AGREES and not opinion:
        raise ValidationError({"opinion": _("Say what the reviewer should do differently.")})
    reading, created = SecondReading.objects.get_or_create(
        item=item, defaults={"reader": reader, "verdict": verdict, "opinion": opinion}
    )
    if not created:
        raise ValidationError(
            _("%(name)s has read this journal already. Nothing was overwritten.") % {"name": reading.reader.name}
        )
    notify(
        User.objects.filter(pk=item.stratum),
        _("%(name)s has read your review of “%(title)s”: %(verdict)s")
        % {"name": reader.name, "title": item.journal.title, "verdict": reading.get_verdict_display()},
        url=reverse("journals:detail", args=[item.journal_id]),
        key=f"reading:{reading.pk}",
    )
    return reading


COVERAGE = """
    SELECT d.id, u.name AS unit, u.path, d.level, d.week, d.population,
           count(i.id) AS drawn,
           count(i.id) FILTER (
               WHERE CASE d.level
                   WHEN 'first' THEN EXISTS (SELECT 1 FROM journals_review r WHERE r.journal_id = i.journal_id)
                   ELSE EXISTS (SELECT 1 FROM journals_secondreading s WHERE s.item_id = i.id)
               END
           ) AS read
    FROM journals_draw d
    JOIN people_orgunit u ON u.id = d.unit_id
    LEFT JOIN journals_sampledjournal i ON i.draw_id = d.id
    WHERE u.path LIKE %(path)s AND d.week BETWEEN %(start)s AND %(end)s
    GROUP BY d.id, u.name, u.path
    ORDER BY d.week DESC, u.path, d.level
"""


BY_UNIT = f"""
    SELECT c.unit, c.path, c.level, count(*) AS draws,
           sum(c.population)::int AS population, sum(c.drawn)::int AS drawn, sum(c.read)::int AS read
    FROM ({COVERAGE}) c
    GROUP BY c.unit, c.path, c.level
    ORDER BY c.path, c.level
"""


def coverage_by_unit(unit: OrgUnit, start: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """The same added up for each unit and level: one statement."""
    return sql.rows(BY_UNIT, {"path": f"{unit.path}%", "start": start, "end": end})


def coverage(unit: OrgUnit, start: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """Draws under a unit whose week begins in a span, with how many journals were drawn and read: one statement."""
    return sql.rows(COVERAGE, {"path": f"{unit.path}%", "start": start, "end": end})
