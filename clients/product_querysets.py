"""Which products, holdings, contracts and loans: who sees them, what runs, what is about to end, what is late."""

import datetime as dt
from typing import Any, Self

from django.db.models import Exists, F, OuterRef, Q

from clients.querysets import ClientRowQuerySet, OrganisationRowQuerySet


class ProductQuerySet(OrganisationRowQuerySet):
    """The catalogue of an organisation."""

    def on_offer(self, day: dt.date) -> Self:
        """Products that are sold on a day."""
        return self.filter(Q(launched_on=None) | Q(launched_on__lte=day)).filter(
            Q(withdrawn_on=None) | Q(withdrawn_on__gt=day)
        )


class HoldingQuerySet(ClientRowQuerySet):
    """What clients hold or stock."""

    def held_on(self, day: dt.date) -> Self:
        """Holdings that run on a day."""
        return self.filter(since__lte=day).filter(Q(until=None) | Q(until__gte=day))

    def running(self) -> Self:
        """Holdings without a last day."""
        return self.filter(until=None)

    def ending(self, start: dt.date, end: dt.date) -> Self:
        """Running ones whose term (a deposit's, say) is over between two days."""
        return self.running().filter(ends_on__range=(start, end))

    def dropped(self, start: dt.date, end: dt.date) -> Self:
        """Last days between two days of products that the client has not taken up again since."""
        again = self.model.objects.filter(
            client=OuterRef("client"), product=OuterRef("product"), since__gt=OuterRef("until")
        ).order_by()
        still = self.model.objects.filter(client=OuterRef("client"), product=OuterRef("product"), until=None).order_by()
        return self.filter(until__range=(start, end)).exclude(Exists(again)).exclude(Exists(still))


class ContractQuerySet(ClientRowQuerySet):
    """Contracts with clients."""

    def in_force(self, day: dt.date) -> Self:
        """Signed, begun, not over and not ended before the time."""
        return self.filter(signed_on__isnull=False, starts_on__lte=day, ends_on__gte=day).filter(
            Q(ended_on=None) | Q(ended_on__gte=day)
        )

    def unsigned(self) -> Self:
        """On their way to a signature."""
        return self.filter(signed_on=None, ended_on=None)

    def ending(self, start: dt.date, end: dt.date) -> Self:
        """Signed ones that run out between two days and have no successor."""
        return self.filter(signed_on__isnull=False, ended_on=None, ends_on__range=(start, end), renewal__isnull=True)

    def to_renew(self, day: dt.date) -> Self:
        """Those in their notice time on a day: about to end, without a successor."""
        return self.filter(
            signed_on__isnull=False, ended_on=None, ends_on__gte=day, notice_from__lte=day, renewal__isnull=True
        )


class ContractStepQuerySet(ClientRowQuerySet):
    """What a contract obliges to, step by step."""

    def visible_to(self, user: Any) -> Self:
        from clients.models import Client

        return self.filter(contract__client__in=Client.objects.visible_to(user))

    def open(self) -> Self:
        """Still to be performed under a contract that runs."""
        return self.filter(done_on=None, contract__ended_on=None)


class LoanQuerySet(ClientRowQuerySet):
    """Loans of clients."""

    def running(self) -> Self:
        """Not paid back yet."""
        return self.filter(closed_on=None)

    def overdue(self) -> Self:
        """With an amount that should have been paid."""
        return self.running().filter(overdue_since__isnull=False)

    def ending(self, start: dt.date, end: dt.date) -> Self:
        """To be paid back between two days."""
        return self.running().filter(due_on__range=(start, end))

    def bad(self) -> Self:
        """Non-performing: substandard, doubtful, loss."""
        return self.running().filter(risk__in=self.model.BAD)


class LoanCheckQuerySet(ClientRowQuerySet):
    """Duties of post-loan visits."""

    def open(self) -> Self:
        """Still to be done; the loan runs."""
        return self.filter(done_on=None)

    def due_by(self, day: dt.date) -> Self:
        """Open ones that are to be done by a day."""
        return self.open().filter(due_on__lte=day)

    def late(self, day: dt.date) -> Self:
        """Open ones whose day has passed."""
        return self.open().filter(due_on__lt=day)

    def of_managers(self, managers: Any) -> Self:
        """Those of clients that these people (ids) own."""
        return self.filter(client__owner__in=managers)

    def on_time(self) -> Self:
        """Done by their day."""
        return self.filter(done_on__lte=F("due_on"))
