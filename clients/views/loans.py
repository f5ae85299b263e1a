"""Loans, and the post-loan visits that they oblige to."""

import datetime as dt
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from clients.forms.products import CheckForm, LoanForm
from clients.models import Client, Loan, LoanCheck
from clients.models.deals import Risk
from clients.services import loans
from clients.views.lists import chip
from clients.views.rows import READERS, WRITERS, bar, chosen_of, form_page, narrowed, tabs_of
from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from people.access import role_required

SOON = 60  # days before a loan has to be paid back
CHECK_SOON = 7


@require_GET
@role_required(*READERS)
def loan_list(request: HttpRequest) -> HttpResponse:
    """Loans within sight; first those whose post-loan visit is due."""
    today = periods.today()
    soon = today + dt.timedelta(days=SOON)
    seen = narrowed(request, Loan.objects.visible_to(request.user))
    if (risk := request.GET.get("risk", "")) in Risk.values:
        seen = seen.filter(risk=risk)
    duty = LoanCheck.objects.filter(loan=OuterRef("pk"), done_on=None)
    seen = seen.annotate(check_on=Subquery(duty.values("due_on")[:1]), check_pk=Subquery(duty.values("pk")[:1]))
    groups = {
        "checks": seen.running().filter(check_on__lte=today + dt.timedelta(days=CHECK_SOON)),
        "overdue": seen.overdue(),
        "ending": seen.ending(today, soon),
        "all": seen.running(),
        "closed": seen.exclude(closed_on=None),
    }
    state = chosen_of(request, *groups)
    orders = {"checks": ("check_on", "pk"), "overdue": ("overdue_since", "pk"), "closed": ("-closed_on", "-pk")}
    sums = seen.running().aggregate(
        lent=Sum("balance"),
        late=Sum("overdue_amount"),
        bad=Sum("balance", filter=Q(risk__in=Loan.BAD)),
        n=Count("pk"),
    )
    labels = {
        "checks": _("Check due"),
        "overdue": _("Overdue"),
        "ending": _("Due in %(n)d days") % {"n": SOON},
        "all": pgettext("loan", "Running"),
        "closed": _("Paid back"),
    }
    month = periods.Period.month(today)
    checked = LoanCheck.objects.visible_to(request.user).filter(due_on__range=(month.previous.start, today))
    done = checked.aggregate(all=Count("pk"), on_time=Count("pk", filter=Q(done_on__lte=F("due_on"))))
    context = {
        "page": page_of(
            request,
            groups[state].select_related("client__owner", "product"),
            *orders.get(state, ("due_on", "pk")),
            count=False,
        ),
        "tabs": tabs_of(request, [(name, labels[name], rows.count()) for name, rows in groups.items()]),
        "state": state,
        "sums": sums,
        "bad_rate": sums["bad"] / sums["lent"] if sums["bad"] else 0,
        "checks": done,
        "today": today,
        **bar(request, chip(request, "risk", _("Risk class"), Risk.choices)),
    }
    return render(request, "clients/loans.html", context)


@require_GET
@role_required(*READERS)
def loan(request: HttpRequest, pk: int) -> HttpResponse:
    """A loan with the post-loan checks that were made and the one that is due."""
    found = get_visible(Loan.objects.select_related("client__owner", "product"), request.user, pk=pk)
    today = periods.today()
    context = {
        "loan": found,
        "client": found.client,
        "checks": found.checks.select_related("done_by").order_by("-due_on"),
        "interval": loans.interval(found),
        "overdue_days": found.overdue_days(today),
        "can_edit": Loan.objects.editable_by(request.user).filter(pk=pk).exists(),
        "today": today,
    }
    return render(request, "clients/loan.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def loan_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A loan to a client."""
    client = get_editable(Client.objects.select_related("organisation"), request.user, pk=pk)
    return _loan_form(request, Loan(client=client), _("New loan"))


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def loan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """How the loan stands now."""
    found = get_editable(Loan.objects.select_related("client__organisation"), request.user, pk=pk)
    return _loan_form(request, found, found.number)


def _loan_form(request: HttpRequest, found: Loan, title: str) -> HttpResponse:
    user: Any = request.user
    form = LoanForm(request.POST or None, instance=found)

    def save() -> str:
        return reverse("clients:loan", args=[loans.save_loan(form.instance, user).pk])

    back = (found.client.name, f"{reverse('clients:detail', args=[found.client_id])}?tab=contracts")
    return form_page(request, form, save, title=title, back=back)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def loan_check(request: HttpRequest, pk: int) -> HttpResponse:
    """What a post-loan check has found."""
    user: Any = request.user
    duty = get_editable(LoanCheck.objects.select_related("loan", "client"), user, pk=pk)
    form = CheckForm(request.POST or None, duty=duty)
    there = reverse("clients:loan", args=[duty.loan_id])

    def save() -> str:
        values = form.cleaned_data
        loans.report(duty, values.get("done_on") or duty.done_on, values["finding"], values["note"], user)
        return there

    return form_page(
        request,
        form,
        save,
        title=_("Post-loan check: %(name)s") % {"name": duty.client.name},
        back=(duty.loan.number, there),
        done=_("The post-loan check is noted."),
        draft=f"loan-check-{duty.pk}",
    )
