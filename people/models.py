"""The org tree, staff and their posts, tasks and notifications."""

from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import F, Func, Q
from django.db.models.functions import Upper
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from crm.lib.scope import Sight
from crm.lib.slots import unit_contents
from crm.lib.vault import SecretField
from people.notices.models import Delivery as Delivery
from people.notices.models import Robot as Robot
from people.querysets import (
    DisclosureQuerySet,
    NotificationQuerySet,
    OrgUnitQuerySet,
    PostingQuerySet,
    TaskQuerySet,
    UserQuerySet,
)

PATH_DIGITS = 6  # base-36 digits per level: ids up to 2 billion, fixed width so that prefixes are subtrees


class Role(models.TextChoices):
    """What a person does; decides pages and sight."""

    AM = "am", _("Account manager")
    SUPERVISOR = "supervisor", _("Supervisor")
    HR = "hr", _("HR officer")
    BACK_OFFICE = "back_office", _("Back office")
    ADMIN = "admin", _("Administrator")


class Profile(models.TextChoices):
    """Industry of an organisation: its words, checklists and defaults."""

    TOBACCO = "tobacco", _("Tobacco")
    BANK = "bank", _("Bank")
    TELECOM = "telecom", _("Telecom")
    UTILITY = "utility", _("Utility (water, power, gas)")
    INSURANCE = "insurance", _("Insurance")
    OTHER = "other", _("Other")


class Level(models.TextChoices):
    """What kind of unit a node of the tree is."""

    ORGANISATION = "organisation", _("Organisation")
    PROVINCE = "province", _("Province")
    CITY = "city", _("City")
    COUNTY = "county", _("County")
    DEPARTMENT = "department", _("Department")
    BRANCH = "branch", _("Branch")
    SUB_BRANCH = "sub_branch", _("Sub-branch")
    GRID = "grid", _("Grid")


class OrgUnit(models.Model):
    """A node of the org tree. ``path`` holds the fixed-width ids from the root down, the own last."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    organisation = models.ForeignKey("self", models.PROTECT, related_name="+", editable=False)
    path = models.CharField(max_length=120, unique=True, editable=False)
    code = models.CharField(
        _("code"),
        max_length=40,
        unique=True,
        error_messages={"unique": _("Another unit has this code already. Choose a different one.")},
    )
    name = models.CharField(_("name"), max_length=100)
    level = models.CharField(_("level"), max_length=20, choices=Level, default=Level.GRID)
    profile = models.CharField(_("industry"), max_length=20, choices=Profile, default=Profile.TOBACCO)
    settings = models.JSONField(default=dict, blank=True, help_text="an organisation's own limits and switches")
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = OrgUnitQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        indexes = [models.Index(fields=["path"], opclasses=["text_pattern_ops"], name="orgunit_path_prefix")]
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="orgunit_not_own_parent"),
            models.CheckConstraint(
                condition=Q(parent=None, organisation=F("pk")) | Q(parent__isnull=False), name="orgunit_root_is_own"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new unit gets its id first, since its path ends with it."""
        if self._state.adding and not self.path:
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval(pg_get_serial_sequence('people_orgunit', 'id'))")
                self.pk = cursor.fetchone()[0]
            self.path = (self.parent.path if self.parent else "") + path_step(self.pk)
            self.organisation_id = self.parent.organisation_id if self.parent else self.pk
            if self.parent:
                self.profile = self.parent.profile
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """ValidationError when a unit in use would hang under one that is not, or one with people in it be closed."""
        super().clean()
        before = OrgUnit.objects.filter(pk=self.pk).first()
        was_active = before is not None and before.is_active
        is_moved = before is None or before.parent_id != self.parent_id
        if self.is_active and self.parent and not self.parent.is_active and (is_moved or not was_active):
            raise ValidationError({"parent": closed_unit(self.parent)})
        if was_active and not self.is_active and (lines := list(unit_contents.collect(self))):
            raise ValidationError({"is_active": lines})

    @property
    def depth(self) -> int:
        """0 for an organisation."""
        return len(self.path) // PATH_DIGITS - 1

    def contains(self, other: "OrgUnit") -> bool:
        """Whether ``other`` is this unit or below it."""
        return other.path.startswith(self.path)


