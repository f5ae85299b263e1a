"""Pages of requests and complaints: the inbox, the callback list, one request, registering."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.models import Client
from clients.search import matching
from crm.lib import periods
from crm.lib.files import answer
from crm.lib.pages import page_of
from crm.lib.redirects import redirect_back
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import Role
from service import history
from service.acts import ACTS, allowed
from service.forms import ActForm, EightDForm, RegisterForm, clients_for
from service.models import EightD, Kind, Priority, RequestPhoto, ServiceRequest
from service.querysets import OPEN, RUNNING
from service.rules import rules_of
from service.services import act as do_act
from service.services import register, write_eight_d
from service.services.routing import may_handle

WRITERS = (Role.AM, Role.SUPERVISOR, Role.BACK_OFFICE)
ROWS = ServiceRequest.objects.select_related("organisation", "client", "handler", "handler_unit")
FOUND = 20


def _tabs(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    """The parts of the inbox with their counts; for an account manager "mine" are the own clients'."""
    user: Any = request.user
    running, late = Q(state__in=OPEN), Q(state__in=RUNNING)
    late &= Q(due_at__lt=periods.now())
    numbers = ServiceRequest.objects.visible_to(user).aggregate(
        mine=Count("pk", filter=running & Q(handler=user.pk)),
        unit=Count("pk", filter=running),
        late=Count("pk", filter=late),
        waiting=Count("pk", filter=Q(state="waiting_client")),
        callback=Count("pk", filter=Q(state="resolved")),
    )
    words = {
        "mine": _("In my hands"),
        "unit": _("My clients") if user.is_am else _("All open"),
        "late": pgettext("of a request", "Late"),
        "waiting": _("Waiting for the client"),
        "callback": _("To call back"),
        "done": _("Closed"),
    }
    names = [name for name in words if name != "mine" or user.role in WRITERS]
    return [
        {
            "label": words[name],
            "url": reverse("service:callbacks") if name == "callback" else f"{reverse('service:list')}?tab={name}",
            "active": name == chosen,
            "count": numbers.get(name) or None,
        }
        for name in names
    ]


@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """The inbox: what waits for me, for the unit, what is late, stands still or is done."""
    user: Any = request.user
    tab = request.GET.get("tab", "")
    if tab not in ("mine", "unit", "late", "waiting", "done"):
        tab = "mine" if user.role == Role.BACK_OFFICE else "unit"
    seen = ROWS.visible_to(user)
    found = {
        "mine": seen.open().filter(handler=user.pk),
        "unit": seen.open(),
        "late": seen.late(),
        "waiting": seen.filter(state="waiting_client"),
        "done": seen.done(),
    }[tab]
    kind, text = request.GET.get("kind", ""), request.GET.get("q", "").strip()
    if kind in Kind.values:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(Q(client__name__icontains=text) | Q(client__code=text) | Q(text__icontains=text))
    order = ("-pk",) if tab == "done" else ("due_at", "pk")
    kinds = [
        {"label": label, "url": _address(request, kind=value), "active": kind == value} for value, label in Kind.choices
    ]
    context = {
        "tabs": _tabs(request, tab),
        "page": page_of(request, found, *order),
        "filters": [
            {
                "label": _("Kind"),
                "value": dict(Kind.choices).get(kind, ""),
                "clear_url": _address(request, kind=""),
                "options": kinds,
            }
        ],
        "search": {
            "value": text,
            "placeholder": _("Client or words"),
            "hidden": [(key, request.GET[key]) for key in ("tab", "kind") if request.GET.get(key)],
        },
        "is_filtered": bool(kind or text),
        "tab": tab,
        "can_register": user.role in WRITERS,
    }
    return render(request, "service/list.html", context)


