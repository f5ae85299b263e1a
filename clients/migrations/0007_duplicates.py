import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.client
import crm.lib.periods
from crm.lib.sql import seal


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0006_products"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            r"""
            -- What a code is but for its spelling: capitals, no signs, no leading zeros, O as 0 and I as 1.
            CREATE FUNCTION zf_plain_code(code text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
                SELECT ltrim(translate(
                    regexp_replace(upper(normalize(code, NFKC)), '[[:space:][:punct:]·—–、。]', '', 'g'), 'OI', '01'
                ), '0')
            $$;

            -- A phone's digits without the country; empty for what is too short to be one.
            CREATE FUNCTION zf_plain_phone(phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
                SELECT CASE WHEN length(digits) >= 7 THEN digits ELSE '' END
                FROM (SELECT regexp_replace(
                    regexp_replace(normalize(phone, NFKC), '\D', '', 'g'), '^(00)?86(?=1\d{10}$)', ''
                ) AS digits) AS d
            $$;

            -- A name or an address in small letters without signs and without the legal form at its end.
            CREATE FUNCTION zf_plain_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
                SELECT regexp_replace(
                    regexp_replace(lower(normalize(name, NFKC)), '[[:space:][:punct:]·—–…、。，；：！？「」《》【】“”‘’（）]', '', 'g'),
                    '(?<=.)((股份|有限|责任)*公司|个体工商户|个体户)$', ''
                )
            $$;

            -- Likeness of two texts by the pairs of characters that they share (Dice): 0 nothing, 1 all.
            CREATE FUNCTION zf_likeness(a text[], b text[]) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
                SELECT CASE WHEN cardinality(a) + cardinality(b) = 0 THEN 0 ELSE
                    round(2.0 * (SELECT count(*) FROM unnest(a) AS x WHERE x = ANY(b))
                          / (cardinality(a) + cardinality(b)), 2) END
            $$;
            """,
            """
            DROP FUNCTION zf_likeness(text[], text[]);
            DROP FUNCTION zf_plain_name(text);
            DROP FUNCTION zf_plain_phone(text);
            DROP FUNCTION zf_plain_code(text);
            """,
        ),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("code", "Same code but for its spelling"),
                                ("phone", "Same phone"),
                                ("name", "Same name in the same unit"),
                                ("likeness", "Name and address are alike"),
                                ("manual", "Put together by hand"),
                            ],
                            max_length=10,
                        ),
                        size=None,
                    ),
                ),
                ("weight", models.PositiveSmallIntegerField(default=0, help_text="the more speaks for it, the higher")),
                (
                    "likeness",
                    models.DecimalField(
                        decimal_places=2, help_text="of name and address, 0–1", max_digits=3, null=True
                    ),
                ),
                (
                    "found_at",
                    models.DateTimeField(
                        default=crm.lib.periods.now, help_text="when the scan began that found it last"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "To be judged"), ("different", "Two clients"), ("merged", "Merged")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "before",
                    models.JSONField(help_text='{"kept": {field: value}, "gone": {…}} of the fields that were chosen'),
                ),
                ("after", models.JSONField(help_text="field → value that the kept client got")),
                ("moved", models.JSONField(help_text="table → {column, ids of the rows that were moved}")),
                (
                    "facts",
                    models.JSONField(
                        help_text="months that both had or only the other: rows before and after, as text"
                    ),
                ),
                ("made_at", models.DateTimeField(default=crm.lib.periods.now)),
                ("undone_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-made_at"],
            },
        ),
        migrations.AddField(
            model_name="client",
            name="merged_into",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged_from",
                to="clients.client",
            ),
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                models.F("organisation"), clients.models.client.PlainCode(models.F("code")), name="client_plain_code"
            ),
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                models.F("organisation"),
                clients.models.client.PlainPhone(models.F("phone")),
                condition=models.Q(("phone", ""), _negated=True),
                name="client_plain_phone",
            ),
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="client_merged"
            ),
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into", None),
                    models.Q(("is_active", False), models.Q(("merged_into", models.F("pk")), _negated=True)),
                    _connector="OR",
                ),
                name="client_merged_is_closed",
            ),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="first",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clients.client"
            ),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="organisation",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
            ),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="second",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clients.client"),
        ),
        migrations.AddField(
            model_name="merge",
            name="gone",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clients.client"),
        ),
        migrations.AddField(
            model_name="merge",
            name="kept",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="clients.client"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="organisation",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="undone_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="duplicatepair",
            index=models.Index(fields=["organisation", "state", "-weight", "id"], name="duplicate_pair_list"),
        ),
        migrations.AddConstraint(
            model_name="duplicatepair",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="duplicate_pair_once"),
        ),
        migrations.AddConstraint(
            model_name="duplicatepair",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))), name="duplicate_pair_ordered"
            ),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(fields=["organisation", "-made_at", "-id"], name="merge_list"),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("gone",), name="merged_once_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept", models.F("gone")), _negated=True), name="merge_of_two"
            ),
        ),
        seal(
            "clients_merge",
            update_when=(
                "OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL OR (to_jsonb(NEW) - 'undone_at' - 'undone_by_id') "
                "IS DISTINCT FROM (to_jsonb(OLD) - 'undone_at' - 'undone_by_id')"
            ),
        ),
    ]
