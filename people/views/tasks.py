"""Tasks."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.redirects import redirect_back
from crm.lib.scope import get_editable
from people.forms import TaskForm
from people.models import Task
from people.services import finish_task, give_task


@require_GET
def task_list(request: HttpRequest) -> HttpResponse:
    """Open tasks by due day: one's own, or those one gave to others."""
    view, order = request.GET.get("view", "mine"), ("due_on", "pk")
    tasks = Task.objects.visible_to(request.user).select_related("owner", "created_by")
    match view:
        case "given":
            tasks = tasks.open().filter(created_by=request.user.pk).exclude(owner=request.user.pk)
        case "team":
            tasks = tasks.open().exclude(owner=request.user.pk)
        case "done":
            tasks, order = tasks.filter(owner=request.user.pk, done_at__isnull=False), ("-done_at", "-pk")
        case _unknown:
            view, tasks = "mine", tasks.open().filter(owner=request.user.pk)
    views = [("mine", _("Mine")), ("given", _("Given by me")), ("team", _("My unit")), ("done", _("Done"))]
    if request.user.is_am:
        views = [pair for pair in views if pair[0] in ("mine", "done")]
    tabs = [{"label": label, "url": f"?view={name}", "active": name == view} for name, label in views]
    context = {"page": page_of(request, tasks, *order), "tabs": tabs, "view": view, "today": periods.today()}
    return render(request, "people/task_list.html", context)


@require_http_methods(["GET", "POST"])
def task_new(request: HttpRequest) -> HttpResponse:
    """Give a task to oneself or to somebody of the own unit."""
    form = TaskForm(request.POST or None, user=request.user)
    if form.is_valid():
        values = form.cleaned_data
        give_task(values["owner"], values["title"], values["due_on"], by=request.user, note=values["note"])
        messages.success(request, _("The task has been given."))
        return redirect("people:tasks")
    return render(request, "people/task_form.html", {"form": form})


@require_POST
def task_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a task done, with a word on the result."""
    finish_task(get_editable(Task.objects, request.user, pk=pk), request.POST.get("note", ""))
    messages.success(request, _("Done."))
    return redirect_back(request, "people:tasks")