def _address(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for key in ("after", "before", *changes):
        query.pop(key, None)
    for key, value in changes.items():
        if value:
            query[key] = value
    return f"?{query.urlencode()}"


@require_GET
def callbacks(request: HttpRequest) -> HttpResponse:
    """Whom to call back, the longest overdue first; one marks without leaving the list."""
    user: Any = request.user
    page = page_of(request, ROWS.visible_to(user).to_call_back(), "callback_on", "pk", rows=30)
    editable = user.role in ServiceRequest.objects.all().edit_roles
    for row in page.items:
        row.can_call = editable and ACTS["call_back"].allows(row, user)
    context = {"tabs": _tabs(request, "callback"), "page": page, "can_register": user.role in WRITERS}
    return render(request, "service/callbacks.html", context)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what was said, what may be done next, what was done so far, what else the client has asked for."""
    user: Any = request.user
    rows = ROWS.select_related("client__owner", "client__standing", "registered_by", "called_back_by", "eight_d")
    found = get_visible(rows, user, pk=pk)
    acts = allowed(found, user)
    others = history.others_of(found, user)
    names = {act.name for act in acts}
    context = {
        "item": found,
        "acts": [act for act in acts if act.name != "merge" or any(row.state in OPEN for row in others)],
        "people": history.handlers(found, may_handle(found.organisation_id)) if names & {"assign", "transfer"} else [],
        "targets": [row for row in others if row.state in OPEN],
        "others": others,
        "complaints": history.complaints_in_90_days(found),
        "events": history.timeline(found),
        "photos": list(found.photos.all()),
        "report": getattr(found, "eight_d", None),
        "can_write_report": found.is_serious and bool(acts) and found.closed_at is None,
        "client_is_visible": found.client_id and Client.objects.visible_to(user).filter(pk=found.client_id).exists(),
        "left": history.time_left(found),
        "categories": rules_of(found.organisation).choices(),
        "kinds": Kind.choices,
        "priorities": Priority.choices,
    }
    return render(request, "service/request.html", context)


@require_GET
def photo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A picture of a request, for those who see the request."""
    return answer(request, get_visible(RequestPhoto.objects.all(), request.user, pk=pk))


@require_POST
@role_required(*WRITERS)
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Do one act of the table, and the one that it asks for behind it (close or reopen after the call)."""
    user: Any = request.user
    if name not in ACTS:
        raise Http404
    found = get_editable(ServiceRequest.objects.select_related("client"), user, pk=pk)
    form = ActForm(request.POST, user=user, request=found)
    try:
        if not form.is_valid():
            raise ValidationError([error for errors in form.errors.values() for error in errors])
        with transaction.atomic():  # both or neither: a client who is not content is not left as called back
            done = do_act(found, name, user, **form.cleaned_data)
            after = request.POST.get("then", "")
            if name == "call_back" and after in ("close", "reopen"):
                do_act(done, after, user, note=form.cleaned_data["note"])
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("service:request", pk=pk)
    messages.success(request, _("Saved."))
    return redirect_back(request, "service:request", pk)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def eight_d(request: HttpRequest, pk: int) -> HttpResponse:
    """The 8D report of a serious case."""
    found = get_editable(ServiceRequest.objects.select_related("client"), request.user, pk=pk)
    if not found.is_serious:
        raise Http404
    report = EightD.objects.filter(request=found).first() or EightD(request=found)
    form = EightDForm(request.POST or None, instance=report)
    if request.method == "POST" and form.is_valid():
        try:
            write_eight_d(found, form.instance, request.user)  # type: ignore[arg-type]
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("service:request", pk=pk)
    return render(request, "service/eight_d.html", {"form": form, "item": found, "draft": f"8d-{pk}"})


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def new(request: HttpRequest) -> HttpResponse:
    """Register what a client says; without a client, first the search for who called."""
    user: Any = request.user
    number = request.GET.get("client", "")
    if not number:
        text = request.GET.get("q", "").strip()
        found = (
            list(clients_for(user).filter(matching(text, user)).select_related("org", "standing")[:FOUND])
            if text
            else []
        )
        return render(request, "service/who.html", {"found": found, "q": text})
    client = None
    if number != "none":
        chosen = clients_for(user).select_related("org__organisation", "owner__unit", "standing")
        client = chosen.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
        if client is None:
            raise Http404
    rules = rules_of(user.unit.organisation)
    main = client.contacts.order_by("-is_main", "pk").first() if client else None
    initial = {
        "contact": main.name if main else "",
        "phone": (main.phone if main else "") or (client.phone if client else ""),
        "channel": request.GET.get("channel") or ("phone" if user.role == Role.BACK_OFFICE else "visit"),
        "kind": request.GET.get("kind") or Kind.REQUEST,
        "text": request.GET.get("text", "")[:2000],
    }
    form = RegisterForm(request.POST or None, request.FILES or None, rules=rules, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = register(client=client, by=user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            if made.handler:
                messages.success(request, _("Registered. %(name)s handles it.") % {"name": made.handler.name})
            else:
                messages.warning(request, _("Registered, but nobody holds the post for it. Assign it to somebody."))
            return redirect("service:request", pk=made.pk)
    context = {"form": form, "client": client, "draft": f"request-{client.pk if client else 'none'}"}
    return render(request, "service/register.html", context)
