"""What a supervisor does with visits: verify them, and judge the doubts about them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import periods
from people.models import User
from people.services import notify
from visits.models import TraceFlag, Visit


@dataclass(frozen=True)
class Verified:
    """How many visits were sealed, and how many wait for a doubt to be judged first."""

    done: int
    doubtful: int


def may_verify(person: User, visit: Visit) -> bool:
    """Whether a person who sees a visit may seal it: a supervisor, not the one who made it, and only once."""
    if visit.is_inspection:
        return False
    return person.is_supervisor and visit.manager_id != person.pk and visit.verified_at is None


@transaction.atomic
def verify(ids: Iterable[int], by: User, opinion: str) -> Verified:
    """Seal visits with the supervisor's opinion. Own visits, sealed ones and those with open doubts are left alone."""
    wanted = Visit.objects.to_verify_by(by).filter(pk__in=list(ids))
    doubtful = wanted.filter(flags__state=TraceFlag.State.OPEN).distinct().count()
    clear = wanted.exclude(pk__in=TraceFlag.objects.filter(state=TraceFlag.State.OPEN).values("visit"))
    locked = Visit.objects.filter(pk__in=list(clear.values_list("pk", flat=True)), verified_at=None).select_for_update()
    done = Visit.objects.filter(pk__in=[visit.pk for visit in locked]).update(
        verified_at=periods.now(), verified_by=by, verification_opinion=opinion.strip()[:300]
    )
    return Verified(done, doubtful)


@transaction.atomic
def judge_flag(flag: TraceFlag, by: User, state: str, note: str) -> TraceFlag:
    """Accept or reject a doubt with a note; the manager is told each time. It may change until the visit is sealed."""
    note = note.strip()
    if state not in (TraceFlag.State.JUSTIFIED, TraceFlag.State.EXPLAINED):
        raise ValidationError({"state": _("Say whether the doubt is confirmed or explained.")})
    if not note:
        raise ValidationError({"note": _("Write a note: the account manager reads it.")})
    flag = (
        TraceFlag.objects.select_for_update(of=("self",))
        .select_related("visit__manager", "visit__client")
        .get(pk=flag.pk)
    )
    if flag.visit.verified_at and flag.state != TraceFlag.State.OPEN:  # a doubt may come up after the verification
        raise ValidationError(_("The visit is verified; its doubts are closed."))
    if flag.visit.manager_id == by.pk:
        raise ValidationError(_("A doubt about one's own visit is judged by somebody else."))
    if (flag.state, flag.judge_note, flag.judged_by_id) == (state, note[:300], by.pk):
        return flag
    flag.state, flag.judge_note, flag.judged_by, flag.judged_at = state, note[:300], by, periods.now()
    flag.save()
    words = {
        TraceFlag.State.JUSTIFIED: _("Doubt confirmed about your visit to %(client)s: %(note)s"),
        TraceFlag.State.EXPLAINED: _("Doubt settled about your visit to %(client)s: %(note)s"),
    }[TraceFlag.State(state)]
    notify(
        [flag.visit.manager],
        words % {"client": flag.visit.client.name, "note": note},
        url=reverse("visits:detail", args=[flag.visit_id]),
        key=f"flag:{flag.pk}:{flag.judged_at.isoformat()}",
    )
    return flag
