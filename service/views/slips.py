"""Pages of information slips: inbox and outbox, one slip, giving one, the printed form."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import Role
from service.forms import SlipForm, clients_for, owner_choice, receivers_for
from service.models import InformationSlip
from service.rules import rules_of
from service.services import slips
from service.services.routing import may_handle

WRITERS = (Role.AM, Role.SUPERVISOR, Role.BACK_OFFICE)
ROWS = InformationSlip.objects.select_related(
    "organisation",
    "unit",
    "giver",
    "client__owner",
    "receiver",
    "receiver_unit",
    "received_by",
    "handled_by",
    "fed_back_by",
)


@require_GET
def slip_list(request: HttpRequest) -> HttpResponse:
    """Slips to answer, given, late and answered."""
    user: Any = request.user
    seen = ROWS.visible_to(user)
    late = Q(fed_back_at=None, due_at__lt=periods.now())
    parts = {
        "in": (_("To answer"), Q(receiver=user.pk, fed_back_at=None)),
        "out": (_("Given by me"), Q(giver=user.pk)),
        "open": (_("All open"), Q(fed_back_at=None)),
        "late": (pgettext("of a request", "Late"), late),
        "done": (_("Fed back"), Q(fed_back_at__isnull=False)),
    }
    if user.role not in WRITERS:
        parts.pop("in"), parts.pop("out")
    if user.is_am:
        parts.pop("open")
    numbers = seen.aggregate(**{f"n_{name}": Count("pk", filter=part) for name, (_label, part) in parts.items()})
    tab = request.GET.get("tab", "")
    if tab not in parts:
        tab = {Role.BACK_OFFICE: "in", Role.AM: "out"}.get(user.role, "open")
    tabs = [
        {"label": label, "url": f"?tab={name}", "active": name == tab, "count": numbers[f"n_{name}"] or None}
        for name, (label, _part) in parts.items()
    ]
    page = page_of(
        request, seen.filter(parts[tab][1]), *(("due_at", "pk") if tab in ("in", "open", "late") else ("-pk",))
    )
    return render(request, "service/slips.html", {"tabs": tabs, "page": page, "can_give": user.role in WRITERS})


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def new(request: HttpRequest) -> HttpResponse:
    """Give a slip, about a client or about none."""
    user: Any = request.user
    number = request.GET.get("client", "")
    client = None
    if number:
        client = (
            clients_for(user).select_related("owner").filter(pk=number).first()
            if number.isdecimal() and len(number) < 19
            else None
        )
        if client is None:
            raise Http404
    form = SlipForm(request.POST or None, rules=rules_of(user.unit.organisation), user=user, client=client)
    if request.method == "POST" and form.is_valid():
        try:
            slip = slips.give_slip(user, client=client, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            words = {"number": slip.number, "name": slip.receiver.name}
            messages.success(request, _("Slip %(number)s goes to %(name)s.") % words)
            return redirect("service:slip", pk=slip.pk)
    context = {"form": form, "client": client, "draft": f"slip-{client.pk if client else 'none'}"}
    return render(request, "service/slip_form.html", context)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One slip with all its fields, and what the receiver may do next."""
    slip = get_visible(ROWS, request.user, pk=pk)
    editable = slip.fed_back_at is None and InformationSlip.objects.editable_by(request.user).filter(pk=pk).exists()
    can_pass_on = editable and slip.state in ("sent", "received")
    context = {
        "slip": slip,
        "can_answer": editable and slip.giver_id != request.user.pk,
        "next_state": slips.TRANSITIONS.get(slip.state),
        "people": _others(slip) if can_pass_on else [],
        "can_pass_on": can_pass_on,
    }
    return render(request, "service/slip.html", context)


def _others(slip: InformationSlip) -> list[Any]:
    """Who could answer it instead: the client's account manager unless the slip is of hers, then the posts."""
    is_hers = slip.client is not None and slip.client.owner_id == slip.giver_id
    manager = [] if is_hers else owner_choice(slip.client, but=slip.receiver_id)
    return [*manager, *may_handle(slip.organisation_id, but=slip.receiver_id)]


@require_POST
@role_required(*WRITERS)
def advance(request: HttpRequest, pk: int) -> HttpResponse:
    """Receive, handle or feed back."""
    user: Any = request.user
    slip = get_editable(InformationSlip.objects.all(), user, pk=pk)
    if slip.giver_id == user.pk:  # nobody answers the own slip
        raise PermissionDenied
    state = request.POST.get("state", "")
    if state not in InformationSlip.State.values:
        raise Http404
    try:
        slips.advance(slip, state, user, request.POST.get("text", "").replace("\0", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved."))
    return redirect("service:slip", pk=pk)


@require_POST
@role_required(*WRITERS)
def pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the slip to another post."""
    user: Any = request.user
    slip = get_editable(InformationSlip.objects.select_related("client"), user, pk=pk)
    number = request.POST.get("receiver", "")
    people = receivers_for(user, slip.client)
    receiver = people.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
    try:
        if receiver is None:
            raise ValidationError(_("Choose somebody else to pass the slip on to."))
        slips.pass_on(slip, receiver, user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("service:slip", pk=pk)
    messages.success(request, _("Saved."))
    return redirect("service:slips")


@require_GET
def printed(request: HttpRequest, pk: int) -> HttpResponse:
    """The slip as a form on paper."""
    return render(request, "service/slip_print.html", {"slip": get_visible(ROWS, request.user, pk=pk)})
