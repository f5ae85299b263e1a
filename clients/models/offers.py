"""What clients are offered and what comes back: opportunities, and who recommended whom."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.campaigns import Campaign
from clients.models.client import Client
from clients.models.products import Product
from clients.offer_querysets import OpportunityMoveQuerySet, OpportunityQuerySet, ReferralQuerySet
from crm.lib import periods
from people.models import OrgUnit, User


class OpportunityStage(models.TextChoices):
    """From lead to won or lost."""

    LEAD = "lead", _("Lead")
    NEED = "need", _("Need confirmed")
    PROPOSAL = "proposal", _("Proposal made")
    TALKS = "talks", _("In talks")
    WON = "won", pgettext_lazy("opportunity", "Won")
    LOST = "lost", pgettext_lazy("opportunity", "Lost")


class LostReason(models.TextChoices):
    """Why nothing came of an opportunity."""

    PRICE = "price", _("Price or rate")
    COMPETITOR = "competitor", _("Went to a competitor")
    NO_NEED = "no_need", _("No need any more")
    NOT_ELIGIBLE = "not_eligible", _("Conditions not met")
    SERVICE = "service", _("Our service")
    OTHER = "other", pgettext_lazy("reason", "Other")


class Opportunity(models.Model):
    """A chance of business with a client, with what is done next; won and lost ones are closed."""

    CHANCES = {"lead": 10, "need": 30, "proposal": 50, "talks": 80, "won": 100, "lost": 0}  # percent, for forecasts

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False, db_index=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="opportunities")
    owner = models.ForeignKey(User, models.PROTECT, related_name="opportunities", verbose_name=_("pursued by"))
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    campaign = models.ForeignKey(Campaign, models.SET_NULL, null=True, blank=True, related_name="opportunities")
    title = models.CharField(_("what it is about"), max_length=120)
    stage = models.CharField(
        pgettext_lazy("opportunity", "stage"), max_length=20, choices=OpportunityStage, default=OpportunityStage.LEAD
    )
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, default=0, validators=[MinValueValidator(0)], help_text=_("yuan")
    )
    expected_on = models.DateField(_("decision expected by"), null=True, blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_step_on = models.DateField(_("next step by"), null=True, blank=True)
    lost_reason = models.CharField(_("why it was lost"), max_length=20, choices=LostReason, blank=True)
    outcome_note = models.CharField(_("what decided it"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(default=periods.now, editable=False)
    closed_on = models.DateField(null=True, blank=True, editable=False)

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        ordering = ["next_step_on", "-amount", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=["won", "lost"], closed_on__isnull=False)
                | (~Q(stage__in=["won", "lost"]) & Q(closed_on=None)),
                name="opportunity_closed_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(stage="lost") & ~Q(lost_reason="") | ~Q(stage="lost") & Q(lost_reason=""),
                name="opportunity_lost_has_reason",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="opportunity_amount_not_negative"),
        ]
        indexes = [
            models.Index(fields=["owner", "next_step_on"], condition=Q(closed_on=None), name="opportunity_next"),
            models.Index(fields=["organisation", "closed_on"], name="opportunity_closed"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def expected_amount(self) -> Decimal:
        """Amount × chance of its stage."""
        return self.amount * self.CHANCES[self.stage] / 100


class OpportunityMove(models.Model):
    """A step of an opportunity from one stage to another."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="moves")
    before = models.CharField(max_length=20, choices=OpportunityStage, blank=True)
    after = models.CharField(max_length=20, choices=OpportunityStage)
    at = models.DateTimeField(default=periods.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = OpportunityMoveQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.opportunity_id} {self.before} → {self.after}"


class Referral(models.Model):
    """A client recommended us to somebody: what came of it."""

    class Outcome(models.TextChoices):
        OPEN = "open", pgettext_lazy("referral", "Being followed")
        CLIENT = "client", _("Became a client")
        DECLINED = "declined", pgettext_lazy("referral", "Declined")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False, db_index=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="referrals", verbose_name=_("recommended by"))
    name = models.CharField(_("who was recommended"), max_length=120)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    referred_on = models.DateField(_("recommended on"), default=periods.today)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, default=Outcome.OPEN)
    new_client = models.ForeignKey(
        Client, models.SET_NULL, null=True, blank=True, related_name="came_by", verbose_name=_("new client")
    )
    decided_on = models.DateField(null=True, blank=True, editable=False)
    thanks = models.CharField(_("how we said thank you"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-referred_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="open", decided_on=None, new_client=None)
                | Q(outcome="client", decided_on__isnull=False)
                | Q(outcome="declined", decided_on__isnull=False, new_client=None),
                name="referral_outcome_whole",
            ),
            models.CheckConstraint(
                condition=Q(new_client=None) | ~Q(new_client=models.F("client")), name="referral_not_oneself"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "referred_on"], name="referral_day")]

    def __str__(self) -> str:
        return self.name
