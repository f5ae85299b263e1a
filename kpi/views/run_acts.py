"""Acts beside the steps of a run: reminding, the organisation's switches, honours."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crm.lib import periods
from crm.lib.scope import get_editable
from kpi import honouring, services
from kpi.models import Run
from kpi.reports import completeness
from kpi.views.runs import OFFICERS
from people.access import role_required
from people.models import OrgUnit, Role, User
from people.services import notify

NAMES_SHOWN = 8


@require_POST
@role_required(*OFFICERS)
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell those who have to act that data is missing: of one team and source, or everybody. Once a day is enough."""
    run = get_editable(Run.objects.select_related("organisation", "scheme"), request.user, pk=pk)
    source = completeness.BY_CODE.get(request.POST.get("source", ""))
    unit = OrgUnit.objects.visible_to(request.user).filter(pk=_number(request.POST.get("unit"))).first()
    if request.POST.get("all"):
        people = _remind_all(run)
    elif source is None or unit is None:
        messages.error(request, _("Choose a team and a source."))
        return redirect(f"{reverse('kpi:run', args=[pk])}?step=data")
    else:
        people = completeness.who_acts(run.organisation, unit, source)
        text = _("%(unit)s, %(period)s: %(source)s is incomplete. Please see to it, the assessment waits.")
        notify(
            people,
            text % {"unit": unit.name, "period": run.period, "source": source.label},
            url=reverse(source.page),
            key=f"remind:{run.pk}:{source.code}:{unit.pk}:{periods.today()}",
        )
    names = "、".join(person.name for person in people[:NAMES_SHOWN])
    if len(people) > NAMES_SHOWN:
        names = _("%(names)s and %(n)d more") % {"names": names, "n": len(people) - NAMES_SHOWN}
    messages.success(
        request, _("Reminded: %(names)s.") % {"names": names} if names else _("There is nobody to remind.")
    )
    return redirect(f"{reverse('kpi:run', args=[pk])}?step=data")


def _remind_all(run: Run) -> list[User]:
    told: list[User] = []
    for sources, people in completeness.who_lacks(run).items():
        text = _("%(period)s: %(sources)s incomplete in your hands. Please see to it, the assessment waits.")
        labels = "、".join(str(source.label) for source in sources)
        page = sources[0].page if len(sources) == 1 else "home"
        notify(
            people, text % {"period": run.period, "sources": labels}, url=reverse(page),
            key=f"remind:{run.pk}:all:{periods.today()}",
        )  # fmt: skip
        told += people
    return told


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 19 else None


@require_POST
@role_required(Role.ADMIN)
def change_settings(request: HttpRequest) -> HttpResponse:
    """The organisation's switches: the second person, the days for appeals."""
    organisation = OrgUnit.objects.get(pk=request.user.organisation_id)
    days = _number(request.POST.get("appeal_days"))
    if days is None or days > 60:
        messages.error(request, _("The days for appeals must be a number from 0 to 60."))
    else:
        services.change_settings(
            organisation,
            second_person=request.POST.get("second_person") == "on",
            appeal_days=days,
            names=request.POST.get("names") == "on",
        )
        messages.success(request, _("Saved."))
    return redirect("kpi:runs")


@require_POST
@role_required(Role.HR)
def honour(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the chosen honours of a run."""
    run = get_editable(Run.objects, request.user, pk=pk)
    try:
        count = honouring.give(run, request.POST.getlist("honour"), request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, ngettext("%(n)d honour given.", "%(n)d honours given.", count) % {"n": count})
    return redirect(f"{reverse('kpi:run', args=[pk])}?step=archive")
