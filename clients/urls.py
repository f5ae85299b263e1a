from django.urls import path

from clients.views import client, lists, tiers, uploads

app_name = "clients"
urlpatterns = [
    path("", lists.client_list, name="list"),
    path("new/", client.create, name="new"),
    path("<int:pk>/", client.detail, name="detail"),
    path("<int:pk>/edit/", client.edit, name="edit"),
    path("<int:pk>/contacts/new/", client.contact_new, name="contact-new"),
    path("contacts/<int:pk>/", client.contact_edit, name="contact"),
    path("contacts/<int:pk>/delete/", client.contact_delete, name="contact-delete"),
    path("imports/", uploads.uploads, name="uploads"),
    path("imports/<int:pk>/", uploads.upload, name="upload"),
    path("imports/<int:pk>/start/", uploads.upload_start, name="upload-start"),
    path("imports/<int:pk>/refused/", uploads.upload_refused, name="upload-refused"),
    path("tiers/", tiers.tiers, name="tiers"),
    path("tiers/run/", tiers.tiers_run, name="tiers-run"),
    path("tiers/standards/", tiers.standards, name="standards"),
]
