"""What a person types or taps about a visit, made into values that the services take."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Product
from crm.lib import periods
from people.models import Role, User
from visits import checklists
from visits.models import ChecklistTemplate, Mode, NoPlaceReason, Photo, Purpose, Result, TraceFlag, Visit
from visits.services.photos import Origin
from visits.words import purposes_of

MOST_PRODUCTS = 24  # more than anybody taps through in a shop
ITEM = "item_"  # prefix of the checklist's fields


class VisitTextForm(forms.Form):
    """What was done, said and agreed."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose, initial=Purpose.ROUTINE)
    result = forms.ChoiceField(label=_("Result"), choices=Result, initial=Result.DONE, required=False)
    people_met = forms.CharField(label=_("People met"), max_length=120, required=False)
    demand = forms.CharField(label=_("Demands and opinions"), max_length=2000, required=False)
    note = forms.CharField(label=_("What was done"), max_length=2000, required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_step_on = forms.DateField(label=_("Next step by"), required=False)
    products = forms.CharField(label=_("Products discussed"), max_length=400, required=False)

    def __init__(
        self,
        *args: Any,
        client: Client,
        template: ChecklistTemplate,
        maker: User | None = None,
        visit: Visit | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.visit = visit  # the one that is corrected
        self.client = client
        self.template = template
        self.maker = maker

    @property
    def may_inspect(self) -> bool:
        """Whether the maker looks at clients as a supervisor."""
        return self.maker is not None and self.maker.is_supervisor and self.client.owner_id != self.maker.pk

    def purposes(self) -> list[tuple[str, str]]:
        """The purposes to tap, with the present one if the industry usually has not; an inspection has its own."""
        if self.visit and self.visit.is_inspection:
            return [(Purpose.INSPECTION.value, str(Purpose.INSPECTION.label))]
        offered = purposes_of(self.client.organisation.profile)
        if self.may_inspect:
            offered.insert(0, (Purpose.INSPECTION.value, str(Purpose.INSPECTION.label)))
        present = self["purpose"].value()
        if present and present not in dict(offered):
            offered.append((present, str(dict(Purpose.choices).get(present, present))))
        return offered

    def items(self) -> list[dict[str, str]]:
        """The checklist: code, label and present answer of each item."""
        given = self.ticked() if self.is_bound else self.initial.get("checklist", {})
        return [
            {"code": item["code"], "label": checklists.label_of(item), "answer": given.get(item["code"], "")}
            for item in self.template.items
        ]

    def ticked(self) -> dict[str, str]:
        """Item code → answer as posted."""
        return {name.removeprefix(ITEM): self.data[name] for name in self.data if name.startswith(ITEM)}

    def clean_result(self) -> str:
        """Nothing chosen is done as intended."""
        return self.cleaned_data["result"] or Result.DONE

    def product_choices(self) -> list[dict[str, Any]]:
        """The products to tap: those on sale, the key ones first, with those that are chosen already."""
        chosen = set(self._chosen_products())
        day = periods.today()
        found = Product.objects.filter(organisation=self.client.organisation_id).on_offer(day)
        offered = list(found.order_by("-is_key", "product_class__position", "code")[:MOST_PRODUCTS])
        return [{"pk": item.pk, "name": item.name, "chosen": str(item.pk) in chosen} for item in offered]

    def _chosen_products(self) -> list[str]:
        return self._several("products") if self.is_bound else [str(pk) for pk in self.initial.get("products", ())]

    def _several(self, name: str) -> list[str]:
        """Ticked values as a page posts them, one each, or as a device keeps them, in one text."""
        each = getattr(self.data, "getlist", None)
        texts = each(name) if each else [self.data.get(name, "")]
        return ",".join(texts).split(",")

    def clean(self) -> dict[str, Any]:
        """What is agreed lies after the visit."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        step, day = values.get("next_step_on"), self.visited_on(values)
        if step and day and step < day:
            self.add_error("next_step_on", _("The next step lies before the visit. Choose a later day."))
        return values

    def visited_on(self, values: dict[str, Any]) -> dt.date | None:
        """The day of the visit, where it is known."""
        return self.visit.day if self.visit else None

    def clean_products(self) -> list[int]:
        """The numbers of products of the client's organisation; others are left out."""
        numbers = [text for text in self._chosen_products() if text.isdecimal() and len(text) < 19]
        known = Product.objects.filter(organisation=self.client.organisation_id, pk__in=numbers)
        return list(known.values_list("pk", flat=True)) if numbers else []

    def values(self) -> dict[str, Any]:
        """Columns of a visit, and its products."""
        return {**self.cleaned_data, "checklist": self.ticked()}


class VisitForm(VisitTextForm):
    """The same with time and place, as the device knows them. A bad position costs the place, never the visit."""

    client_uuid = forms.UUIDField()
    mode = forms.ChoiceField(label=_("Way"), choices=Mode, initial=Mode.ON_SITE)
    checked_in_at = forms.DateTimeField(label=_("Check-in"))
    checked_out_at = forms.DateTimeField(required=False)
    sent_at = forms.DateTimeField(required=False)
    longitude = forms.FloatField(required=False)
    latitude = forms.FloatField(required=False)
    accuracy_m = forms.FloatField(required=False)
    no_place_reason = forms.ChoiceField(
        label=_("Why is there no location?"), choices=[("", "—"), *NoPlaceReason.choices], required=False
    )
    next_appointment_at = forms.DateTimeField(label=_("Next appointment"), required=False)
    companion = forms.IntegerField(label=_("Together with"), required=False)
    requirement = forms.CharField(label=_("Requirement"), max_length=200, required=False)
    requirement_on = forms.DateField(label=_("To be met by"), required=False)
    publish = forms.BooleanField(label=_("Publish at once"), required=False)
    later = forms.CharField(label=_("To be opened later"), max_length=100, required=False)

    def clean_companion(self) -> int | None:
        """A supervisor of the same organisation, not oneself."""
        number = self.cleaned_data["companion"]
        if number is None:
            return None
        known = User.objects.filter(pk=number, role=Role.SUPERVISOR, unit__organisation=self.client.organisation_id)
        if (self.maker and number == self.maker.pk) or not known.exists():
            raise forms.ValidationError(_("Only a supervisor of the organisation comes along. Choose another one."))
        return int(number)

    def clean(self) -> dict[str, Any]:
        """A position is whole or not there; what is agreed lies after the visit."""
        values = super().clean()
        self._keep_whole_place(values)
        start: dt.datetime | None = values.get("checked_in_at")
        if start:
            if (agreed := values.get("next_appointment_at")) and agreed <= start:
                self.add_error("next_appointment_at", _("The appointment lies before the visit. Choose a later time."))
            if (by := values.get("requirement_on")) and by < periods.local(start).date():
                self.add_error("requirement_on", _("That day lies before the inspection. Choose a later day."))
        said = any(values.get(name) for name in ("demand", "note", "requirement")) or self.ticked()
        if values.get("purpose") == Purpose.INSPECTION and values.get("publish") and not said:
            self.add_error("note", _("Write down what you saw before you publish it."))
        return values

    def visited_on(self, values: dict[str, Any]) -> dt.date | None:
        """The day on which the device says that it began."""
        start = values.get("checked_in_at")
        return periods.local(start).date() if start else None

    def values(self) -> dict[str, Any]:
        """Columns of a visit, its products, and whether to publish it."""
        values = super().values()
        values["companion_id"] = values.pop("companion")
        values["later"] = self._several("later")
        return values

    def _keep_whole_place(self, values: dict[str, Any]) -> None:
        for name in ("longitude", "latitude", "accuracy_m", "no_place_reason"):
            self.errors.pop(name, None)
        longitude, latitude = values.get("longitude"), values.get("latitude")
        whole = longitude is not None and latitude is not None and abs(longitude) <= 180 and abs(latitude) <= 90
        accuracy = values.get("accuracy_m")
        values["accuracy_m"] = min(round(accuracy), 1_000_000) if whole and accuracy and accuracy > 0 else None
        if whole:
            values["no_place_reason"] = ""
            return
        values["longitude"] = values["latitude"] = None
        if values.get("mode") == Mode.ON_SITE and not values.get("no_place_reason"):
            values["no_place_reason"] = NoPlaceReason.OTHER


class JudgeForm(forms.Form):
    """A supervisor's judgement of a doubt."""

    state = forms.ChoiceField(choices=[(value, value) for value in TraceFlag.State.values if value != "open"])
    note = forms.CharField(max_length=300)


class VerifyForm(forms.Form):
    """A supervisor's opinion on verified visits."""

    opinion = forms.CharField(label=_("Opinion on the visit"), max_length=300, required=False)


class ObservationForm(forms.Form):
    """What a supervisor who came along saw; the ticks are fields ``item_…``."""

    text = forms.CharField(label=_("Observation"), max_length=2000)

    def ticked(self) -> dict[str, str]:
        """Item code → answer as posted."""
        return {name.removeprefix(ITEM): self.data[name] for name in self.data if name.startswith(ITEM)}


class PhotoForm(forms.Form):
    """What a phone tells about a picture; what is wrong with it costs the remark, never the picture."""

    kind = forms.ChoiceField(choices=Photo.Kind)
    taken_at = forms.DateTimeField(required=False)
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90)

    @property
    def kind_given(self) -> str:
        """Photo, unless the phone says that it is a signature."""
        return str(self.cleaned_data.get("kind") or Photo.Kind.PHOTO)

    @property
    def origin(self) -> Origin:
        """When and where it was taken; a place is whole or not there, and no time lies in the future."""
        known = self.cleaned_data
        taken_at, x, y = known.get("taken_at"), known.get("longitude"), known.get("latitude")
        taken_at = min(taken_at, periods.now()) if taken_at else None
        return Origin(taken_at, x, y) if x is not None and y is not None else Origin(taken_at)
