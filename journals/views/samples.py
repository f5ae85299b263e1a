"""The weekly sample: coverage, one draw with its list, second readings."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.lib import periods
from crm.lib.periods import Period
from crm.lib.scope import get_visible
from journals import sampling
from journals.forms import SecondReadingForm
from journals.models import Draw, Review, SampledJournal
from journals.sections import filled
from journals.summing import with_charts
from people.access import role_required
from people.models import User

WEEKS = 8
LEADERS = ("supervisor", "hr", "admin")


@require_GET
@role_required(*LEADERS)
def samples(request: HttpRequest) -> HttpResponse:
    """Draws of the last weeks under the reader's unit, with how much of each has been read."""
    this = Period.week(periods.today())
    rows = sampling.coverage(request.user.unit, this.start - dt.timedelta(weeks=WEEKS), this.end)
    for row in rows:
        row["period"] = Period.week(row["week"])
        row["level_name"] = Draw.Level(row["level"]).label
        row["share"] = row["drawn"] / row["population"] if row["population"] else None
    latest = [row for row in rows if row["week"] == rows[0]["week"]] if rows else []
    totals = [summed(latest, level) for level in Draw.Level]
    units = sampling.coverage_by_unit(request.user.unit, this.start - dt.timedelta(weeks=WEEKS), this.end)
    for row in units:
        row["level_name"] = Draw.Level(row["level"]).label
        row["share"] = row["drawn"] / row["population"] if row["population"] else None
    context = {"rows": rows, "units": units, "totals": [total for total in totals if total], "weeks": WEEKS}
    return render(request, "journals/samples.html", context)


def summed(rows: list[dict[str, Any]], level: Draw.Level) -> dict[str, Any] | None:
    """The latest week's draws of a level as one line."""
    found = [row for row in rows if row["level"] == level]
    if not found:
        return None
    drawn, population = sum(row["drawn"] for row in found), sum(row["population"] for row in found)
    return {
        "level": level.label,
        "period": found[0]["period"],
        "drawn": drawn,
        "read": sum(row["read"] for row in found),
        "share": drawn / population,
    }


@require_GET
@role_required(*LEADERS)
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """One draw: its rule, its list, and with ``?redo=1`` the proof that drawing again gives the same."""
    draw = get_visible(Draw.objects.select_related("unit"), request.user, pk=pk)
    reviewed = Review.objects.filter(journal=OuterRef("journal"))
    items = list(
        draw.items.select_related("journal__author", "journal__org", "reading__reader").annotate(
            is_reviewed=Exists(reviewed)
        )
    )
    names = dict(User.objects.filter(pk__in={item.stratum for item in items}).values_list("pk", "name"))
    for item in items:
        item.stratum_name = names.get(item.stratum, "")
        item.reading_done = getattr(item, "reading", None)
    second = draw.level == Draw.Level.SECOND
    context = {
        "draw": draw,
        "items": items,
        "second": second,
        "done": sum(bool(item.reading_done) if second else item.is_reviewed for item in items),
        "redone": sampling.redo(draw) if request.GET.get("redo") else None,
        "can_read": second and request.user.is_supervisor and draw.unit_id == request.user.unit_id,
    }
    return render(request, "journals/sample.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*LEADERS)
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """A journal with its review, read again by the level above."""
    items = SampledJournal.objects.select_related("draw__unit", "journal__author", "journal__org")
    item = get_visible(items.filter(draw__level=Draw.Level.SECOND), request.user, pk=pk)
    can_read = Draw.objects.editable_by(request.user).filter(pk=item.draw_id).exists()
    form = SecondReadingForm(request.POST or None)
    if request.method == "POST" and can_read and form.is_valid() and read(request, item, form):
        left = item.draw.items.filter(reading=None).first()
        return redirect("journals:reading", left.pk) if left else redirect("journals:sample", item.draw_id)
    version = item.journal.versions.select_related("review__reviewer", "review__task").order_by("-number").first()
    context = {
        "item": item,
        "journal": item.journal,
        "version": version,
        "sections": filled(item.journal.kind, version.sections),
        "facts": with_charts(version.facts),
        "reviews": item.journal.reviews.select_related("reviewer", "task"),
        "reading": getattr(item, "reading", None),
        "form": form,
        "can_read": can_read,
    }
    return render(request, "journals/reading.html", context)


def read(request: HttpRequest, item: SampledJournal, form: SecondReadingForm) -> bool:
    """Save the reading; what stands against it becomes errors of the form."""
    try:
        sampling.read_again(item, request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, _("Saved."))
    return True
