from django.urls import path

from visits.views import checklists, day, desk, lists, log, offline

app_name = "visits"
urlpatterns = [
    path("", lists.visit_list, name="list"),
    path("due/", day.due_list, name="due"),
    path("new/", log.new, name="new"),
    path("appointments/<int:pk>/confirm/", day.confirm, name="confirm"),
    path("contact/", log.contact, name="contact"),
    path("queue/", offline.queue, name="queue"),
    path("sync/", offline.sync, name="sync"),
    path("app.webmanifest", offline.manifest, name="manifest"),
    path("worker.js", offline.worker, name="worker"),
    path("<int:pk>/", lists.detail, name="detail"),
    path("<int:pk>/edit/", log.edit, name="edit"),
    path("verify/", desk.verify, name="verify"),
    path("flags/", desk.flags, name="flags"),
    path("flags/<int:pk>/judge/", desk.judge, name="judge"),
    path("checklists/", checklists.index, name="checklists"),
    path("checklists/<slug:kind>/", checklists.edit, name="checklist-edit"),
]
