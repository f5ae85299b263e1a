import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods
import people.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("lib", "0002_functions"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="MonthlyFact",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "client_id", "month", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField(help_text="first day")),
                ("amount", models.DecimalField(decimal_places=2, default=0, help_text="yuan", max_digits=16)),
                ("quantity", models.DecimalField(decimal_places=3, default=0, max_digits=16)),
                (
                    "measures",
                    models.JSONField(help_text="further measures of the industry, e.g. deposits, class_1", null=True),
                ),
            ],
            options={
                "db_table": "clients_monthlyfact",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Client",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, verbose_name="client code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("shop", "Retailer"), ("company", "Corporate client"), ("person", "Personal client")],
                        default="shop",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "business_format",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("supermarket", "Supermarket"),
                            ("convenience", "Convenience store"),
                            ("food", "Food shop"),
                            ("specialist", "Tobacco and liquor shop"),
                            ("mall", "Shopping mall"),
                            ("entertainment", "Entertainment"),
                            ("hotel", "Hotel"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                        verbose_name="business format",
                    ),
                ),
                (
                    "market",
                    models.CharField(
                        blank=True,
                        choices=[("urban", "Urban"), ("rural", "Rural")],
                        max_length=10,
                        verbose_name="market",
                    ),
                ),
                (
                    "scale",
                    models.CharField(
                        blank=True,
                        choices=[("large", "Large"), ("medium", "Medium"), ("small", "Small")],
                        max_length=10,
                        verbose_name="scale",
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
                        default="active",
                        max_length=20,
                        verbose_name="life-cycle stage",
                    ),
                ),
                ("credit_rating", models.CharField(blank=True, max_length=10, verbose_name="credit rating")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="phone")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                (
                    "longitude",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-180),
                            django.core.validators.MaxValueValidator(180),
                        ],
                        verbose_name="longitude",
                    ),
                ),
                (
                    "latitude",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-90),
                            django.core.validators.MaxValueValidator(90),
                        ],
                        verbose_name="latitude",
                    ),
                ),
                ("opened_on", models.DateField(blank=True, null=True, verbose_name="client since")),
                ("is_difficult", models.BooleanField(default=False, verbose_name="difficult client")),
                ("is_representative", models.BooleanField(default=False, verbose_name="client representative")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("attributes", models.JSONField(blank=True, default=dict, verbose_name="attributes")),
                (
                    "pinyin",
                    models.CharField(
                        blank=True, editable=False, help_text="initials and spelling of the name", max_length=250
                    ),
                ),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("name"),
                            models.F("code"),
                            models.F("phone"),
                            models.F("pinyin"),
                            function="zf_search",
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now, editable=False)),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, help_text="guards against lost updates"),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clients",
                        to="people.orgunit",
                        verbose_name="grid",
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
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clients",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account manager",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["org", "id"], name="client_org"),
                    models.Index(fields=["owner", "id"], name="client_owner"),
                    django.contrib.postgres.indexes.GinIndex(fields=["search"], name="client_search"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "code"), name="client_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude", None), ("longitude", None)),
                            models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                            _connector="OR",
                        ),
                        name="client_coordinates_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClientTier",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="standing",
                        serialize=False,
                        to="clients.client",
                    ),
                ),
                ("tier", models.CharField(max_length=10)),
                ("month", models.DateField(help_text="month of the result that it comes from")),
                ("since", models.DateField(help_text="first month with this tier without a break")),
            ],
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("position", models.CharField(blank=True, max_length=60, verbose_name="position")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="phone")),
                ("birthday", models.DateField(blank=True, null=True, verbose_name="birthday")),
                ("is_lunar_birthday", models.BooleanField(default=False, verbose_name="lunar calendar")),
                ("family", models.CharField(blank=True, max_length=200, verbose_name="family")),
                ("likes", models.CharField(blank=True, max_length=200, verbose_name="likes")),
                ("taboos", models.CharField(blank=True, max_length=200, verbose_name="taboos")),
                (
                    "source",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("client", "The client"),
                            ("neighbour", "Neighbours"),
                            ("colleague", "Colleagues"),
                            ("system", "Systems"),
                            ("phone", "Phone"),
                        ],
                        max_length=20,
                        verbose_name="learned from",
                    ),
                ),
                ("is_main", models.BooleanField(default=False, verbose_name="main contact")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="clients.client"
                    ),
                ),
            ],
            options={
                "ordering": ["-is_main", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Ownership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ownerships", to="clients.client"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["client_id", "valid_from"],
                "indexes": [models.Index(fields=["owner", "valid_from"], name="ownership_owner")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="ownership_ends_after_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                models.Func(
                                    models.F("client_id"),
                                    models.F("client_id"),
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
                        name="ownership_no_overlap",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceStandard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tier", models.CharField(max_length=10, verbose_name="tier")),
                ("position", models.PositiveSmallIntegerField(default=0, help_text="0 is the highest tier")),
                ("visit_days", models.PositiveSmallIntegerField(verbose_name="days between visits")),
                ("call_days", models.PositiveSmallIntegerField(verbose_name="days between calls")),
                ("response_hours", models.PositiveSmallIntegerField(default=48, verbose_name="hours to respond")),
                ("visit_minutes", models.PositiveSmallIntegerField(default=20, verbose_name="minutes on site")),
                ("menu", models.TextField(blank=True, verbose_name="service menu")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service_standards",
                        to="people.orgunit",
                    ),
                ),
            ],
            options={
                "ordering": ["organisation_id", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "tier"), name="service_standard_once"),
                    models.CheckConstraint(
                        condition=models.Q(("call_days__gt", 0), ("visit_days__gt", 0)),
                        name="service_standard_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.CharField(blank=True, max_length=60, verbose_name="part")),
                ("valid_from", models.DateField(default=crm.lib.periods.today)),
                ("valid_to", models.DateField(blank=True, null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="team", to="clients.client"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="team_clients",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("client", "user", "valid_from"), name="team_member_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="TierScheme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("version", models.PositiveIntegerField(default=1)),
                ("rules", models.JSONField()),
                ("effective_from", models.DateField(default=crm.lib.periods.today, verbose_name="effective from")),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["organisation_id", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "version"), name="tier_scheme_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="TierResult",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "client_id", "month", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField()),
                ("tier", models.CharField(max_length=10)),
                ("score", models.DecimalField(decimal_places=4, help_text="0–100", max_digits=9, null=True)),
                ("rank", models.PositiveIntegerField(null=True)),
                ("ranked", models.PositiveIntegerField(help_text="number of clients in the ranking", null=True)),
                ("breakdown", models.JSONField(help_text="measure → [value, normalised, weight]; notes", null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tier_results", to="clients.client"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="clients.tierscheme",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "month", "tier"], name="tier_result_month")],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "target",
                    models.CharField(choices=[("clients", "Clients"), ("facts", "Monthly facts")], max_length=20),
                ),
                ("file", models.FileField(upload_to="uploads/%Y/%m")),
                ("file_name", models.CharField(max_length=200)),
                ("columns", models.JSONField(default=dict, help_text="field name → header in the file")),
                ("options", models.JSONField(default=dict)),
                (
                    "report",
                    models.JSONField(
                        help_text="counts: rows, created, updated, unchanged, rejected, warnings", null=True
                    ),
                ),
                ("problems", models.JSONField(default=list, help_text="[row number, field, text, is_warning] of each")),
                ("uploaded_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-uploaded_at"],
            },
        ),
    ]
