"""Pages of a running job: progress that polls, and cancel."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from crm.lib import jobs
from crm.lib.models import Job
from crm.lib.scope import get_visible


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A job with its progress, result or error."""
    return render(request, "jobs/detail.html", {"job": get_visible(Job.objects, request.user, pk=pk)})


@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The polled part of the page; 286 tells htmx to stop asking."""
    job = get_visible(Job.objects, request.user, pk=pk)
    return render(request, "jobs/progress.html", {"job": job}, status=286 if job.finished else 200)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the job to stop at its next step."""
    job = get_visible(Job.objects, request.user, pk=pk)
    jobs.cancel(job)
    return redirect("job", pk=pk)
