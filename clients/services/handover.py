"""Handing clients over from a day on, and covering for somebody on leave."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients import ownership
from clients.models import Client, Handover, HandoverClient, LeaveCover
from crm.lib import jobs, periods
from crm.lib.sql import execute
from people.models import Role, Task, User
from people.services import finish_task, give_task, notify, supervisors_of

MOST = 20_000
LONGEST_LEAVE = dt.timedelta(days=366)
DAY_FORMAT = "Y-m-d"


def usual_checklist() -> list[str]:
    """What is passed along in any handover."""
    return [
        _("Client files and contacts are up to date"),
        _("Open requests and complaints are explained"),
        _("Contracts, loans and what is about to end are named"),
        _("Promises and appointments are passed on"),
        _("Taboos and difficult clients are explained"),
        _("The most important clients were visited together"),
    ]


@transaction.atomic
def plan_handover(
    giver: User,
    taker: User,
    day: dt.date,
    clients: QuerySet[Client],
    *,
    by: User,
    reason: str,
    note: str = "",
    checklist: list[str] | None = None,
) -> Handover:
    """
    Write a handover down and tell both; from ``day`` on the clients are the taker's, at once when it is today.

    ValidationError says what is wrong: the people, the day, no client, or clients on another list that still waits.
    """
    _check_people(giver, taker)
    if day < periods.today():
        raise ValidationError({"day": _("This day is over. Choose today or a later day.")})
    chosen = clients.filter(owner=giver.pk, is_active=True, pk__in=Client.objects.editable_by(by))
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not ids:
        raise ValidationError(_("%(name)s has no client among these. Choose at least one.") % {"name": giver.name})
    if len(ids) > MOST:
        raise ValidationError(_("These are more than %(most)d clients. Narrow the list down.") % {"most": MOST})
    waiting = HandoverClient.objects.filter(client__in=ids, handover__in=Handover.objects.waiting())
    if found := waiting.select_related("client").first():
        raise ValidationError(
            _("“%(name)s” is on another handover that still waits. Cancel that one first.")
            % {"name": found.client.name}
        )
    texts = usual_checklist() if checklist is None else checklist
    made = Handover.objects.create(
        organisation_id=giver.organisation_id,
        giver=giver,
        taker=taker,
        day=day,
        reason=reason[:120],
        note=note,
        checklist=[{"text": text, "done": False} for text in texts],
        made_by=by,
    )
    HandoverClient.objects.bulk_create([HandoverClient(handover=made, client_id=pk) for pk in ids], batch_size=2000)
    url = reverse("clients:handover", args=[made.pk])
    title = _("Hand %(n)d clients over to %(name)s and sign") % {"n": len(ids), "name": taker.name}
    give_task(giver, title, day, by=by, source=f"handover:{made.pk}:giver", url=url)
    title = _("Take %(n)d clients over from %(name)s and sign") % {"n": len(ids), "name": giver.name}
    give_task(taker, title, day, by=by, source=f"handover:{made.pk}:taker", url=url)
    if day <= periods.today():
        carry_out(made)
    return made


def _check_people(one: User, other: User) -> None:
    if one.pk == other.pk:
        raise ValidationError(_("Choose two different people."))
    if one.organisation_id != other.organisation_id:
        raise ValidationError(_("Both have to work in the same organisation."))
    if not _is_at_work(other):
        raise ValidationError(_("%(name)s is no account manager at work.") % {"name": other.name})


def _is_at_work(person: User) -> bool:
    return person.role == Role.AM and person.is_active


@transaction.atomic
def carry_out(handover: Handover) -> int:
    """The clients change hands: those that the giver still has; doing it twice does nothing. Their number.

    It goes on waiting where the taker has left by then, and those who planned it are told.
    """
    row = Handover.objects.select_for_update().get(pk=handover.pk)
    if not row.is_waiting:
        return 0
    url = reverse("clients:handover", args=[row.pk])
    if not _is_at_work(row.taker):
        text = _("%(taker)s cannot take the clients of %(giver)s over any more. Cancel the handover, plan another one.")
        notify(
            {row.made_by, *supervisors_of(row.giver)},
            text % {"taker": row.taker.name, "giver": row.giver.name},
            url=url,
            key=f"handover:{row.pk}:stuck",
        )
        return 0
    count = execute(
        """
        WITH given AS (
            UPDATE clients_client AS c SET owner_id = %(taker)s, version = c.version + 1
            FROM clients_handoverclient AS h
            WHERE h.handover_id = %(handover)s AND c.id = h.client_id AND c.owner_id = %(giver)s AND c.is_active
            RETURNING c.id
        )
        UPDATE clients_handoverclient AS h SET taken = true FROM given
        WHERE h.handover_id = %(handover)s AND h.client_id = given.id
        """,
        {"handover": row.pk, "giver": row.giver_id, "taker": row.taker_id},
    )
    ownership.record(
        "SELECT client_id FROM clients_handoverclient WHERE handover_id = %s AND taken",
        [row.pk],
        periods.today(),
        by=row.made_by_id,
        reason=row.reason,
    )
    row.done_at = periods.now()
    row.save(update_fields=["done_at"])
    handover.done_at = row.done_at
    text = _("%(n)d clients went from %(giver)s to %(taker)s.") % {
        "n": count, "giver": row.giver.name, "taker": row.taker.name,
    }  # fmt: skip
    notify(
        {row.giver, row.taker, row.made_by},
        text,
        url=url,
        key=f"handover:{row.pk}:done",
    )
    return count


def run(work: jobs.Work) -> jobs.Outcome:
    """The job: carry out what is due, one handover a step."""
    waiting = Handover.objects.waiting().filter(organisation=work.job.organisation_id, day__lte=work.period.start)
    for pk in work.pending(list(waiting.order_by("day", "pk").values_list("pk", flat=True))):
        with work.step():
            count = carry_out(Handover.objects.select_related("giver", "taker", "made_by").get(pk=pk))
            work.count(clients={str(pk): count})
    return jobs.Outcome({"clients": work.counts("clients")})


def due(now: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """Soon after midnight, for each organisation in which a handover's day has come."""
    day = periods.local(now).date()
    if now >= periods.at(day, 0, 5):
        waiting = Handover.objects.waiting().filter(day__lte=day)
        for pk in waiting.order_by("organisation").values_list("organisation", flat=True).distinct():
            yield pk, "", day.isoformat()


