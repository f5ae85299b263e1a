"""The life of a request in one table: which act leads from which states to which state, and who may do it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from service.models import ServiceRequest, State

# Who may do an act, among those who may change the request at all.
ANYBODY = "anybody"  # the client's account manager, the back office and supervisors in sight
HANDLER = "handler"  # whoever has it in hand, the back office and supervisors in sight
REGISTRAR = "registrar"  # the same, and whoever registered it
CALLER = "caller"  # anybody but the handler: nobody asks after the own work; a supervisor may


@dataclass(frozen=True)
class Act:
    """A step: from ``sources`` to ``target``, None where the state stays; ``needs`` names what has to be given."""

    name: str
    label: Any
    sources: frozenset[str]
    target: State | None
    who: str
    needs: tuple[str, ...] = ()

    def allows(self, request: ServiceRequest, user: Any) -> bool:
        """Whether the person, who may change the request, may do this to it now."""
        if request.state not in self.sources:
            return False
        match self.who:
            case "handler":
                return user.pk == request.handler_id or not user.is_am
            case "registrar":
                return user.pk in (request.handler_id, request.registered_by_id) or not user.is_am
            case "caller":
                return user.pk != request.handler_id or user.is_supervisor
        return True


def _act(
    name: str, label: Any, sources: Iterable[str], target: State | None, who: str, needs: tuple[str, ...] = ()
) -> Act:
    return Act(name, label, frozenset(sources), target, who, needs)


S = State
UNTOUCHED = (S.REGISTERED, S.ASSIGNED)
BEFORE_RESULT = (S.REGISTERED, S.ASSIGNED, S.HANDLING, S.WAITING_CLIENT, S.REOPENED)

ACTS = {
    act.name: act
    for act in (
        _act("start", _("Take in hand"), [S.ASSIGNED], S.HANDLING, HANDLER),
        _act("assign", _("Assign"), [S.REGISTERED, S.REOPENED], S.ASSIGNED, ANYBODY, ("handler",)),
        _act("resolve", _("Enter the result"), [S.HANDLING], S.RESOLVED, HANDLER, ("note",)),
        _act("go_on", _("The client has answered"), [S.WAITING_CLIENT], S.HANDLING, ANYBODY),
        _act("call_back", _("Call back"), [S.RESOLVED], S.CALLED_BACK, CALLER, ("satisfaction",)),
        _act("close", _("Close"), [S.CALLED_BACK], S.CLOSED, CALLER),
        _act("wait", _("Wait for the client"), [S.HANDLING], S.WAITING_CLIENT, HANDLER, ("note",)),
        _act("transfer", _("Hand over"), [S.ASSIGNED, S.HANDLING], S.ASSIGNED, HANDLER, ("handler", "note")),
        _act("classify", _("Reclassify"), [*UNTOUCHED, S.HANDLING, S.REOPENED], None, HANDLER, ("category", "note")),
        _act("note", _("Add a note"), [*BEFORE_RESULT, S.RESOLVED], None, ANYBODY, ("note",)),
        _act("reopen", _("Reopen"), [S.CALLED_BACK, S.CLOSED], S.REOPENED, ANYBODY, ("note",)),
        _act("merge", _("Merge"), BEFORE_RESULT, S.MERGED, HANDLER, ("target",)),
        _act("cancel", _("Cancel the request"), [S.REGISTERED, S.ASSIGNED], S.CANCELLED, REGISTRAR, ("note",)),
    )
}

LABELS = {"register": _("Registered"), "escalate": _("Escalated"), "eight_d": _("8D report written")} | {
    name: act.label for name, act in ACTS.items()
}


def steps() -> set[tuple[str, str]]:
    """Every (state, next state) that the table knows."""
    return {(str(source), str(act.target)) for act in ACTS.values() if act.target for source in act.sources}


def allowed(request: ServiceRequest, user: Any) -> list[Act]:
    """What the person may do now, the natural next step first; [] for who may only look."""
    if not ServiceRequest.objects.editable_by(user).filter(pk=request.pk).exists():
        return []
    return [act for act in ACTS.values() if act.allows(request, user)]
