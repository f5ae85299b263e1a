from django.db import migrations

from crm.lib.sql import seal


class Migration(migrations.Migration):
    dependencies = [("journals", "0001_initial")]

    operations = [
        seal("journals_journalversion"),
        seal("journals_review"),
        # What was submitted once stays on file, with the time of its first submission.
        seal(
            "journals_journal",
            when="OLD.submitted_at IS NOT NULL",
            update_when=(
                "(NEW.author_id, NEW.org_id, NEW.kind, NEW.day, NEW.due_at, NEW.submitted_at) IS DISTINCT FROM "
                "(OLD.author_id, OLD.org_id, OLD.kind, OLD.day, OLD.due_at, OLD.submitted_at)"
            ),
        ),
    ]