@transaction.atomic
def cancel_handover(handover: Handover) -> None:
    """Call a handover off that still waits; its tasks go."""
    done = Handover.objects.filter(pk=handover.pk, done_at=None, cancelled_at=None).update(cancelled_at=periods.now())
    if not done:
        raise ValidationError(_("The clients have changed hands already. Plan a handover back."))
    for side in ("giver", "taker"):
        _finish(handover, side, _("Cancelled"))


@transaction.atomic
def sign(handover: Handover, user: User) -> None:
    """Sign on one's own side, once; a missing point of the checklist is named."""
    row = Handover.objects.select_for_update().get(pk=handover.pk)
    side = row.side_of(user)
    if not side or row.cancelled_at is not None:
        raise ValidationError(_("There is nothing for you to sign here."))
    if missing := [item["text"] for item in row.checklist if not item["done"]]:
        raise ValidationError(_("Not ticked yet: %(text)s. Tick it off or settle it first.") % {"text": missing[0]})
    if getattr(row, f"{side}_signed_at") is None:
        setattr(row, f"{side}_signed_at", periods.now())
        row.save(update_fields=[f"{side}_signed_at"])
        _finish(row, side, _("Signed"))


@transaction.atomic
def tick(handover: Handover, done: list[int]) -> None:
    """Which points of the checklist are done; once both have signed, it stays as it is."""
    row = Handover.objects.select_for_update().get(pk=handover.pk)
    if row.giver_signed_at or row.taker_signed_at or row.cancelled_at:
        raise ValidationError(_("This list has been signed and stays as it is."))
    row.checklist = [{**item, "done": number in done} for number, item in enumerate(row.checklist)]
    row.save(update_fields=["checklist"])


def _finish(handover: Handover, side: str, note: str) -> None:
    for task in Task.objects.filter(source=f"handover:{handover.pk}:{side}", done_at=None):
        finish_task(task, note)


# --- Leave cover --------------------------------------------------------------------------------------------------


@transaction.atomic
def cover_leave(person: User, deputy: User, start: dt.date, end: dt.date, *, by: User, reason: str = "") -> LeaveCover:
    """A deputy sees and works for a person's clients from day to day; ValidationError names what does not fit."""
    _check_people(person, deputy)
    if end < start:
        raise ValidationError({"valid_to": _("The last day comes before the first.")})
    if end < periods.today():
        raise ValidationError({"valid_to": _("This day is over. Choose today or a later day.")})
    if end - start > LONGEST_LEAVE:
        raise ValidationError({"valid_to": _("Longer than a year: hand the clients over instead.")})
    away = LeaveCover.objects.filter(person=deputy, valid_from__lte=end, valid_to__gte=start).first()
    if away:
        raise ValidationError(
            {"deputy": _("%(name)s is away then, too (until %(day)s).") % {"name": deputy.name, "day": away.valid_to}}
        )
    try:
        with transaction.atomic():
            made = LeaveCover.objects.create(
                organisation_id=person.organisation_id, person=person, deputy=deputy, valid_from=start, valid_to=end,
                reason=reason[:120], made_by=by,
            )  # fmt: skip
    except IntegrityError as error:
        text = _("%(name)s is covered for in that time already. End that cover first.")
        raise ValidationError({"person": text % {"name": person.name}}) from error
    text = _("You look after the clients of %(name)s from %(start)s to %(end)s.") % {
        "name": person.name, "start": date_format(start, DAY_FORMAT), "end": date_format(end, DAY_FORMAT),
    }  # fmt: skip
    notify([deputy], text, url=reverse("clients:list"), key=f"cover:{made.pk}:deputy")
    text = _("%(name)s looks after your clients from %(start)s to %(end)s.") % {
        "name": deputy.name, "start": date_format(start, DAY_FORMAT), "end": date_format(end, DAY_FORMAT),
    }  # fmt: skip
    notify([person], text, url=reverse("clients:handovers"), key=f"cover:{made.pk}:person")
    return made


def end_cover(cover: LeaveCover) -> None:
    """The person is back: yesterday was the last day; a cover that began today or later leaves no trace."""
    yesterday = periods.today() - dt.timedelta(days=1)
    if cover.valid_from > yesterday:
        cover.delete()
    elif cover.valid_to > yesterday:
        LeaveCover.objects.filter(pk=cover.pk).update(valid_to=yesterday)


def covered_by(user: Any) -> QuerySet[LeaveCover]:
    """The leaves that a person covers today."""
    return LeaveCover.objects.on().filter(deputy=user.pk).select_related("person")
