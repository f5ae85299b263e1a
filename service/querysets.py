"""Which requests, slips and surveys a person may see and change."""

from typing import Any, Self

from django.db.models import Q
from django.db.models.expressions import RawSQL

from clients.models import Client
from crm.lib import periods
from crm.lib.scope import ScopedQuerySet

RUNNING = ("registered", "assigned", "handling", "reopened")
OPEN = (*RUNNING, "waiting_client")


# Each part by its own index: with OR between them, those of the whole company would be looked through. OFFSET 0 has
# them looked up client by client, where a small company's would be read as a whole.
OWN = """
    SELECT id FROM service_servicerequest WHERE handler_id = %s
    UNION ALL SELECT id FROM service_servicerequest WHERE registered_by_id = %s
    UNION ALL SELECT r.id FROM ({seen}) AS s (client_id) CROSS JOIN LATERAL (
        SELECT id FROM service_servicerequest WHERE client_id = s.client_id OFFSET 0
    ) r
"""


class RequestQuerySet(ScopedQuerySet):
    """Requests: those of clients in sight, those one registered or handles, and those that the own unit handles."""

    edit_roles = ("am", "supervisor", "back_office")

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        if path is None:
            return self.none()
        if user.sight.own_only:
            seen = Client.seen_ids(user.pk)
            return self.filter(pk__in=RawSQL(OWN.format(seen=seen.sql), (user.pk, user.pk, *seen.params)))
        mine = Q(handler=user.pk) | Q(registered_by=user.pk)
        return self.filter(mine | Q(org__path__startswith=path) | Q(handler_unit__path__startswith=path))

    def open(self) -> Self:
        """Requests that still want work."""
        return self.filter(state__in=OPEN)

    def late(self) -> Self:
        """Requests whose clock runs and has run out."""
        return self.filter(state__in=RUNNING, due_at__lt=periods.now())

    def to_call_back(self) -> Self:
        """Requests with a result that the client has not been asked about."""
        return self.filter(state="resolved")

    def unsettled(self) -> Self:
        """Requests that are open or to be called back about."""
        return self.filter(state__in=(*OPEN, "resolved"))

    def pressing(self) -> Self:
        """Requests that are late, and serious ones that are open."""
        late = Q(state__in=RUNNING, due_at__lt=periods.now())
        return self.filter(late | Q(state__in=OPEN, is_serious=True))

    def done(self) -> Self:
        """Requests that ended, one way or another."""
        return self.filter(state__in=("called_back", "closed", "merged", "cancelled"))


class PhotoQuerySet(ScopedQuerySet):
    """Pictures of requests: they follow their request's sight."""

    def visible_to(self, user: Any) -> Self:
        from service.models import ServiceRequest

        return self.filter(request__in=ServiceRequest.objects.visible_to(user))


class SlipQuerySet(ScopedQuerySet):
    """Slips: those one gave or has to answer, and those of the own unit's people on either side."""

    edit_roles = ("am", "supervisor", "back_office")

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        if path is None:
            return self.none()
        mine = Q(giver=user.pk) | Q(receiver=user.pk)
        if user.sight.own_only:
            return self.filter(mine)
        return self.filter(mine | Q(unit__path__startswith=path) | Q(receiver_unit__path__startswith=path))

    def editable_by(self, user: Any) -> Self:
        """Slips to answer: one's own, those of colleagues of the receiving unit, for supervisors all in sight."""
        found = super().editable_by(user)
        if user.role == "back_office":
            return found.filter(Q(receiver=user.pk) | Q(receiver_unit__path__startswith=user.sight.path))
        if user.role == "am":
            return found.filter(receiver=user.pk)
        return found

    def open(self) -> Self:
        """Slips that are not answered."""
        return self.filter(fed_back_at=None)


class WaveQuerySet(ScopedQuerySet):
    """Waves of surveys: of units below the own one, and of those above it that asked clients of the own unit; for the
    back office, which phones, all."""

    edit_roles = ("hr", "admin")

    def visible_to(self, user: Any) -> Self:
        """An account manager has no use for them: results of one person begin at five answers."""
        path = user.sight.path
        if path is None or user.sight.own_only:
            return self.none()
        if user.role == "back_office":
            return self.filter(unit__organisation=user.organisation_id)
        above = [path[:end] for end in range(6, len(path), 6)]
        return self.filter(Q(unit__path__startswith=path) | Q(unit__path__in=above))


class InvitationQuerySet(ScopedQuerySet):
    """Clients who were asked to answer: the own ones, those in sight; for the back office, which phones, all."""

    edit_roles = ("am", "supervisor", "back_office")

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        if path is None:
            return self.none()
        if user.role == "back_office":
            return self.filter(client__organisation=user.organisation_id)
        if user.sight.own_only:
            return self.filter(client__in=Client.objects.visible_to(user))
        return self.filter(client__org__path__startswith=path)

    def waiting(self) -> Self:
        """Those who can still answer and have not."""
        return self.filter(answered_at=None, wave__expires_on__gte=periods.today())


class AnswerQuerySet(ScopedQuerySet):
    """Answers of clients in sight at the time; an account manager sees none: clients must be able to be frank."""

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        if path is None or user.sight.own_only:
            return self.none()
        return self.filter(org__path__startswith=path)

    def low_marks(self, since: Any = None, *, below: int = 3) -> Self:
        """Answers with an overall mark under ``below`` (1–5), given at or after a moment."""
        found = self.filter(overall__lt=below)
        return found.filter(at__gte=since) if since else found


class RecheckQuerySet(ScopedQuerySet):
    """Answers to ask again: those of clients in sight; the back office, which phones, in the whole organisation."""

    edit_roles = ("supervisor", "hr", "admin", "back_office")

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        if path is None or user.sight.own_only:
            return self.none()
        if user.role == "back_office":
            return self.filter(answer__org__organisation=user.organisation_id)
        return self.filter(answer__org__path__startswith=path)
