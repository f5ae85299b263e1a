"""What belongs to the site as a whole."""

from django.db import models

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
