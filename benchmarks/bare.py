"""The pages' floor: bare views that fetch the rows a page is about, and put them into a plain table."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

TABLE = """<!doctype html><title>{{ title }}</title><table>{% for row in rows %}<tr>{% for cell in row %}
<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"""


def shown(title: str, rows: Any) -> HttpResponse:
    """The rows as a table."""
    template = engines["django"].from_string(TABLE)
    return HttpResponse(template.render({"title": title, "rows": list(rows)}))


def home(request: HttpRequest) -> HttpResponse:
    """The own clients that were seen longest ago."""
    from clients.models import Client

    found = Client.objects.filter(owner=request.user.pk, is_active=True).order_by("trace__last_visit_on")
    return shown("home", found.values_list("name", "address", "standing__tier", "trace__last_visit_on")[:9])


def clients(request: HttpRequest) -> HttpResponse:
    """Fifty clients of the organisation by code."""
    from clients.models import Client

    after, text = request.GET.get("code", ""), request.GET.get("q", "")
    found = Client.objects.filter(organisation=request.user.organisation_id, is_active=True, code__gt=after)
    if request.user.is_am:
        found = found.filter(owner=request.user.pk)
    if text:
        from clients.search import matching

        found = found.filter(matching(text, request.user))
    columns = ("code", "name", "phone", "address", "org__name", "owner__name", "standing__tier")
    return shown("clients", found.order_by("code", "pk").values_list(*columns)[:50])


def client(request: HttpRequest) -> HttpResponse:
    """A client with its facts, contacts and latest visits."""
    from clients.models import Client
    from visits.models import Visit

    one = Client.objects.select_related("org", "owner", "standing", "trace").get(pk=request.GET["pk"])
    rows = [(one.name, one.code, one.org.name, one.owner.name, one.standing.tier)]
    rows += one.facts.order_by("-month").values_list("month", "amount", "quantity")[:13]
    rows += one.contacts.values_list("name", "phone")
    rows += Visit.objects.filter(client=one).order_by("-day").values_list("day", "mode", "note", "manager__name")[:20]
    return shown(one.name, rows)


def visit(request: HttpRequest) -> HttpResponse:
    """A form for a visit, built and rendered by Django alone; POST saves it."""
    from django import forms

    from clients.models import Client
    from crm.lib import periods
    from visits.models import Visit

    one = Client.objects.get(pk=request.GET.get("pk") or request.POST["client"])
    form_class = forms.modelform_factory(
        Visit, fields=("mode", "purpose", "people_met", "demand", "note", "result", "next_step", "next_step_on")
    )
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.client, made.organisation_id, made.manager = one, one.organisation_id, request.user
        made.checked_in_at, made.day = periods.now(), periods.today()
        made.save()
        return HttpResponse(status=302, headers={"Location": "/"})
    template = engines["django"].from_string("<!doctype html><h1>{{ one.name }}</h1><form>{{ form }}</form>")
    return HttpResponse(template.render({"one": one, "form": form}))


def desk(request: HttpRequest) -> HttpResponse:
    """A journal with its text and the day's visits, and the inbox."""
    from journals.models import Journal
    from visits.models import Visit

    waiting = Journal.objects.filter(org__path__startswith=request.user.unit.path, state="submitted")
    inbox = list(waiting.order_by("submitted_at").values_list("pk", "author__name", "day", "author")[:60])
    rows: list[Any] = list(inbox)
    if inbox:
        pk, _name, day, author = inbox[0]
        rows += [(version.sections,) for version in Journal.objects.get(pk=pk).versions.all()]
        rows += Visit.objects.filter(manager=author, day=day).values_list("client__name", "checked_in_at", "note")
    return shown("desk", rows)


def team(request: HttpRequest) -> HttpResponse:
    """The managers of the unit with what waits of each."""
    from django.db.models import Count, Q

    from people.models import User

    people = User.objects.filter(unit__path__startswith=request.user.unit.path, role="am", is_active=True)
    waiting = Count("journals", filter=Q(journals__state="submitted"))
    return shown("team", people.annotate(n=waiting).order_by("username").values_list("name", "unit__name", "n")[:50])


def board(request: HttpRequest) -> HttpResponse:
    """The ranks of the latest run."""
    from kpi.models import Run

    run = Run.objects.filter(organisation=request.user.organisation_id).order_by("-starts_on").first()
    cards = run.scorecards.order_by("group__path", "rank", "manager__username")
    own = cards.filter(group__in=run.scorecards.filter(manager=request.user.pk).values("group"))
    return shown("board", own.values_list("rank", "manager__name", "org__name", "score", "grade")[:500])


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "home": home, "clients": clients, "client": client, "visit": visit, "desk": desk, "team": team, "board": board,
}  # fmt: skip
urlpatterns = [path(f"{name}/", view) for name, view in VIEWS.items()]
