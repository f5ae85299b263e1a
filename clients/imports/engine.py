"""An upload's way: opened, matched, previewed, and taken in by a job."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.imports import columns, reading
from clients.imports.clients_file import ClientImport
from clients.imports.contract_file import ContractImport
from clients.imports.facts_file import FactImport
from clients.imports.problems import describe
from clients.imports.product_columns import COLUMNS
from clients.imports.product_files import HoldingImport, LoanImport, ProductImport
from clients.imports.reading import FileError, Table
from clients.imports.staging import Counts, Staging
from clients.models import Upload, UploadProblem
from clients.tiering import late
from crm.lib import jobs, scanning
from crm.lib.exports import csv_lines
from crm.lib.models import Job
from crm.lib.sql import analyze, rows, rows_hash
from people.models import OrgUnit, User

TARGETS: dict[str, type[Staging]] = {
    Upload.Target.CLIENTS: ClientImport,
    Upload.Target.FACTS: FactImport,
    Upload.Target.PRODUCTS: ProductImport,
    Upload.Target.HOLDINGS: HoldingImport,
    Upload.Target.LOANS: LoanImport,
    Upload.Target.CONTRACTS: ContractImport,
}
JOB_KINDS = {target: f"import_{target.value}" for target in Upload.Target}
BULK = 5_000  # new rows that change what the planner should believe
SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Preview:
    """What an upload would do."""

    table: Table
    sample: list[reading.Row]
    counts: Counts
    problems: list[dict[str, Any]]


def receive(
    organisation: OrgUnit,
    target: str,
    file: BinaryIO,
    name: str,
    *,
    by: User | None = None,
    options: dict[str, Any] | None = None,
) -> Upload:
    """Keep a file and match its columns; FileError when it is no table, or no file to keep."""
    try:
        scanning.check(file)
    except ValidationError as error:
        raise FileError(" ".join(error.messages)) from error
    upload = Upload(
        organisation=organisation, target=target, file_name=name[:200], options=options or {}, uploaded_by=by
    )
    upload.file.save(Path(name).name[-80:], File(file), save=False)
    try:
        table = reading.open_table(upload.file.path)
        upload.columns = columns.match(known_columns(upload), table.header)
        _check_options(upload, table)
    except FileError:
        upload.file.delete(save=False)
        raise
    upload.save()
    return upload


def throw_away(upload: Upload) -> None:
    """Forget an upload that was not started, and its file."""
    upload.file.delete(save=False)
    upload.delete()


def known_columns(upload: Upload) -> tuple[columns.Column, ...]:
    """The fields that the upload's file can bring."""
    return COLUMNS.get(Upload.Target(upload.target)) or columns.known(upload.target, upload.organisation_id)


def _check_options(upload: Upload, table: Table) -> None:
    grid_column = upload.options.get("grid_column")
    if not grid_column:
        return
    fitting = [
        name for name in table.header if name == grid_column or columns.plain(name) == columns.plain(grid_column)
    ]
    if not fitting:
        raise FileError(
            _("There is no column “%(name)s”. The file has: %(header)s.")
            % {"name": grid_column, "header": ", ".join(table.header)}
        )
    upload.options["grid_column"] = fitting[0]


def staging_of(upload: Upload, table: Table) -> Staging:
    """The upload ready to be staged; FileError when a required field has no column."""
    known = known_columns(upload)
    if lacking := columns.missing(known, upload.columns):
        raise FileError(
            _("No column holds: %(fields)s. Choose the columns. The file has: %(header)s.")
            % {"fields": ", ".join(str(column.label) for column in lacking), "header": ", ".join(table.header)}
        )
    matched = [
        (column, table.header.index(upload.columns[column.name])) for column in known if column.name in upload.columns
    ]
    used = {place for _column, place in matched} | {
        table.header.index(name) for name in [upload.options.get("grid_column")] if name
    }
    others = []
    if upload.options.get("keep_others"):
        others = [(name, place) for place, name in enumerate(table.header) if place not in used]
    return TARGETS[upload.target](upload, table, matched, others)


