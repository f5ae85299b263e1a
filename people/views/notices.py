"""Notifications: read them, choose how they come, and the robots of group chats."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import outbound, periods
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import Delivery, Notification, Robot, Role
from people.notices import choices, sending
from people.notices.forms import ChoicesForm, RobotForm
from people.notices.kinds import all_kinds
from people.notices.outbox import robots_of

SHOWN = 100
TROUBLES = (Delivery.State.FAILED, Delivery.State.UNCLEAR)


@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    """The latest notifications, unread first, all or of one kind."""
    own = Notification.objects.visible_to(request.user)
    counts = dict(own.unread().order_by().values_list("kind").annotate(n=Count("pk")))
    there = set(own.order_by().values_list("kind", flat=True).distinct())
    kind = request.GET.get("kind", "")
    tabs = [{"label": _("All"), "url": "?", "active": kind not in there, "count": sum(counts.values())}]
    tabs += [
        {"label": each.label, "url": f"?kind={each.code}", "active": each.code == kind, "count": counts.get(each.code)}
        for each in all_kinds()
        if each.code in there
    ]
    found = own.filter(kind=kind) if kind in there else own
    found = found.order_by(F("read_at").desc(nulls_first=True), "-created_at")
    return render(request, "people/notifications.html", {"notifications": found[:SHOWN], "tabs": tabs})


@require_POST
def open_(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one read and go where it leads."""
    found = get_visible(Notification.objects, request.user, pk=pk)
    Notification.objects.filter(pk=found.pk, read_at=None).update(read_at=periods.now())
    return redirect(found.url or "people:notifications")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all read."""
    Notification.objects.visible_to(request.user).unread().update(read_at=periods.now())
    return redirect("people:notifications")


@require_http_methods(["GET", "POST"])
def settings_(request: HttpRequest) -> HttpResponse:
    """Which kind comes by which channel, and when."""
    form = ChoicesForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        choices.store(request.user, form.choices())
        messages.success(request, _("Saved."))
        return redirect("people:notice-settings")
    context = {
        "form": form,
        "email_enabled": settings.EMAIL_ENABLED,
        "robot": Robot.objects.filter(pk__in=robots_of({request.user.unit_id}).values()).first(),
    }
    return render(request, "people/notice_settings.html", context)


@require_GET
@role_required(Role.ADMIN)
def robots(request: HttpRequest) -> HttpResponse:
    """The robots, and what has not gone out."""
    rows = Robot.objects.visible_to(request.user).select_related("unit")
    rows = rows.annotate(
        sent=Count("deliveries", filter=Q(deliveries__state=Delivery.State.SENT)),
        waiting=Count("deliveries", filter=Q(deliveries__state=Delivery.State.WAITING)),
    ).order_by("unit__path")
    troubles = Delivery.objects.visible_to(request.user).filter(state__in=TROUBLES)
    troubles = troubles.select_related("notification__user", "robot").order_by("-due_at")
    return render(request, "people/robots.html", {"robots": rows, "troubles": troubles[:SHOWN]})


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
def robot_new(request: HttpRequest) -> HttpResponse:
    """Connect a group's robot."""
    form = RobotForm(request.POST or None, user=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Connected. Now send a test message."))
        return redirect("people:robots")
    return render(request, "people/robot_form.html", {"form": form, "page_title": _("Connect a group robot")})


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
def robot_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a robot, or switch it off."""
    found = get_editable(Robot.objects, request.user, pk=pk)
    form = RobotForm(request.POST or None, instance=found, user=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("people:robots")
    return render(request, "people/robot_form.html", {"form": form, "page_title": found.name})


@require_POST
@role_required(Role.ADMIN)
def robot_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test message at once, and say what came of it."""
    found = get_editable(Robot.objects.select_related("unit"), request.user, pk=pk)
    try:
        sending.send_test(found, request.user.name)
    except (outbound.Refused, outbound.NotSent, outbound.Unclear) as error:
        messages.error(request, _("The test message did not arrive: %(reason)s") % {"reason": error})
    else:
        messages.success(request, _("The test message is in the group “%(name)s”.") % {"name": found.name})
    return redirect("people:robots")


@require_POST
@role_required(Role.ADMIN)
def delivery_again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send once more what failed or is unclear."""
    found = get_editable(Delivery.objects, request.user, pk=pk)
    if sending.send_again(found):
        messages.success(request, _("It goes out again within a minute."))
    return redirect("people:robots")
