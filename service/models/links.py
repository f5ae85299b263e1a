"""The address by which a client registers without a login."""

from django.db import models

from clients.models import Client
from crm.lib import periods
from people.models import User


class ClientLink(models.Model):
    """Which version of a client's link is good; a client without a row has version 1. Renewing ends all before."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="service_link")
    version = models.PositiveIntegerField(default=1)
    renewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    renewed_at = models.DateTimeField(default=periods.now)

    def __str__(self) -> str:
        return f"{self.client_id} v{self.version}"
