"""The author's pages: write, preview, hand in, look back over a month."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import periods
from crm.lib.periods import Period, PeriodError
from crm.lib.scope import get_editable
from journals import calendar, drafting, services, summing
from journals.forms import JournalForm
from journals.models import Journal
from journals.rules import rules_for
from journals.sections import filled
from people.access import role_required

KINDS = (periods.DAY, periods.WEEK, periods.MONTH)
OUT = (Journal.State.SUBMITTED, Journal.State.REVIEWED)


@dataclass(frozen=True)
class Page:
    """The journal that an address means, saved or not yet."""

    journal: Journal
    period: Period


def page_of(request: HttpRequest, text: str) -> Page:
    """The reader's own journal of a day, week or month; 404 for what is no period and for the future."""
    try:
        period = Period.parse(text, *KINDS)
        journal = Journal.objects.filter(author=request.user.pk, kind=period.kind, day=period.start).first()
        return Page(journal or services.new_journal(request.user, period.kind, period.start), period)
    except (PeriodError, ValidationError) as error:
        raise Http404(str(error)) from error


@require_GET
@role_required("am")
def today(request: HttpRequest) -> HttpResponse:
    """Today's journal."""
    return redirect("journals:write", periods.today().isoformat())


@require_http_methods(["GET", "POST"])
@role_required("am")
def write(request: HttpRequest, text: str) -> HttpResponse:
    """The editor: the facts are there, the texts are kept as they are typed; then on to the preview."""
    page = page_of(request, text)
    journal = page.journal
    if journal.state in OUT and request.method == "GET":
        return redirect("journals:detail", journal.pk)
    if request.method == "POST":  # handed in elsewhere meanwhile: what was typed comes back, and the form says so
        form = JournalForm(request.POST, kind=page.period.kind)
        if form.is_valid() and keep(request, page, form):
            saved = services.open_journal(request.user, page.period.kind, page.period.start)
            return redirect("journals:preview", saved.pk)
    else:
        form = JournalForm(initial=initial(request.user, page), kind=page.period.kind)
    context = {
        "journal": journal,
        "form": form,
        "period": page.period,
        "facts": summing.with_charts(drafting.facts(request.user, page.period)),
        "returned": services.last_return(journal),
        "before": page.period.previous,
        "after": following(page.period),
        "tabs": tabs(page.period.kind),
    }
    return render(request, "journals/write.html", context)


def initial(user: Any, page: Page) -> dict[str, str]:
    """What stands in the editor at first: what was kept, else what the system can begin."""
    texts = services.texts_of(page.journal)
    if not texts:
        texts = drafting.prefill(user, page.period, rules_for(user))
    return {**texts, "seen": services.stamp(page.journal)}


def keep(request: HttpRequest, page: Page, form: JournalForm) -> bool:
    """Keep the texts as the draft; what stands against it becomes errors of the form."""
    try:
        journal = services.open_journal(request.user, page.period.kind, page.period.start)
        page.journal.updated_at = services.save_draft(journal, form.texts(), seen=form.data.get("seen")).updated_at
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


@require_POST
@role_required("am")
def autosave(request: HttpRequest, text: str) -> HttpResponse:
    """Keep what is typed so far; answers with a line that says so, or what stands against it."""
    page = page_of(request, text)
    form = JournalForm(request.POST, kind=page.period.kind)
    saved = form.is_valid() and keep(request, page, form)
    context = {"form": form, "saved": saved, "seen": page.journal.updated_at.isoformat(), "now": periods.now()}
    return render(request, "journals/parts/autosave.html", context)


@require_http_methods(["GET", "POST"])
@role_required("am")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the supervisor will see; from here it is handed in."""
    own = Journal.objects.visible_to(request.user).filter(author=request.user.pk)
    if own.filter(pk=pk, state__in=OUT).exists():  # "back" after handing in, or the same once more
        return redirect("journals:detail", pk)
    journal = get_editable(Journal.objects.select_related("author__unit"), request.user, pk=pk)
    texts = services.texts_of(journal)
    if request.method == "POST":
        try:
            services.submit(journal, texts)
        except ValidationError as error:
            for message in error.messages:
                messages.error(request, message)
            return redirect("journals:write", str(journal.period))
        messages.success(request, _("Submitted."))
        return redirect("journals:detail", journal.pk)
    context = {
        "journal": journal,
        "sections": filled(journal.kind, texts),
        "facts": summing.with_charts(drafting.facts(request.user, journal.period)),
        "again": journal.submitted_at is not None,
    }
    return render(request, "journals/preview.html", context)


@require_GET
@role_required("am")
def mine(request: HttpRequest) -> HttpResponse:
    """A month of one's own journals: what was handed in, what is late, what is missing."""
    try:
        month = Period.parse(request.GET.get("month") or str(Period.month(periods.today())), periods.MONTH)
    except PeriodError as error:
        raise Http404 from error
    board = calendar.month_of(request.user, month, rules_for(request.user))
    following_month = following(month)
    context = {
        "board": board,
        "before": month.previous,
        "after": following_month,
        "tabs": tabs("mine"),
    }
    return render(request, "journals/mine.html", context)


def following(period: Period) -> Period | None:
    """The next period of the same kind, unless it lies ahead."""
    after = services.span(period.kind, period.end + dt.timedelta(days=1))
    return after if after.start <= periods.today() else None


def tabs(active: str) -> list[dict[str, Any]]:
    """The author's pages."""
    today_ = periods.today()
    labels = {
        periods.DAY: (pgettext("journal", "Day"), reverse("journals:write", args=[today_.isoformat()])),
        periods.WEEK: (pgettext("journal", "Week"), reverse("journals:write", args=[str(Period.week(today_))])),
        periods.MONTH: (pgettext("journal", "Month"), reverse("journals:write", args=[str(Period.month(today_))])),
        "mine": (_("My journals"), reverse("journals:mine")),
    }
    return [{"label": label, "url": url, "active": name == active} for name, (label, url) in labels.items()]