def path_step(number: int) -> str:
    """An id as fixed-width base 36."""
    digits = ""
    for _place in range(PATH_DIGITS):
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    if number:
        raise OverflowError("org unit id needs a wider path step")
    return digits


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes users with a hashed password."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A new person; without a password nobody can log in as them yet."""
        user: User = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A member of staff. ``role`` and ``unit`` are the post held now; postings keep the history."""

    username = models.CharField(
        _("user name"),
        max_length=40,
        unique=True,
        error_messages={"unique": _("Somebody has this user name already. Choose a different one.")},
    )
    employee_number = models.CharField(_("employee number"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=60)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    unit = models.ForeignKey(OrgUnit, models.PROTECT, verbose_name=_("unit"), related_name="staff")
    post_title = models.CharField(_("post"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    must_change_password = models.BooleanField(default=False)
    joined_on = models.DateField(_("joined on"), default=periods.today)
    preferences = models.JSONField(default=dict, blank=True)
    generation = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="logins, tokens and links of an earlier one open nothing"
    )

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name", "role", "unit"]

    class Meta:
        ordering = ["unit_id", "username"]
        indexes = [
            models.Index(Upper("employee_number"), condition=~Q(employee_number=""), name="user_employee_number"),
        ]
        # An employee number is given once in an organisation: a trigger, since the organisation stands in the unit.
        constraints = [models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """ValidationError when a colleague has the employee number, or a new person's unit is switched off."""
        super().clean()
        if self._state.adding and self.unit_id and not self.unit.is_active:
            raise ValidationError({"unit": closed_unit(self.unit)})
        if self.employee_number and self.unit_id:
            others = User.objects.exclude(pk=self.pk).filter(unit__organisation=self.unit.organisation_id)
            holder = others.filter(employee_number__iexact=self.employee_number).select_related("unit").first()
            if holder:
                text = _("%(name)s (%(unit)s) has this employee number. Correct one of the two, or leave it empty.")
                raise ValidationError({"employee_number": text % {"name": holder, "unit": holder.unit}})

    @cached_property
    def sight(self) -> Sight:
        """What this person may look at."""
        return Sight(self.pk, self.unit.path if self.is_active else None, self.role == Role.AM)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a login must hold to go on: a new password and a new generation end it."""
        text = f"{self.password}:{self.generation}"
        return salted_hmac("people.User.login", text, secret=secret, algorithm="sha256").hexdigest()

    @property
    def organisation_id(self) -> int:
        """The root unit's id."""
        return self.unit.organisation_id

    @property
    def is_am(self) -> bool:
        """Whether an account manager."""
        return self.role == Role.AM

    @property
    def is_supervisor(self) -> bool:
        """Whether a supervisor."""
        return self.role == Role.SUPERVISOR


def closed_unit(unit: OrgUnit) -> str:
    """Why nobody can be put into a unit that is switched off."""
    return _("%(unit)s is switched off. Choose a unit that is in use, or switch it on first.") % {"unit": unit}


class DateRange(Func):
    """``daterange(from, to, '[]')`` of two columns."""

    function = "daterange"
    output_field = DateRangeField()


class Posting(models.Model):
    """One person's post in one unit over a span of days; spans of a person never overlap."""

    user = models.ForeignKey(User, models.PROTECT, related_name="postings")
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="postings")
    role = models.CharField(max_length=20, choices=Role)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="last day; empty while it lasts")

    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering = ["user_id", "valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="posting_ends_after_start"
            ),
            # The person as a one-element range: an equality operator for GiST would need an extension.
            ExclusionConstraint(
                name="posting_no_overlap",
                expressions=[
                    (
                        Func(F("user_id"), F("user_id"), models.Value("[]"), function="int8range"),
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
        return f"{self.user} {self.unit} {self.valid_from}"


class Task(models.Model):
    """Something a person has to do by a day; ``source`` names what it came from, ``about`` what it concerns."""

    owner = models.ForeignKey(User, models.PROTECT, related_name="tasks", verbose_name=_("owner"))
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False)
    title = models.CharField(_("task"), max_length=200)
    note = models.TextField(_("note"), blank=True)
    due_on = models.DateField(_("due on"))
    source = models.CharField(max_length=60, blank=True, help_text="e.g. visit:12; one task per source")
    about = models.CharField(max_length=60, blank=True, help_text="e.g. client:7")
    url = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField(default=periods.now)
    done_at = models.DateTimeField(null=True, blank=True)
    done_note = models.CharField(_("result"), max_length=300, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "due_on"], condition=Q(done_at=None), name="task_open"),
            models.Index(fields=["about"], name="task_about"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=~Q(source=""), name="task_once_per_source"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_late(self) -> bool:
        """Whether its day has passed undone."""
        return self.done_at is None and self.due_on < periods.today()


class Notification(models.Model):
    """A line for one person with a deep link; ``key`` makes it once only."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications", db_index=False)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, default="other", editable=False, help_text="code of people.notices.kinds")
    created_at = models.DateTimeField(default=periods.now)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notification_of_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notification_unread"),
        ]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notification_once")]

    def __str__(self) -> str:
        return self.text


class SecondFactor(models.Model):
    """An authenticator app of a person, and the recovery codes that stand in for it."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="second_factor")
    secret = SecretField(max_length=200, help_text="base32, as the app has it; encrypted")
    confirmed_at = models.DateTimeField(null=True, help_text="when a first code proved that the app has it")
    last_step = models.BigIntegerField(
        default=0, help_text="the last half minute whose code was used: none counts twice"
    )
    recovery = ArrayField(models.CharField(max_length=64), default=list, help_text="digests of codes not used yet")

    def __str__(self) -> str:
        return str(self.user_id)


class Session(AbstractBaseSession):
    """A browser's session; with ``user`` it is a login, which its person can see and end."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """What reads and writes such rows."""
        from people.session_store import SessionStore  # imports this module

        return SessionStore


class Disclosure(models.Model):
    """Personal data shown or taken out on purpose: who, what and why. Sealed, and part of the audit chain."""

    class Kind(models.TextChoices):
        REVEAL = "reveal", _("Revealed")
        EXPORT = "export", _("Exported")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="disclosures")
    kind = models.CharField(max_length=10, choices=Kind)
    subject = models.CharField(max_length=120, help_text="of whom or what, e.g. client 530100000001")
    reason = models.CharField(max_length=200)
    rows = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=periods.now)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["organisation", "-at"], name="disclosure_of_organisation"),
            models.Index(fields=["user", "kind", "at"], name="disclosure_quota"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="disclosure_has_reason")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
