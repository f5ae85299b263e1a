import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    dependencies = [
        ("journals", "0003_receipts"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[("first", "First reading"), ("second", "Second reading")],
                        help_text="first: journals of the own people; second: what those below reviewed",
                        max_length=10,
                    ),
                ),
                ("week", models.DateField(help_text="its Monday")),
                ("seed", models.CharField(max_length=64)),
                ("share", models.DecimalField(decimal_places=4, max_digits=5)),
                ("least", models.PositiveSmallIntegerField(help_text="of every stratum")),
                ("units", models.JSONField(help_text="ids of the units whose journals are the population")),
                ("cutoff", models.DateTimeField(help_text="journals handed in (second reading: reviewed) until then")),
                ("population", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="whose supervisors read it",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="draws",
                        to="people.orgunit",
                    ),
                ),
            ],
            options={
                "ordering": ["-week", "unit_id", "level"],
                "constraints": [models.UniqueConstraint(fields=("unit", "level", "week"), name="draw_once")],
            },
        ),
        migrations.CreateModel(
            name="SampledJournal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stratum",
                    models.PositiveBigIntegerField(help_text="the author (first reading) or the reviewer (second)"),
                ),
                (
                    "draw",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="journals.draw"
                    ),
                ),
                (
                    "journal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="samples", to="journals.journal"
                    ),
                ),
            ],
            options={
                "ordering": ["draw_id", "stratum", "journal_id"],
                "constraints": [models.UniqueConstraint(fields=("draw", "journal"), name="sampled_once")],
            },
        ),
        migrations.CreateModel(
            name="SecondReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("agrees", "Review is right"),
                            ("too_kind", "Review is too kind"),
                            ("too_strict", "Review is too strict"),
                            ("shallow", "Review says too little"),
                        ],
                        max_length=10,
                        verbose_name="verdict",
                    ),
                ),
                ("opinion", models.TextField(blank=True, max_length=2000, verbose_name="opinion")),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reading",
                        to="journals.sampledjournal",
                    ),
                ),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
    ]
