"""The form of the pay rules: rates as percents, money as yuan, piece items in rows."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import periods
from kpi import metrics
from kpi.adjusting import cell_value
from kpi.careers.forms import DateInput
from kpi.metrics.registry import PERCENT
from kpi.models import Grade, PayRules
from kpi.pay.rules import MOST_PIECES, standard_rules

MONEY: dict[str, Any] = {"max_digits": 9, "decimal_places": 2}
PIECE = ("metric", "from", "step", "rate", "least", "most")


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"


class PayRulesForm(forms.Form):
    """Everything that the rules state; piece items are read from the rows beside it."""

    base = forms.DecimalField(label=_("Base pay a month"), min_value=0, **MONEY)
    standard = forms.DecimalField(label=_("Standard bonus a month"), min_value=0, **MONEY)
    by = forms.ChoiceField(
        label=_("The bonus follows"),
        choices=[("score", _("the score: score ÷ 100 of the standard")), ("grade", _("the grade: a factor for each"))],
    )
    excellent = forms.DecimalField(label=_("Factor of “excellent”"), min_value=0, max_value=10, decimal_places=4)
    good = forms.DecimalField(label=_("Factor of “good”"), min_value=0, max_value=10, decimal_places=4)
    fair = forms.DecimalField(label=_("Factor of “fair”"), min_value=0, max_value=10, decimal_places=4)
    fail = forms.DecimalField(label=_("Factor of “below standard”"), min_value=0, max_value=10, decimal_places=4)
    deferral = forms.DecimalField(
        label=_("Kept back of the quarter's bonus, percent"), min_value=0, max_value=100, decimal_places=2
    )
    release_month = forms.IntegerField(
        label=_("What was kept back last year is paid in month"), min_value=1, max_value=12
    )
    mode = forms.ChoiceField(
        label=_("Rounding"), choices=[("half_up", _("half up (away from zero)")), ("down", _("down (towards zero)"))]
    )
    places = forms.ChoiceField(
        label=pgettext_lazy("rounding", "to"),
        choices=[("2", _("fen (0.01)")), ("1", _("jiao (0.1)")), ("0", _("yuan"))],
    )
    effective_from = forms.DateField(label=_("Effective from"), widget=DateInput)

    def __init__(self, *args: Any, current: PayRules | None, **kwargs: Any) -> None:
        rules = current.rules if current else standard_rules()
        initial = {
            "base": rules["base"],
            "standard": rules["bonus"]["standard"],
            "by": rules["bonus"]["by"],
            **rules["bonus"]["factors"],
            "deferral": _text(Decimal(rules["deferral"]["share"]) * 100),
            "release_month": rules["deferral"]["release_month"],
            "mode": rules["rounding"]["mode"],
            "places": rules["rounding"]["places"],
            "effective_from": periods.add_months(periods.this_month(), 1),
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        self.rows = self._posted() if self.is_bound else [_shown(row) for row in rules["pieces"]]
        self.rows += [dict.fromkeys(PIECE, "") for _more in range(min(2, MOST_PIECES - len(self.rows)))]

    def _posted(self) -> list[dict[str, str]]:
        rows = []
        for place in range(MOST_PIECES):
            row = {key: str(self.data.get(f"piece-{place}-{key}", "")).strip() for key in PIECE}
            if row["metric"]:
                rows.append(row)
        return rows

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """Base, bonus and its timing."""
        names = ("base", "standard", "by", *Grade.values, "deferral", "release_month", "mode", "places",
                 "effective_from")  # fmt: skip
        return [self[name] for name in names]

    @property
    def metric_choices(self) -> list[tuple[str, Any]]:
        """The indicators that a piece item may follow."""
        return metrics.choices()

    def rules(self) -> dict[str, Any]:
        """The rules as they are kept; rates typed as percents become shares."""
        data = self.cleaned_data
        return {
            "base": _text(data["base"]),
            "bonus": {
                "standard": _text(data["standard"]),
                "by": data["by"],
                "factors": {grade: _text(data[grade]) for grade in Grade.values},
            },
            "deferral": {"share": _text(data["deferral"] / 100), "release_month": str(data["release_month"])},
            "pieces": [_kept(row) for row in self.rows if row["metric"]],
            "rounding": {"mode": data["mode"], "places": data["places"]},
        }


def _shown(row: dict[str, str]) -> dict[str, str]:
    """A piece item as the form shows it: a rate in percent."""
    if metrics.known(row["metric"]) and metrics.get(row["metric"]).unit == PERCENT:
        return {**row, **{key: f"{_text(Decimal(row[key]) * 100)}%" for key in ("from", "step")}}
    return dict(row)


def _kept(row: dict[str, str]) -> dict[str, str]:
    """A piece item as it is kept: 5% becomes 0.05; what is no number is left for the check to name."""
    if not metrics.known(row["metric"]):
        return row
    metric = metrics.get(row["metric"])
    found = dict(row)
    for key in ("from", "step", "rate", "least", "most"):
        value = cell_value(row[key], metric)
        if value is not None:
            found[key] = _text(value)
    return found
