"""What the two import commands share."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from clients.imports import engine, reading
from clients.imports.reading import FileError
from clients.models import Upload
from crm.lib import jobs
from crm.lib.models import Job
from people.models import OrgUnit


def organisation_of(code: str) -> OrgUnit:
    """The organisation with a code, or an error that lists those there are."""
    roots = OrgUnit.objects.roots().order_by("code")
    found = roots.filter(code=code).first()
    if found is None:
        known = ", ".join(roots.values_list("code", flat=True)) or "none yet (manage.py create_org CODE NAME)"
        raise CommandError(f"There is no organisation “{code}”. Organisations: {known}.")
    return found


class ImportCommand(BaseCommand):
    """Take a file in through the same job as the browser does."""

    target: str

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV (UTF-8, UTF-16 or GB18030; comma, semicolon or tab) or XLSX")
        parser.add_argument("--org", required=True, help="code of the organisation")
        parser.add_argument("--map", action="append", default=[], metavar="FIELD=HEADER", help="correct the matching")
        parser.add_argument("--keep-others", action="store_true", help="keep columns that are not known as well")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def upload_options(self, options: dict[str, Any]) -> dict[str, Any]:
        """The upload's options from the command line."""
        return {"keep_others": options["keep_others"]}

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(settings.LANGUAGE_CODE):
            try:
                self.take_in(options)
            except FileError as error:
                raise CommandError(str(error)) from error

    def take_in(self, options: dict[str, Any]) -> None:
        organisation = organisation_of(options["org"])
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        with path.open("rb") as file:
            upload = engine.receive(organisation, self.target, file, path.name, options=self.upload_options(options))
        self.rematch(upload, options["map"])
        if options["dry_run"]:
            try:
                preview = engine.preview(upload)
            finally:
                upload.file.delete(save=False)
                upload.delete()
            self.answer(preview.counts.as_dict(), preview.problems, None, upload, options)
            return
        job = jobs.run(engine.start(upload).pk) or jobs.wait(engine.start(upload).pk)
        if job.state != Job.State.DONE:
            raise CommandError(job.error or f"The import is {job.state}.")
        result: dict[str, int] = job.result or {}
        refused = None
        if result["rejected"]:
            refused = Path(upload.file.path).with_suffix(".refused.csv")
            with refused.open("w", encoding="utf-8-sig", newline="") as file:
                file.writelines(engine.refused_rows(upload))
        self.answer(result, engine.problems_of(upload), refused, upload, options)

    def rematch(self, upload: Upload, corrections: list[str]) -> None:
        """Apply FIELD=HEADER; an empty header takes the field away."""
        header = reading.open_table(upload.file.path).header
        fields = {column.name for column in engine.known_columns(upload)}
        for correction in corrections:
            name, _equals, column = correction.partition("=")
            if name not in fields:
                raise CommandError(f"There is no field “{name}”. Fields: {', '.join(sorted(fields))}.")
            if column and column not in header:
                raise CommandError(f"There is no column “{column}”. The file has: {', '.join(header)}.")
            upload.columns.pop(name, None)
            if column:
                upload.columns[name] = column
        upload.save(update_fields=["columns"])

    def answer(
        self,
        counts: dict[str, int],
        problems: list[dict[str, Any]],
        refused: Path | None,
        upload: Upload,
        options: dict[str, Any],
    ) -> None:
        """Print what came of it."""
        if options["json"]:
            answer = {**counts, "problems": problems, "refused_rows": str(refused) if refused else None}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self.stdout.write("  ".join(f"{name} {number}" for name, number in counts.items()))
        self.stdout.write("  ".join(f"{name} = {header}" for name, header in upload.columns.items()))
        for problem in problems:
            sign = "-" if problem["is_warning"] else "!"
            self.stdout.write(f"{sign} {problem['row']} {problem['field']}: {problem['text']}")
        if refused:
            self.stdout.write(f"Refused rows: {refused}")