def preview(upload: Upload) -> Preview:
    """First rows, counts and problems of an upload; writes nothing."""
    table = reading.open_table(upload.file.path)
    with transaction.atomic():  # the temporary tables go with it
        staging = staging_of(upload, table)
        staging.stage()
        counts = staging.tally()
        for name, number in staging.merge(1, staging.last_row, write=False).items():
            setattr(counts, name, number)
        found = rows(
            "SELECT row, field, reason, params, is_warning FROM import_problem ORDER BY is_warning, row LIMIT %s",
            [SHOWN_PROBLEMS],
        )
        transaction.set_rollback(True)
    return Preview(table, reading.sample(table, 5), counts, [_in_words(upload, problem) for problem in found])


def _in_words(upload: Upload, problem: dict[str, Any]) -> dict[str, Any]:
    params = problem["params"]
    if isinstance(params, str):  # a plain cursor gives JSON as text
        params = json.loads(params)
    return {
        "row": problem["row"],
        "field": field_label(upload, problem["field"]),
        "text": describe(problem["reason"], params),
        "is_warning": problem["is_warning"],
    }


def problems_of(upload: Upload, limit: int = SHOWN_PROBLEMS) -> list[dict[str, Any]]:
    """The first problems of a finished upload in words, refused rows first."""
    names = ("row", "field", "reason", "params", "is_warning")
    return [_in_words(upload, found) for found in upload.problems.values(*names)[:limit]]


def start(upload: Upload, by: User | None = None) -> Job:
    """Request the job that takes the upload in; one that has done so is not asked again: clients have gone on since."""
    kind = JOB_KINDS[Upload.Target(upload.target)]
    if (job := job_of(upload)) and job.state == Job.State.DONE:
        return job
    params = {"done_url": reverse("clients:upload", args=[upload.pk])}
    return jobs.request(kind, upload.organisation_id, scope=str(upload.pk), params=params, user=by)


def job_of(upload: Upload) -> Job | None:
    """The upload's job, if it was started."""
    kind = JOB_KINDS[Upload.Target(upload.target)]
    return Job.objects.filter(kind=kind, organisation_id=upload.organisation_id, scope=str(upload.pk)).first()


def take_in(work: jobs.Work) -> jobs.Outcome:
    """The job: stage the file, then merge it range by range."""
    upload = Upload.objects.select_related("organisation").get(pk=int(work.job.scope))
    try:
        staging = staging_of(upload, reading.open_table(upload.file.path))
        staging.stage()
    except FileError as error:
        raise jobs.JobError(str(error)) from error
    except FileNotFoundError as error:
        raise jobs.JobError(_("The uploaded file is gone. Upload it again.")) from error
    for first, last in work.pending([[0, 0], *staging.ranges()]):
        with work.step(_("row %(row)d of %(last)d") % {"row": min(last, staging.last_row), "last": staging.last_row}):
            if last == 0:
                staging.prepare()
                staging.save_report_rows()
            else:
                work.count(merged=staging.merge(first, last, write=True))
                work.memory.setdefault("hashes", []).append(rows_hash(*staging.hash_query(first, last)))
    counts = staging.tally()
    for name, number in work.counts("merged").items():
        setattr(counts, name, number)
    Upload.objects.filter(pk=upload.pk).update(report=counts.as_dict())
    if upload.target == Upload.Target.FACTS:
        late.ask(upload.organisation_id, upload.uploaded_by)
    if counts.created >= BULK:
        # What follows an import (tiers, alerts) should not wait for autovacuum to learn how large the tables are.
        analyze(*staging.grown)
    return jobs.Outcome(counts.as_dict(), jobs.result_hash(work.memory.get("hashes", [])))


def refused_rows(upload: Upload) -> list[str] | Any:
    """Lines of a CSV with the refused rows as they came, with line number and reason before them."""
    table = reading.open_table(upload.file.path)
    reasons: dict[int, list[str]] = {}
    refused = UploadProblem.objects.filter(upload=upload, is_warning=False).order_by("row", "pk")
    for problem in refused.values("row", "field", "reason", "params").iterator(chunk_size=5000):
        text = describe(problem["reason"], problem["params"])
        label = field_label(upload, problem["field"])
        reasons.setdefault(problem["row"], []).append(f"{label}: {text}" if label else text)

    def lines() -> Any:
        yield [_("Row"), _("Reason"), *table.header]
        for number, cells in table.rows():
            if number in reasons:
                yield [number, " ".join(reasons[number]), *cells]

    return csv_lines(lines())


def field_label(upload: Upload, name: str) -> str:
    """What the file calls a field."""
    return str(upload.columns.get(name) or name)
