"""What belongs to the site as a whole."""

import uuid
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import periods
from crm.lib.vault import SecretField
from people.models import OrgUnit, User


class Favourite(models.Model):
    """A page that somebody keeps at hand."""

    user = models.ForeignKey(User, models.CASCADE, related_name="favourites", db_index=False)
    url = models.CharField(max_length=300)
    title = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=periods.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "url"], name="favourite_once")]

    def __str__(self) -> str:
        return self.title


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Tokens: one's own and nobody else's."""

    def living(self) -> Self:
        """Those that open something: of people who may log in, and have not been logged out everywhere since."""
        mine = self.filter(revoked_at=None, expires_at__gt=periods.now(), user__is_active=True)
        return mine.filter(user__must_change_password=False, generation=F("user__generation"))

    def visible_to(self, user: Any) -> Self:
        """The person's own tokens."""
        return self.filter(user=user.pk)

    def editable_by(self, user: Any) -> Self:
        """The person's own tokens."""
        return self.visible_to(user)


class ApiToken(models.Model):
    """Lets a program act in a person's name; only a digest of the secret is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("what it is for"), max_length=60)
    scopes = ArrayField(models.CharField(max_length=20))
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8, help_text="how the secret begins")
    created_at = models.DateTimeField(default=periods.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    generation = models.PositiveIntegerField(
        default=0, db_default=0, help_text="the person's when it was made; it ends when that goes on"
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_living(self) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and self.expires_at > periods.now() and self.generation == self.user.generation


class KeptAnswer(models.Model):
    """The answer to a request with an idempotency key, given again when the same request comes again."""

    token = models.ForeignKey(ApiToken, models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)
    request = models.CharField(max_length=64, help_text="digest of method, path and body")
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(default=periods.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="answer_kept_once")]

    def __str__(self) -> str:
        return self.key


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Addresses that are told of what happens: the administrators' of the own organisation."""

    def visible_to(self, user: Any) -> Self:
        """The own organisation's, for administrators."""
        return self.filter(organisation=user.organisation_id) if user.role == "admin" else self.none()

    def editable_by(self, user: Any) -> Self:
        """The same."""
        return self.visible_to(user)


class Webhook(models.Model):
    """Another program's address that is told of events; each call is signed with the secret that both know."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False)
    name = models.CharField(_("what it is for"), max_length=60)
    url = models.URLField(_("address"), max_length=300)
    secret = SecretField(max_length=200, editable=False)
    events = ArrayField(models.CharField(max_length=40), verbose_name=_("events"))
    is_active = models.BooleanField(default=True, editable=False)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", editable=False)
    made_at = models.DateTimeField(default=periods.now, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["organisation"], condition=Q(is_active=True), name="webhook_active")]

    def __str__(self) -> str:
        return self.name


class WebhookCallQuerySet(models.QuerySet["WebhookCall"]):
    """Calls to the addresses that a person looks after."""

    def visible_to(self, user: Any) -> Self:
        """Those of the own organisation's addresses, for administrators."""
        return self.filter(webhook__in=Webhook.objects.visible_to(user))

    def editable_by(self, user: Any) -> Self:
        """The same."""
        return self.visible_to(user)


class WebhookCall(models.Model):
    """One event on its way to one address. Triggers write it with the change itself; its id is the receiver's key."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
        SENDING = "sending", pgettext_lazy("delivery", "Sending")
        SENT = "sent", pgettext_lazy("delivery", "Sent")
        FAILED = "failed", pgettext_lazy("delivery", "Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=models.Func(function="gen_random_uuid"))
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="calls")
    event = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    happened_at = models.DateTimeField(default=periods.now, db_default=Now())
    due_at = models.DateTimeField(default=periods.now, db_default=Now())
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, db_default="waiting")
    claim = models.UUIDField(null=True, help_text="of the worker that is calling")
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status of the last answer")
    error = models.CharField(max_length=300, blank=True, default="", db_default="")
    sent_at = models.DateTimeField(null=True)

    objects = WebhookCallQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="webhook_waiting"),
            models.Index(fields=["claimed_at"], condition=Q(state="sending"), name="webhook_sending"),
            models.Index(fields=["webhook", "-happened_at"], name="webhook_log"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="webhook_sent_has_time")
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.object_id}"
