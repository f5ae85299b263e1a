import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    dependencies = [
        ("journals", "0007_more_seals"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="MarketingPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="its first day")),
                ("goal", models.TextField(max_length=2000, verbose_name="goal of the month")),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
            ],
            options={
                "ordering": ["-month", "unit_id"],
                "constraints": [models.UniqueConstraint(fields=("unit", "month"), name="marketing_plan_once")],
            },
        ),
        migrations.CreateModel(
            name="PlanItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=100, verbose_name="work")),
                (
                    "target",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="target"
                    ),
                ),
                ("measure", models.CharField(blank=True, max_length=10, verbose_name="counted in")),
                ("due_on", models.DateField(verbose_name="due on")),
                ("done", models.PositiveIntegerField(default=0)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("updated_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="in charge",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="journals.marketingplan"
                    ),
                ),
            ],
            options={
                "ordering": ["plan_id", "due_on", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("target__gte", 1)), name="plan_item_has_target")
                ],
            },
        ),
    ]
