"""Campaigns with their target lists and results, and surveys about a product before its launch."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.client import Client
from clients.models.files import StoredFile
from clients.models.products import Product
from clients.offer_querysets import MaterialQuerySet, TargetQuerySet, UnitRowQuerySet
from crm.lib import periods
from people.models import OrgUnit, User


class Undertaking(models.Model):
    """What a unit undertakes with a list of clients between two days."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False, db_index=False)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=80)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    made_at = models.DateTimeField(default=periods.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UnitRowQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="%(class)s_ends_after_start")
        ]
        indexes = [models.Index(fields=["organisation", "-starts_on"], name="%(class)s_days")]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """planned, running, over (its last day has passed) or closed."""
        if self.closed_at:
            return "closed"
        today = periods.today()
        return "planned" if today < self.starts_on else "running" if today <= self.ends_on else "over"

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(STATES[self.state])


STATES = {
    "planned": pgettext_lazy("campaign", "Planned"),
    "running": pgettext_lazy("campaign", "Running"),
    "over": pgettext_lazy("campaign", "Over, to be closed"),
    "closed": pgettext_lazy("campaign", "Closed"),
}


class Campaign(Undertaking):
    """A marketing or brand-cultivation campaign: list, plan, materials, results, summary."""

    class Kind(models.TextChoices):
        BRAND = "brand", _("Brand cultivation")
        MARKETING = "marketing", _("Marketing campaign")
        WAKE_UP = "wake_up", _("Dormant-account wake-up")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.MARKETING)
    goal = models.CharField(_("goal"), max_length=200, blank=True)
    goal_clients = models.PositiveIntegerField(_("clients to be won"), null=True, blank=True)
    plan = models.TextField(_("plan"), blank=True, help_text=_("Who does what by when; what is said; what is offered."))
    summary = models.TextField(_("summary"), blank=True)

    class Meta(Undertaking.Meta):
        constraints = [
            *Undertaking.Meta.constraints,
            models.CheckConstraint(condition=Q(closed_at=None) | ~Q(summary=""), name="campaign_closed_with_summary"),
        ]


class CampaignTarget(models.Model):
    """A client on a campaign's list, with what came of it."""

    class Result(models.TextChoices):
        WON = "won", _("Took part")
        INTERESTED = "interested", _("Interested")
        DECLINED = "declined", pgettext_lazy("campaign", "Declined")
        UNREACHED = "unreached", pgettext_lazy("campaign", "Not reached")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="targets")
    client = models.ForeignKey(Client, models.CASCADE, related_name="campaign_targets")
    result = models.CharField(_("result"), max_length=20, choices=Result, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=2, null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    recorded_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TargetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "client"], name="campaign_target_once"),
            models.CheckConstraint(
                condition=Q(result="", recorded_at=None) | (~Q(result="") & Q(recorded_at__isnull=False)),
                name="campaign_target_recorded_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.client_id}"


class CampaignMaterial(StoredFile):
    """A leaflet, a price list, a picture for the shelf."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="materials")

    objects = MaterialQuerySet.as_manager()

    class Meta(StoredFile.Meta):
        constraints = [models.UniqueConstraint(fields=["campaign", "sha256"], name="campaign_material_once")]


class ProductSurvey(Undertaking):
    """Questions to clients about a new product before its launch, asked by their account managers."""

    introduction = models.TextField(_("what clients are told"), blank=True)
    questions = models.JSONField(default=list, help_text='[{"code": "taste", "text": "…", "type": "scale"}]')

    class Meta(Undertaking.Meta):
        pass


class SurveyReply(models.Model):
    """A client on a product survey's list; ``answers``: question code → answer."""

    survey = models.ForeignKey(ProductSurvey, models.CASCADE, related_name="replies")
    client = models.ForeignKey(Client, models.CASCADE, related_name="survey_replies")
    answers = models.JSONField(null=True)
    opinion = models.CharField(_("in their own words"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    recorded_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TargetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "client"], name="survey_reply_once"),
            models.CheckConstraint(
                condition=Q(answers=None, recorded_at=None) | Q(answers__isnull=False, recorded_at__isnull=False),
                name="survey_reply_recorded_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.client_id}"
