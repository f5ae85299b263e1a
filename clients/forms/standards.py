"""Form of the service standards."""

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from clients.models import ServiceStandard

LIMITS = {"visit_days": (1, 730), "call_days": (1, 730), "response_hours": (1, 720), "visit_minutes": (1, 480)}


class StandardForm(forms.ModelForm):
    """What one tier's clients are owed."""

    class Meta:
        model = ServiceStandard
        fields = ["visit_days", "call_days", "response_hours", "visit_minutes", "menu"]
        widgets = {"menu": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name, (low, high) in LIMITS.items():
            self.fields[name].validators += [MinValueValidator(low), MaxValueValidator(high)]
            self.fields[name].widget.attrs |= {"min": low, "max": high, "inputmode": "numeric"}


StandardFormSet = forms.modelformset_factory(ServiceStandard, StandardForm, extra=0)
