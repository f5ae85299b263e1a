"""Which alerts a person may see and act on."""

from typing import Self

from clients.querysets import ClientRowQuerySet


class AlertQuerySet(ClientRowQuerySet):
    """Alerts follow their client's sight."""

    edit_roles = ("am", "supervisor")

    def open(self) -> Self:
        """Alerts that still want something."""
        return self.filter(closed_at=None)
