"""The client file, contacts and ownership."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.querysets import ClientQuerySet, ClientRowQuerySet
from crm.lib import periods
from people.models import DateRange, OrgUnit, User


class Kind(models.TextChoices):
    """What a client is."""

    SHOP = "shop", _("Retailer")
    COMPANY = "company", _("Corporate client")
    PERSON = "person", _("Personal client")


class Stage(models.TextChoices):
    """Where a client stands in its life cycle."""

    POTENTIAL = "potential", _("Potential")
    NEW = "new", pgettext_lazy("stage", "New")
    ACTIVE = "active", pgettext_lazy("stage", "Active")
    LOYAL = "loyal", _("Loyal")
    DORMANT = "dormant", _("Dormant")
    LOST = "lost", _("Lost")


class Market(models.TextChoices):
    """Where the client does business."""

    URBAN = "urban", _("Urban")
    RURAL = "rural", _("Rural")


class Scale(models.TextChoices):
    """How big the client is."""

    LARGE = "large", _("Large")
    MEDIUM = "medium", _("Medium")
    SMALL = "small", _("Small")


class BusinessFormat(models.TextChoices):
    """Kind of shop (业态)."""

    SUPERMARKET = "supermarket", _("Supermarket")
    CONVENIENCE = "convenience", _("Convenience store")
    FOOD = "food", _("Food shop")
    SPECIALIST = "specialist", _("Tobacco and liquor shop")
    MALL = "mall", _("Shopping mall")
    ENTERTAINMENT = "entertainment", _("Entertainment")
    HOTEL = "hotel", _("Hotel")
    OTHER = "other", _("Other")


class PlainCode(Func):
    """A code in capitals without signs and leading zeros, O as 0 and I as 1."""

    function = "public.zf_plain_code"
    output_field = models.TextField()


class PlainPhone(Func):
    """A phone's digits without the country; empty for fewer than seven."""

    function = "public.zf_plain_phone"
    output_field = models.TextField()


class PlainName(Func):
    """A name or an address in small letters without signs and without the legal form at its end."""

    function = "public.zf_plain_name"
    output_field = models.TextField()


# Stands in most statements of an account manager's pages, and the ORM takes longer to write it than they to run.
SEEN = """
    SELECT id FROM clients_client WHERE owner_id = %s
    UNION ALL
    SELECT c.id FROM clients_client c JOIN clients_leavecover l ON l.person_id = c.owner_id
    WHERE l.deputy_id = %s AND l.valid_from <= %s AND l.valid_to >= %s
    UNION ALL
    SELECT client_id FROM clients_teammember
    WHERE user_id = %s AND valid_from <= %s AND (valid_to IS NULL OR valid_to >= %s)
"""


