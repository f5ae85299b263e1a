"""The setup of an empty installation, step by step; each page shows what the rows say."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.guide import founding, sample, steps
from crm.guide.forms import FoundingForm, LinesForm
from crm.lib import jobs
from crm.lib.models import Job
from people.access import role_required
from people.models import Role
from people.throttle import attempt_of


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Whoever has the key of an empty installation makes the organisation and the first account; then it is gone."""
    key = request.GET.get("key", "")
    attempt = attempt_of(request, "setup")
    if attempt.refused() or not founding.opens(key):
        if founding.is_empty():
            attempt.failed()
        raise Http404
    form = FoundingForm(request.POST or None)
    if form.is_valid():
        try:
            person = form.save()
        except ValidationError as error:
            form.add_error(None, error)
        else:
            login(request, person, backend="people.backends.Backend")
            return redirect("setup-steps")
    return render(request, "guide/setup.html", {"form": form})


@never_cache
@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
def setup_steps(request: HttpRequest) -> HttpResponse:
    """All steps; a POST adds the units or people of a list."""
    organisation = _organisation(request)
    welcomes: list[founding.Welcome] = []
    units, people = _units_form(), _people_form(organisation)
    if request.method == "POST" and request.POST.get("what") == "people":
        people = _people_form(organisation, request.POST)
        welcomes = _added(people, organisation, founding.add_people) or []
    elif request.method == "POST":
        units = _units_form(request.POST)
        added = _added(units, organisation, founding.add_units)
        if added is not None:
            text = ngettext("%(n)d unit added.", "%(n)d units added.", added) % {"n": added}
            messages.success(request, text)
            return redirect("setup-steps")
    found = steps.steps(organisation)
    opened = next((step.name for step in found if step.open), "")
    if welcomes or people.errors:
        opened = "people"
    elif units.errors:
        opened = "units"
    context = {
        "organisation": organisation,
        "steps": found,
        "opened": opened,
        "units_form": units,
        "people_form": people if not welcomes else _people_form(organisation),
        "welcomes": welcomes,
        "finished": all(not step.open for step in found),
        **_sample(request, organisation),
    }
    return render(request, "guide/steps.html", context)


def _added(form: LinesForm, organisation: Any, add: Any) -> Any:
    """What came of the lines; None, with the error in the form, when they cannot be taken."""
    if not form.is_valid():
        return None
    try:
        return add(organisation, form.cleaned_data["lines"])
    except ValidationError as error:
        form.add_error("lines", error)
        return None


def _units_form(data: Any = None) -> LinesForm:
    text = _("One unit a line; a slash leads one level down. What is there already stays.")
    example = _("North department / East Street grid\nNorth department / West Street grid")
    return LinesForm(data, prefix="units", label=_("Units"), help_text=text, example=example)


def _people_form(organisation: Any, data: Any = None) -> LinesForm:
    text = _("One person a line: name, user name, role, unit. Columns pasted from a spreadsheet will do.")
    example = _("Li Ming, liming, Account manager, East Street grid\nZhou Lan, zhoulan, Supervisor, North department")
    return LinesForm(data, prefix="people", label=_("Staff"), help_text=text, example=example)


def _sample(request: HttpRequest, organisation: Any) -> dict[str, Any]:
    found = sample.sample_of(organisation)
    job = Job.objects.filter(kind=sample.KIND, organisation_id=organisation.pk).first()
    ours = found is not None and sample.SAMPLE in found.settings
    return {
        "sample": found,
        "sample_is_ours": ours,
        "sample_on": ours and found is not None and found.is_active,
        "sample_password": found.settings.get(sample.PASSWORD) if ours and found else "",
        "sample_logins": sample.logins(organisation),
        "sample_job": job if job and not job.finished else None,
    }


@require_POST
@role_required(Role.ADMIN)
def setup_skip(request: HttpRequest, name: str) -> HttpResponse:
    """Leave a step out, or take it up again."""
    organisation = _organisation(request)
    if name not in {step.name for step in steps.steps(organisation)}:
        raise Http404
    steps.skip(organisation, name, request.POST.get("skipped") == "1")
    return redirect("setup-steps")


@require_POST
@role_required(Role.ADMIN)
def setup_close(request: HttpRequest) -> HttpResponse:
    """Take the setup off the first page, for good."""
    steps.keep(_organisation(request), steps.CLOSED, True)
    return redirect("home")


@require_POST
@role_required(Role.ADMIN)
def setup_tiers(request: HttpRequest) -> HttpResponse:
    """Compute the first tiers."""
    user: Any = request.user
    period = steps.month_to_tier(user.unit.organisation)
    job = jobs.request(
        "tier_clients", user.organisation_id, period=period, params={"done_url": "/setup/steps/"}, user=user
    )
    return redirect("job", pk=job.pk)


@require_POST
@role_required(Role.ADMIN)
def setup_sample(request: HttpRequest) -> HttpResponse:
    """Sample data on or off, by a job."""
    user: Any = request.user
    job = sample.switch(user.unit.organisation, request.POST.get("on") == "1", user)
    return redirect("job", pk=job.pk)


def _organisation(request: HttpRequest) -> Any:
    user: Any = request.user
    return user.unit.organisation
