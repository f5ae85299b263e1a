"""Forms of login, staff and units."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import periods
from crm.lib.forms import DateInput, choose_from
from people import factors, zones
from people.models import OrgUnit, Role, Task, User
from people.throttle import WINDOW, attempt_of


class LoginForm(AuthenticationForm):
    """User name and password, with failures throttled."""

    error_messages = {
        "invalid_login": _("Employee number or password is wrong. Check capital letters and try again."),
        "inactive": _("This account is switched off. Ask your administrator."),
        "throttled": _("Too many failed attempts. Wait %(minutes)d minutes, or ask your administrator."),
    }

    request: HttpRequest

    def clean(self) -> dict[str, Any]:
        attempt = attempt_of(self.request, self.cleaned_data.get("username") or "")
        if attempt.refused():
            raise ValidationError(self.error_messages["throttled"], "throttled", {"minutes": WINDOW // 60})
        try:
            cleaned = super().clean()
        except ValidationError:
            attempt.failed()
            raise
        if self.user_cache:
            attempt.succeeded()
        return cleaned


class ThrottledForm(forms.Form):
    """Something secret that a known person types, with failures throttled. ``is_right`` judges it."""

    wrong: Any = ""
    field = ""

    def __init__(self, *args: Any, request: HttpRequest, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.person = request, person

    def is_right(self, secret: str) -> bool:
        """Whether it is the person's."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        attempt = attempt_of(self.request, f"{self.field}:{self.person.username}")
        if attempt.refused():
            raise ValidationError(LoginForm.error_messages["throttled"], "throttled", {"minutes": WINDOW // 60})
        if cleaned.get(self.field):
            if not self.is_right(cleaned[self.field]):
                attempt.failed()
                raise ValidationError({self.field: self.wrong})
            attempt.succeeded()
        return cleaned


class CodeForm(ThrottledForm):
    """A code of the app, or a recovery code."""

    field = "code"
    wrong = _("This code is not valid. Wait for the next one, or check the clock of the phone.")
    code = forms.CharField(
        label=_("Login code"),
        max_length=40,
        help_text=_("Six digits from the app, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}),
    )

    def is_right(self, secret: str) -> bool:
        return factors.accepts(self.person, secret)


class FirstCodeForm(CodeForm):
    """The first code of a new app; ``recovery`` holds the recovery codes afterwards."""

    recovery: list[str]

    def is_right(self, secret: str) -> bool:
        self.recovery = factors.confirm(self.person, secret)
        return bool(self.recovery)


class PasswordForm(ThrottledForm):
    """The own password once more."""

    field = "password"
    wrong = _("The password is wrong.")
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def is_right(self, secret: str) -> bool:
        return authenticate(self.request, username=self.person.username, password=secret) is not None


class UnitChoice(forms.ModelChoiceField):
    """A unit, shown with its depth in the tree."""

    def label_from_instance(self, obj: OrgUnit) -> str:
        return "\u3000" * obj.depth + obj.name


class PersonForm(forms.ModelForm):
    """A member of staff, by an administrator. The post changes by transfer, so that its history is kept."""

    class Meta:
        model = User
        fields = ["name", "username", "employee_number", "post_title", "phone", "email"]
        labels = {"name": pgettext_lazy("person", "Name")}


class NewPersonForm(PersonForm):
    """A new member of staff with the first post."""

    role = forms.ChoiceField(label=_("Role"), choices=Role)
    unit = UnitChoice(OrgUnit.objects.none(), label=_("Unit"))
    joined_on = forms.DateField(label=_("Joined on"), widget=DateInput)

    class Meta(PersonForm.Meta):
        fields = [*PersonForm.Meta.fields, "role", "unit", "joined_on"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "unit", OrgUnit.objects.visible_to(user).open())
        self.fields["joined_on"].initial = periods.today()


class TransferForm(forms.Form):
    """Another post for a person from a day on."""

    role = forms.ChoiceField(label=_("Role"), choices=Role)
    unit = UnitChoice(OrgUnit.objects.none(), label=_("Unit"))
    day = forms.DateField(label=_("From"), widget=DateInput)

    def __init__(self, *args: Any, user: User, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "unit", OrgUnit.objects.visible_to(user).open())
        self.initial = {"role": person.role, "unit": person.unit_id, "day": periods.today()}

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day > periods.today():
            raise ValidationError(_("A transfer takes effect today or earlier. Enter it on the day itself."))
        return day


class UnitForm(forms.ModelForm):
    """A unit of the tree and its parent."""

    parent = UnitChoice(OrgUnit.objects.none(), label=_("Under"))

    class Meta:
        model = OrgUnit
        fields = ["parent", "code", "name", "level", "is_active"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "parent", OrgUnit.objects.visible_to(user).open(self.instance.parent_id))
        if self.instance.pk and self.instance.parent_id is None:
            del self.fields["parent"]


class DisplayForm(forms.Form):
    """How a person reads time."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Times are shown in this zone. Days and deadlines follow the site."),
    )
    week_start = forms.ChoiceField(
        label=_("Week starts on"),
        choices=list(zones.WEEKS.items()),
        help_text=_("Used in calendars and when planning or copying a week. Assessed weeks start on Monday."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own: Any = self.fields["time_zone"]
        own.choices = [("", _("As the site (%(zone)s)") % {"zone": settings.TIME_ZONE}), *zones.ZONES.items()]
        self.initial = {
            "time_zone": user.preferences.get(zones.ZONE, ""),
            "week_start": user.preferences.get(zones.WEEK, "monday"),
        }


class TaskForm(forms.ModelForm):
    """A task, for oneself or for somebody whom one sees."""

    class Meta:
        model = Task
        fields = ["owner", "title", "due_on", "note"]
        widgets = {
            "due_on": DateInput,
            "note": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "owner", User.objects.visible_to(user).active())
        self.fields["owner"].initial = user.pk
