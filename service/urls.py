from django.urls import path

from service.views import requests, slips

app_name = "service"
urlpatterns = [
    path("", requests.request_list, name="list"),
    path("callbacks/", requests.callbacks, name="callbacks"),
    path("new/", requests.new, name="new"),
    path("<int:pk>/", requests.detail, name="request"),
    path("<int:pk>/8d/", requests.eight_d, name="eight-d"),
    path("<int:pk>/<slug:name>/", requests.act, name="act"),
    path("slips/", slips.slip_list, name="slips"),
    path("slips/new/", slips.new, name="slip-new"),
    path("slips/<int:pk>/", slips.detail, name="slip"),
    path("slips/<int:pk>/advance/", slips.advance, name="slip-advance"),
    path("slips/<int:pk>/pass-on/", slips.pass_on, name="slip-pass-on"),
    path("slips/<int:pk>/print/", slips.printed, name="slip-print"),
]
