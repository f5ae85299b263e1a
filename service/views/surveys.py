"""Pages of surveys: the list, the designer, a wave with its results, the client's page without a login."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from crm.lib import periods
from crm.lib.exports import table_response
from crm.lib.pages import page_of
from crm.lib.replica import report
from crm.lib.scope import get_visible
from crm.lib.templatetags.zoufang import percent
from people.access import role_required
from people.models import OrgUnit, Role
from people.sessions import fresh_required
from service import exports, results
from service.links import too_many
from service.models import Answer, Invitation, RecheckDraw, Survey, Wave
from service.services import rechecks, surveys
from service.survey_forms import AnswerForm, Questions, SurveyForm, WaveForm, questions_of, sections_of
from service.views.links import closed, qr

READERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)
DESIGNERS = (Role.HR, Role.ADMIN)
WORDS = 8


@require_GET
@role_required(*READERS)
def survey_list(request: HttpRequest) -> HttpResponse:
    """Waves with their answers, and the surveys to send."""
    user: Any = request.user
    waves = Wave.objects.visible_to(user).select_related("survey", "unit")
    counted = waves.annotate(
        invited=Count("invitations"), answered=Count("invitations", filter=Q(invitations__answered_at__isnull=False))
    )
    context = {
        "page": page_of(request, counted, "-pk", rows=20),
        "surveys": Survey.objects.visible_to(user).order_by("name", "-version")[:50],
        "can_design": user.role in DESIGNERS,
    }
    return render(request, "service/surveys.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*DESIGNERS)
def survey_new(request: HttpRequest) -> HttpResponse:
    """The designer; an existing survey is the pattern of its next version."""
    user: Any = request.user
    number = request.GET.get("from", "")
    pattern = get_visible(Survey.objects.all(), user, pk=number) if number else None
    form = SurveyForm(request.POST or None, survey=pattern)
    questions = Questions(request.POST or None, initial=questions_of(pattern), prefix="q")
    if request.method == "POST" and form.is_valid() and questions.is_valid():
        values = form.cleaned_data
        survey = surveys.save_survey(
            user.unit.organisation,
            values["name"],
            form.labels(),
            nps=values["nps"],
            text=values["text"],
            by=user,
            sections=sections_of(questions),
            titles={side: values[f"{side}_title"].strip() for side in ("before", "after")},
        )
        messages.success(request, _("“%(survey)s” is ready to be sent.") % {"survey": survey})
        return redirect(f"{reverse('service:wave-new')}?survey={survey.pk}")
    return render(request, "service/survey_form.html", {"form": form, "questions": questions})


@require_GET
@role_required(*DESIGNERS)
def survey_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What a client will see; nothing can be sent from here."""
    survey = get_visible(Survey.objects.select_related("organisation"), request.user, pk=pk)
    context = {"form": AnswerForm(survey=survey), "organisation": survey.organisation, "is_preview": True}
    return render(request, "service/answer.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*DESIGNERS)
def wave_new(request: HttpRequest) -> HttpResponse:
    """Draw the sample and open the links."""
    user: Any = request.user
    initial = {"unit": user.unit, "survey": request.GET.get("survey"), "expires_on": periods.last_day(periods.today())}
    form = WaveForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            wave = surveys.open_wave(
                values["survey"],
                values["unit"],
                name=values["name"],
                share=values["percent"] / 100,
                expires_on=values["expires_on"],
                by=user,
                seed=values["seed"],
            )
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            return redirect("service:wave-links", pk=wave.pk)
    return render(request, "service/wave_form.html", {"form": form})


def _seen(request: HttpRequest, pk: int) -> tuple[Wave, OrgUnit]:
    """A wave and the unit whose answers the reader sees: the wave's, or the own one below it."""
    user: Any = request.user
    found = get_visible(Wave.objects.select_related("survey", "unit"), user, pk=pk)
    return found, found.unit if user.unit.contains(found.unit) else user.unit


@require_GET
@role_required(*READERS)
@report
def wave(request: HttpRequest, pk: int) -> HttpResponse:
    """Results: quadrants first, then the indicators, then groups."""
    found, unit = _seen(request, pk)
    got = results.results_of(found, unit)
    invited = Invitation.objects.filter(wave=found, client__org__path__startswith=unit.path).count()
    derived = request.GET.get("by") == "derived"
    context = {
        "wave": found,
        "unit": unit,
        "results": got,
        "stats": _stats(got, invited),
        "derived": derived,
        "chart": results.quadrant_chart(got, derived=derived) if got.indicators else None,
        "ways": [
            {"label": _("As clients say"), "url": "?", "active": not derived},
            {"label": _("As their overall mark shows"), "url": "?by=derived", "active": derived},
        ],
        "groups": results.groups_of(found, unit) if got.n else [],
        "choices": results.choices_of(found, unit, got.n),
        "fewest": results.FEWEST,
        "words": words_of(found, request.user)[:WORDS],
        "draw": RecheckDraw.objects.filter(wave=found).select_related("by").first(),
        "agreement": rechecks.agreement(found),
        "can_draw": request.user.role in DESIGNERS and got.n,  # type: ignore[union-attr]
    }
    return render(request, "service/wave.html", context)


def _stats(got: results.Results, invited: int) -> list[dict[str, Any]]:
    """The figures on top: how many answered, how content they are on the whole, whether they would recommend us."""
    found = [
        {
            "label": _("Answers"),
            "value": f"{got.n}/{invited}",
            "note": _("%(rate)s answered") % {"rate": percent(got.n / invited)} if invited else "",
        }
    ]
    if got.overall is not None:
        margin, against = got.overall_margin, got.overall_change
        change = "" if against is None else _("%(change)s against the last wave") % {"change": f"{against:+.2f}"}
        found.append(
            {
                "label": _("Overall"),
                "value": f"{got.overall:.2f}",
                "unit": "/5",
                "compare": change,
                "note": _("± %(margin)s at 95 %%") % {"margin": f"{margin:.2f}"} if margin is not None else "",
            }
        )
    if got.nps is not None:
        found.append({"label": _("Net promoter score"), "value": f"{got.nps:+d}"})
    return found


def words_of(wave: Wave, user: Any) -> Any:
    """Answers of a wave that say something in own words, the latest first; who said it is not shown."""
    seen = Answer.objects.visible_to(user).filter(wave=wave).exclude(comment="")
    return seen.select_related("org").order_by("-pk")


@require_GET
@role_required(*READERS)
@report
def wave_words(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that clients said in own words."""
    found, _unit = _seen(request, pk)
    return render(
        request,
        "service/wave_words.html",
        {"wave": found, "page": page_of(request, words_of(found, request.user), "-pk")},
    )


@require_GET
@role_required(*READERS)
@fresh_required
@report
def wave_export(request: HttpRequest, pk: int, what: str, kind: str) -> HttpResponseBase:
    """The results or the answers as a table; answers without the client's name."""
    found, unit = _seen(request, pk)
    if what == "answers":
        header, rows = exports.answers_table(found, Answer.objects.visible_to(request.user).filter(wave=found))
    else:
        header, rows = exports.results_table(found, unit)
    return table_response(f"{found.name} {found.survey.name}", header, rows, kind)


@require_GET
@role_required(*READERS)
def wave_links(request: HttpRequest, pk: int) -> HttpResponse:
    """The personal links of the clients in sight, to pass on; those who have answered are marked."""
    user: Any = request.user
    found = get_visible(Wave.objects.select_related("survey", "unit"), user, pk=pk)
    mine = Invitation.objects.filter(wave=found, client__org__path__startswith=user.sight.path)
    page = page_of(request, mine.select_related("client", "client__owner"), "pk")
    for invitation in page.items:
        invitation.address = request.build_absolute_uri(reverse("service:answer", args=[surveys.token_of(invitation)]))
    return render(request, "service/wave_links.html", {"wave": found, "page": page})


@require_GET
def invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """One client's link as a QR code, to show on the own phone or to print."""
    found = get_visible(Invitation.objects.select_related("wave__unit", "client"), request.user, pk=pk)
    address = request.build_absolute_uri(reverse("service:answer", args=[surveys.token_of(found)]))
    context = {"invitation": found, "address": address, "code": qr(address), "leads": request.user.role in READERS}  # type: ignore[union-attr]
    return render(request, "service/invitation.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """A client answers without a login, once, until the wave ends."""
    found = surveys.invitation_of(token)
    if found is None:
        return closed(request, _("This link is no longer valid"), _("Ask your account manager for a new one."), 404)
    if found.answered_at:
        return closed(request, _("Thank you for your answers"), _("This link has been used. Each counts once."), 200)
    if not found.wave.is_open:
        return closed(request, _("This survey has ended"), _("Thank you all the same."), 410)
    survey = found.wave.survey
    form = AnswerForm(request.POST or None, survey=survey)
    if request.method == "POST":
        if too_many(request, f"invitation:{found.pk}", 20):
            return closed(request, _("Too many messages"), _("Please try again later, or call."), 429)
        if form.is_valid():
            try:
                surveys.answer(found, **form.values())
            except ValidationError as error:
                return closed(request, _("Not counted"), error.messages[0], 409)
            return redirect("service:answer", token=token)
    return render(request, "service/answer.html", {"form": form, "organisation": survey.organisation})
