"""Verbs of the assessment: review, publish, lock, reopen; score softly, appeal and answer."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib import jobs, periods
from crm.lib.periods import Period
from kpi import changes
from kpi.coaching import services as coaching
from kpi.models import Appeal, CardComment, Run, RunEvent, Scorecard, ScoreLine, SoftScore
from people.models import OrgUnit, Posting, User
from people.services import notify, supervisors_of

APPEAL_DAYS = 5


def settings_of(organisation: OrgUnit) -> dict[str, Any]:
    """An organisation's own switches of the assessment, with the defaults."""
    own = organisation.settings.get("assessment")
    given = own if isinstance(own, Mapping) else {}
    days = given.get("appeal_days", APPEAL_DAYS)
    return {
        "second_person": given.get("second_person", True) is not False,
        "appeal_days": days if type(days) is int and 0 <= days <= 60 else APPEAL_DAYS,
        "names": given.get("names", True) is not False,
    }


@transaction.atomic
def change_settings(organisation: OrgUnit, *, second_person: bool, appeal_days: int, names: bool = True) -> None:
    """Set an organisation's switches of the assessment."""
    unit = OrgUnit.objects.select_for_update().get(pk=organisation.pk)
    unit.settings["assessment"] = {"second_person": second_person, "appeal_days": appeal_days, "names": names}
    unit.save(update_fields=["settings"])


def _locked(run: Run, *states: str) -> Run:
    """The run, held, in one of the states; ValidationError when it has moved on."""
    found = Run.objects.select_for_update().select_related("scheme", "organisation").get(pk=run.pk)
    if found.state not in states:
        raise ValidationError(
            _("This run is “%(state)s” by now. Reload the page to see what comes next.")
            % {"state": found.get_state_display()}
        )
    return found


def _move(run: Run, state: str, user: User | None, note: str = "", **values: Any) -> Run:
    run.state = state
    for name, value in values.items():
        setattr(run, name, value)
    run.save(update_fields=["state", *values])
    RunEvent.objects.create(run=run, state=state, by=user, note=note[:300])
    return run


def request_scores(organisation_id: int, period: Period, user: User) -> Any:
    """Ask for a period to be measured and scored; the job."""
    return jobs.request("score_managers", organisation_id, period=str(period), user=user)


@transaction.atomic
def review(run: Run, user: User, note: str = "") -> Run:
    """Confirm the computed numbers; cards that wait for a value, and values given since, stop it."""
    run = _locked(run, Run.State.COMPUTED)
    changes.hold_still(run.organisation_id)
    waiting = run.scorecards.filter(waiting__gt=0).count()
    if waiting:
        raise ValidationError(
            ngettext(
                "%(n)d card still waits for a supervisor's score.",
                "%(n)d cards still wait for a supervisor's score.",
                waiting,
            )
            % {"n": waiting}
        )
    if not run.scorecards.exists():
        raise ValidationError(_("There is no card in this run. Compute it first."))
    changes.refuse(run, _("Compute it again and look at the new scores before you confirm them."))
    return _move(run, Run.State.REVIEWED, user, note, reviewed_by=user, reviewed_at=periods.now())


@transaction.atomic
def send_back(run: Run, user: User, reason: str) -> Run:
    """Take a reviewed run back to computing, with a reason that stays in its history."""
    if not reason.strip():
        raise ValidationError(_("Say why it goes back: the reason stays in the history."))
    run = _locked(run, Run.State.REVIEWED)
    return _move(run, Run.State.COMPUTED, user, reason, reviewed_by=None, reviewed_at=None)


def may_publish(run: Run, user: User) -> bool:
    """Whether this person may be the second one."""
    return run.reviewed_by_id != user.pk or not settings_of(run.organisation)["second_person"]


