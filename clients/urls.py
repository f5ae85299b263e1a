from django.urls import path

from clients.views import client, lists, schemes, tiers, tools, uploads

app_name = "clients"
urlpatterns = [
    path("", lists.client_list, name="list"),
    path("new/", client.create, name="new"),
    path("<int:pk>/", client.detail, name="detail"),
    path("<int:pk>/edit/", client.edit, name="edit"),
    path("<int:pk>/contacts/new/", client.contact_new, name="contact-new"),
    path("contacts/<int:pk>/", client.contact_edit, name="contact"),
    path("contacts/<int:pk>/delete/", client.contact_delete, name="contact-delete"),
    path("bulk/", tools.bulk_change, name="bulk"),
    path("bulk/<int:pk>/", tools.bulk_done, name="bulk-done"),
    path("bulk/<int:pk>/undo/", tools.bulk_undo, name="bulk-undo"),
    path("export/", tools.export, name="export"),
    path("views/save/", tools.view_save, name="view-save"),
    path("views/delete/", tools.view_delete, name="view-delete"),
    path("columns/", tools.columns, name="columns"),
    path("attributes/", tools.attributes, name="attributes"),
    path("attributes/new/", tools.attribute_new, name="attribute-new"),
    path("attributes/<int:pk>/", tools.attribute, name="attribute"),
    path("imports/", uploads.uploads, name="uploads"),
    path("imports/<int:pk>/", uploads.upload, name="upload"),
    path("imports/<int:pk>/start/", uploads.upload_start, name="upload-start"),
    path("imports/<int:pk>/refused/", uploads.upload_refused, name="upload-refused"),
    path("tiers/", tiers.tiers, name="tiers"),
    path("tiers/run/", tiers.tiers_run, name="tiers-run"),
    path("tiers/schemes/", schemes.scheme_list, name="schemes"),
    path("tiers/schemes/new/", schemes.scheme_new, name="scheme-new"),
    path("tiers/schemes/<int:pk>/", schemes.scheme, name="scheme"),
    path("tiers/schemes/<int:pk>/weights/", schemes.scheme_weights, name="scheme-weights"),
    path("tiers/schemes/<int:pk>/try/", schemes.scheme_try, name="scheme-try"),
    path("tiers/schemes/<int:pk>/publish/", schemes.scheme_publish, name="scheme-publish"),
    path("tiers/schemes/<int:pk>/delete/", schemes.scheme_delete, name="scheme-delete"),
    path("tiers/staffing/", schemes.staffing, name="staffing"),
    path("tiers/standards/", tiers.standards, name="standards"),
]
