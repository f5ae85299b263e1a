from django.urls import path

from retention import views

app_name = "retention"
urlpatterns = [
    path("", views.alert_list, name="list"),
    path("<int:pk>/", views.alert, name="alert"),
    path("<int:pk>/act/", views.act, name="act"),
    path("<int:pk>/change/", views.change, name="change"),
    path("run/", views.run, name="run"),
]
