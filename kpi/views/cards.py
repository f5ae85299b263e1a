"""The manager's side: the own card, the rows behind a number, appeals; and the board."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.lib.scope import get_editable, get_visible
from kpi import metrics, services
from kpi.metrics.display import address, plain
from kpi.models import Appeal, Scorecard, ScoreLine
from kpi.reports import cards, outlook
from people.access import role_required
from people.models import Role

ASSESSED = (Role.AM, Role.BACK_OFFICE)
ROWS_SHOWN = 500


@require_GET
@role_required(*ASSESSED)
def mine(request: HttpRequest) -> HttpResponse:
    """The latest published card of one's own, with the score so far this month above it."""
    card = (
        Scorecard.objects.visible_to(request.user)  # whoever is assessed sees the own ones only
        .select_related("run__scheme", "run__organisation", "manager", "org", "group")
        .order_by("-run__starts_on", "-run__version")
        .first()
    )
    so_far = Scorecard.objects.so_far(request.user).first()
    context: dict[str, Any] = {"so_far": so_far, "advice": []}
    if so_far:
        lines = cards.lines_of(so_far)
        context |= {"advice": cards.advice(lines), "forecast": outlook.forecast(so_far, lines)}
    if card is None:
        return render(request, "kpi/no_card.html", context)
    return render(request, "kpi/card.html", {**context, **_card_context(request, card)})


@require_GET
def card_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One card."""
    found = Scorecard.objects.select_related("run__scheme", "run__organisation", "manager", "org", "group")
    return render(request, "kpi/card.html", _card_context(request, get_visible(found, request.user, pk=pk)))


def _card_context(request: HttpRequest, card: Scorecard) -> dict[str, Any]:
    lines = cards.lines_of(card)
    appeals = {appeal.line_id: appeal for appeal in Appeal.objects.filter(line__card=card)}
    history = cards.history(card)
    own = card.manager_id == request.user.pk
    open_now = own and services.appeals_open(card.run)
    return {
        "card": card,
        "run": card.run,
        "lines": [{"shown": line, "appeal": appeals.get(line.line.pk)} for line in lines],
        "losses": cards.losses(lines)[:3],
        "extras": cards.extras(card),
        "waterfall": cards.waterfall(card, lines) if card.score is not None else None,
        "waterfall_head": [_("Indicator"), _("Full points"), _("Points"), _("Lost")],
        "waterfall_rows": cards.waterfall_rows(card, lines),
        "standing": outlook.standing(card),
        "radar": outlook.radar(card, lines) if card.score is not None else None,
        "comments": card.comments.select_related("author"),
        "may_comment": card.run.is_published,
        "history": history,
        "trend": cards.trend(history) if len(history) > 1 else None,
        "previous": history[-2] if len(history) > 1 and history[-1]["id"] == card.pk else None,
        "honours": card.manager.honours.filter(run__organisation=card.run.organisation_id).select_related("run")[:6],
        "is_own": own,
        "appeals_open": open_now,
        "needs_seen": own and card.run.is_published and card.acknowledged_at is None,
    }


@require_POST
@role_required(*ASSESSED)
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """The manager has seen the card."""
    services.acknowledge(get_visible(Scorecard.objects, request.user, pk=pk))
    return redirect("kpi:card", pk=pk)


@require_GET
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows behind one indicator of a card."""
    line = _line(request, pk)
    run = line.card.run
    shown = next(one for one in cards.lines_of(line.card) if one.line.pk == line.pk)
    span = metrics.Span.of(run.organisation, run.span, run.as_of)
    found = shown.metric.rows(line.card.manager_id, span, ROWS_SHOWN + 1)
    now = next(iter(shown.metric.values(span.only(line.card.manager_id))), None)
    context = {
        "line": line,
        "card": line.card,
        "run": run,
        "shown": shown,
        "rows": [
            {
                **row,
                "url": address(row["kind"], row["object_id"]),
                "num_text": plain(row["num"]),
                "den_text": plain(row["den"]),
                "short": shown.metric.more_is_better and row["den"] is not None and row["num"] < row["den"],
            }
            for row in found[:ROWS_SHOWN]
        ],
        "has_days": any(row["day"] for row in found),
        "more": len(found) > ROWS_SHOWN,
        "changed": now is not None and (now["numerator"], now["denominator"]) != (line.numerator, line.denominator),
        "appeal": Appeal.objects.filter(line=line).first(),
        "appeals_open": line.card.manager_id == request.user.pk and services.appeals_open(run),
    }
    return render(request, "kpi/rows.html", context)


def _line(request: HttpRequest, pk: int) -> ScoreLine:
    """A line that the reader may see: of a visible card, or of the own score so far."""
    found = ScoreLine.objects.select_related("card__run__scheme", "card__run__organisation", "card__manager")
    own = Scorecard.objects.so_far(request.user)
    line = found.filter(pk=pk, card__in=own).first()
    return line or get_visible(found, request.user, pk=pk)


@require_POST
@role_required(*ASSESSED)
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """Appeal against an indicator of one's own card."""
    line = get_visible(ScoreLine.objects.select_related("card"), request.user, pk=pk)
    try:
        services.appeal(line, request.user, request.POST.get("text", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Your appeal is with HR. You will be told the answer."))
    return redirect("kpi:card", pk=line.card_id)


@require_GET
@role_required(Role.HR, Role.ADMIN)
def appeal_list(request: HttpRequest) -> HttpResponse:
    """Appeals, those without an answer first."""
    found = Appeal.objects.visible_to(request.user).select_related(
        "manager", "answered_by", "line__card__run__scheme", "line__card__org"
    )
    wanted = request.GET.get("state", "open")
    found = found.open() if wanted == "open" else found.exclude(state="open").order_by("-answered_at")
    shown = list(found[:100])
    for one in shown:
        leaf = one.line.card.run.rules.leaf(one.line.leaf)
        one.indicator = leaf.label if leaf else one.line.leaf
    tabs = [
        {"label": _("To answer"), "url": "?state=open", "active": wanted == "open"},
        {"label": _("Answered"), "url": "?state=answered", "active": wanted != "open"},
    ]
    context = {"appeals": shown, "tabs": tabs, "can_answer": request.user.role == Role.HR}
    return render(request, "kpi/appeals.html", context)


@require_POST
@role_required(Role.HR, Role.ADMIN)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer an appeal."""
    found = get_editable(Appeal.objects, request.user, pk=pk)
    upheld = request.POST.get("decision") == "upheld"
    try:
        services.answer(found, request.user, upheld, request.POST.get("text", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        text = _("Answered. Correct the run by a new version so that the number changes.") if upheld else _("Answered.")
        messages.success(request, text)
    return redirect("kpi:appeals")


@require_POST
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something about a card; it stays."""
    card = get_visible(Scorecard.objects.select_related("run__organisation", "manager__unit"), request.user, pk=pk)
    try:
        services.comment(card, request.user, request.POST.get("text", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("kpi:card", pk=pk)
