import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0007_duplicates"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(verbose_name="until")),
                ("made_at", models.DateTimeField(default=crm.lib.periods.now, editable=False)),
                ("closed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("brand", "Brand cultivation"),
                            ("marketing", "Marketing campaign"),
                            ("wake_up", "Dormant-account wake-up"),
                        ],
                        default="marketing",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("goal", models.CharField(blank=True, max_length=200, verbose_name="goal")),
                ("goal_clients", models.PositiveIntegerField(blank=True, null=True, verbose_name="clients to be won")),
                (
                    "plan",
                    models.TextField(
                        blank=True,
                        help_text="Who does what by when; what is said; what is offered.",
                        verbose_name="plan",
                    ),
                ),
                ("summary", models.TextField(blank=True, verbose_name="summary")),
                (
                    "made_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on", "-pk"],
                "abstract": False,
                "indexes": [models.Index(fields=["organisation", "-starts_on"], name="campaign_days")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="campaign_ends_after_start"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at", None), models.Q(("summary", ""), _negated=True), _connector="OR"
                        ),
                        name="campaign_closed_with_summary",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CampaignMaterial",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(upload_to="attachments/%Y/%m", verbose_name="file")),
                ("name", models.CharField(max_length=120, verbose_name="file name")),
                ("content_type", models.CharField(editable=False, max_length=100)),
                ("size", models.PositiveIntegerField(editable=False, help_text="bytes")),
                ("sha256", models.CharField(editable=False, max_length=64)),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("uploaded_at", models.DateTimeField(default=crm.lib.periods.now, editable=False)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="materials", to="clients.campaign"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-uploaded_at", "-pk"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("campaign", "sha256"), name="campaign_material_once")],
            },
        ),
        migrations.CreateModel(
            name="CampaignTarget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("won", "Took part"),
                            ("interested", "Interested"),
                            ("declined", "Declined"),
                            ("unreached", "Not reached"),
                        ],
                        max_length=20,
                        verbose_name="result",
                    ),
                ),
                (
                    "quantity",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="quantity"
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name="amount"),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("recorded_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="targets", to="clients.campaign"
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="campaign_targets",
                        to="clients.client",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "client"), name="campaign_target_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("recorded_at", None), ("result", "")),
                            models.Q(models.Q(("result", ""), _negated=True), ("recorded_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="campaign_target_recorded_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Opportunity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120, verbose_name="what it is about")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("lead", "Lead"),
                            ("need", "Need confirmed"),
                            ("proposal", "Proposal made"),
                            ("talks", "In talks"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                        ],
                        default="lead",
                        max_length=20,
                        verbose_name="stage",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        help_text="yuan",
                        max_digits=16,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="amount",
                    ),
                ),
                ("expected_on", models.DateField(blank=True, null=True, verbose_name="decision expected by")),
                ("next_step", models.CharField(blank=True, max_length=200, verbose_name="next step")),
                ("next_step_on", models.DateField(blank=True, null=True, verbose_name="next step by")),
                (
                    "lost_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("price", "Price or rate"),
                            ("competitor", "Went to a competitor"),
                            ("no_need", "No need any more"),
                            ("not_eligible", "Conditions not met"),
                            ("service", "Our service"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                        verbose_name="why it was lost",
                    ),
                ),
                ("outcome_note", models.CharField(blank=True, max_length=300, verbose_name="what decided it")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now, editable=False)),
                ("closed_on", models.DateField(blank=True, editable=False, null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="opportunities",
                        to="clients.campaign",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="opportunities", to="clients.client"
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
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opportunities",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="pursued by",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.product",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "ordering": ["next_step_on", "-amount", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_on", None)),
                        fields=["owner", "next_step_on"],
                        name="opportunity_next",
                    ),
                    models.Index(fields=["organisation", "closed_on"], name="opportunity_closed"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_on__isnull", False), ("stage__in", ["won", "lost"])),
                            models.Q(models.Q(("stage__in", ["won", "lost"]), _negated=True), ("closed_on", None)),
                            _connector="OR",
                        ),
                        name="opportunity_closed_with_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stage", "lost"), models.Q(("lost_reason", ""), _negated=True)),
                            models.Q(models.Q(("stage", "lost"), _negated=True), ("lost_reason", "")),
                            _connector="OR",
                        ),
                        name="opportunity_lost_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="opportunity_amount_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpportunityMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "before",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("lead", "Lead"),
                            ("need", "Need confirmed"),
                            ("proposal", "Proposal made"),
                            ("talks", "In talks"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("lead", "Lead"),
                            ("need", "Need confirmed"),
                            ("proposal", "Proposal made"),
                            ("talks", "In talks"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opportunity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="clients.opportunity"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ProductSurvey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(verbose_name="until")),
                ("made_at", models.DateTimeField(default=crm.lib.periods.now, editable=False)),
                ("closed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("introduction", models.TextField(blank=True, verbose_name="what clients are told")),
                (
                    "questions",
                    models.JSONField(default=list, help_text='[{"code": "taste", "text": "…", "type": "scale"}]'),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on", "-pk"],
                "abstract": False,
                "indexes": [models.Index(fields=["organisation", "-starts_on"], name="productsurvey_days")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="productsurvey_ends_after_start",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Referral",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="who was recommended")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="phone")),
                ("referred_on", models.DateField(default=crm.lib.periods.today, verbose_name="recommended on")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "Being followed"), ("client", "Became a client"), ("declined", "Declined")],
                        default="open",
                        max_length=20,
                        verbose_name="outcome",
                    ),
                ),
                ("decided_on", models.DateField(blank=True, editable=False, null=True)),
                ("thanks", models.CharField(blank=True, max_length=120, verbose_name="how we said thank you")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals",
                        to="clients.client",
                        verbose_name="recommended by",
                    ),
                ),
                (
                    "new_client",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="came_by",
                        to="clients.client",
                        verbose_name="new client",
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
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-referred_on", "-pk"],
                "indexes": [models.Index(fields=["organisation", "referred_on"], name="referral_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_on", None), ("new_client", None), ("outcome", "open")),
                            models.Q(("decided_on__isnull", False), ("outcome", "client")),
                            models.Q(("decided_on__isnull", False), ("new_client", None), ("outcome", "declined")),
                            _connector="OR",
                        ),
                        name="referral_outcome_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("new_client", None),
                            models.Q(("new_client", models.F("client")), _negated=True),
                            _connector="OR",
                        ),
                        name="referral_not_oneself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("answers", models.JSONField(null=True)),
                ("opinion", models.CharField(blank=True, max_length=300, verbose_name="in their own words")),
                ("recorded_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="survey_replies", to="clients.client"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="replies", to="clients.productsurvey"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("survey", "client"), name="survey_reply_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answers", None), ("recorded_at", None)),
                            models.Q(("answers__isnull", False), ("recorded_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="survey_reply_recorded_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(upload_to="attachments/%Y/%m", verbose_name="file")),
                ("name", models.CharField(max_length=120, verbose_name="file name")),
                ("content_type", models.CharField(editable=False, max_length=100)),
                ("size", models.PositiveIntegerField(editable=False, help_text="bytes")),
                ("sha256", models.CharField(editable=False, max_length=64)),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("uploaded_at", models.DateTimeField(default=crm.lib.periods.now, editable=False)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="clients.client"
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="attachments",
                        to="clients.contract",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-uploaded_at", "-pk"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("client", "sha256"), name="attachment_once")],
            },
        ),
    ]
