"""What people arrange in the client list: attributes, tags, saved views, changes in bulk, exports."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.client import Client, Kind
from clients.querysets import BulkChangeQuerySet, OrganisationRowQuerySet, SavedViewQuerySet
from crm.lib import periods
from people.models import OrgUnit, User


class AttributeDefinition(models.Model):
    """A field that an organisation has added to its client file; values are in ``Client.attributes`` under ``name``."""

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", pgettext_lazy("kind of field", "Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        YES_NO = "yes_no", _("Yes or no")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False)
    name = models.SlugField(_("key"), max_length=60, allow_unicode=True)
    label = models.CharField(_("label"), max_length=60)
    type = models.CharField(_("type"), max_length=10, choices=Type, default=Type.TEXT)
    choices = models.JSONField(default=list, blank=True)
    client_kind = models.CharField(_("only for"), max_length=20, choices=Kind, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="attribute_once"),
            models.CheckConstraint(condition=Q(type="choice") | Q(choices=[]), name="attribute_choices_of_choice"),
        ]

    def __str__(self) -> str:
        return self.label


class Tag(models.Model):
    """A tag that an organisation uses; clients carry its name."""

    organisation = models.ForeignKey(OrgUnit, models.CASCADE, related_name="+")
    name = models.CharField(max_length=30)

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="tag_once")]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """Filters, search and order of the client list under a name; shared ones are seen by the organisation."""

    user = models.ForeignKey(User, models.CASCADE, related_name="client_views")
    organisation = models.ForeignKey(OrgUnit, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=30)
    query = models.CharField(max_length=500)
    is_shared = models.BooleanField(_("for everybody"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class BulkChange(models.Model):
    """One change to many clients, which can be taken back."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    field = models.CharField(max_length=30)
    value = models.JSONField(null=True)
    count = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=periods.now)
    undone_at = models.DateTimeField(null=True)

    objects = BulkChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.field} {self.count}"


class BulkChangeRow(models.Model):
    """What a client had before."""

    change = models.ForeignKey(BulkChange, models.CASCADE, related_name="rows")
    client = models.ForeignKey(Client, models.CASCADE, related_name="+", db_index=False)
    before = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.client_id} {self.before}"
