"""The supervisor's review desk."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.scope import get_visible
from journals import services
from journals.desk import BOXES, Desk, desk_of, visits_of
from journals.forms import ReviewForm
from journals.models import Journal, Phrase, Review
from journals.route import sketch
from journals.rules import rules_for
from journals.sections import filled
from journals.summing import with_charts
from people.access import role_required
from visits.models import Mode


@require_GET
@role_required("supervisor")
def desk(request: HttpRequest) -> HttpResponse:
    """The first journal of a box, or the word that nothing waits."""
    found = desk_of(request.user, request.GET.get("box", ""), rules_for(request.user))
    if found.journals:
        return redirect(address(found.journals[0].pk, found.box))
    return render(request, "journals/desk.html", {"desk": found, "boxes": boxes(found)})


@require_http_methods(["GET", "POST"])
@role_required("supervisor")
def desk_journal(request: HttpRequest, pk: int) -> HttpResponse:
    """Read and review one journal, then go on to the next of the box."""
    rules = rules_for(request.user)
    journal = get_visible(Journal.objects.select_related("author__unit", "org"), request.user, pk=pk)
    found = desk_of(request.user, request.GET.get("box", ""), rules, pk)
    versions = list(journal.versions.select_related("review__reviewer").order_by("number"))
    version = versions[-1]
    open_ = journal.waits_for(request.user)
    form = ReviewForm(request.POST or None, initial={"version": version.number})
    if request.method == "POST" and form.is_valid() and reviewed(request, journal, form):
        following = found.neighbour(1) or found.neighbour(-1)
        return redirect(address(following, found.box) if following else reverse("journals:desk"))
    visits = visits_of(journal)
    context = {
        "desk": found,
        "boxes": boxes(found),
        "journal": journal,
        "versions": versions,
        "version": version,
        "review": getattr(version, "review", None),
        "sections": filled(journal.kind, version.sections),
        "facts": with_charts(version.facts),
        "visits": visits,
        "clients_visited": len({visit.client_id for visit in visits if visit.mode == Mode.ON_SITE}),
        "contacts": sum(visit.mode != Mode.ON_SITE for visit in visits),
        "sketch": sketch(visits),
        "form": form,
        "phrases": Phrase.objects.visible_to(request.user),
        "can_review": open_ or request.method == "POST",
        "next_url": address(found.neighbour(1), found.box),
        "previous_url": address(found.neighbour(-1), found.box) if found.current > 0 else "",
        "review_due_at": rules.review_due_at(version.submitted_at),
        "is_overdue": open_ and rules.review_due_at(version.submitted_at) < periods.now(),
    }
    return render(request, "journals/desk.html", context)


def reviewed(request: HttpRequest, journal: Journal, form: ReviewForm) -> bool:
    """Save the review; what stands against it becomes errors of the form, which keeps the reviewer's words."""
    try:
        done = services.review(journal, form.cleaned_data["version"], request.user, **form.words())
    except ValidationError as error:
        form.add_error(None, error) if isinstance(error, services.Conflict) else add_errors(form, error)
        return False
    returned = done.decision == Review.Decision.RETURNED
    text = _("Returned to %(name)s.") if returned else _("Reviewed: %(name)s.")
    messages.success(request, text % {"name": journal.author.name})
    return True


def add_errors(form: ReviewForm, error: ValidationError) -> None:
    """Errors of the service at their fields."""
    for name, errors in error.error_dict.items():
        form.add_error(name, errors)


def address(pk: int | None, box: str) -> str:
    """A journal on the desk with the box kept open; empty for none."""
    if pk is None:
        return ""
    url = reverse("journals:desk-journal", args=[pk])
    return url if box == "unread" else f"{url}?{urlencode({'box': box})}"


def boxes(found: Desk) -> list[dict[str, object]]:
    """The boxes as tabs."""
    return [
        {
            "label": label,
            "url": f"{reverse('journals:desk')}?{urlencode({'box': name})}",
            "active": name == found.box,
            "count": found.counts[name],
        }
        for name, label in BOXES.items()
    ]


@require_GET
@role_required("supervisor", "hr")
def requirements(request: HttpRequest) -> HttpResponse:
    """What reviews asked for, and how far it is: open ones first, the most overdue on top."""
    view = request.GET.get("view", "open")
    found = (
        Review.objects.visible_to(request.user).exclude(task=None).select_related("task", "journal__author", "reviewer")
    )
    counts = {"open": found.filter(task__done_at=None).count()}
    if view == "done":
        found = found.filter(task__done_at__isnull=False)
    else:
        view, found = "open", found.filter(task__done_at=None)
    tabs = [
        {"label": _("Open requirements"), "url": "?view=open", "active": view == "open", "count": counts["open"]},
        {"label": _("Done"), "url": "?view=done", "active": view == "done"},
    ]
    order = ("-task__done_at", "-pk") if view == "done" else ("task__due_on", "pk")
    context = {"page": page_of(request, found, *order), "tabs": tabs, "view": view}
    return render(request, "journals/requirements.html", context)
