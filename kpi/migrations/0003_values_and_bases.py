import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kpi", "0002_seals"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="ManagerValue",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organisation_id",
                        "period",
                        "metric",
                        "manager_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                ("period", models.CharField(max_length=10)),
                ("metric", models.CharField(max_length=40)),
                (
                    "manager",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("value", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("numerator", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("denominator", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["manager", "metric", "period"], name="manager_value_trend")],
            },
        ),
        migrations.AlterModelOptions(
            name="appeal",
            options={"ordering": ["created_at"]},
        ),
        migrations.AlterModelOptions(
            name="scoreline",
            options={"ordering": ["card_id", "position"]},
        ),
        migrations.AddField(
            model_name="run",
            name="as_of",
            field=models.DateField(
                help_text="last day whose facts count: the period's end, or earlier in a running one", null=True
            ),
        ),
        migrations.AddField(
            model_name="scheme",
            name="description",
            field=models.CharField(blank=True, max_length=300, verbose_name="description"),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="group",
            field=models.ForeignKey(
                default=0,
                help_text="unit within which cards are ranked",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.orgunit",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="scorecard",
            name="waiting",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="indicators without which it must not be published"
            ),
        ),
        migrations.AddField(
            model_name="scoreline",
            name="basis",
            field=models.CharField(
                choices=[
                    ("measured", "Measured"),
                    ("median", "No value: counts as the group's median"),
                    ("spread", "No value: its weight goes to the other indicators"),
                    ("wait", "No value yet: the card waits for it"),
                ],
                default="measured",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="scoreline",
            name="median",
            field=models.DecimalField(decimal_places=6, help_text="of the comparison group", max_digits=20, null=True),
        ),
        migrations.AddField(
            model_name="scoreline",
            name="position",
            field=models.PositiveSmallIntegerField(default=0, help_text="place in the scheme"),
        ),
        migrations.AlterField(
            model_name="scorecard",
            name="grade",
            field=models.CharField(
                blank=True,
                choices=[("excellent", "Excellent"), ("good", "Good"), ("fair", "Fair"), ("fail", "Below standard")],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="scorecard",
            name="rank",
            field=models.PositiveIntegerField(
                help_text="in the comparison group; equal scores share a rank", null=True
            ),
        ),
        migrations.AlterField(
            model_name="scorecard",
            name="ranked",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="scorecard",
            name="score",
            field=models.DecimalField(
                decimal_places=2, help_text="empty: nothing could be measured", max_digits=6, null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at", None), ("answered_by", None), ("state", "open")),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("answered_by__isnull", False),
                        ("state__in", ["upheld", "rejected"]),
                        models.Q(("answer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="appeal_answer_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="scorecard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("grade", ""), ("rank", None), ("score", None)),
                    models.Q(
                        ("grade__in", ["excellent", "good", "fair", "fail"]), ("rank__gte", 1), ("score__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="scorecard_score_has_rank",
            ),
        ),
        migrations.AddConstraint(
            model_name="scoreline",
            constraint=models.CheckConstraint(
                condition=models.Q(("membership", None), ("membership__range", (0, 1)), _connector="OR"),
                name="score_line_membership_0_to_1",
            ),
        ),
    ]
