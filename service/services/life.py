"""Move a request along its life, by the table and no other way."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import periods
from crm.lib.workdays import next_work_day
from people.models import Task, User
from people.services import finish_task, give_task, notify, supervisors_of
from service.acts import ACTS
from service.models import EightD, Kind, RequestEvent, ServiceRequest, State
from service.rules import rules_of
from service.services.classify import reclassify, route_anew
from service.services.register import due_at, give

Given = dict[str, Any]


@transaction.atomic
def act(request: ServiceRequest, name: str, by: User, **given: Any) -> ServiceRequest:
    """Do an act of the table; the request as it is then.

    ``given``: note, handler (User), satisfaction (1–5), target (ServiceRequest), category, as the act needs.
    ValidationError when the act does not follow the present state or something is missing; PermissionDenied when it is
    not for this person. Whether the person may change the request at all is the caller's to ask.
    """
    step = ACTS[name]
    request = ServiceRequest.objects.select_for_update().get(pk=request.pk)
    if request.state not in step.sources:
        raise ValidationError(
            _("“%(act)s” does not fit: the request is “%(state)s” by now. Reload the page.")
            % {"act": step.label, "state": request.get_state_display()}
        )
    if not step.allows(request, by):
        raise PermissionDenied
    given["note"] = str(given.get("note") or "").strip()[:2000]
    for need in step.needs:
        if not given.get(need):
            raise ValidationError({need: MISSING[need]()})
    given["from"] = request.state
    if step.target:
        request.state = step.target
    data = EFFECTS[name](request, by, given) if name in EFFECTS else {}
    if name in ("assign", "transfer"):
        give(request, given["handler"], act=name, by=by, note=given["note"])
        return request
    request.save()
    RequestEvent.objects.create(
        request=request, act=name, state=request.state, by=by, note=given["note"], data=data or {}
    )
    if name == "classify":
        route_anew(request, given["post"])
    return request


MISSING: dict[str, Callable[[], str]] = {
    "note": lambda: _("Write it down: the log keeps the reason."),
    "handler": lambda: _("Choose who is to handle it."),
    "satisfaction": lambda: _("Ask the client for a mark from 1 to 5."),
    "target": lambda: _("Choose the request that it belongs to."),
    "category": lambda: _("Choose what it is about."),
}


def _hand_over(request: ServiceRequest, by: User, given: Given) -> Given:
    handler = given["handler"]
    if handler.organisation_id != request.organisation_id or not handler.is_active:
        raise ValidationError({"handler": MISSING["handler"]()})
    if given["from"] != State.REOPENED and request.handler_id == handler.pk:
        raise ValidationError({"handler": _("It is in these hands already. Choose somebody else.")})
    return {}


def _wait(request: ServiceRequest, by: User, given: Given) -> Given:
    """The clock stands: what is left is kept and runs on after the client's answer."""
    request.left_minutes = rules_of(request.organisation).work.between(periods.now(), request.due_at)
    return {}


def _go_on(request: ServiceRequest, by: User, given: Given) -> Given:
    left, request.left_minutes = request.left_minutes or 0, None
    if left > 0:  # one that was late before it waited stays late
        request.due_at = rules_of(request.organisation).work.add(periods.now(), left)
    return {}


def _resolve(request: ServiceRequest, by: User, given: Given) -> Given:
    if request.is_serious:
        report = EightD.objects.filter(request=request).first() or EightD(request=request)
        if missing := report.missing():
            raise ValidationError(
                _("A serious case needs its 8D report first. Missing: %(what)s") % {"what": _(", ").join(missing)}
            )
    now = periods.now()
    request.result, request.resolved_at = given["note"], now
    request.callback_on = next_work_day(periods.local(now).date(), rules_of(request.organisation).work.changes)
    caller = _caller(request)
    if caller:
        who = request.client.name if request.client else request.contact or request.title
        give_task(
            caller,
            _("Call back %(client)s: %(title)s") % {"client": who, "title": request.title},
            request.callback_on,
            by=by,
            source=callback_source(request),
            about=f"client:{request.client_id}" if request.client_id else "",
            url=reverse("service:request", args=[request.pk]),
            note=request.result,
        )
    return {}


