"""Changing a rule for an organisation."""

from decimal import Decimal
from typing import Any

from django.db import transaction

from crm.lib import periods
from people.models import OrgUnit, User
from retention.models import RuleSetting
from retention.rules import Rule


@transaction.atomic
def change_rule(organisation: OrgUnit, rule: Rule, by: User, *, cases: Any, **values: Any) -> RuleSetting:
    """Keep what an organisation wants of a rule; from the next night on it holds."""
    setting, _created = RuleSetting.objects.update_or_create(
        organisation=organisation,
        kind=rule.kind,
        defaults={**values, "changed_by": by, "changed_at": periods.now()},
    )
    setting.cases.set(cases)
    return setting


@transaction.atomic
def set_margin_rate(organisation: OrgUnit, rate: Decimal | None) -> None:
    """What is left of a yuan of sales, 0…1; None for the usual figure of the industry."""
    unit = OrgUnit.objects.select_for_update().get(pk=organisation.pk)
    if rate is None:
        unit.settings.pop("margin_rate", None)
    else:
        unit.settings["margin_rate"] = str(rate)
    unit.save(update_fields=["settings"])


@transaction.atomic
def reset_rule(organisation: OrgUnit, rule: Rule) -> None:
    """Back to the defaults."""
    RuleSetting.objects.filter(organisation=organisation, kind=rule.kind).delete()
