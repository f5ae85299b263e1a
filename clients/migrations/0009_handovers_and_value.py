import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods
import people.models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0008_offers_and_campaigns"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="wallet",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="Estimate in yuan, competitors included; it gives the share of wallet.",
                max_digits=16,
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="business with all providers, a year",
            ),
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(help_text="the taker's first day", verbose_name="from the day")),
                ("reason", models.CharField(max_length=120, verbose_name="reason")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("checklist", models.JSONField(default=list, help_text='[{"text": "…", "done": false}]')),
                ("made_at", models.DateTimeField(default=crm.lib.periods.now)),
                ("giver_signed_at", models.DateTimeField(null=True)),
                ("taker_signed_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(help_text="when the clients changed hands", null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers_given",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="from",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "taker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers_taken",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="to",
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("cancelled_at", None), ("done_at", None)),
                        fields=["day"],
                        name="handover_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("giver", models.F("taker")), _negated=True), name="handover_of_two"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("done_at", None), ("cancelled_at", None), _connector="OR"),
                        name="handover_one_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HandoverClient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "taken",
                    models.BooleanField(
                        default=False, help_text="whether it changed hands: not if the owner was another by then"
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="handover_rows", to="clients.client"
                    ),
                ),
                (
                    "handover",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="clients.handover",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("handover", "client"), name="handover_client_once")],
            },
        ),
        migrations.CreateModel(
            name="LeaveCover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField(verbose_name="from")),
                ("valid_to", models.DateField(verbose_name="last day")),
                ("reason", models.CharField(blank=True, max_length=120, verbose_name="reason")),
                ("made_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "deputy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covers",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="deputy",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leaves",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who is away",
                    ),
                ),
            ],
            options={
                "ordering": ["-valid_from", "-pk"],
                "indexes": [models.Index(fields=["deputy", "valid_to"], name="leave_cover_deputy")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("valid_to__gte", models.F("valid_from"))),
                        name="leave_cover_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("person", models.F("deputy")), _negated=True), name="leave_cover_of_two"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                models.Func(
                                    models.F("person_id"),
                                    models.F("person_id"),
                                    models.Value("[]"),
                                    function="int8range",
                                ),
                                "&&",
                            ),
                            (
                                people.models.DateRange(
                                    "valid_from",
                                    "valid_to",
                                    django.contrib.postgres.fields.ranges.RangeBoundary(
                                        inclusive_lower=True, inclusive_upper=True
                                    ),
                                ),
                                "&&",
                            ),
                        ],
                        name="leave_cover_no_overlap",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StageChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "before",
                    models.CharField(
                        choices=[
                            ("potential", "Potential"),
                            ("new", "New"),
                            ("active", "Active"),
                            ("loyal", "Loyal"),
                            ("dormant", "Dormant"),
                            ("lost", "Lost"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("potential", "Potential"),
                            ("new", "New"),
                            ("active", "Active"),
                            ("loyal", "Loyal"),
                            ("dormant", "Dormant"),
                            ("lost", "Lost"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="empty for the rules", max_length=200)),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stage_changes",
                        to="clients.client",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "-pk"],
                "indexes": [models.Index(fields=["client", "-day"], name="stage_change_client")],
            },
        ),
        migrations.CreateModel(
            name="StageHold",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="stage_hold",
                        serialize=False,
                        to="clients.client",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("potential", "Potential"),
                            ("new", "New"),
                            ("active", "Active"),
                            ("loyal", "Loyal"),
                            ("dormant", "Dormant"),
                            ("lost", "Lost"),
                        ],
                        max_length=20,
                        verbose_name="stage",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("until", models.DateField(verbose_name="holds until")),
                ("made_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClientValue",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="value",
                        serialize=False,
                        to="clients.client",
                    ),
                ),
                ("month", models.DateField(help_text="last month of the twelve")),
                ("amount_12m", models.DecimalField(decimal_places=2, help_text="yuan", max_digits=16)),
                (
                    "amount_prev_12m",
                    models.DecimalField(decimal_places=2, help_text="yuan, the twelve months before", max_digits=16),
                ),
                ("months_traded", models.PositiveSmallIntegerField(help_text="of twelve")),
                (
                    "idle_months",
                    models.PositiveSmallIntegerField(help_text="since the last trade; empty without any", null=True),
                ),
                ("recency", models.PositiveSmallIntegerField(help_text="1–5, 5 the best")),
                ("frequency", models.PositiveSmallIntegerField(help_text="1–5")),
                ("monetary", models.PositiveSmallIntegerField(help_text="1–5")),
                ("traded_before", models.BooleanField(help_text="in the same quarter of the year before")),
                ("trades_now", models.BooleanField(help_text="in the last three months")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("potential", "Potential"),
                            ("new", "New"),
                            ("active", "Active"),
                            ("loyal", "Loyal"),
                            ("dormant", "Dormant"),
                            ("lost", "Lost"),
                        ],
                        help_text="by the rules, whatever was set by hand",
                        max_length=20,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("frequency__range", (1, 5)), ("monetary__range", (1, 5)), ("recency__range", (1, 5))
                        ),
                        name="client_value_rfm",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FactChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="first day")),
                ("noted_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("client", "month"), name="fact_change_once")],
            },
        ),
        migrations.RunSQL(
            """
            -- Rolling rows are rewritten in place.
            ALTER TABLE clients_clientvalue SET (fillfactor = 85);

            -- The pairs of characters of a name or an address, for zf_likeness.
            CREATE FUNCTION zf_pairs(given text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
                SELECT tsvector_to_array(zf_search(zf_plain_name(given)))
            $$;
            """,
            "DROP FUNCTION zf_pairs(text)",
        ),
    ]