@transaction.atomic
def publish(run: Run, user: User) -> Run:
    """Let the numbers out: from here on they are sealed, and the managers may appeal.

    Values given since it was computed stop it.
    """
    run = _locked(run, Run.State.REVIEWED)
    changes.hold_still(run.organisation_id)
    changes.refuse(run, _("Send it back to computing, compute it again and check the new scores."))
    if not may_publish(run, user):
        raise ValidationError(
            _("You reviewed this run, so somebody else has to publish it. In a small team an administrator can do it.")
        )
    days = settings_of(run.organisation)["appeal_days"]
    until = periods.today() + dt.timedelta(days=days)
    run = _move(run, Run.State.PUBLISHED, user, "", published_by=user, published_at=periods.now(), appeals_until=until)
    people = User.objects.active().filter(scorecards__run=run)
    notify(
        people,
        _("Your score for %(period)s is out. You may appeal until %(day)s.")
        % {"period": run.period, "day": until.isoformat()},
        url=reverse("kpi:mine"),
        key=f"run:{run.pk}",
    )
    coaching.propose(run)
    return run


@transaction.atomic
def new_version(run: Run, user: User, reason: str) -> Run:
    """Open a correction of a published run; the published one stays as it is."""
    if not reason.strip():
        raise ValidationError(_("Say why it is corrected: the reason stands on every card of the new version."))
    run = _locked(run, Run.State.PUBLISHED, Run.State.LOCKED)
    if run.pk not in Run.objects.current().filter(pk=run.pk).values_list("pk", flat=True):
        raise ValidationError(_("There is a later version already."))
    new = Run.objects.create(
        organisation=run.organisation,
        scheme=run.scheme,
        period=run.period,
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        version=run.version + 1,
        reason=reason.strip()[:300],
    )
    RunEvent.objects.create(run=new, state=new.state, by=user, note=new.reason)
    request_scores(run.organisation_id, Period.parse(run.period), user)
    return new


@transaction.atomic
def lock(run: Run, user: User) -> Run:
    """Close a published run for good, once nobody can appeal any more and every appeal is answered."""
    run = _locked(run, Run.State.PUBLISHED)
    if run.appeals_until and run.appeals_until >= periods.today():
        raise ValidationError(_("Appeals are open until %(day)s. Lock it after that.") % {"day": run.appeals_until})
    if Appeal.objects.open().filter(line__card__run=run).exists():
        raise ValidationError(_("There are appeals without an answer. Answer them first."))
    return _move(run, Run.State.LOCKED, user, "", locked_at=periods.now())


# --- Soft scores ------------------------------------------------------------------------------------------------


def soft_open(organisation_id: int, period: str) -> bool:
    """Whether soft scores of a period may still be given: until its run is reviewed."""
    runs = Run.objects.filter(organisation=organisation_id, period=period)
    return not runs.current().exclude(state__in=[Run.State.DRAFT, Run.State.COMPUTED]).exists()


def open_for_change(organisation_id: int, period: str) -> None:
    """Begin to change what people give for a period, in a transaction; ValidationError once its run is reviewed."""
    changes.let_change(organisation_id)
    if not soft_open(organisation_id, period):
        raise ValidationError(
            _("The run of %(period)s is reviewed: its scores cannot change any more.") % {"period": period}
        )


@transaction.atomic
def give_soft_scores(
    user: User, period: str, given: Mapping[tuple[int, str], tuple[Decimal | None, str]]
) -> tuple[int, int]:
    """Save a supervisor's scores {(manager, metric): (score or None, comment)}; (saved, removed).

    Only for people who are under the supervisor or were so in the period, and only until the run is reviewed.
    """
    open_for_change(user.organisation_id, period)
    span = Period.parse(period)
    posted = Posting.objects.visible_to(user).during(span.start, span.end).values("user")
    under = User.objects.filter(Q(pk__in=User.objects.visible_to(user)) | Q(pk__in=posted))
    mine = set(under.exclude(pk=user.pk).values_list("pk", flat=True))
    rows, gone = [], Q(pk__in=[])
    for (manager_id, metric), (score, comment) in given.items():
        if manager_id not in mine:
            continue
        if score is None:
            gone |= Q(manager=manager_id, metric=metric)
        else:
            rows.append(
                SoftScore(
                    organisation_id=user.organisation_id, manager_id=manager_id, period=period, metric=metric,
                    score=score, comment=comment[:300], given_by=user,
                )
            )  # fmt: skip
    removed = SoftScore.objects.filter(gone, period=period).delete()[0] if gone != Q(pk__in=[]) else 0
    SoftScore.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["manager", "period", "metric"],
        update_fields=["score", "comment", "given_by", "given_at"],
    )
    return len(rows), removed


