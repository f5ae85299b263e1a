"""Exams and their results, training, rotation of posts."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Avg, Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from crm.lib import periods
from crm.lib.scope import get_editable, get_visible
from kpi.careers import learning
from kpi.careers.forms import ExamForm, RotationForm, TrainingForm, managers_of
from kpi.models import Exam, ExamResult, Rotation, Training
from kpi.views.careers import OFFICERS, READERS, day_of, posted_by_hr, tabs_of, tell
from people.access import role_required
from people.models import Role


@require_http_methods(["GET", "POST"])
@role_required(*READERS)
def exams(request: HttpRequest) -> HttpResponse:
    """Exams with how many took and passed them; HR enters new ones."""
    may_change = request.user.role == Role.HR
    form = ExamForm(
        request.POST if posted_by_hr(request) else None,
        instance=Exam(organisation_id=request.user.organisation_id),
        initial={"held_on": periods.today()},
    )
    if form.is_bound and form.is_valid():
        return redirect("kpi:exam", pk=form.save().pk)
    passed = Q(results__mark__gte=100 * F("pass_mark") / F("full_mark"))
    found = Exam.objects.visible_to(request.user).annotate(
        taken=Count("results"), passed=Count("results", filter=passed), mean=Avg("results__mark")
    )
    found = found.order_by("-held_on", "name")  # the model's own order does not hold for groups
    context = {"tabs": tabs_of(request), "exams": found[:60], "form": form, "may_change": may_change}
    return render(request, "kpi/careers/exams.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*READERS)
def exam(request: HttpRequest, pk: int) -> HttpResponse:
    """The results of an exam; HR enters them in a grid."""
    found = get_visible(Exam.objects, request.user, pk=pk)
    people = list(managers_of(request.user))
    may_change = request.user.role == Role.HR
    if posted_by_hr(request):
        given = {
            person.pk: (request.POST.get(f"written-{person.pk}", ""), request.POST.get(f"interview-{person.pk}", ""))
            for person in people
        }
        try:
            count = learning.enter(found, given, request.user)
        except ValidationError as error:
            tell(request, error)
        else:
            text = ngettext("%(n)d result saved.", "%(n)d results saved.", count) % {"n": count}
            messages.success(request, text)
            return redirect("kpi:exam", pk=pk)
    results = {one.manager_id: one for one in ExamResult.objects.filter(exam=found)}
    least = 100 * found.pass_mark / found.full_mark
    rows: list[dict[str, Any]] = [{"person": person, "result": results.get(person.pk)} for person in people]
    for row in rows:
        result = row["result"]
        row["passed"] = result.mark >= least if result else None
        row["written"] = request.POST.get(f"written-{row['person'].pk}", _plain(result and result.written))
        row["interview"] = request.POST.get(f"interview-{row['person'].pk}", _plain(result and result.interview))
    context = {
        "tabs": tabs_of(request),
        "exam": found,
        "rows": rows,
        "may_change": may_change,
        "with_interview": found.interview_share > 0,
    }
    return render(request, "kpi/careers/exam.html", context)


def _plain(number: Any) -> str:
    return f"{number.normalize():f}" if number is not None else ""


@require_http_methods(["GET", "POST"])
@role_required(*READERS)
def training(request: HttpRequest) -> HttpResponse:
    """Who is sent to which training, as a prize or because it is needed."""
    may_change = request.user.role == Role.HR
    form = TrainingForm(request.POST if posted_by_hr(request) else None, user=request.user)
    if form.is_bound and form.is_valid():
        form.instance.organisation_id = request.user.organisation_id
        form.instance.given_by = request.user
        form.save()
        messages.success(request, _("Saved."))
        return redirect("kpi:training")
    found = Training.objects.visible_to(request.user).select_related("manager__unit", "honour__run", "given_by")
    context = {
        "tabs": tabs_of(request),
        "trainings": found[:200],
        "form": form,
        "may_change": may_change,
        "today": periods.today(),
    }
    return render(request, "kpi/careers/training.html", context)


@require_POST
@role_required(Role.HR)
def attended(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a training was attended."""
    found = get_editable(Training.objects, request.user, pk=pk)
    try:
        learning.attended(found, day_of(request.POST.get("day", "")))
    except ValidationError as error:
        tell(request, error)
    return redirect("kpi:training")


@require_http_methods(["GET", "POST"])
@role_required(*OFFICERS)
def rotation(request: HttpRequest) -> HttpResponse:
    """Who has been longest in the same post, planned changes, and the form for a new one."""
    may_change = request.user.role == Role.HR
    form = RotationForm(request.POST if posted_by_hr(request) else None, user=request.user)
    if form.is_bound and form.is_valid():
        try:
            learning.plan_rotation(form.save(commit=False), request.user)
        except ValidationError as error:
            tell(request, error)
        else:
            messages.success(request, _("Planned. The person has been told."))
            return redirect("kpi:rotation")
    found = Rotation.objects.visible_to(request.user).select_related("person__unit", "unit", "planned_by")
    context = {
        "tabs": tabs_of(request),
        "rotations": found[:100],
        "longest": learning.longest_in_post(request.user.organisation_id, 20),
        "form": form,
        "may_change": may_change,
        "today": periods.today(),
    }
    return render(request, "kpi/careers/rotation.html", context)


@require_POST
@role_required(Role.HR)
def carry_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry a planned change out."""
    found = get_editable(Rotation.objects, request.user, pk=pk)
    try:
        learning.carry_out(found)
    except ValidationError as error:
        tell(request, error)
    else:
        messages.success(request, _("Done: the post is changed. Hand the clients over now."))
    return redirect("kpi:rotation")


@require_POST
@role_required(Role.HR)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop a plan."""
    learning.drop(get_editable(Rotation.objects, request.user, pk=pk))
    return redirect("kpi:rotation")
