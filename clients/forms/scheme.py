"""The editor of a tier scheme: forms to rules and back."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clients.attributes import LABELS
from clients.imports.columns import FACT_COLUMNS
from clients.models import TierScheme
from clients.tiering import measures
from clients.tiering.rules import RulesError, parse
from crm.lib import periods
from people.models import Level

HUNDRED = Decimal(100)


def percent(value: Any) -> Decimal | None:
    """A share as a person types it."""
    return None if value in (None, "") else Decimal(f"{(Decimal(str(value)) * HUNDRED).normalize():f}")


def share(value: Decimal) -> float:
    """A typed percentage as JSON keeps it."""
    return float(value / HUNDRED)


def number(value: Decimal) -> int | float:
    """A decimal as JSON keeps it."""
    return int(value) if value == value.to_integral_value() else float(value)


def measure_choices(chosen: str = "") -> list[tuple[str, Any]]:
    """All that can be measured, with what is chosen though it is not in the list."""
    found: list[tuple[str, Any]] = [("", "—")]
    found += [(one.name, one.label) for one in measures.measures.values()]
    found += [(f"attribute:{name}", label) for name, label in LABELS.items() if name not in ("city", "zip_code")]
    found += [(f"fact:{column.name}", column.label) for column in FACT_COLUMNS if column.into == "measures"]
    if chosen and chosen not in dict(found):
        measure = measures.find(chosen)
        found.append((chosen, measure.label if measure else chosen))
    return found


class CriterionForm(forms.Form):
    """One criterion; an empty measure leaves it out."""

    measure = forms.ChoiceField(label=_("Measure"), required=False)
    weight = forms.DecimalField(label=_("Weight %"), required=False, min_value=0, max_value=100, decimal_places=4)
    normalise = forms.ChoiceField(
        label=_("Points by"),
        choices=[("percentile", _("place among the clients")), ("linear", _("low to high")), ("table", _("steps"))],
    )
    direction = forms.ChoiceField(
        label=_("Better is"), choices=[("high", _("a higher value")), ("low", _("a lower value"))], required=False
    )
    low = forms.DecimalField(label=_("No points at"), required=False, max_digits=18, decimal_places=6)
    high = forms.DecimalField(label=_("Full points at"), required=False, max_digits=18, decimal_places=6)
    table = forms.CharField(
        label=_("Steps"), required=False, help_text=_("from=points %, e.g. 500000=100; 50000=60"), max_length=500
    )
    missing = forms.ChoiceField(
        label=_("Without a value"),
        choices=[("zero", _("no points")), ("half", _("half of the points")), ("skip", _("left out"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.data.get(self.add_prefix("measure")) or (self.initial or {}).get("measure", "")
        cast(forms.ChoiceField, self.fields["measure"]).choices = measure_choices(chosen)
        for name in ("weight", "low", "high"):
            self.fields[name].widget.attrs |= {"step": "any", "inputmode": "decimal"}
        self.fields["weight"].widget.attrs["data-sum"] = "weights"

    def clean_table(self) -> list[dict[str, Any]]:
        steps = []
        for part in self.cleaned_data["table"].replace("；", ";").split(";"):
            if part.strip():
                start, _equals, points = part.partition("=")
                try:
                    step = {"from": number(Decimal(start.strip())), "points": share(Decimal(points.strip()))}
                except (InvalidOperation, ValueError) as error:
                    text = _("“%(part)s” is no step. Write from=points, e.g. 500000=100.")
                    raise forms.ValidationError(text % {"part": part.strip()}) from error
                steps.append(step)
        return steps

    def rule(self) -> dict[str, Any] | None:
        """The criterion as rules keep it."""
        values = self.cleaned_data
        if not values.get("measure"):
            return None
        found: dict[str, Any] = {
            "measure": values["measure"],
            "weight": share(values.get("weight") or Decimal(0)),
            "normalise": values["normalise"],
        }
        match values["normalise"]:
            case "percentile" if values["direction"] == "low":
                found["direction"] = "low"
            case "linear":
                found |= {name: number(values[name]) for name in ("low", "high") if values[name] is not None}
            case "table":
                found["table"] = values["table"]
        if values["missing"] != "zero":
            found["missing"] = values["missing"]
        return found

    @staticmethod
    def initial_of(rule: dict[str, Any]) -> dict[str, Any]:
        """What the form shows of a criterion."""
        table = "; ".join(f"{step.get('from')}={percent(step.get('points')):f}" for step in rule.get("table", []))
        usual = {"normalise": "percentile", "direction": "high", "missing": "zero"}
        return {**usual, **rule, "weight": percent(rule.get("weight")), "table": table}


class BandForm(forms.Form):
    """One band; an empty tier leaves it out."""

    tier = forms.CharField(label=_("Tier"), required=False, max_length=10)
    value = forms.DecimalField(
        label=_("Share % or score"), required=False, min_value=0, max_value=100, decimal_places=4
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].widget.attrs |= {"step": "any", "inputmode": "decimal", "data-sum": "bands"}


CriterionFormSet = forms.formset_factory(CriterionForm, extra=2, max_num=12)
BandFormSet = forms.formset_factory(BandForm, extra=2, max_num=20)


class SchemeForm(forms.ModelForm):
    """A version with its criteria and bands in two formsets."""

    within = forms.ChoiceField(label=_("Clients are compared within the same"), choices=Level)
    bands_by = forms.ChoiceField(
        label=_("Tiers by"), choices=[("share", _("share of the ranking")), ("score", _("score"))]
    )
    hold_months = forms.IntegerField(
        label=_("Bad months before a client moves down"), min_value=1, max_value=12, initial=1
    )
    probation_months = forms.IntegerField(
        label=_("Months in which a new client is not ranked"), min_value=0, max_value=24, initial=0
    )
    probation_tier = forms.CharField(label=_("Tier of new clients"), max_length=10, required=False)
    cap_values = forms.CharField(
        label=_("Credit ratings with a limit"), max_length=60, required=False, help_text=_("e.g. D, or C D")
    )
    cap_tier = forms.CharField(label=_("Their highest tier"), max_length=10, required=False)

    class Meta:
        model = TierScheme
        fields = ["name", "effective_from"]
        widgets = {"effective_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, data: Any = None, *, instance: TierScheme) -> None:
        rules = instance.rules if isinstance(instance.rules, dict) else {}
        caps = rules.get("caps") or []
        credit: dict[str, Any] = next((cap for cap in caps if cap.get("field") == "credit_rating"), {})
        bands = rules.get("bands") or []
        by_score = any("score" in band for band in bands)
        initial = {
            "within": rules.get("within", Level.ORGANISATION),
            "bands_by": "score" if by_score else "share",
            "hold_months": rules.get("hold_months", 1),
            "probation_months": (rules.get("probation") or {}).get("months", 0),
            "probation_tier": (rules.get("probation") or {}).get("tier", ""),
            "cap_values": " ".join(credit.get("values", [])),
            "cap_tier": credit.get("tier", ""),
        }
        super().__init__(data, instance=instance, initial=initial)
        self.old_rules = rules
        self.criteria = CriterionFormSet(
            data, prefix="criteria", initial=[CriterionForm.initial_of(rule) for rule in rules.get("criteria", [])]
        )
        shown = [
            {"tier": band.get("tier"), "value": band.get("score") if by_score else percent(band.get("share"))}
            for band in bands
        ]
        self.bands = BandFormSet(data, prefix="bands", initial=shown)

    def clean_effective_from(self) -> dt.date:
        day: dt.date = self.cleaned_data["effective_from"]
        earliest = periods.add_months(periods.this_month(), -1)
        if day < earliest and day != self.instance.effective_from:
            raise forms.ValidationError(
                _("Months before %(day)s have been computed by their own rules. Choose a later day.")
                % {"day": earliest}
            )
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and self.criteria.is_valid() and self.bands.is_valid():
            try:
                parse(self.rules)
            except RulesError as error:
                for message in error.messages:
                    self.add_error(None, message)
        elif not self.errors:
            self.add_error(None, _("Some criteria or bands need a correction."))
        return cleaned

    @cached_property
    def rules(self) -> dict[str, Any]:
        """The rules that the forms mean."""
        values = self.cleaned_data
        criteria = [rule for form in self.criteria if (rule := form.rule())]
        by = values["bands_by"]
        bands = [
            {
                "tier": form.cleaned_data["tier"].strip(),
                by: share(form.cleaned_data.get("value") or Decimal(0))
                if by == "share"
                else number(form.cleaned_data.get("value") or Decimal(0)),
            }
            for form in self.bands
            if form.cleaned_data.get("tier", "").strip()
        ]
        found: dict[str, Any] = {"within": values["within"], "criteria": criteria, "bands": bands}
        caps = [cap for cap in self.old_rules.get("caps") or [] if cap.get("field") != "credit_rating"]
        ratings = values["cap_values"].replace(",", " ").replace("，", " ").split()
        if ratings:
            caps.insert(0, {"field": "credit_rating", "values": ratings, "tier": values["cap_tier"].strip()})
        if caps:
            found["caps"] = caps
        if values["probation_months"]:
            found["probation"] = {"months": values["probation_months"], "tier": values["probation_tier"].strip()}
        if values["hold_months"] > 1:
            found["hold_months"] = values["hold_months"]
        # Judgements stay as long as nobody types other weights or changes what is compared.
        if self.old_rules.get("judgements") and _weights(self.old_rules) == _weights(found):
            found["judgements"] = self.old_rules["judgements"]
        return found

    def save(self, commit: bool = True) -> TierScheme:
        self.instance.rules = self.rules
        return super().save(commit)


def _weights(rules: dict[str, Any]) -> list[tuple[Any, Decimal]]:
    return [(one.get("measure"), Decimal(str(one.get("weight", 0)))) for one in rules.get("criteria", [])]


# Saaty's scale as two people would say it.
SCALE = [
    ("9", "9 : 1"), ("7", "7 : 1"), ("5", "5 : 1"), ("3", "3 : 1"), ("2", "2 : 1"), ("1", "1 : 1"),
    ("1/2", "1 : 2"), ("1/3", "1 : 3"), ("1/5", "1 : 5"), ("1/7", "1 : 7"), ("1/9", "1 : 9"),
]  # fmt: skip


class JudgementForm(forms.Form):
    """Pairs of criteria, each compared once."""

    def __init__(self, *args: Any, names: list[str], matrix: list[list[Any]] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = names
        for i, first in enumerate(names):
            for j in range(i + 1, len(names)):
                initial = str(matrix[i][j]) if matrix else "1"
                scale = SCALE if initial in dict(SCALE) else [*SCALE, (initial, initial)]
                self.fields[f"{i}-{j}"] = forms.ChoiceField(
                    label=f"{first} : {names[j]}", choices=scale, initial=initial
                )

    def matrix(self) -> list[list[str]]:
        """The whole matrix, as rules keep it."""
        size = len(self.names)
        cells = [["1"] * size for _row in range(size)]
        for name, value in self.cleaned_data.items():
            i, j = map(int, name.split("-"))
            cells[i][j] = value
            cells[j][i] = value[2:] if value.startswith("1/") else ("1" if value == "1" else f"1/{value}")
        return cells
