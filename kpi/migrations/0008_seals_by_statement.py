from django.db import migrations

PUBLISHED = "r.state IN ('published', 'locked')"
OF_CARD = "JOIN public.kpi_run r ON r.id = x.run_id"
OF_LINE = "JOIN public.kpi_scorecard c ON c.id = x.card_id JOIN public.kpi_run r ON r.id = c.run_id"
# The manager's own "seen" is the one thing that comes after publication, once.
SEEN = "was.acknowledged_at IS NULL AND to_jsonb(now) - 'acknowledged_at' = to_jsonb(was) - 'acknowledged_at'"


def refuse(table, event, condition):
    """A trigger that looks at all rows of a statement at once: a run of thousands of cards is one look, not one each."""
    tables = {
        "INSERT": "NEW TABLE AS added",
        "DELETE": "OLD TABLE AS removed",
        "UPDATE": "OLD TABLE AS before NEW TABLE AS after",
    }[event]
    name = f"{table}_sealed_{event.lower()}"
    return f"""
        CREATE FUNCTION zf_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {condition} THEN
                RAISE EXCEPTION 'sealed: % on % is refused', TG_OP, TG_TABLE_NAME;
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables}
            FOR EACH STATEMENT EXECUTE FUNCTION zf_{name}();
    """


def exists(rows, joins, more=""):
    return f"EXISTS (SELECT FROM {rows} x {joins} WHERE {PUBLISHED} {more})"


CARD_UPDATED = (
    exists(
        "before",
        OF_CARD,
        f"AND NOT EXISTS (SELECT FROM before was JOIN after now USING (id) WHERE was.id = x.id AND {SEEN})",
    )
    + " OR "
    + exists("after", OF_CARD, "AND NOT EXISTS (SELECT FROM before was WHERE was.id = x.id AND was.run_id = x.run_id)")
)
LINE_UPDATED = exists("before", OF_LINE) + " OR " + exists("after", OF_LINE)


class Migration(migrations.Migration):
    dependencies = [("kpi", "0007_honours")]

    operations = [
        migrations.RunSQL(
            """
            DROP TRIGGER kpi_scorecard_sealed ON kpi_scorecard;
            DROP TRIGGER kpi_scoreline_sealed ON kpi_scoreline;
            DROP FUNCTION zf_refuse_line_change();
            DROP FUNCTION zf_refuse_card_change();
            """
            + refuse("kpi_scorecard", "INSERT", exists("added", OF_CARD))
            + refuse("kpi_scorecard", "DELETE", exists("removed", OF_CARD))
            + refuse("kpi_scorecard", "UPDATE", CARD_UPDATED)
            + refuse("kpi_scoreline", "INSERT", exists("added", OF_LINE))
            + refuse("kpi_scoreline", "DELETE", exists("removed", OF_LINE))
            + refuse("kpi_scoreline", "UPDATE", LINE_UPDATED)
        ),
    ]
