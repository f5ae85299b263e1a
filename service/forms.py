"""What a person types about a request or slip, made into values that the services take."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.lib import periods
from crm.lib.files import reencode
from people.models import Role, User
from service.models import Channel, EightD, Kind, Priority, ServiceRequest
from service.rules import Rules, rules_of
from service.services.routing import may_handle

MOST_PHOTOS = 3
PHONE = RegexValidator(r"^[0-9+() \-]{5,30}$", _("Digits only, e.g. 13800001111."))


def clients_for(user: Any) -> Any:
    """Clients for whom a person may register: the back office answers the phone for all of the organisation."""
    if user.role == Role.BACK_OFFICE:
        return Client.objects.of_organisation(user.organisation_id)
    return Client.objects.visible_to(user)


class PicturesInput(forms.ClearableFileInput):
    """A field for several pictures."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Pictures, each made anew: cleaned to [(JPEG data, width, height), …]. A name or a type that is sent proves
    nothing."""

    widget = PicturesInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def clean(self, data: Any, initial: Any = None) -> list[tuple[bytes, int, int]]:
        files = [file for file in (data if isinstance(data, (list, tuple)) else [data]) if file]
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(_("At most %(n)d photos.") % {"n": MOST_PHOTOS})
        return [reencode(file) for file in files]


class OnceForm(forms.Form):
    """A form that is taken in once, by its key."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("uuid", uuid.uuid4())

    def refuse(self, error: ValidationError) -> None:
        """Show why it was not taken in; under a key of its own, as the old one may be used up."""
        self.add_error(None, error.messages[0])
        sent: Any = self.data
        anew = sent.copy()
        anew["uuid"] = str(uuid.uuid4())
        self.data = anew


class SaidForm(OnceForm):
    """What a client says: what kind, what about, in what words, and where to call."""

    kind = forms.ChoiceField(label=_("Type"), choices=Kind, widget=forms.RadioSelect, initial=Kind.REQUEST)
    category = forms.ChoiceField(label=_("Subject"))
    text = forms.CharField(label=_("Client's words"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    contact = forms.CharField(label=_("Contact"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("Callback number"), max_length=30, required=False, validators=[PHONE],
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )  # fmt: skip

    photos = PicturesField(label=_("Photos"), required=False, help_text=_("Up to three, if they help."))

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("Please choose")), *rules.choices()]  # type: ignore[attr-defined]


class OwnWordsForm(SaidForm):
    """The same in words for the client who fills it in alone."""

    KINDS = ((Kind.REQUEST, _("I need something")), (Kind.COMPLAINT, _("I have a complaint")))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "kind": _("What brings you here?"),
            "category": _("What is it about?"),
            "text": _("Tell us in your own words"),
            "contact": _("Your name"),
            "phone": _("Your phone"),
        }
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["kind"].choices = self.KINDS  # type: ignore[attr-defined]


class RegisterForm(SaidForm):
    """The same with what only our people know."""

    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=[choice for choice in Channel.choices if choice[0] != Channel.LINK],
        widget=forms.RadioSelect,
        initial=Channel.PHONE,
    )
    wanted_at = forms.DateTimeField(
        label=_("Appointment"), required=False, help_text=_("When the client wants a visit or call."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    priority = forms.ChoiceField(
        label=_("Priority"), choices=Priority, initial=Priority.NORMAL, widget=forms.RadioSelect,
        help_text=_("Urgent halves the time allowed."),
    )  # fmt: skip
    is_serious = forms.BooleanField(
        label=_("Serious: needs a written cause, correction and proof (8D)"), required=False
    )

    field_order = ["uuid", "kind", "category", "text", "photos", "channel", "contact", "phone", "wanted_at", "priority"]

    def clean_wanted_at(self) -> Any:
        """An appointment lies ahead."""
        moment = self.cleaned_data["wanted_at"]
        if moment and moment <= periods.now():
            raise forms.ValidationError(_("The appointment has passed already. Choose a later time."))
        return moment


class ActForm(forms.Form):
    """What an act on a request may bring with it; which of it is needed is for the service to say."""

    note = forms.CharField(max_length=2000, required=False)
    satisfaction = forms.TypedChoiceField(
        choices=[(str(mark), mark) for mark in range(1, 6)], coerce=int, required=False, empty_value=None
    )
    handler = forms.ModelChoiceField(User.objects.none(), required=False)
    target = forms.ModelChoiceField(ServiceRequest.objects.none(), required=False)
    category = forms.ChoiceField(required=False)
    kind = forms.ChoiceField(choices=Kind, required=False)
    priority = forms.ChoiceField(choices=Priority, required=False)

    def __init__(self, *args: Any, user: Any, request: ServiceRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = rules_of(request.organisation).choices()  # type: ignore[attr-defined]
        people = User.objects.active().filter(unit__organisation=user.organisation_id).select_related("unit")
        owner = request.client.owner_id if request.client else None
        allowed = people.filter(role__in=(Role.BACK_OFFICE, Role.SUPERVISOR)) | people.filter(pk=owner)
        self.fields["handler"].queryset = allowed  # type: ignore[attr-defined]
        others = ServiceRequest.objects.visible_to(user).open().exclude(client=None).exclude(pk=request.pk)
        self.fields["target"].queryset = others.filter(client=request.client_id)  # type: ignore[attr-defined]


class EightDForm(forms.ModelForm):
    """The 8D report; four of the eight have to be written before the case counts as settled."""

    class Meta:
        model = EightD
        fields = ["team", "problem", "containment", "cause", "correction", "proof", "prevention", "closing"]
        widgets = {
            name: forms.Textarea(attrs={"rows": 3})
            for name in ("problem", "containment", "cause", "correction", "proof", "prevention", "closing")
        }
        help_texts = {
            "team": _("Who works on it"),
            "containment": _("What keeps the damage from growing today"),
            "cause": _("Why it happened, and why nobody noticed"),
            "correction": _("What was changed so that it does not come back"),
            "proof": _("How we know that the change works"),
        }


class SlipForm(OnceForm):
    """A note to another post."""

    category = forms.ChoiceField(label=_("Subject"))
    content = forms.CharField(label=_("Content"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    suggestion = forms.CharField(
        label=_("Suggestion or request"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    receiver = forms.ModelChoiceField(
        User.objects.none(), label=_("Receiver"), required=False, empty_label=_("By category"),
        help_text=_("Leave as is to send it to the post for its category."),
    )  # fmt: skip

    def __init__(self, *args: Any, rules: Rules, user: Any, client: Client | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("Please choose")), *rules.choices()]  # type: ignore[attr-defined]
        receiver: Any = self.fields["receiver"]
        receiver.queryset = receivers_for(user, client)
        receiver.choices = [
            ("", receiver.empty_label),
            *owner_choice(client, but=user.pk),
            *may_handle(user.organisation_id, but=user.pk),
        ]


def receivers_for(user: Any, client: Client | None = None) -> Any:
    """Who can be sent a slip: the back office and supervisors of the organisation, and the client's own manager."""
    people = User.objects.active().filter(unit__organisation=user.organisation_id)
    posts = Q(role__in=(Role.BACK_OFFICE, Role.SUPERVISOR))
    return people.filter(posts | Q(pk=client.owner_id) if client else posts).exclude(pk=user.pk)


def owner_choice(client: Client | None, *, but: int | None = None) -> list[tuple[str, list[tuple[int, str]]]]:
    """The client's account manager as a group of a choice field; none without one."""
    owner = client.owner if client else None
    return [(_("Account manager"), [(owner.pk, owner.name)])] if owner and owner.pk != but else []  # type: ignore[list-item]
