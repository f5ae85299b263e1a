"""Information slips: a numbered note to another post that has to be answered."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.lib import periods
from people.models import OrgUnit, User
from service.querysets import SlipQuerySet
from service.rules import rules_of


class SlipCounter(models.Model):
    """The last number of a unit in a year; its row is locked until the slip that took a number is in."""

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "year"], name="slip_counter_once")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.year}: {self.last}"


class InformationSlip(models.Model):
    """A note passed to another post: number, giver, content, suggestion, receiver, opinion, feedback, deadline."""

    class State(models.TextChoices):
        SENT = "sent", _("Sent")
        RECEIVED = "received", _("Received")
        HANDLED = "handled", _("Handled")
        FED_BACK = "fed_back", _("Fed back")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False, help_text="of the giver")
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(_("number"), max_length=60)
    uuid = models.UUIDField(unique=True, help_text="of the form: one sent twice is one slip")
    giver = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("giver"))
    given_at = models.DateTimeField(_("given at"), default=periods.now)
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="slips", verbose_name=_("client")
    )
    category = models.CharField(_("category"), max_length=30)
    content = models.TextField(_("content"), max_length=2000)
    suggestion = models.TextField(_("suggestion or request"), max_length=1000, blank=True)
    receiver = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("receiver"))
    receiver_unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    receiver_post = models.CharField(_("receiving post"), max_length=60, blank=True)
    due_at = models.DateTimeField(_("answer by"))
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    received_at = models.DateTimeField(_("received at"), null=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    opinion = models.TextField(_("handling opinion"), max_length=1000, blank=True)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    feedback = models.TextField(_("feedback"), max_length=1000, blank=True)
    fed_back_at = models.DateTimeField(_("fed back at"), null=True)
    fed_back_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = SlipQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "sequence"], name="slip_number_once"),
            models.CheckConstraint(
                condition=Q(state="sent", received_at=None, handled_at=None, fed_back_at=None)
                | Q(state="received", received_at__isnull=False, handled_at=None, fed_back_at=None)
                | Q(state="handled", received_at__isnull=False, handled_at__isnull=False, fed_back_at=None)
                | Q(state="fed_back", received_at__isnull=False, handled_at__isnull=False, fed_back_at__isnull=False),
                name="slip_times_fit_state",
            ),
            models.CheckConstraint(condition=~Q(giver=F("receiver")), name="slip_goes_to_another"),
        ]
        indexes = [
            models.Index(fields=["receiver", "due_at"], condition=Q(fed_back_at=None), name="slip_to_answer"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def category_label(self) -> str:
        """The category in the reader's language."""
        return rules_of(self.organisation).category(self.category).label

    @property
    def is_late(self) -> bool:
        """Whether the answer is overdue."""
        return self.fed_back_at is None and self.due_at < periods.now()

    @property
    def tone(self) -> str:
        """Tone of the state's badge."""
        if self.is_late:
            return "danger"
        return {"sent": "warning", "received": "info", "handled": "brand"}.get(self.state, "success")
