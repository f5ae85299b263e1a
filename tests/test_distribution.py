"""Every business row belongs to one organisation, by a column of its own or by the row that it hangs on.

That is what spreading over hosts by organisation needs (docs/scale.md): a row can be placed, and stays with its own.
"""

from django.apps import apps

from people.models import OrgUnit, User

PACKAGES = {"kpi", "retention", "journals", "visits", "service", "clients"}
# The large tables that a month's end reads or writes as a whole carry the key themselves.
LARGE = {
    "clients.Client", "clients.MonthlyFact", "clients.TierResult", "clients.ClientValue", "visits.Visit",
    "retention.Alert", "retention.Trade", "retention.Forecast", "service.ServiceRequest", "kpi.ManagerValue", "kpi.Run",
}  # fmt: skip


def way(model):
    """Names of the relations that lead from a model to its organisation, without a NULL on it; None without one."""
    seen, waiting = {model}, [(model, ())]
    while waiting:
        here, names = waiting.pop(0)
        for field in here._meta.concrete_fields:
            # A unit lies in one organisation, a person belongs to one unit.
            if field.is_relation and not field.null and field.related_model in (OrgUnit, User):
                return (*names, field.name)
        for field in here._meta.concrete_fields:
            if field.is_relation and not field.null and field.related_model not in seen:
                seen.add(field.related_model)
                waiting.append((field.related_model, (*names, field.name)))
    return None


def business_models():
    return [model for model in apps.get_models() if model._meta.app_label in PACKAGES]


def test_every_business_row_can_be_placed():
    assert [model._meta.label for model in business_models() if way(model) is None] == []


def test_large_tables_carry_the_key_themselves():
    found = {model._meta.label: model for model in business_models()}
    assert found.keys() >= LARGE
    for label in LARGE:
        field = found[label]._meta.get_field("organisation")
        assert not field.null, label


def test_no_unique_key_reaches_over_organisations():
    """A key that is unique in the country could not be checked on one host; random ones need no check."""
    for model in business_models():
        for field in model._meta.concrete_fields:
            if field.unique and not field.primary_key and not field.is_relation:
                assert field.get_internal_type() == "UUIDField" or field.name in {"token"}, (
                    f"{model._meta.label}.{field.name}"
                )
