"""Assessment schemes: versions of the rules."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.querysets import OrganisationRowQuerySet
from crm.lib import periods
from people.models import OrgUnit, Role, User


class Scheme(models.Model):
    """A version of the assessment rules; ``rules`` is validated by kpi.schemes.

    Rules: a tree of ``{"code", "name", "weight", "children"}`` whose leaves have ``{"metric", "low", "high", …}``.
    """

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    version = models.PositiveIntegerField(default=1)
    period_kind = models.CharField(max_length=10, default=periods.MONTH)
    description = models.CharField(_("description"), max_length=300, blank=True)
    rules = models.JSONField()
    unit = models.ForeignKey(
        OrgUnit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("for the unit"),
        help_text=_("Empty: the whole organisation. The nearest unit wins."),
    )  # fmt: skip
    role = models.CharField(
        _("for the role"), max_length=20, default=Role.AM,
        choices=[(Role.AM, Role.AM.label), (Role.BACK_OFFICE, Role.BACK_OFFICE.label)],
    )  # fmt: skip
    post = models.CharField(
        _("for the post"), max_length=60, blank=True, help_text=_("Empty: everybody of the role there.")
    )
    effective_from = models.DateField(_("effective from"), default=periods.today)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "name", "-version"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name", "version"], name="scheme_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def is_published(self) -> bool:
        """Whether it is in force or was: its rules are sealed."""
        return self.published_at is not None
