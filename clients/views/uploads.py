"""Imports in the browser: file, matching with a preview, progress, report."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms import MatchingForm, UploadForm
from clients.imports import engine, reading
from clients.imports.reading import FileError
from clients.models import Upload
from crm.lib.pages import page_of
from crm.lib.scope import get_editable
from people.access import role_required
from people.models import Role

IMPORTERS = (Role.HR, Role.ADMIN)
REPORT_ROWS = 100


@require_http_methods(["GET", "POST"])
@role_required(*IMPORTERS)
def uploads(request: HttpRequest) -> HttpResponse:
    """Earlier imports, and a new one."""
    user: Any = request.user
    form = UploadForm(
        request.POST or None, request.FILES or None, initial={"target": request.GET.get("target", "clients")}
    )
    if form.is_valid():
        file = form.cleaned_data["file"]
        organisation = user.unit.organisation
        try:
            upload = engine.receive(organisation, form.cleaned_data["target"], file, file.name, by=user)
        except FileError as error:
            form.add_error("file", str(error))
        else:
            return redirect("clients:upload", pk=upload.pk)
    earlier = Upload.objects.visible_to(user).select_related("uploaded_by")
    page = page_of(request, earlier, "-uploaded_at", "-pk", rows=20)
    return render(request, "clients/uploads.html", {"form": form, "page": page})


@require_http_methods(["GET", "POST"])
@role_required(*IMPORTERS)
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """An import: what it would do, how far it is, or what it did. A POST corrects the matching."""
    found = get_editable(Upload.objects.select_related("organisation"), request.user, pk=pk)
    job = engine.job_of(found)
    if job:
        return render(request, "clients/upload_report.html", report(found, job))
    try:
        header = reading.open_table(found.file.path).header
    except (FileError, FileNotFoundError):
        messages.error(request, _("The uploaded file is gone. Upload it again."))
        return redirect("clients:uploads")
    known = engine.known_columns(found)
    form = MatchingForm(request.POST or None, upload=found, header=header, known=known)
    if form.is_valid():
        form.apply(found)
        return redirect("clients:upload", pk=pk)
    context: dict[str, Any] = {"upload": found, "form": form, "header": header}
    try:
        context["preview"] = engine.preview(found)
    except FileError as error:
        context["error"] = str(error)
    matched = {name: field for field, name in found.columns.items()}
    labels = {column.name: column.label for column in known}
    context["columns"] = [(name, labels.get(matched.get(name, ""))) for name in header]
    return render(request, "clients/upload.html", context)


def report(found: Upload, job: Any) -> dict[str, Any]:
    """What the page of a started import shows."""
    labels = [
        ("rows", _("Rows in the file")),
        ("created", _("Added")),
        ("updated", _("Changed")),
        ("unchanged", _("Unchanged")),
        ("rejected", _("Refused")),
        ("warnings", _("Warnings")),
    ]
    counts = found.report or {}
    return {
        "upload": found,
        "job": job,
        "counts": [(name, label, counts[name]) for name, label in labels if name in counts],
        "problems": engine.problems_of(found, REPORT_ROWS) if job.finished else [],
        "shown": REPORT_ROWS,
    }


@require_POST
@role_required(*IMPORTERS)
def upload_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the file in."""
    found = get_editable(Upload.objects.all(), request.user, pk=pk)
    engine.start(found, request.user)
    return redirect("clients:upload", pk=pk)


@require_GET
@role_required(*IMPORTERS)
def upload_refused(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    """The refused rows as a CSV to correct and upload again."""
    found = get_editable(Upload.objects.all(), request.user, pk=pk)
    try:
        lines = engine.refused_rows(found)
    except (FileError, FileNotFoundError):
        messages.error(request, _("The uploaded file is gone. Upload it again."))
        return redirect("clients:uploads")
    body = (part.encode() for part in _with_bom(lines))
    answer = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-{found.pk}.csv"'
    return answer


def _with_bom(lines: Any) -> Any:
    """Spreadsheets take a CSV for UTF-8 only by its mark."""
    yield "\ufeff"
    yield from lines
