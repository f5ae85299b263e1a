"""Ask some answers once more: a recorded draw, then a second opinion from somebody who has not seen the first."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib import periods, sql
from people.models import User
from service.analysis import stratified_sample
from service.models import Recheck, RecheckDraw, Wave

PHONE_SHARE, ON_SITE_SHARE = "0.2", "0.1"
ASKED_AGAIN = 3  # indicators beside the overall mark

# Both draws in one order, by the hash of seed and answer, so that nobody is asked twice: on site first, then by phone.
DRAW = """
    INSERT INTO service_recheck (wave_id, answer_id, mode, outcome, marks, note)
    SELECT %(wave)s, id, CASE WHEN place <= %(on_site)s THEN 'on_site' ELSE 'phone' END, '', '{}', ''
    FROM (
        SELECT id, row_number() OVER (ORDER BY sha256(convert_to(%(seed)s || ':' || id, 'UTF8'))) AS place
        FROM service_answer WHERE wave_id = %(wave)s
    ) AS ranked
    WHERE place <= %(on_site)s + %(phone)s
    ORDER BY id
"""


@transaction.atomic
def draw(wave: Wave, by: User, *, seed: str = "") -> RecheckDraw:
    """Draw 10 % of a wave's answers to be asked again on site and 20 % by phone, once; the seed is recorded."""
    wave = Wave.objects.select_for_update(of=("self",)).get(pk=wave.pk)
    if RecheckDraw.objects.filter(wave=wave).exists():
        raise ValidationError(_("The re-check of this wave has been drawn already."))
    count = wave.answers.count()
    if not count:
        raise ValidationError(_("There are no answers to check yet."))
    made = RecheckDraw.objects.create(wave=wave, seed=seed or secrets.token_hex(8), answers=count, by=by)
    on_site, phone = (
        len(stratified_sample({"": range(count)}, share, made.seed)[""]) for share in (ON_SITE_SHARE, PHONE_SHARE)
    )
    sql.execute(DRAW, {"wave": wave.pk, "seed": made.seed, "on_site": on_site, "phone": phone})
    return made


def asked_again(recheck: Recheck) -> list[dict[str, str]]:
    """The indicators that are asked again of one answer: as many of those it has marked, drawn with the wave's seed."""
    marked = [
        item
        for item, mark in zip(recheck.wave.survey.questions["indicators"], recheck.answer.satisfaction, strict=True)
        if mark is not None
    ]
    if len(marked) <= ASKED_AGAIN:
        return marked
    seed = f"{recheck.wave.recheck_draw.seed}:{recheck.answer_id}"
    share = f"{ASKED_AGAIN}/{len(marked)}"
    chosen = stratified_sample({"": [item["code"] for item in marked]}, share, seed)[""]
    return [item for item in marked if item["code"] in chosen]


@transaction.atomic
def record(
    recheck: Recheck, by: User, *, outcome: str, overall: int | None = None, marks: Mapping[str, int], note: str = ""
) -> Recheck:
    """Keep what the client said the second time; PermissionDenied for who took the first answer or is judged by it."""
    recheck = (
        Recheck.objects.select_for_update(of=("self",)).select_related("answer", "wave__survey").get(pk=recheck.pk)
    )
    if by.pk in (recheck.answer.interviewer_id, recheck.answer.manager_id):
        raise PermissionDenied
    if recheck.checked_at:
        raise ValidationError(_("Somebody has checked this answer already."))
    if outcome == Recheck.Outcome.ASKED:
        wanted = {item["code"] for item in asked_again(recheck)}
        if not overall or set(marks) != wanted:
            raise ValidationError(_("Ask for every mark, or say that the client was not reached."))
    else:
        overall, marks = None, {}
    recheck.outcome, recheck.overall, recheck.marks, recheck.note = outcome, overall, dict(marks), note.strip()[:500]
    recheck.checked_by, recheck.checked_at = by, periods.now()
    recheck.save()
    return recheck


# Each mark asked again beside the mark given first.
PAIRS = """
    SELECT r.mode, r.overall AS again, a.overall AS first
    FROM service_recheck r JOIN service_answer a ON a.id = r.answer_id
    WHERE r.wave_id = %(wave)s AND r.outcome = 'asked'
    UNION ALL
    SELECT r.mode, (r.marks ->> code.value)::int, a.satisfaction[code.place]
    FROM service_recheck r JOIN service_answer a ON a.id = r.answer_id,
         unnest(%(codes)s::text[]) WITH ORDINALITY AS code (value, place)
    WHERE r.wave_id = %(wave)s AND r.outcome = 'asked' AND r.marks ? code.value
"""
AGREEMENT = f"""
    SELECT drawn.*, pairs.marks, pairs.same, pairs.near
    FROM (
        SELECT mode, count(*) AS drawn, count(*) FILTER (WHERE outcome <> '') AS done,
               count(*) FILTER (WHERE outcome = 'asked') AS asked, count(*) FILTER (WHERE outcome = 'denied') AS denied,
               count(*) FILTER (WHERE outcome = 'unreached') AS unreached
        FROM service_recheck WHERE wave_id = %(wave)s GROUP BY mode
    ) AS drawn
    LEFT JOIN (
        SELECT mode, count(*) AS marks, count(*) FILTER (WHERE again = first) AS same,
               count(*) FILTER (WHERE abs(again - first) <= 1) AS near
        FROM ({PAIRS}) AS pairs GROUP BY mode
    ) AS pairs USING (mode)
    ORDER BY mode
"""


def agreement(wave: Wave) -> list[dict[str, Any]]:
    """Per way of asking: how many were drawn, done, denied and not reached, and how often a mark was the same again.

    ``same_rate``: marks equal to the first ÷ marks asked again; ``near_rate``: at most one apart. None without marks.
    """
    rows = sql.rows(AGREEMENT, {"wave": wave.pk, "codes": wave.survey.codes})
    for row in rows:
        row["label"] = Recheck.Mode(row["mode"]).label
        for name in ("same", "near"):
            row[f"{name}_rate"] = row[name] / row["marks"] if row["marks"] else None
    return rows
