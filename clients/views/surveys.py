"""Surveys about a product before its launch: made by leaders, asked by account managers, summed up."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms.offers import ReplyForm, SurveyForm
from clients.models import ProductSurvey, SavedView, SurveyReply
from clients.models.campaigns import STATES
from clients.services import campaigns, surveys
from clients.views.campaigns import clients_of_view
from clients.views.rows import LEADERS, READERS, WRITERS, attempt, bar, chosen_of, form_page, narrowed, tabs_of
from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from people.access import role_required

USUAL_DAYS = 21
OPINIONS = 12


def _replies(request: HttpRequest, survey: ProductSurvey) -> Any:
    return SurveyReply.objects.visible_to(request.user).filter(survey=survey)


@require_GET
@role_required(*READERS)
def survey_list(request: HttpRequest) -> HttpResponse:
    """Product surveys of one's units, with how many of one's clients have answered."""
    seen = ProductSurvey.objects.visible_to(request.user).select_related("unit", "product")
    groups = {"": seen.filter(closed_at=None), "closed": seen.exclude(closed_at=None)}
    labels = {"": _("Open surveys"), "closed": STATES["closed"]}
    state = chosen_of(request, *groups)
    page = page_of(request, groups[state], "-starts_on", "-pk")
    replies = SurveyReply.objects.visible_to(request.user).filter(survey__in=page.items).order_by().values("survey")
    counts = {row["survey"]: row for row in replies.annotate(all=Count("pk"), answered=Count("recorded_at"))}
    rows = [(one, counts.get(one.pk, {"all": 0, "answered": 0})) for one in page.items]
    context = {
        "page": page,
        "rows": rows,
        "tabs": tabs_of(request, [(name, labels[name], found.count()) for name, found in groups.items()]),
        "can_make": request.user.role in LEADERS,
    }
    return render(request, "clients/surveys.html", context)


@require_GET
@role_required(*READERS)
def survey(request: HttpRequest, pk: int) -> HttpResponse:
    """One survey: what the answers add up to, what clients said, who is still to be asked."""
    user: Any = request.user
    found = get_visible(ProductSurvey.objects.select_related("unit", "product"), user, pk=pk)
    mine = narrowed(request, _replies(request, found))
    counts = mine.order_by().aggregate(all=Count("pk"), answered=Count("recorded_at"))
    groups = {"open": mine.open(), "answered": mine.filter(recorded_at__isnull=False)}
    left = counts["all"] - counts["answered"]
    order = ("open", "answered") if left else ("answered", "open")  # nobody left: what they have said
    state = chosen_of(request, *order)
    labels = {"open": (_("Not asked yet"), left), "answered": (_("Answered"), counts["answered"])}
    rows = groups[state].select_related("client__owner", "client__standing", "recorded_by")
    can_edit = ProductSurvey.objects.editable_by(user).filter(pk=pk).exists()
    context = {
        "survey": found,
        "counts": counts,
        "summary": surveys.summary(found, mine) if counts["answered"] else [],
        "opinions": groups["answered"].exclude(opinion="").select_related("client").order_by("-recorded_at")[:OPINIONS],
        "page": page_of(request, rows, "client__code", "pk", count=False),
        "tabs": tabs_of(request, [(name, *labels[name]) for name in order]),
        "state": state,
        "can_edit": can_edit,
        "can_record": user.role in WRITERS and found.closed_at is None,
        "views": SavedView.objects.visible_to(user) if can_edit and not found.closed_at else [],
        **bar(request),
    }
    return render(request, "clients/survey.html", context)


def _form(request: HttpRequest, found: ProductSurvey, title: str, back: tuple[str, str]) -> HttpResponse:
    user: Any = request.user
    form = SurveyForm(request.POST or None, instance=found, user=user)

    def save() -> str:
        return reverse("clients:survey", args=[campaigns.save_undertaking(form.instance, user).pk])

    return form_page(request, form, save, title=title, back=back, draft=f"survey-{found.pk or 'new'}")


@require_http_methods(["GET", "POST"])
@role_required(*LEADERS)
def survey_new(request: HttpRequest) -> HttpResponse:
    """A new survey."""
    user: Any = request.user
    today = periods.today()
    found = ProductSurvey(unit=user.unit, starts_on=today, ends_on=today + dt.timedelta(days=USUAL_DAYS))
    return _form(request, found, _("New product survey"), (_("Product surveys"), reverse("clients:surveys")))


@require_http_methods(["GET", "POST"])
@role_required(*LEADERS)
def survey_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a survey; its questions only until somebody has answered."""
    found = get_editable(ProductSurvey.objects.all(), request.user, pk=pk)
    if found.closed_at:
        raise PermissionDenied
    return _form(request, found, found.name, (found.name, reverse("clients:survey", args=[pk])))


@require_POST
@role_required(*LEADERS)
def survey_fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the clients of a saved view on the list."""
    found = get_editable(ProductSurvey.objects.select_related("unit"), request.user, pk=pk)
    clients = clients_of_view(request)
    added: list[int] = []
    if attempt(request, lambda: added.append(surveys.add_clients(found, clients))):
        text = ngettext("%(n)d client is new on the list.", "%(n)d clients are new on the list.", added[0])
        messages.success(request, text % {"n": added[0]})
    return redirect("clients:survey", pk=pk)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """A client's answers."""
    user: Any = request.user
    found = get_editable(SurveyReply.objects.select_related("survey", "client"), user, pk=pk)
    form = ReplyForm(request.POST or None, questions=found.survey.questions, answers=found.answers or {})
    if request.method == "GET":
        form.initial["opinion"] = found.opinion
    there = reverse("clients:survey", args=[found.survey_id])

    def save() -> str:
        surveys.answer(found, form.cleaned_data, form.cleaned_data.get("opinion", ""), user)
        return there

    return form_page(
        request,
        form,
        save,
        title=found.client.name,
        back=(found.survey.name, there),
        done=_("Answers noted: %(name)s.") % {"name": found.client.name},
        note=found.survey.introduction,
        draft=f"survey-reply-{pk}",
    )


@require_POST
@role_required(*LEADERS)
def survey_close(request: HttpRequest, pk: int) -> HttpResponse:
    """No more answers from now on."""
    found = get_editable(ProductSurvey.objects.all(), request.user, pk=pk)
    attempt(request, lambda: surveys.close(found), _("The survey is closed."))
    return redirect("clients:survey", pk=pk)