def _caller(request: ServiceRequest) -> User | None:
    """Who calls the client back: the account manager, or the supervisor where the manager handled it; else who
    registered it."""
    owner = request.client.owner if request.client else request.registered_by
    if owner and owner.pk != request.handler_id:
        return owner
    return next(iter(supervisors_of(owner)), None) if owner else None


def callback_source(request: ServiceRequest) -> str:
    """Source of the task to call back; one for each time that it was resolved."""
    return f"callback:{request.pk}:{request.reopened}"


def _call_back(request: ServiceRequest, by: User, given: Given) -> Given:
    request.called_back_at, request.called_back_by = periods.now(), by
    request.satisfaction = int(given["satisfaction"])
    if not 1 <= request.satisfaction <= 5:
        raise ValidationError({"satisfaction": MISSING["satisfaction"]()})
    for task in Task.objects.filter(source=callback_source(request)):
        finish_task(task, given["note"])
    return {"satisfaction": request.satisfaction}


def _close(request: ServiceRequest, by: User, given: Given) -> Given:
    request.closed_at = periods.now()
    return {}


def _reopen(request: ServiceRequest, by: User, given: Given) -> Given:
    """A new round: everything that the last result brought is taken back, and the clock starts anew."""
    request.reopened += 1
    request.resolved_at = request.callback_on = request.called_back_at = request.called_back_by = None
    request.satisfaction = request.closed_at = None
    request.escalation_level = 0
    root = request.organisation
    request.due_at = due_at(rules_of(root), root, request.category, request.tier, request.priority, periods.now())
    if request.handler and request.handler != by:
        notify(
            [request.handler],
            _("Reopened: %(title)s") % {"title": request.title},
            url=reverse("service:request", args=[request.pk]),
            key=f"reopened:{request.pk}:{request.reopened}",
        )
    return {}


def _merge(request: ServiceRequest, by: User, given: Given) -> Given:
    target = ServiceRequest.objects.open().select_for_update().filter(pk=given["target"].pk).first()
    if target is None or target.pk == request.pk or request.client_id is None or target.client_id != request.client_id:
        raise ValidationError({"target": _("Only open requests of the same client can be merged.")})
    request.merged_into, request.closed_at, request.left_minutes = target, periods.now(), None
    target.is_serious = target.is_serious or request.is_serious
    if request.kind == Kind.COMPLAINT:
        target.kind = request.kind
    if target.is_running and given["from"] != State.WAITING_CLIENT:  # the first promise to the client holds
        target.due_at = min(target.due_at, request.due_at)
    target.save(update_fields=["is_serious", "kind", "due_at"])
    RequestEvent.objects.create(
        request=target, act="note", state=target.state, by=by, note=request.text, data={"merged": request.pk}
    )
    return {"into": target.pk}


EFFECTS: dict[str, Callable[[ServiceRequest, User, Given], Given]] = {
    "assign": _hand_over,
    "transfer": _hand_over,
    "wait": _wait,
    "go_on": _go_on,
    "resolve": _resolve,
    "call_back": _call_back,
    "close": _close,
    "reopen": _reopen,
    "merge": _merge,
    "cancel": _close,
    "classify": reclassify,
}


@transaction.atomic
def write_eight_d(request: ServiceRequest, report: EightD, by: User) -> None:
    """Save the 8D report while the case is not settled; the log says who wrote."""
    request = ServiceRequest.objects.select_for_update().get(pk=request.pk)
    if request.state in (State.CLOSED, State.MERGED, State.CANCELLED):
        raise ValidationError(_("The case is closed: reopen it to change the report."))
    report.request, report.changed_by, report.changed_at = request, by, periods.now()
    report.save()
    RequestEvent.objects.create(request=request, act="eight_d", state=request.state, by=by)
