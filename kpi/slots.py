"""What the assessment adds to lower packages: an organisation's first scheme, and schemes as files."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods, slots
from crm.lib.periods import Period
from crm.lib.slots import Entry
from kpi import defaults, services
from kpi.models import Appeal, CoachingCase, Run, Scheme, Scorecard, SoftScore
from kpi.reports import cards
from kpi.schemes import SchemeError
from kpi.views.runs import STATE_TONES, STEPS, current_step, step_labels, steps_done
from kpi.views.soft import people_of, soft_leaves, soft_of
from people import schemes
from people.models import OrgUnit, Role
from people.notices.kinds import NOW, NoticeKind, register
from people.services import organisation_created


def on_organisation_created(organisation: OrgUnit, **_sent: Any) -> None:
    """A new organisation begins with its industry's scheme."""
    defaults.install(organisation)


organisation_created.connect(on_organisation_created, dispatch_uid="kpi.first_scheme")


def load_file(organisation: OrgUnit, data: dict[str, Any]) -> str:
    """Put a scheme file in force; what became of it in words."""
    try:
        scheme = defaults.load(organisation, data)
    except SchemeError as error:
        raise schemes.SchemeError("\n".join(error.messages)) from error
    return _("“%(scheme)s” is in force.") % {"scheme": scheme}


def export_file(organisation: OrgUnit) -> dict[str, Any] | None:
    """The scheme file of the latest published monthly scheme."""
    published = Scheme.objects.filter(organisation=organisation, published_at__isnull=False)
    latest = published.filter(period_kind="month").order_by("-published_at", "-pk").first()
    return defaults.dump(latest) if latest else None


schemes.register(schemes.SchemeKind("assessment", load_file, export_file))


def home_score(request: HttpRequest, _subject: Any) -> dict[str, Any] | None:
    """The manager's score so far this month, and what would raise it most."""
    card = Scorecard.objects.so_far(request.user).first()
    if card is None or card.score is None:
        return None
    return {"so_far": card, "advice": cards.advice(cards.lines_of(card), 2)}


def home_soft(request: HttpRequest, _subject: Any) -> dict[str, Any] | None:
    """How many soft scores of the last month a supervisor still owes."""
    period = Period.month(periods.today()).previous
    organisation_id = request.user.organisation_id
    leaves = soft_leaves(organisation_id, period)
    if not leaves or not services.soft_open(organisation_id, str(period)):
        return None
    people = people_of(request.user, period)
    codes = [leaf.metric for leaf in leaves]
    given = SoftScore.objects.filter(manager__in=people, period=str(period), metric__in=codes).count()
    wanted = sum(len(found) for found in soft_of(organisation_id, period, people).values())
    return {"period": period, "given": given, "wanted": wanted} if given < wanted else None


def home_coaching(request: HttpRequest, _subject: Any) -> dict[str, Any] | None:
    """How many coaching cases wait for the supervisor."""
    waiting = CoachingCase.objects.visible_to(request.user).filter(state="proposed").count()
    return {"waiting": waiting} if waiting else None


def home_run(request: HttpRequest, _subject: Any) -> dict[str, Any] | None:
    """Where the last month's run stands, and how many appeals wait."""
    month = Period.month(periods.today()).previous
    runs = Run.objects.visible_to(request.user).current().filter(period=str(month)).select_related("scheme")
    labels = step_labels()
    found = []
    for run in runs:
        step = current_step(run, run.scorecards.filter(waiting__gt=0).count())
        found.append(
            {
                "run": run,
                "tone": STATE_TONES[run.state],
                "step": "" if run.state == Run.State.LOCKED else labels[step],
                "done": steps_done(run, step),
                "steps": len(STEPS),
            }
        )
    appeals = Appeal.objects.visible_to(request.user).open().count()
    return {"month": month, "runs": found, "appeals": appeals}


OFFICERS = (Role.HR, Role.ADMIN)
slots.home_blocks.register(
    Entry("score", home_score, "kpi/home_score.html", order=60, roles=(Role.AM, Role.BACK_OFFICE), later=True)
)
slots.home_blocks.register(
    Entry("soft scores", home_soft, "kpi/home_soft.html", order=40, roles=(Role.SUPERVISOR,), later=True)
)
slots.home_blocks.register(
    Entry("coaching", home_coaching, "kpi/home_coaching.html", order=45, roles=(Role.SUPERVISOR,), later=True)
)
slots.home_blocks.register(Entry("run", home_run, "kpi/home_run.html", order=10, roles=OFFICERS))
register(
    NoticeKind(
        "assessment",
        gettext_lazy("Assessment"),
        ("run", "appeal", "answer", "adjustment", "honour", "pay", "remind"),
        email=NOW,
        order=60,
    )
)
