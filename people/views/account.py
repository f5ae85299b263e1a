"""Login, language, password and the own page."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib.redirects import redirect_back
from people import factors, zones
from people.forms import DisplayForm, LoginForm
from people.models import User
from people.throttle import remember_device
from people.views import safety


class Login(LoginView):
    """Login; who is logged in already goes to the first page."""

    form_class = LoginForm
    redirect_authenticated_user = True
    http_method_names = ["get", "post", "head", "options"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, sso=settings.OIDC if settings.OIDC["issuer"] else None)

    def form_valid(self, form: Any) -> HttpResponse:
        person = form.get_user()
        if factors.of(person):
            return safety.begin_code(self.request, person, self.get_redirect_url())
        response = super().form_valid(form)
        remember_device(self.request, response, person.username)
        return response


@method_decorator(require_POST, name="dispatch")
class Logout(LogoutView):
    """Logout by POST; the browser forgets what the device kept."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


class ChangePassword(PasswordChangeView):
    """The own password."""

    http_method_names = ["get", "head", "post", "options"]
    success_url = reverse_lazy("people:me")

    def form_valid(self, form: Any) -> HttpResponse:
        User.objects.filter(pk=self.request.user.pk).update(must_change_password=False)
        messages.success(self.request, _("Your password has been changed."))
        form.user.must_change_password = False
        return super().form_valid(form)


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and go back."""
    chosen = request.POST.get("language", "")
    response = redirect_back(request, "home")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """The own post, tasks and settings."""
    postings = request.user.postings.select_related("unit").order_by("-valid_from")
    return render(request, "people/me.html", {"postings": postings})


@require_http_methods(["GET", "POST"])
def display(request: HttpRequest) -> HttpResponse:
    """The own time zone and first day of the week."""
    user: Any = request.user
    form = DisplayForm(request.POST or None, user=user)
    if form.is_valid():
        chosen = {zones.ZONE: form.cleaned_data["time_zone"], zones.WEEK: form.cleaned_data["week_start"]}
        User.objects.filter(pk=user.pk).update(preferences={**user.preferences, **chosen})
        messages.success(request, _("Saved."))
        return redirect("people:me")
    return render(request, "people/display.html", {"form": form})