class Client(models.Model):
    """A shop, a company or a person that an account manager looks after."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False)
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="clients", verbose_name=_("grid"), db_index=False)
    owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="clients",
        verbose_name=_("account manager"),
        db_index=False,
    )
    code = models.CharField(_("client code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.SHOP)
    business_format = models.CharField(_("business format"), max_length=20, choices=BusinessFormat, blank=True)
    market = models.CharField(_("market"), max_length=10, choices=Market, blank=True)
    scale = models.CharField(_("scale"), max_length=10, choices=Scale, blank=True)
    stage = models.CharField(_("life-cycle stage"), max_length=20, choices=Stage, default=Stage.ACTIVE)
    credit_rating = models.CharField(_("credit rating"), max_length=10, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    opened_on = models.DateField(_("client since"), null=True, blank=True)
    wallet = models.DecimalField(
        _("business with all providers, a year"),
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Estimate in yuan, competitors included; it gives the share of wallet."),
    )
    is_difficult = models.BooleanField(_("difficult client"), default=False)
    is_representative = models.BooleanField(_("client representative"), default=False)
    note = models.TextField(_("note"), blank=True)
    tags = ArrayField(models.CharField(max_length=30), default=list, db_default=[], blank=True, verbose_name=_("tags"))
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    pinyin = models.CharField(max_length=250, blank=True, editable=False, help_text="initials and spelling of the name")
    search = models.GeneratedField(
        expression=Func(F("name"), F("code"), F("phone"), F("pinyin"), function="zf_search"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    is_active = models.BooleanField(default=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged_from", db_index=False
    )
    created_at = models.DateTimeField(default=periods.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="guards against lost updates")

    objects = ClientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="client_code_once"),
            models.CheckConstraint(
                condition=Q(longitude=None, latitude=None) | Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
                name="client_coordinates_whole",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(is_active=False) & ~Q(merged_into=F("pk")),
                name="client_merged_is_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "id"], name="client_org"),
            models.Index(fields=["owner", "id"], name="client_owner"),
            GinIndex(fields=["search"], name="client_search"),
            # What a code and a phone are but for their spelling: duplicates are looked up while somebody types.
            models.Index(F("organisation"), PlainCode(F("code")), name="client_plain_code"),
            models.Index(F("organisation"), PlainPhone(F("phone")), condition=~Q(phone=""), name="client_plain_phone"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="client_merged"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_place(self) -> bool:
        """Whether the coordinates are known."""
        return self.longitude is not None and self.latitude is not None

    @staticmethod
    def seen_ids(user_id: int) -> RawSQL:
        """
        Ids of clients that an account manager looks after today: the own ones, those of colleagues on leave that one is
        deputy of, and those whose service team one is on. Each part by its own index, whatever the number of clients.
        """
        today = periods.today()
        return RawSQL(SEEN, (user_id, user_id, today, today, user_id, today, today))


class Source(models.TextChoices):
    """Where a fact about a contact was learned."""

    CLIENT = "client", _("The client")
    NEIGHBOUR = "neighbour", _("Neighbours")
    COLLEAGUE = "colleague", _("Colleagues")
    SYSTEM = "system", _("Systems")
    PHONE = "phone", _("Phone")


class Contact(models.Model):
    """A person at a client."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=60)
    position = models.CharField(_("position"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    is_lunar_birthday = models.BooleanField(_("lunar calendar"), default=False)
    family = models.CharField(_("family"), max_length=200, blank=True)
    likes = models.CharField(_("likes"), max_length=200, blank=True)
    taboos = models.CharField(_("taboos"), max_length=200, blank=True)
    source = models.CharField(_("learned from"), max_length=20, choices=Source, blank=True)
    is_main = models.BooleanField(_("main contact"), default=False)

    objects = ClientRowQuerySet.as_manager()

    class Meta:
        ordering = ["-is_main", "pk"]

    def __str__(self) -> str:
        return self.name


class Ownership(models.Model):
    """Who owned a client over which days; written only by adding and by closing the open row."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="ownerships")
    owner = models.ForeignKey(User, models.PROTECT, related_name="ownerships", db_index=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = ClientRowQuerySet.as_manager()

    class Meta:
        ordering = ["client_id", "valid_from"]
        indexes = [models.Index(fields=["owner", "valid_from"], name="ownership_owner")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="ownership_ends_after_start"
            ),
            ExclusionConstraint(
                name="ownership_no_overlap",
                expressions=[
                    (
                        Func(F("client_id"), F("client_id"), models.Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        DateRange("valid_from", "valid_to", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.owner} {self.valid_from}"


class TeamMember(models.Model):
    """Somebody besides the owner who serves a client: expert, adviser, leave cover."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="team")
    user = models.ForeignKey(User, models.PROTECT, related_name="team_clients")
    part = models.CharField(_("part"), max_length=60, blank=True)
    valid_from = models.DateField(default=periods.today)
    valid_to = models.DateField(null=True, blank=True)

    objects = ClientRowQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "user", "valid_from"], name="team_member_once")]

    def __str__(self) -> str:
        return f"{self.client} {self.user}"
