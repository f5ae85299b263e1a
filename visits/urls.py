from django.urls import path

from visits.views import checklists, day, desk, lists, log, offline, photos, plan, together

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
    path("photos/", photos.upload, name="photo-upload"),
    path("photos/<int:pk>/", photos.show, name="photo"),
    path("<int:pk>/", lists.detail, name="detail"),
    path("<int:pk>/edit/", log.edit, name="edit"),
    path("<int:pk>/observe/", together.observe, name="observe"),
    path("<int:pk>/publish/", together.publish, name="publish"),
    path("inspections/", together.inspections, name="inspections"),
    path("inspections/plan/", together.plan_inspection, name="inspection-plan"),
    path("inspections/<int:pk>/drop/", together.drop_inspection, name="inspection-drop"),
    path("plan/", plan.show, name="plan"),
    path("plan/propose/", plan.propose, name="plan-propose"),
    path("plan/add/", plan.add, name="plan-add"),
    path("plan/copy/", plan.copy, name="plan-copy"),
    path("plan/submit/", plan.submit, name="plan-submit"),
    path("plan/<int:pk>/move/", plan.move, name="plan-move"),
    path("plan/<int:pk>/repeat/", plan.repeat, name="plan-repeat"),
    path("plan/<int:pk>/remove/", plan.remove, name="plan-remove"),
    path("plan/month/<int:pk>/decide/", plan.decide, name="plan-decide"),
    path("verify/", desk.verify, name="verify"),
    path("flags/", desk.flags, name="flags"),
    path("flags/<int:pk>/judge/", desk.judge, name="judge"),
    path("checklists/", checklists.index, name="checklists"),
    path("checklists/<slug:kind>/", checklists.edit, name="checklist-edit"),
]
