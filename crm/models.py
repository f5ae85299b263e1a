"""What belongs to the site as a whole."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from people.models import User


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

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_living(self) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and self.expires_at > periods.now()


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
