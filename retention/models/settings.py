"""What an organisation has changed about a rule."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.lib import periods
from journals.models import Article
from people.models import OrgUnit, User


class RuleSetting(models.Model):
    """An organisation's own word on one kind of alert; without a row the rule's defaults hold."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    is_on = models.BooleanField(default=True)
    limits = models.JSONField(default=dict, help_text="name → number as text; names that are missing keep the default")
    tiers = ArrayField(models.CharField(max_length=10), default=list, blank=True, help_text="empty: all clients")
    quiet_days = models.PositiveSmallIntegerField(null=True, help_text="after a dismissal; empty: the rule's default")
    escalate_days = models.PositiveSmallIntegerField(null=True, help_text="0: never; empty: the rule's default")
    steps = models.JSONField(null=True, help_text='play-book: [{"act", "days", "text"}]; empty: the rule\'s default')
    cases = models.ManyToManyField(Article, related_name="+", blank=True)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=periods.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind"], name="rule_setting_once")]

    def __str__(self) -> str:
        return self.kind
