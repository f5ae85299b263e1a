"""Files that hang at clients and campaigns. What they hold has been looked at: see crm.lib.files."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.deals import Contract
from clients.querysets import ClientRowQuerySet
from crm.lib import periods
from people.models import User


class StoredFile(models.Model):
    """A file as it is kept; ``content_type`` by what it holds, not by its name."""

    file = models.FileField(_("file"), upload_to="attachments/%Y/%m")
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(max_length=100, editable=False)
    size = models.PositiveIntegerField(editable=False, help_text="bytes")
    sha256 = models.CharField(max_length=64, editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    uploaded_at = models.DateTimeField(default=periods.now, editable=False)

    class Meta:
        abstract = True
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        """Whether a browser may show it in the page."""
        return self.content_type == "image/jpeg"


class Attachment(StoredFile):
    """A file at a client, perhaps of one contract."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="attachments")
    contract = models.ForeignKey(Contract, models.SET_NULL, null=True, blank=True, related_name="attachments")

    objects = ClientRowQuerySet.as_manager()

    class Meta(StoredFile.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "sha256"], name="attachment_once")]
