"""Which alerts a person may see and act on."""

from typing import Any, Self

from django.db.models import Q

from clients.querysets import ClientRowQuerySet
from crm.lib import periods
from crm.lib.scope import ScopedQuerySet


def awake() -> Q:
    """Open, and not put aside for now."""
    return Q(closed_at=None) & (Q(snoozed_until=None) | Q(snoozed_until__lte=periods.today()))


class AlertQuerySet(ClientRowQuerySet):
    """Alerts follow their client's sight; the back office, which keeps nobody, has none."""

    edit_roles = ("am", "supervisor")

    def visible_to(self, user: Any) -> Self:
        if user.role == "back_office":
            return self.none()
        # The organisation is said, too: the first few of a whole company are found by the index that is in their order.
        return super().visible_to(user).filter(organisation=user.organisation_id)

    def open(self) -> Self:
        """Alerts that still want something."""
        return self.filter(closed_at=None)

    def awake(self) -> Self:
        """Open alerts that nobody has put aside for now."""
        return self.filter(awake())

    def snoozed(self) -> Self:
        """Open alerts that rest until a later day."""
        return self.open().filter(snoozed_until__gt=periods.today())

    def dangers(self) -> Self:
        """Alerts that tell of a danger, without greetings."""
        from retention.rules import care_kinds  # the rules read the models of other packages

        return self.exclude(kind__in=care_kinds())

    def care(self) -> Self:
        """Greetings that are due."""
        from retention.rules import care_kinds

        return self.filter(kind__in=care_kinds())


class BatchQuerySet(ScopedQuerySet):
    """Acts upon many alerts: one's own."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(made_by=user.pk)

    def editable_by(self, user: Any) -> Self:
        return self.visible_to(user)
