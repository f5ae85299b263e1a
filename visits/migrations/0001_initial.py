import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("clients", "0001_initial"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClientTrace",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="trace",
                        serialize=False,
                        to="clients.client",
                    ),
                ),
                ("last_visit_on", models.DateField(null=True)),
                ("last_call_on", models.DateField(null=True)),
                ("visits_total", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ChecklistTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_kind", models.CharField(blank=True, help_text="empty: every kind", max_length=20)),
                ("version", models.PositiveIntegerField(default=1)),
                ("items", models.JSONField(help_text='[{"code": "display", "label": "…"}]')),
                ("is_current", models.BooleanField(default=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "client_kind", "version"), name="checklist_version_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("organisation", "client_kind"),
                        name="checklist_one_current",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "client_uuid",
                    models.UUIDField(default=uuid.uuid4, help_text="given by the device: the same visit is saved once"),
                ),
                ("day", models.DateField(verbose_name="day")),
                (
                    "mode",
                    models.CharField(
                        choices=[("on_site", "On site"), ("phone", "By phone"), ("online", "Online")],
                        default="on_site",
                        max_length=10,
                        verbose_name="way",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("routine", "Routine visit"),
                            ("display", "Display"),
                            ("order", "Order guidance"),
                            ("new_product", "New product"),
                            ("complaint", "Complaint handling"),
                            ("retention", "Retention"),
                            ("marketing", "Product marketing"),
                            ("post_loan", "Post-loan check"),
                            ("care", "Greeting and care"),
                        ],
                        default="routine",
                        max_length=20,
                        verbose_name="purpose",
                    ),
                ),
                ("is_planned", models.BooleanField(default=False, verbose_name="on plan")),
                ("checked_in_at", models.DateTimeField(verbose_name="check-in")),
                ("checked_out_at", models.DateTimeField(blank=True, null=True, verbose_name="check-out")),
                ("minutes", models.PositiveSmallIntegerField(default=0, verbose_name="minutes")),
                ("longitude", models.FloatField(blank=True, null=True)),
                ("latitude", models.FloatField(blank=True, null=True)),
                ("accuracy_m", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "distance_m",
                    models.PositiveIntegerField(blank=True, help_text="from the client's coordinates", null=True),
                ),
                (
                    "no_place_reason",
                    models.CharField(
                        blank=True,
                        choices=[("denied", "Location not allowed"), ("no_signal", "No signal"), ("other", "Other")],
                        max_length=20,
                    ),
                ),
                ("people_met", models.CharField(blank=True, max_length=120, verbose_name="people met")),
                ("checklist", models.JSONField(blank=True, default=dict, help_text="item code → yes / no / na")),
                ("demand", models.TextField(blank=True, verbose_name="demands and opinions")),
                ("note", models.TextField(blank=True, verbose_name="what was done")),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("done", "Done as intended"),
                            ("follow_up", "Needs follow-up"),
                            ("absent", "Client absent"),
                            ("refused", "Client refused"),
                        ],
                        default="done",
                        max_length=20,
                        verbose_name="result",
                    ),
                ),
                ("next_step", models.CharField(blank=True, max_length=200, verbose_name="next step")),
                ("next_step_on", models.DateField(blank=True, null=True, verbose_name="next step by")),
                ("next_appointment_at", models.DateTimeField(blank=True, null=True, verbose_name="next appointment")),
                ("saved_at", models.DateTimeField(default=crm.lib.periods.now, editable=False)),
                ("verified_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("verification_opinion", models.CharField(blank=True, editable=False, max_length=300)),
                (
                    "checklist_template",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="visits.checklisttemplate",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="clients.client",
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "verified_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "-checked_in_at"],
                "indexes": [
                    models.Index(fields=["client", "-day"], name="visit_client_day"),
                    models.Index(fields=["manager", "-day"], name="visit_manager_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("manager", "client_uuid"), name="visit_saved_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_out_at", None),
                            ("checked_out_at__gte", models.F("checked_in_at")),
                            _connector="OR",
                        ),
                        name="visit_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TraceFlag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("too_short", "Too short"),
                            ("too_far", "Too far from the client"),
                            ("too_fast", "Too fast between clients"),
                            ("same_text", "Nearly the same note as before"),
                        ],
                        max_length=20,
                    ),
                ),
                ("figures", models.JSONField(default=dict, help_text="what the reason in words is made from")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "To be judged"),
                            ("justified", "Doubt confirmed"),
                            ("explained", "Explained"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("judged_at", models.DateTimeField(blank=True, null=True)),
                ("judge_note", models.CharField(blank=True, max_length=300)),
                (
                    "judged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="flags", to="visits.visit"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("visit", "kind"), name="trace_flag_once")],
            },
        ),
        migrations.CreateModel(
            name="PlannedVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("returned", "Returned"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="planned_visits", to="clients.client"
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned_visits",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "visit",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="plan",
                        to="visits.visit",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["manager", "day"], name="planned_visit_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("manager", "client", "day"), name="planned_visit_once")
                ],
            },
        ),
    ]
