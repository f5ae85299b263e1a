"""Forms of the catalogue, of holdings, contracts and loans."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.client import DATE
from clients.models import Contract, ContractStep, Holding, Loan, LoanCheck, Product, ProductClass
from clients.models.deals import Guarantee
from clients.models.products import Nature
from crm.lib import periods
from crm.lib.forms import choose_from

FAR = 100  # years that a date may lie away


def possible(day: dt.date | None, *, past: bool = False) -> dt.date | None:
    """The day, unless it is impossible."""
    today = periods.today()
    if day and not today.year - FAR <= day.year <= today.year + FAR:
        raise forms.ValidationError(_("This is no possible date."))
    if day and past and day > today:
        raise forms.ValidationError(_("This day is still to come."))
    return day


class SpanForm(forms.ModelForm):
    """A form with ``starts_on`` and ``ends_on``: possible days in their order."""

    def clean_starts_on(self) -> Any:
        return possible(self.cleaned_data["starts_on"])

    def clean_ends_on(self) -> Any:
        return possible(self.cleaned_data["ends_on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("starts_on"), cleaned.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", _("The last day comes before the first."))
        return cleaned


class ClassForm(forms.ModelForm):
    """A class of the catalogue."""

    class Meta:
        model = ProductClass
        fields = ["name", "code", "nature", "measure", "position"]
        labels = {"position": _("Place in the list")}
        help_texts = {"position": _("Small numbers come first.")}

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        others = ProductClass.objects.filter(organisation=self.instance.organisation_id).exclude(pk=self.instance.pk)
        if others.filter(code=code).exists():
            raise forms.ValidationError(_("This code is taken."))
        return code


class ProductForm(forms.ModelForm):
    """A product of the catalogue."""

    class Meta:
        model = Product
        fields = [
            "name", "code", "product_class", "brand", "unit", "price", "is_key", "launched_on", "withdrawn_on", "note",
        ]  # fmt: skip
        widgets = {"launched_on": DATE, "withdrawn_on": DATE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "product_class", ProductClass.objects.filter(organisation=self.instance.organisation_id))

    def clean_code(self) -> str:
        code = " ".join(self.cleaned_data["code"].split())
        others = Product.objects.filter(organisation=self.instance.organisation_id).exclude(pk=self.instance.pk)
        if others.filter(code=code).exists():
            raise forms.ValidationError(_("This code is taken."))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("launched_on"), cleaned.get("withdrawn_on")
        if start and end and end < start:
            self.add_error("withdrawn_on", _("Withdrawn before its launch."))
        return cleaned

    def groups(self) -> list[dict[str, Any]]:
        """How the form is laid out."""
        return [
            {"title": _("Basics"), "fields": self._of("name", "code", "product_class", "brand", "unit", "price")},
            {"title": _("Sales details"), "fields": self._of("is_key", "launched_on", "withdrawn_on", "note")},
        ]

    def _of(self, *names: str) -> list[Any]:
        return [self[name] for name in names]


def on_offer(organisation_id: int, *natures: str) -> Any:
    """The products that a form offers today."""
    found = Product.objects.filter(organisation=organisation_id).on_offer(periods.today())
    return found.filter(product_class__nature__in=natures) if natures else found


class HoldingForm(forms.ModelForm):
    """What a client has; loans are noted as loans."""

    class Meta:
        model = Holding
        fields = ["product", "reference", "since", "ends_on", "amount"]
        labels = {"product": _("Product")}
        help_texts = {
            "reference": _("Account or certificate, where a client has several of one product."),
            "ends_on": _("When a deposit or an investment matures; you are told beforehand."),
        }
        widgets = {"since": DATE, "ends_on": DATE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = on_offer(self.instance.client.organisation_id).exclude(product_class__nature=Nature.LOAN)
        choose_from(self, "product", offered)

    def clean_since(self) -> Any:
        return possible(self.cleaned_data["since"], past=True)

    def clean_ends_on(self) -> Any:
        return possible(self.cleaned_data["ends_on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("since"), cleaned.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", _("The term ends before it begins."))
        return cleaned


class ContractForm(SpanForm):
    """A contract; the signature is noted beside it."""

    class Meta:
        model = Contract
        fields = ["title", "number", "product", "amount", "starts_on", "ends_on", "notice_days", "note"]
        labels = {"product": _("Product")}
        help_texts = {"notice_days": _("How many days before the end it appears under “Ending soon”.")}
        widgets = {"starts_on": DATE, "ends_on": DATE, "note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "product", on_offer(self.instance.client.organisation_id))

    def clean_number(self) -> str:
        number = " ".join(self.cleaned_data["number"].split())
        others = Contract.objects.filter(organisation=self.instance.client.organisation_id).exclude(pk=self.instance.pk)
        if others.filter(number=number).exists():
            raise forms.ValidationError(_("Another contract has this number already."))
        return number


class StepForm(forms.ModelForm):
    """A step of a contract."""

    class Meta:
        model = ContractStep
        fields = ["title", "due_on", "amount", "note"]
        widgets = {"due_on": DATE}

    def clean_due_on(self) -> Any:
        return possible(self.cleaned_data["due_on"])


class LoanForm(forms.ModelForm):
    """A loan as the ledger tells it."""

    class Meta:
        model = Loan
        fields = [
            "number", "product", "principal", "balance", "rate", "granted_on", "due_on", "purpose", "guarantee", "risk",
            "overdue_amount", "overdue_since", "closed_on", "check_days",
        ]  # fmt: skip
        labels = {"product": _("Product")}
        widgets = dict.fromkeys(("granted_on", "due_on", "overdue_since", "closed_on"), DATE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "product", on_offer(self.instance.client.organisation_id, Nature.LOAN))
        self.fields["guarantee"].choices = [("", _("Please choose")), *Guarantee.choices]  # type: ignore[attr-defined]
        if self.instance.pk is None:
            del self.fields["closed_on"]

    def clean_number(self) -> str:
        number = "".join(self.cleaned_data["number"].split())
        others = Loan.objects.filter(organisation=self.instance.client.organisation_id).exclude(pk=self.instance.pk)
        if others.filter(number=number).exists():
            raise forms.ValidationError(_("Another loan has this number already."))
        return number

    def clean_granted_on(self) -> Any:
        return possible(self.cleaned_data["granted_on"], past=True)

    def clean_due_on(self) -> Any:
        return possible(self.cleaned_data["due_on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("granted_on"), cleaned.get("due_on")
        if start and end and end <= start:
            self.add_error("due_on", _("A loan is paid back after it was granted."))
        balance, principal = cleaned.get("balance"), cleaned.get("principal")
        if balance is not None and principal is not None and balance > principal:
            self.add_error("balance", _("The balance is higher than the principal."))
        amount, since = cleaned.get("overdue_amount") or 0, cleaned.get("overdue_since")
        if bool(amount) != bool(since):
            name = "overdue_since" if amount else "overdue_amount"
            self.add_error(name, _("Give both the overdue amount and since when, or neither."))
        if since and (since > periods.today() or (start and since < start)):
            self.add_error("overdue_since", _("Choose a day between the loan's first day and today."))
        closed = cleaned.get("closed_on")
        if closed and (balance or amount):
            self.add_error("closed_on", _("A loan that is paid back has no balance and nothing overdue."))
        if closed and (closed > periods.today() or (start and closed < start)):
            self.add_error("closed_on", _("Choose a day between the loan's first day and today."))
        return cleaned

    def groups(self) -> list[dict[str, Any]]:
        """How the form is laid out."""
        return [
            {
                "title": _("The loan"),
                "fields": self._of(
                    "number", "product", "principal", "balance", "rate", "granted_on", "due_on", "purpose", "guarantee"
                ),
            },
            {
                "title": _("How it stands"),
                "fields": self._of("risk", "overdue_amount", "overdue_since", "check_days", "closed_on"),
            },
        ]

    def _of(self, *names: str) -> list[Any]:
        return [self[name] for name in names if name in self.fields]


class CheckForm(forms.Form):
    """What a post-loan check has found."""

    chips = True

    done_on = forms.DateField(label=_("Checked on"), widget=DATE)
    finding = forms.ChoiceField(label=_("Finding"), choices=LoanCheck.Finding, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("What you observed"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Use of the money, business, cash flow, stock, security."),
    )

    def __init__(self, *args: Any, duty: LoanCheck, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {
            "done_on": duty.done_on or periods.today(),
            "finding": duty.finding or LoanCheck.Finding.FINE,
            "note": duty.note,
        }
        if duty.done_on:
            del self.fields["done_on"]
