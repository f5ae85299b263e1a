"""Group robots, and the ways that notifications take out of the site."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import periods
from crm.lib.scope import ScopedQuerySet
from crm.lib.vault import SecretField


class RobotQuerySet(ScopedQuerySet):
    """Group robots; set up by administrators, unknown to the rest."""

    person_lookups = ()
    org_lookup = "unit"
    edit_roles = ("admin",)

    def active(self) -> "RobotQuerySet":
        """Those that are switched on."""
        return self.filter(is_active=True)


class DeliveryQuerySet(ScopedQuerySet):
    """Deliveries; seen by who looks after the robots."""

    person_lookups = ("notification__user",)
    org_lookup = "notification__user__unit"
    edit_roles = ("admin",)


class Robot(models.Model):
    """The robot of a unit's group chat; it speaks for the unit and all below that have none of their own."""

    class Maker(models.TextChoices):
        WECOM = "wecom", _("WeCom")
        DINGTALK = "dingtalk", _("DingTalk")
        FEISHU = "feishu", _("Feishu")

    unit = models.ForeignKey("people.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    maker = models.CharField(_("chat"), max_length=10, choices=Maker, default=Maker.WECOM)
    name = models.CharField(pgettext_lazy("chat", "group"), max_length=60)
    url = SecretField(_("address"), max_length=500)
    secret = SecretField(_("signing key"), max_length=200, blank=True)
    is_active = models.BooleanField(pgettext_lazy("robot", "switched on"), default=True)
    rests_until = models.DateTimeField(null=True, help_text="the chat has asked for fewer messages")

    objects = RobotQuerySet.as_manager()

    class Meta:
        ordering = ["unit__path"]
        constraints = [models.UniqueConstraint(fields=["unit"], name="robot_once_per_unit")]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_url(self) -> str:
        """The address without what would let a reader speak as the robot."""
        return f"{self.url[:32]}…{self.url[-4:]}" if len(self.url) > 44 else f"{self.url[:16]}…"


class Delivery(models.Model):
    """One notification on its way through one channel: the truth about whether it has gone out."""

    class Channel(models.TextChoices):
        EMAIL = "email", pgettext_lazy("channel", "E-mail")
        ROBOT = "robot", _("Group robot")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
        SENDING = "sending", pgettext_lazy("delivery", "Sending")
        SENT = "sent", pgettext_lazy("delivery", "Sent")
        SKIPPED = "skipped", pgettext_lazy("delivery", "Read before")
        FAILED = "failed", pgettext_lazy("delivery", "Failed")
        UNCLEAR = "unclear", pgettext_lazy("delivery", "Unclear")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notification = models.ForeignKey("people.Notification", models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel)
    robot = models.ForeignKey(Robot, models.PROTECT, null=True, related_name="deliveries")
    in_digest = models.BooleanField(default=False, help_text="goes out together with others of the day")
    due_at = models.DateTimeField(default=periods.now)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    claim = models.UUIDField(null=True, help_text="of the worker that is sending; a digest has one for all its lines")
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["claimed_at"], condition=Q(state="sending"), name="delivery_sending"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(channel="email", robot=None) | Q(channel="robot", robot__isnull=False),
                name="delivery_robot_has_one",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="delivery_sent_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} {self.channel} {self.state}"
