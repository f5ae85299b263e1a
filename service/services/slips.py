"""Information slips: given, received, handled, fed back."""

import uuid as uuids
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Client
from crm.lib import periods, sql
from people.models import OrgUnit, User
from people.services import notify
from service.models import InformationSlip
from service.rules import rules_of
from service.services.register import OTHER_WORDS
from service.services.routing import find_handler

State = InformationSlip.State

# What may follow what.
TRANSITIONS: Mapping[State, State] = {
    State.SENT: State.RECEIVED,
    State.RECEIVED: State.HANDLED,
    State.HANDLED: State.FED_BACK,
}


def next_number(unit: OrgUnit, year: int) -> int:
    """The next number of a unit in a year, without gaps.

    The counter's row stays locked until the caller's transaction ends: one that fails gives its number back, and the
    next giver waits for it.
    """
    found = sql.rows(
        """
        INSERT INTO service_slipcounter AS c (unit_id, year, last) VALUES (%s, %s, 1)
        ON CONFLICT (unit_id, year) DO UPDATE SET last = c.last + 1
        RETURNING last
        """,
        [unit.pk, year],
    )
    return int(found[0]["last"])


@transaction.atomic
def give_slip(
    giver: User,
    *,
    uuid: uuids.UUID,
    category: str,
    content: str,
    suggestion: str = "",
    client: Client | None = None,
    receiver: User | None = None,
) -> InformationSlip:
    """A new slip, to the post that its category names unless a receiver is chosen; the same ``uuid`` is one slip.

    ValidationError when it was used for other words.
    """
    known = InformationSlip.objects.filter(uuid=uuid).first()
    if known:
        if (known.giver_id, known.client_id, known.content) != (giver.pk, client and client.pk, content):
            raise ValidationError(OTHER_WORDS, code="other_words")
        return known
    root = giver.unit.organisation
    rules = rules_of(root)
    receiver = receiver or find_handler(rules, category, giver.unit, owner=giver, but=giver.pk)
    if receiver is None:
        raise ValidationError({"receiver": _("Nobody holds this post. Choose who is to answer.")})
    now = periods.now()
    year = periods.local(now).year
    sequence = next_number(giver.unit, year)
    slip = InformationSlip.objects.create(
        organisation=root,
        unit=giver.unit,
        year=year,
        sequence=sequence,
        number=f"{giver.unit.code}-{year}-{sequence:04d}",
        uuid=uuid,
        giver=giver,
        given_at=now,
        client=client,
        category=category,
        content=content,
        suggestion=suggestion,
        receiver=receiver,
        receiver_unit=receiver.unit,
        receiver_post=receiver.post_title or receiver.get_role_display(),
        due_at=rules.work.add(now, rules.minutes(category, rules.category(category).hours)),
    )
    _tell(slip, receiver, _("Information slip %(number)s from %(name)s") % {"number": slip.number, "name": giver.name})
    return slip


@transaction.atomic
def advance(slip: InformationSlip, state: str, by: User, text: str = "") -> InformationSlip:
    """Receive a slip, write the handling opinion, or feed back; ValidationError when that is not the next step."""
    slip = InformationSlip.objects.select_for_update(of=("self",)).select_related("giver").get(pk=slip.pk)
    new, text = State(state), text.strip()[:1000]
    if TRANSITIONS.get(State(slip.state)) != new:
        raise ValidationError(
            _("Slip %(number)s is “%(state)s” by now. Reload the page.")
            % {"number": slip.number, "state": slip.get_state_display()}
        )
    if new != State.RECEIVED and not text:
        raise ValidationError(_("Write what has been done: the giver waits for it."))
    now = periods.now()
    slip.state = new
    if new == State.RECEIVED:
        slip.received_at, slip.received_by = now, by
    elif new == State.HANDLED:
        slip.handled_at, slip.handled_by, slip.opinion = now, by, text
    else:
        slip.fed_back_at, slip.fed_back_by, slip.feedback = now, by, text
        _tell(slip, slip.giver, _("Answer to information slip %(number)s") % {"number": slip.number})
    slip.save()
    return slip


@transaction.atomic
def pass_on(slip: InformationSlip, receiver: User, by: User) -> InformationSlip:
    """Give a slip that nobody has handled to another post; it has to be received there anew."""
    slip = InformationSlip.objects.select_for_update().get(pk=slip.pk)
    if slip.state not in (State.SENT, State.RECEIVED):
        raise ValidationError(_("Slip %(number)s has been handled already.") % {"number": slip.number})
    if receiver.pk in (slip.giver_id, slip.receiver_id) or receiver.organisation_id != slip.organisation_id:
        raise ValidationError(_("Choose somebody else to pass the slip on to."))
    slip.receiver, slip.receiver_unit = receiver, receiver.unit
    slip.receiver_post = receiver.post_title or receiver.get_role_display()
    slip.state, slip.received_at, slip.received_by = State.SENT, None, None
    slip.save()
    _tell(slip, receiver, _("Information slip %(number)s from %(name)s") % {"number": slip.number, "name": by.name})
    return slip


def _tell(slip: InformationSlip, person: User, text: str) -> None:
    key = f"slip:{slip.pk}:{slip.state}:{periods.now().isoformat()}"  # passed on and back, it is news again
    notify([person], text, url=reverse("service:slip", args=[slip.pk]), key=key)
