"""Forms of phrases, articles, ideas and meetings."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import periods
from journals.models import Article, Idea, Meeting, Phrase
from people.models import User

PEOPLE_OFFERED = 300


class PhraseForm(forms.ModelForm):
    """A phrase for one part of a review."""

    class Meta:
        model = Phrase
        fields = ["part", "text"]


class ArticleForm(forms.ModelForm):
    """A note, case or report; account managers write cases."""

    class Meta:
        model = Article
        fields = ["kind", "title", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 12})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if user.is_am:
            cast(forms.ChoiceField, self.fields["kind"]).choices = [(Article.Kind.CASE, Article.Kind.CASE.label)]
            self.fields["kind"].initial = Article.Kind.CASE


class IdeaForm(forms.ModelForm):
    """A proposal."""

    class Meta:
        model = Idea
        fields = ["title", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 8})}


class AnswerForm(forms.Form):
    """The answer to a proposal."""

    answer = forms.ChoiceField(label=_("Answer"), choices=Idea.Answer, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Reason and next step"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    award = forms.BooleanField(label=_("Innovation award"), required=False)


class PeopleField(forms.ModelMultipleChoiceField):
    """People with their posts."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name} · {obj.unit.name}"


class MeetingForm(forms.ModelForm):
    """A meeting and who is invited."""

    people = PeopleField(User.objects.none(), label=_("Invited"), widget=forms.CheckboxSelectMultiple, required=True)

    class Meta:
        model = Meeting
        fields = ["kind", "title", "begins_at", "place", "agenda"]
        widgets = {
            "kind": forms.HiddenInput,
            "begins_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "agenda": forms.Textarea(attrs={"rows": 5}),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = (
            User.objects.active().under(user.unit).exclude(pk=user.pk).select_related("unit").order_by("name", "pk")
        )
        cast(PeopleField, self.fields["people"]).queryset = people
        self.fields["people"].initial = [person.pk for person in people[:PEOPLE_OFFERED] if person.is_am]


class ActionForm(forms.Form):
    """What was decided: who does what by when."""

    title = forms.CharField(label=pgettext_lazy("task", "What"), max_length=200)
    owner = forms.ModelChoiceField(User.objects.none(), label=pgettext_lazy("task", "Who"))
    due_on = forms.DateField(
        label=pgettext_lazy("deadline", "By"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["owner"]).queryset = User.objects.filter(
            pk__in=meeting.attendance.values("user")
        ).order_by("name")

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        if day < periods.today():
            raise ValidationError(_("Choose today or a later day."))
        return day
