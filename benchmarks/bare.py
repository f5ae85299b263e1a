"""The pages' floor: bare views that fetch the rows a page is about, and put them into a plain table."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

# The first cell of a row stands in <th> where the page has to show it as well.
TABLE = """<!doctype html><title>{{ title }}</title><p>{{ unread }}</p><table>
{% for rows in tables %}{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}{% endfor %}{% for row in same %}<tr><th>{{ row.0 }}</th>
{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"""


def shown(request: HttpRequest, title: Any, *tables: Any, same: Any = ()) -> HttpResponse:
    """The rows as a table, and the number that stands at the bell."""
    from people.models import Notification

    unread = Notification.objects.filter(user=request.user.pk, read_at=None).count()
    template = engines["django"].from_string(TABLE)
    return HttpResponse(template.render({"title": title, "tables": tables, "same": list(same), "unread": unread}))


def home(request: HttpRequest) -> HttpResponse:
    """Nine own clients, what is agreed for tomorrow, visits and journals so far, open alerts, requests and slips."""
    from clients.models import Client
    from crm.lib import periods
    from journals.models import Journal
    from retention.models import Alert
    from service.models import InformationSlip, ServiceRequest
    from visits.models import PlannedVisit, Visit

    me, today = request.user.pk, periods.today()
    clients = Client.objects.filter(owner=me, is_active=True).order_by("trace__last_visit_on")
    plans = PlannedVisit.objects.filter(manager=me, day=today + dt.timedelta(days=1), at__isnull=False)
    journals = Journal.objects.filter(author=me, day__gte=today - dt.timedelta(days=60))
    alerts = Alert.objects.awake().dangers().filter(client__owner=me).exclude(kind="overdue_visit")
    requests = ServiceRequest.objects.unsettled().filter(client__owner=me).order_by("due_at", "pk")
    slips = InformationSlip.objects.open().filter(receiver=me).order_by("due_at", "pk")
    return shown(
        request,
        "home",
        clients.values_list("name", "address", "phone", "standing__tier", "trace__last_visit_on")[:9],
        plans.values_list("client__name", "at"),
        Visit.objects.filter(manager=me, day=today).values_list("client__name", "mode"),
        journals.values_list("day", "kind", "state", "submitted_at"),
        slips.values_list("number", "client__name", "due_at")[:8],
        same=[
            *alerts.values_list("client__name", "client__standing__tier", "kind", "figures", "value_at_risk")[:5],
            *requests.values_list("client__name", "category", "state", "text", "due_at")[:8],
        ],
    )


def clients(request: HttpRequest) -> HttpResponse:
    """Fifty clients by code, how many there are up to a thousand, and what they can be chosen by."""
    from clients.models import AttributeDefinition, Client, SavedView, ServiceStandard, Tag
    from people.models import OrgUnit, User

    after, text = request.GET.get("code", ""), request.GET.get("q", "")
    company = request.user.organisation_id
    found = Client.objects.filter(organisation=company, is_active=True)
    choices: list[Any] = []
    if request.user.is_am:
        found = found.filter(owner=request.user.pk)
    else:
        people = User.objects.filter(unit__organisation=company, role="am", is_active=True)
        choices = [
            people.order_by("name").values_list("username", "name")[:60],
            OrgUnit.objects.filter(parent=request.user.unit_id).values_list("code", "name")[:60],
        ]
    if text:
        from clients.search import matching

        found = found.filter(matching(text, request.user))
    columns = ("code", "name", "phone", "address", "stage", "business_format", "org__name", "owner__name")
    return shown(
        request,
        found.order_by()[:1001].count(),
        ServiceStandard.objects.filter(organisation=company).values_list("tier"),
        Tag.objects.filter(organisation=company).values_list("name")[:60],
        AttributeDefinition.objects.filter(organisation=company).values_list("name", "label"),
        SavedView.objects.filter(user=request.user.pk).values_list("name"),
        *choices,
        same=found.filter(code__gt=after).order_by("code", "pk").values_list(*columns, "standing__tier")[:50],
    )


def client(request: HttpRequest) -> HttpResponse:
    """A client with its figures, people and what happened: each from its own table."""
    from clients.models import Client

    one = Client.objects.select_related("org", "owner", "standing", "trace", "value", "forecast").get(
        pk=request.GET["pk"]
    )
    visits = one.visits.order_by("-checked_in_at")
    return shown(
        request,
        one.name,
        one.facts.order_by("-month").values_list("month", "amount", "quantity")[:25],
        one.tier_results.order_by("-month").values_list("month", "tier", "breakdown")[:13],
        one.team.values_list("user__name", "part"),
        visits.values_list("day", "mode", "purpose", "demand", "note", "manager__name")[:20],
        one.alerts.order_by("-raised_on").values_list("raised_on", "kind", "figures", "state")[:20],
        one.requests.order_by("-registered_at").values_list("registered_at", "category", "state", "text")[:20],
        one.ownerships.order_by("-valid_from").values_list("valid_from", "owner__name", "reason")[:20],
        one.holdings.order_by("-since").values_list("since", "product__name", "until")[:20],
        same=[
            (one.name, one.code, one.address, one.org.name, one.owner.name, one.standing.tier),
            *one.contacts.values_list("name", "phone", "position"),
        ],
    )


def visit(request: HttpRequest) -> HttpResponse:
    """A form for a visit by Django alone, beside what is known; POST saves it, its summary and the plan it fulfils."""
    from django import forms

    from clients.models import Client, Product
    from crm.lib import periods
    from people.models import Notification, User
    from visits.models import ChecklistTemplate, ClientTrace, PlannedVisit, Visit

    one = Client.objects.select_related("standing", "trace").get(pk=request.GET.get("pk") or request.POST["client"])
    form_class = forms.modelform_factory(
        Visit, fields=("mode", "purpose", "people_met", "demand", "note", "result", "next_step", "next_step_on")
    )
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.client, made.organisation_id, made.manager = one, one.organisation_id, request.user
        made.checked_in_at, made.day = periods.now(), periods.today()
        others = Visit.objects.filter(manager=request.user.pk, day=made.day).order_by("checked_in_at")
        list(others.values_list("checked_in_at", "checked_out_at", "longitude", "latitude", "note"))
        plan = PlannedVisit.objects.filter(manager=request.user.pk, client=one, day=made.day).first()
        made.save()
        ClientTrace.objects.filter(pk=one.pk).update(last_visit_on=made.day)
        if plan:
            PlannedVisit.objects.filter(pk=plan.pk).update(visit=made)
        return HttpResponse(status=302, headers={"Location": "/"})
    company = one.organisation_id
    context = {
        "one": one,
        "form": form,
        "contacts": list(one.contacts.values_list("name", "phone")[:6]),
        "products": list(Product.objects.filter(organisation=company).values_list("pk", "name")),
        "colleagues": list(User.objects.filter(unit=request.user.unit_id, role="supervisor").values_list("pk", "name")),
        "checks": list(ChecklistTemplate.objects.filter(organisation=company).values_list("version", "items")),
        "last": list(one.visits.order_by("-checked_in_at").values_list("day", "note", "manager__name")[:1]),
        "alerts": list(one.alerts.awake().values_list("kind", "figures")),
        "unread": Notification.objects.filter(user=request.user.pk, read_at=None).count(),
    }
    template = engines["django"].from_string(FORM)
    return HttpResponse(template.render(context))


FORM = """<!doctype html><h1>{{ one.name }} {{ one.standing.tier }} {{ one.trace.last_visit_on }}</h1>
<p>{{ unread }}</p><table><th>{{ one.name }}</th>
{% for row in contacts %}<tr><th>{{ row.0 }}</th><td>{{ row.1 }}</td></tr>{% endfor %}
{% for row in last %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
{% for row in alerts %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>
<form>{{ form }}{% for key, name in products %}<input type="checkbox" value="{{ key }}">{{ name }}{% endfor %}
<select>{% for key, name in colleagues %}<option value="{{ key }}">{{ name }}</option>{% endfor %}</select>
{% for row in checks %}{{ row.1 }}{% endfor %}</form>"""


def desk(request: HttpRequest) -> HttpResponse:
    """The inbox, a journal with its texts and the day's visits, and how many were read today."""
    from django import forms
    from django.db.models import Count, F, Q

    from crm.lib import periods
    from journals.models import Draw, Journal, Phrase, Review
    from visits.models import Visit

    waiting = Journal.objects.filter(org__path__startswith=request.user.unit.path, state="submitted").with_latest()
    lines = waiting.order_by("handed_in_at", "pk").values_list("author__name", "day", "number", "pk", "author")
    inbox = list(lines[:100])
    first = inbox[0] if inbox else ("", None, 0, 0, 0)
    versions = Journal.objects.get(pk=first[3]).versions.values_list("sections", "facts", "submitted_at")
    visits = Visit.objects.filter(manager=first[4], day=first[1]).order_by("checked_in_at")
    form = forms.modelform_factory(Review, fields=("mark", "evaluation", "requirement", "suggestion"))()
    again, late = Count("pk", filter=Q(number__gt=1)), Count("pk", filter=Q(submitted_at__gt=F("due_at")))
    return shown(
        request,
        "desk",
        [(form,), waiting.order_by().aggregate(all=Count("pk"), again=again, late=late).values()],
        [[Review.objects.filter(reviewer=request.user.pk, created_at__gte=periods.start_of(periods.today())).count()]],
        Draw.objects.filter(unit=request.user.unit_id)
        .order_by("-week")
        .annotate(n=Count("items"))
        .values_list("n")[:1],
        Phrase.objects.filter(owner=request.user.pk).values_list("part", "text"),
        versions,
        same=[*inbox, *visits.values_list("client__name", "client__standing__tier", "checked_in_at", "mode", "note")],
    )


def team(request: HttpRequest) -> HttpResponse:
    """What waits for somebody who leads: journals, alerts, doubts, visits to verify, requests; who is late."""
    from django.db.models import Count, Exists, OuterRef, Q

    from clients.models import Client
    from crm.lib import periods
    from journals.models import Journal
    from people.models import User
    from retention.models import Alert
    from service.models import ServiceRequest
    from visits.models import TraceFlag, Visit

    path, today = request.user.unit.path, periods.today()
    below = Q(org__path__startswith=path)
    if request.user.unit_id == request.user.organisation_id:
        below = Q(organisation=request.user.organisation_id)
    clients = Client.objects.filter(below)
    waiting = Journal.objects.filter(org__path__startswith=path, state="submitted").order_by()
    late = Count("pk", filter=Q(submitted_at__lt=periods.now() - dt.timedelta(days=2)))
    there = Journal.objects.filter(kind="day", day=today - dt.timedelta(days=1), author=OuterRef("pk"))
    people = User.objects.filter(unit__path__startswith=path, role="am", is_active=True)
    alerts = Alert.objects.awake().dangers().filter(client__in=clients, organisation=request.user.organisation_id)
    doubts = TraceFlag.objects.filter(visit__client__org__path__startswith=path, state="open")
    month = periods.Period.month(today)
    visits = Visit.objects.filter(client__in=clients, verified_at=None)
    visits = visits.exclude(manager=request.user.pk).exclude(purpose="inspection")
    requests = ServiceRequest.objects.pressing().filter(below).order_by("due_at", "pk")
    return shown(
        request,
        "team",
        [waiting.aggregate(all=Count("pk"), late=late).values()],
        people.exclude(Exists(there)).order_by("name").values_list("name"),
        [(doubts.count(), visits.between(month.previous.start, month.end).order_by()[:1001].count())],
        same=[
            *alerts.values_list("client__name", "client__standing__tier", "kind", "figures", "value_at_risk")[:5],
            *requests.values_list("client__name", "category", "state", "text", "due_at")[:8],
        ],
    )


def board(request: HttpRequest) -> HttpResponse:
    """The ranks of the latest run."""
    from kpi.models import Run

    runs = list(Run.objects.filter(organisation=request.user.organisation_id).order_by("-starts_on")[:24])
    cards = runs[0].scorecards.filter(rank__isnull=False).order_by("group__path", "rank", "manager__username")
    own = cards.filter(group__in=runs[0].scorecards.filter(manager=request.user.pk).values("group"))
    names = own.values_list("manager__name", "rank", "org__name", "score", "grade", "group__name")
    return shown(request, "board", [(run.period, run.state) for run in runs], same=names[:500])


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "home": home, "clients": clients, "client": client, "visit": visit, "desk": desk, "team": team, "board": board,
}  # fmt: skip
urlpatterns = [path(f"{name}/", view) for name, view in VIEWS.items()]
