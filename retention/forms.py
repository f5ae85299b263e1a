"""The settings of one rule."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import ServiceStandard
from journals.models import Article
from people.models import OrgUnit
from retention.config import Config
from retention.rules import Act

STEPS = 6


class MarginForm(forms.Form):
    """Margin as a percentage of sales; empty for the usual one of the industry."""

    margin = forms.DecimalField(
        label=gettext_lazy("Margin in percent of sales"), min_value=0, max_value=100, max_digits=6, decimal_places=3,
        required=False,
    )  # fmt: skip

    def rate(self) -> Decimal | None:
        """0…1, None where nothing is given."""
        given = self.cleaned_data["margin"]
        return None if given is None else given / 100


class RuleForm(forms.Form):
    """On or off, limits, tiers, quiet period, escalation, play-book and cases of one kind."""

    is_on = forms.BooleanField(label=gettext_lazy("Raise alerts of this kind"), required=False)

    def __init__(self, *args: Any, config: Config, organisation: OrgUnit, cases: Any = (), **kwargs: Any) -> None:
        self.config, self.organisation = config, organisation
        kwargs.setdefault("initial", self._initial(config, cases))
        super().__init__(*args, **kwargs)
        for limit in config.rule.limits:
            self.fields[f"limit-{limit.name}"] = forms.DecimalField(
                label=_("%(label)s (%(unit)s)") % {"label": limit.label, "unit": limit.unit},
                min_value=limit.least,
                max_value=limit.most,
                max_digits=8,
                decimal_places=2 if limit.unit == "%" else 0,
                help_text=_("%(least)s to %(most)s; default %(default)s")
                % {"least": limit.least, "most": limit.most, "default": limit.default},
            )
        tiers = ServiceStandard.objects.filter(organisation=organisation).values_list("tier", flat=True)
        self.fields["tiers"] = forms.MultipleChoiceField(
            label=_("Only for these tiers"),
            choices=[(tier, tier) for tier in tiers],
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("None chosen: all clients"),
        )
        self.fields["quiet_days"] = forms.IntegerField(
            label=_("Quiet days after a dismissal"), min_value=0, max_value=730
        )
        self.fields["escalate_days"] = forms.IntegerField(
            label=_("Escalate after days unseen"),
            min_value=0,
            max_value=90,
            help_text=_("0: never"),
        )
        for number in range(STEPS):
            self.fields[f"text-{number}"] = forms.CharField(
                label=_("Step %(n)d") % {"n": number + 1}, max_length=160, required=False
            )
            self.fields[f"act-{number}"] = forms.ChoiceField(label=_("becomes"), choices=Act.choices, required=False)
            self.fields[f"days-{number}"] = forms.IntegerField(
                label=_("work days after the start"), min_value=0, max_value=90, required=False
            )
        self.fields["cases"] = forms.ModelMultipleChoiceField(
            label=_("Cases that help"),
            queryset=Article.objects.filter(
                unit__organisation=organisation, kind=Article.Kind.CASE, withdrawn_at=None
            ).order_by("title"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("They stand beside each alert of this kind. New ones are written under Knowledge."),
        )

    @staticmethod
    def _initial(config: Config, cases: Any) -> dict[str, Any]:
        found: dict[str, Any] = {
            "is_on": config.is_on,
            "tiers": config.tiers,
            "quiet_days": config.quiet_days,
            "escalate_days": config.escalate_days,
            "cases": list(cases),
            **{f"limit-{name}": value for name, value in config.limits.items()},
        }
        for number, step in enumerate(config.steps[:STEPS]):
            found |= {f"text-{number}": step.text, f"act-{number}": step.act, f"days-{number}": step.days}
        return found

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for number in range(STEPS):
            if data.get(f"text-{number}") and data.get(f"days-{number}") is None:
                self.add_error(f"days-{number}", ValidationError(_("Say after how many work days.")))
        return data

    def groups(self) -> list[dict[str, Any]]:
        """How the form is laid out."""
        limits = [self[f"limit-{limit.name}"] for limit in self.config.rule.limits]
        tiers = [self["tiers"]] if self.fields["tiers"].choices else []  # type: ignore[attr-defined]
        cases = [self["cases"]] if self.fields["cases"].queryset.exists() else []  # type: ignore[attr-defined]
        steps = [self[f"{name}-{number}"] for number in range(STEPS) for name in ("text", "act", "days")]
        groups = [
            {
                "title": _("When it is raised"),
                "text": self.config.rule.about,
                "fields": [self["is_on"], *limits, *tiers],
            },
            {"title": _("Quiet period and escalation"), "fields": [self["quiet_days"], self["escalate_days"]]},
            {"title": _("Play-book"), "text": _("Empty steps are skipped."), "fields": steps},
            {"title": _("Case library"), "fields": cases},
        ]
        return [group for group in groups if group["fields"]]

    @property
    def limits(self) -> dict[str, str]:
        """Those that differ from the defaults."""
        return {
            limit.name: str(self.cleaned_data[f"limit-{limit.name}"])
            for limit in self.config.rule.limits
            if Decimal(self.cleaned_data[f"limit-{limit.name}"]) != limit.default
        }

    @property
    def steps(self) -> list[dict[str, Any]] | None:
        """The play-book's lines; None where they are the rule's own."""
        data = self.cleaned_data
        given = [
            {"act": data[f"act-{number}"] or Act.TASK, "days": data[f"days-{number}"], "text": data[f"text-{number}"]}
            for number in range(STEPS)
            if data[f"text-{number}"]
        ]
        usual = [{"act": step.act, "days": step.days, "text": str(step.text)} for step in self.config.rule.steps]
        return None if given == usual else given
