"""The installable app and the queue of visits that a phone sends when it has a signal."""

import datetime as dt
import hashlib
import json
import uuid
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from clients.models import Client
from people.access import role_required
from people.models import Role, User
from visits import checklists
from visits.forms import VisitForm
from visits.models import ChecklistTemplate, Visit
from visits.services import Logged, log_visit, may_log
from visits.services.log import right_times
from visits.views.log import day_of, in_words

MOST_ITEMS = 50
ASSETS = (
    "vendor/tabler.min.css",
    "vendor/tabler.min.js",
    "vendor/htmx.min.js",
    "vendor/icons.svg",
    "css/zoufang.css",
    "css/visits.css",
    "js/theme.js",
    "js/zoufang.js",
    "js/drafts.js",
    "js/charts.js",
    "js/visits.js",
    "js/visits-pictures.js",
    "js/visits-queue.js",
    "img/favicon.svg",
    "img/logo.svg",
)


@require_GET
@role_required(Role.AM, Role.SUPERVISOR)
def queue(request: HttpRequest) -> HttpResponse:
    """What waits on this device; also the page that stands in for others without a signal."""
    return render(request, "visits/queue.html")


@require_POST
@role_required(Role.AM, Role.SUPERVISOR)
def sync(request: HttpRequest) -> JsonResponse:
    """Take visits from a device: ``{user, sent_at, announce, items: [form fields]}`` → ``{results}`` in that order.

    A result is ``{client_uuid, state, url, reason}``; state: saved, known (sent before) or refused. 409 when the
    visits are another person's than who is logged in now.
    """
    try:
        body = json.loads(request.body)
        items = body["items"]
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise TypeError
        sender = str(body["user"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": _("This is no list of visits.")}, status=400)
    if sender != str(request.user.pk):
        return JsonResponse({"error": _("These visits are somebody else's.")}, status=409)
    if len(items) > MOST_ITEMS:
        return JsonResponse({"error": _("At most %(n)d visits at once.") % {"n": MOST_ITEMS}}, status=400)
    intake = Intake(request.user, items)
    results = [take(intake, item, str(body.get("sent_at", ""))) for item in items]
    if body.get("announce") and len(results) == 1 and (logged := intake.last):
        messages.success(request, in_words(logged))
        if items[0].get("then") == "next":
            results[0]["url"] = reverse("visits:next")
    return JsonResponse({"results": results})


class Intake:
    """What every visit of one delivery needs, looked up once: the clients, which of them are in sight, checklists."""

    def __init__(self, manager: User, items: list[dict[str, Any]]):
        self.manager = manager
        numbers = {int(text) for item in items if (text := str(item.get("client", ""))).isdecimal() and len(text) < 19}
        found = Client.objects.filter(pk__in=numbers)
        self.clients = {client.pk: client for client in found.select_related("organisation")}
        self.in_sight = {client.pk for client in self.clients.values() if client.owner_id == manager.pk}
        if others := self.clients.keys() - self.in_sight:
            seen = Client.objects.visible_to(manager).filter(pk__in=others)
            self.in_sight |= set(seen.values_list("pk", flat=True))
        # One alone is refused by the database when it was sent before; asking costs more than it spares.
        self.known = {str(row.client_uuid): row for row in _sent_before(manager, items)} if len(items) > 1 else {}
        self.last: Logged | None = None
        self._templates: dict[tuple[int, str], ChecklistTemplate] = {}

    def client(self, text: str, day: dt.date) -> Client | None:
        """The client of a visit on a day, if this person may log it."""
        client = self.clients.get(int(text)) if text.isdecimal() and len(text) < 19 else None
        if client is None or client.pk in self.in_sight:
            return client
        return client if may_log(self.manager, client, day) else None

    def template(self, client: Client) -> ChecklistTemplate:
        """The checklist of the client's kind."""
        key = (client.organisation_id, client.kind)
        if key not in self._templates:
            self._templates[key] = checklists.current(client.organisation, client.kind)
        return self._templates[key]


def _sent_before(manager: User, items: list[dict[str, Any]]) -> QuerySet[Visit]:
    """Those of a delivery that are here already: a phone that heard no answer sends them again."""
    sent = []
    for item in items:
        with suppress(ValueError):
            sent.append(uuid.UUID(str(item.get("client_uuid", ""))))
    return Visit.objects.filter(manager=manager, client_uuid__in=sent)


def take(intake: Intake, item: dict[str, Any], sent_at: str) -> dict[str, str]:
    """Save one visit from a device, or say why not."""
    fields = {name: str(value) for name, value in item.items() if isinstance(value, (str, int, float))}
    result = {"client_uuid": fields.get("client_uuid", ""), "state": "refused", "url": "", "reason": ""}
    if known := intake.known.get(result["client_uuid"]):
        intake.last = Logged(known, created=False)
        return {**result, "state": "known", "url": reverse("visits:detail", args=[known.pk])}
    # The day by the server's clock: a phone whose clock is wrong must not lose the client of that day.
    day = real_day(fields.get("checked_in_at", ""), sent_at)
    client = intake.client(fields.get("client", ""), day)
    if client is None:
        result["reason"] = _("This client is not yours, and was not on that day.")
        return result
    template = intake.template(client)
    form = VisitForm({**fields, "sent_at": sent_at}, client=client, template=template, maker=intake.manager)
    if not form.is_valid():
        said = {name: " ".join(map(str, errors)) for name, errors in form.errors.items()}
        result["reason"] = "; ".join(
            f"{form.fields[name].label}: {text}" if name in form.fields else text for name, text in said.items()
        )
        return result
    intake.last = logged = log_visit(intake.manager, client, template=template, **form.values())
    result["state"] = "saved" if logged.created else "known"
    result["url"] = reverse("visits:detail", args=[logged.visit.pk])
    return result


def real_day(checked_in_at: str, sent_at: str) -> dt.date:
    """The day of a check-in after the device's clock is put right."""
    try:
        start, sent = parse_datetime(checked_in_at), parse_datetime(sent_at)
    except ValueError:
        start = sent = None
    if start is None or sent is None or start.tzinfo is None or sent.tzinfo is None:
        return day_of(checked_in_at)
    return day_of(right_times(start, None, sent)[0].isoformat())


@login_not_required
@require_GET
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to install the site as an app."""
    icons = [
        {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)
    ]
    return JsonResponse(
        {
            "name": _("Zoufang"),
            "short_name": _("Zoufang"),
            "start_url": reverse("home"),
            "scope": "/",
            "display": "standalone",
            "background_color": "#f5f7f6",
            "theme_color": "#0b6a61",
            "lang": request.LANGUAGE_CODE,
            "icons": icons,
        },
        content_type="application/manifest+json",
    )


@login_not_required
@require_GET
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker for the whole site: its configuration and the script that it imports."""
    assets = [static(name) for name in ASSETS]
    script = static("js/visits-worker.js")
    config = {
        "version": hashlib.sha256(" ".join([*assets, script]).encode()).hexdigest()[:12],
        "assets": assets,
        "offline": reverse("visits:queue"),
        "base": [reverse("home"), reverse("visits:due"), reverse("visits:queue"), *journal_page()],
        "kept": [
            rf"^{reverse('home')}$",
            rf"^{reverse('visits:due')}$",
            rf"^{reverse('visits:queue')}$",
            rf"^{reverse('visits:new')}\?client=\d+$",
            rf"^{reverse('visits:contact')}\?client=\d+$",
            r"^/clients/\d+/$",
            *(rf"^{address}(\d{{4}}-\d\d-\d\d/)?$" for address in journal_page()),
        ],
        "login": reverse("people:login"),
    }
    body = f"const CONFIG = {json.dumps(config)};\nimportScripts({json.dumps(script)});\n"
    response = HttpResponse(body, content_type="text/javascript")
    response.headers["Service-Worker-Allowed"] = "/"
    return response


def journal_page() -> list[str]:
    """The address of today's journal, which stands above this package; none where it is not installed."""
    try:
        return [reverse("journals:today")]
    except NoReverseMatch:
        return []
