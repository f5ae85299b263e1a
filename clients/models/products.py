"""The catalogue of an organisation, and which client holds or stocks what."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.client import Client
from clients.product_querysets import HoldingQuerySet, ProductQuerySet
from clients.querysets import OrganisationRowQuerySet
from crm.lib import periods
from people.models import OrgUnit, User


class Nature(models.TextChoices):
    """What it means that a client has a product."""

    GOODS = "goods", _("Goods on the shelf")
    DEPOSIT = "deposit", _("Deposit")
    LOAN = "loan", _("Loan")
    CARD = "card", _("Card")
    INVESTMENT = "investment", _("Investment")
    SERVICE = "service", pgettext_lazy("product", "Service")


class ProductClass(models.Model):
    """A class of the catalogue: class 1 cigarettes, deposits, cards …"""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False)
    code = models.SlugField(_("code"), max_length=40, allow_unicode=True)
    name = models.CharField(_("name"), max_length=60)
    nature = models.CharField(_("nature"), max_length=20, choices=Nature, default=Nature.GOODS)
    measure = models.SlugField(
        _("monthly figure"), max_length=60, blank=True, allow_unicode=True, help_text=_("key in the monthly facts")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="product_class_once")]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A brand with its make, a deposit, a loan, a card: what a client can hold or stock."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False)
    product_class = models.ForeignKey(ProductClass, models.PROTECT, related_name="products", verbose_name=_("class"))
    code = models.CharField(_("product code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    brand = models.CharField(_("brand"), max_length=60, blank=True)
    unit = models.CharField(_("unit of quantity"), max_length=20, blank=True)
    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    is_key = models.BooleanField(_("key product"), default=False, help_text=_("counts for the listing rate"))
    launched_on = models.DateField(_("on sale from"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["product_class__position", "-is_key", "code"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="product_code_once"),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None) | Q(launched_on=None) | Q(withdrawn_on__gte=F("launched_on")),
                name="product_withdrawn_after_launch",
            ),
            models.CheckConstraint(condition=Q(price=None) | Q(price__gte=0), name="product_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """A client has a product from a day on: a brand on the shelf (listing), an account, a card.

    ``reference`` tells several of one product apart (deposits under one name); ``ends_on`` is when its term is over,
    ``until`` the last day that it was there.
    """

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False, db_index=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="holdings", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="holdings", db_index=False)
    reference = models.CharField(_("number"), max_length=40, blank=True)
    since = models.DateField(_("since"), default=periods.today)
    ends_on = models.DateField(_("term ends on"), null=True, blank=True)
    until = models.DateField(_("last day"), null=True, blank=True)
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    ended_reason = models.CharField(_("why it ended"), max_length=200, blank=True)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    changed_at = models.DateTimeField(default=periods.now, editable=False)

    objects = HoldingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "product", "reference"], condition=Q(until=None), name="holding_runs_once"
            ),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="holding_ends_after_start"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("since")), name="holding_term_after_start"
            ),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="holding_amount_not_negative"),
        ]
        indexes = [
            models.Index(fields=["client", "product"], name="holding_client"),
            models.Index(fields=["product", "client"], name="holding_product"),
            models.Index(
                fields=["organisation", "ends_on"],
                condition=Q(until=None, ends_on__isnull=False),
                name="holding_term_end",
            ),
            models.Index(fields=["organisation", "until"], condition=Q(until__isnull=False), name="holding_dropped"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.product_id} {self.since}"
