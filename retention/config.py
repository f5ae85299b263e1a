"""A rule as it holds in one organisation: its defaults and what the organisation has changed."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from people.models import OrgUnit
from retention.models import RuleSetting
from retention.rules import Limit, Rule, Step, rules


@dataclass(frozen=True)
class Config:
    """One rule's numbers in an organisation."""

    rule: Rule
    is_on: bool
    limits: dict[str, Decimal]
    tiers: list[str]
    quiet_days: int
    escalate_days: int
    steps: list[Step]
    is_changed: bool = False

    @property
    def shown(self) -> list[tuple[Limit, Decimal]]:
        """Limits with their values, for a page."""
        return [(limit, self.limits[limit.name]) for limit in self.rule.limits]


def configs(organisation: OrgUnit | int) -> dict[str, Config]:
    """All rules of an organisation by kind, in the order of the registry."""
    pk = organisation if isinstance(organisation, int) else organisation.pk
    own = {setting.kind: setting for setting in RuleSetting.objects.filter(organisation=pk)}
    return {kind: config(rule, own.get(kind)) for kind, rule in rules.items()}


def config(rule: Rule, setting: RuleSetting | None) -> Config:
    """A rule with an organisation's setting, if it has one."""
    limits = {limit.name: limit.default for limit in rule.limits}
    if setting is None:
        return Config(rule, True, limits, [], rule.quiet_days, rule.escalate_days, list(rule.steps))
    for limit in rule.limits:
        given = _number(setting.limits.get(limit.name))
        if given is not None and limit.least <= given <= limit.most:
            limits[limit.name] = given
    steps = setting.steps
    return Config(
        rule=rule,
        is_on=setting.is_on,
        limits=limits,
        tiers=list(setting.tiers),
        quiet_days=rule.quiet_days if setting.quiet_days is None else setting.quiet_days,
        escalate_days=rule.escalate_days if setting.escalate_days is None else setting.escalate_days,
        steps=list(rule.steps) if steps is None else [Step(one["act"], one["days"], one["text"]) for one in steps],
        is_changed=True,
    )


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
