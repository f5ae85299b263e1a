from django.db import migrations

from crm.lib.sql import seal

OF_LINE = "JOIN public.kpi_paysheet s ON s.id = x.sheet_id"
OF_ITEM = "JOIN public.kpi_payline l ON l.id = x.line_id JOIN public.kpi_paysheet s ON s.id = l.sheet_id"


def refuse(table, joins):
    """Triggers that refuse any change of rows whose sheet is final, looking at a whole statement at once."""
    statements = []
    for event, sets in (
        ("INSERT", {"added": "NEW TABLE AS added"}),
        ("DELETE", {"removed": "OLD TABLE AS removed"}),
        ("UPDATE", {"before": "OLD TABLE AS before", "after": "NEW TABLE AS after"}),
    ):
        name = f"{table}_sealed_{event.lower()}"
        found = " OR ".join(f"EXISTS (SELECT FROM {rows} x {joins} WHERE s.state = 'final')" for rows in sets)
        statements.append(f"""
            CREATE FUNCTION zf_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {found} THEN
                    RAISE EXCEPTION 'sealed: % on % is refused', TG_OP, TG_TABLE_NAME;
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {" ".join(sets.values())}
                FOR EACH STATEMENT EXECUTE FUNCTION zf_{name}();
        """)
    statements.append(f"""
        CREATE TRIGGER {table}_sealed_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION zf_refuse();
    """)
    return migrations.RunSQL("".join(statements))


class Migration(migrations.Migration):
    dependencies = [("kpi", "0009_careers_pay_coaching")]

    operations = [
        seal("kpi_gradechange"),
        seal("kpi_grademove", when="OLD.state <> 'proposed'"),
        seal("kpi_term", when="OLD.decision <> ''"),
        seal("kpi_cardcomment"),
        seal("kpi_coachingcase", when="OLD.state IN ('dismissed', 'closed')"),
        seal("kpi_payrules"),
        seal("kpi_paysheet", when="OLD.state = 'final'"),
        migrations.RunSQL(
            """
            CREATE TRIGGER kpi_paysheet_sealed_insert BEFORE INSERT ON kpi_paysheet
                FOR EACH ROW WHEN (NEW.state = 'final') EXECUTE FUNCTION zf_refuse();
            """,
            "DROP TRIGGER kpi_paysheet_sealed_insert ON kpi_paysheet",
        ),
        refuse("kpi_payline", OF_LINE),
        refuse("kpi_payitem", OF_ITEM),
    ]
