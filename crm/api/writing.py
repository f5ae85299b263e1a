"""What can be written: visits one by one, clients and facts in bulk through the same import as files."""

import csv
import io
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status
from ninja.errors import HttpError, ValidationError

from clients.imports import engine
from clients.imports.reading import FileError
from clients.models import Client, Upload
from crm.api import schemas
from crm.api.once import once
from crm.api.reading import ERRORS, router
from crm.api.site import Bearer
from crm.lib import periods
from crm.lib.scope import get_visible
from people.middleware import acting_as
from visits import checklists
from visits.forms import ITEM, VisitForm
from visits.models import Visit
from visits.services import log_visit, may_log

data = Router(auth=Bearer("data"), tags=["data"])
VISIT = {200: schemas.VisitOut, 201: schemas.VisitOut, **ERRORS}


@router.post("/visits", response=VISIT, url_name="visits", auth=Bearer("visits"), tags=["visits"])
def log(request: HttpRequest, payload: schemas.VisitIn) -> Any:
    """Log a visit: 201 when it is new, 200 when it was logged before."""
    user: Any = request.user
    day = periods.local(payload.checked_in_at).date() if payload.checked_in_at.tzinfo else payload.checked_in_at.date()
    clients = Client.objects.filter(organisation=user.organisation_id).select_related("organisation", "owner")
    client = clients.filter(code=payload.client).first()
    if client is None or not may_log(user, client, day):
        raise Http404
    values = payload.model_dump(exclude={"client", "checklist"}, exclude_none=True)
    values |= {f"{ITEM}{code}": answer for code, answer in payload.checklist.items()}
    template = checklists.current(client.organisation, client.kind)
    form = VisitForm({name: str(value) for name, value in values.items()}, client=client, template=template, maker=user)
    if not form.is_valid():
        raise invalid(form.errors.get_json_data())

    def act() -> tuple[int, Any]:
        logged = log_visit(user, client, **form.values())
        row = Visit.objects.select_related("client", "manager").get(pk=logged.visit.pk)
        return 201 if logged.created else 200, schemas.VisitOut.of(row).model_dump(mode="json")

    with acting_as(user.pk):
        return Status(*once(request, act))


def invalid(errors: dict[str, Any]) -> ValidationError:
    """A form's errors as those of a schema."""
    return ValidationError(
        [{"loc": ["body", "payload", field], "msg": found[0]["message"]} for field, found in errors.items()]
    )


@data.post("/imports/clients", response={202: schemas.ImportOut, **ERRORS}, url_name="import-clients")
def import_clients(request: HttpRequest, payload: schemas.BulkIn) -> Any:
    """Create and update clients by their code; what cannot be taken is told row by row in the import."""
    return take_in(request, Upload.Target.CLIENTS, payload)


@data.post("/imports/facts", response={202: schemas.ImportOut, **ERRORS}, url_name="import-facts")
def import_facts(request: HttpRequest, payload: schemas.BulkIn) -> Any:
    """Put in and correct monthly facts by client code and month."""
    return take_in(request, Upload.Target.FACTS, payload)


@data.get("/imports/{int:pk}", response={200: schemas.ImportOut, **ERRORS}, url_name="import")
def import_state(request: HttpRequest, pk: int) -> Any:
    """How far an import is, and what became of its rows."""
    upload = get_visible(Upload.objects, request.user, pk=pk)
    job = engine.job_of(upload)
    if job is None:
        raise HttpError(409, _("This import was not started. Start or drop it in the pages."))
    return schemas.ImportOut.of(pk, upload.target, job, upload.report, engine.problems_of(upload))


def take_in(request: HttpRequest, target: str, payload: schemas.BulkIn) -> Status[Any]:
    """Request the import of rows; ValidationError when a field is not known."""
    user: Any = request.user
    names = list(dict.fromkeys(name for row in payload.rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, names, restval="")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in payload.rows)

    def act() -> tuple[int, Any]:
        try:
            content = io.BytesIO(file.getvalue().encode())
            upload = engine.receive(user.unit.organisation, target, content, "api.csv", by=user)
        except FileError as error:
            raise HttpError(422, str(error)) from error
        if unknown := set(names) - set(upload.columns.values()):
            known = ", ".join(column.name for column in engine.known_columns(upload))
            engine.throw_away(upload)
            text = _("Not known: %(names)s. Fields: %(known)s.")
            raise HttpError(422, text % {"names": ", ".join(sorted(unknown)), "known": known})
        job = engine.start(upload, by=user)
        return 202, schemas.ImportOut.of(upload.pk, target, job, None, []).model_dump(mode="json")

    with acting_as(user.pk):
        return Status(*once(request, act))


def cell(value: Any) -> str:
    """A JSON value as a file has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
