from django.urls import URLPattern

app_name = "journals"
urlpatterns: list[URLPattern] = []
