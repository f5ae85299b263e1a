"""Documents for paper: the score card, and the certificate of an honour."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from crm.lib import pdf
from crm.lib.scope import get_visible
from kpi.models import Honour, Scorecard
from kpi.reports import cards, outlook


@require_GET
def card_print(request: HttpRequest, pk: int) -> HttpResponse:
    """A card as a document to sign."""
    found = Scorecard.objects.select_related("run__scheme", "run__organisation", "manager", "org", "group")
    card: Scorecard = get_visible(found, request.user, pk=pk)
    lines = cards.lines_of(card)
    context = {
        "card": card,
        "run": card.run,
        "lines": lines,
        "extras": cards.extras(card),
        "standing": outlook.standing(card),
        "comments": card.comments.select_related("author"),
    }
    name = f"{card.manager.name} {card.run.period}"
    return pdf.document(request, "kpi/print/card.html", context, name=name, back=reverse("kpi:card", args=[pk]))


@require_GET
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """The certificate of an honour; everybody in the organisation may see it."""
    found = Honour.objects.select_related("run__organisation", "run__scheme", "manager__unit", "group", "given_by")
    honour: Honour = get_visible(found, request.user, pk=pk)
    card = Scorecard.objects.filter(run=honour.run_id, manager=honour.manager_id).first()
    name = f"{honour.manager.name} {honour.run.period} {honour.get_kind_display()}"
    context = {"honour": honour, "card": card, "period": outlook.period_words(honour.run.span)}
    return pdf.document(request, "kpi/print/certificate.html", context, name=name, back=reverse("kpi:board"))