# --- The manager's side -----------------------------------------------------------------------------------------


def acknowledge(card: Scorecard) -> None:
    """Note that the manager has seen the card; the first time counts."""
    Scorecard.objects.filter(pk=card.pk, acknowledged_at=None).update(acknowledged_at=periods.now())


@transaction.atomic
def comment(card: Scorecard, user: User, text: str) -> CardComment:
    """Say something about a published card; the manager and the supervisors are told of what the other says."""
    if not text.strip():
        raise ValidationError(_("Write something first."))
    if not card.run.is_published:
        raise ValidationError(_("Comments open with the publication."))
    found = CardComment.objects.create(card=card, author=user, text=text.strip()[:500])
    others = [person for person in (card.manager, *supervisors_of(card.manager)) if person.pk != user.pk]
    notify(
        others,
        _("%(name)s about the score card %(period)s of %(manager)s: %(text)s")
        % {"name": user.name, "period": card.run.period, "manager": card.manager.name, "text": found.text},
        url=reverse("kpi:card", args=[card.pk]),
        key=f"comment:{found.pk}",
    )
    return found


def appeals_open(run: Run) -> bool:
    """Whether lines of this run may be appealed today: it is out, not replaced, and within its days."""
    if run.state != Run.State.PUBLISHED or run.appeals_until is None or run.appeals_until < periods.today():
        return False
    later = Run.objects.published().filter(
        organisation=run.organisation_id, scheme__name=run.scheme.name, period=run.period, version__gt=run.version
    )
    return not later.exists()


@transaction.atomic
def appeal(line: ScoreLine, user: User, text: str) -> Appeal:
    """Object to a line of one's own card, once. PermissionDenied for one of somebody else's."""
    if line.card.manager_id != user.pk:
        raise PermissionDenied
    run = Run.objects.select_for_update().select_related("scheme").get(pk=line.card.run_id)
    if not appeals_open(run):
        raise ValidationError(_("The time for appeals against this card is over."))
    if not text.strip():
        raise ValidationError(_("Say what is wrong with the number, so that it can be checked."))
    if Appeal.objects.filter(line=line).exists():
        raise ValidationError(_("You have appealed against this indicator already."))
    found = Appeal.objects.create(line=line, manager=user, text=text.strip())
    officers = User.objects.active().filter(role="hr", unit__organisation=run.organisation_id)
    notify(
        officers,
        _("%(name)s appeals against the score of %(period)s.") % {"name": user.name, "period": run.period},
        url=reverse("kpi:appeals"),
        key=f"appeal:{found.pk}",
    )
    return found


@transaction.atomic
def answer(appeal: Appeal, user: User, upheld: bool, text: str) -> Appeal:
    """Answer an appeal; the answer is sealed. An upheld one asks for a corrected version of the run."""
    appeal = Appeal.objects.select_for_update().get(pk=appeal.pk)
    if appeal.state != Appeal.State.OPEN:
        raise ValidationError(_("This appeal has been answered already."))
    if not text.strip():
        raise ValidationError(_("Give the reason: the answer stays with the appeal."))
    appeal.state = Appeal.State.UPHELD if upheld else Appeal.State.REJECTED
    appeal.answer, appeal.answered_by, appeal.answered_at = text.strip(), user, periods.now()
    appeal.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    notify(
        [appeal.manager],
        _("Your appeal is answered: %(state)s.") % {"state": appeal.get_state_display()},
        url=reverse("kpi:card", args=[appeal.line.card_id]),
        key=f"answer:{appeal.pk}",
    )
    return appeal


def people_without_soft_scores(run: Run, metric: str) -> Any:
    """Managers of a run that nobody has scored on a soft indicator."""
    given = SoftScore.objects.filter(manager=OuterRef("manager"), period=run.period, metric=metric)
    return run.scorecards.filter(~Exists(given)).select_related("manager", "org")
