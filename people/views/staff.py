"""Staff and the org tree."""

import secrets
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from people import factors, logins, services
from people.access import role_required
from people.forms import NewPersonForm, PersonForm, TransferForm, UnitForm
from people.models import OrgUnit, Role, User
from people.sessions import fresh_required

READERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)


@require_GET
@role_required(*READERS)
def staff(request: HttpRequest) -> HttpResponse:
    """People under the own unit, by unit."""
    people = User.objects.visible_to(request.user).select_related("unit")
    text, role = request.GET.get("q", "").strip(), request.GET.get("role", "")
    if text:
        people = people.filter(
            Q(name__icontains=text) | Q(username__icontains=text) | Q(employee_number__icontains=text)
        )
    if role in Role.values:
        people = people.filter(role=role)
    tabs = [
        {"label": label, "url": f"?{urlencode({'role': value, 'q': text})}", "active": role == value}
        for value, label in [("", _("All")), *Role.choices]
    ]
    page = page_of(request, people, "unit__path", "username")
    return render(request, "people/staff.html", {"page": page, "text": text, "role": role, "tabs": tabs})


@require_GET
@role_required(*READERS)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One member of staff with the posts held."""
    found = get_visible(User.objects.select_related("unit"), request.user, pk=pk)
    postings = found.postings.select_related("unit").order_by("-valid_from")
    return render(
        request,
        "people/person.html",
        {
            "person": found,
            "postings": postings,
            "is_editor": request.user.role == Role.ADMIN,
            "factor": factors.of(found),
        },
    )


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
def person_new(request: HttpRequest) -> HttpResponse:
    """A new member of staff; the first password is shown once."""
    form = NewPersonForm(request.POST or None, user=request.user)
    if form.is_valid():
        values = dict(form.cleaned_data)
        password = one_time_password()
        try:
            created = services.add_person(
                values.pop("unit"),
                values.pop("username"),
                values.pop("name"),
                values.pop("role"),
                password=password,
                must_change_password=True,
                **values,
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return first_password(request, created, password)
    return render(request, "people/person_form.html", {"form": form, "page_title": _("New person")})


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, numbers and addresses of a person."""
    found = get_editable(User.objects, request.user, pk=pk)
    form = PersonForm(request.POST or None, instance=found)
    if form.is_valid():
        try:
            services.save_person(form.instance)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("people:person", pk=pk)
    return render(request, "people/person_form.html", {"form": form, "page_title": found.name})


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
def person_transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """Another post from a day on."""
    found = get_editable(User.objects.select_related("unit"), request.user, pk=pk)
    form = TransferForm(request.POST or None, user=request.user, person=found)
    if form.is_valid():
        values = form.cleaned_data
        try:
            services.transfer(found, values["unit"], values["role"], values["day"])
        except ValidationError as error:
            form.add_error("day", error)
        else:
            messages.success(request, _("%(name)s now works in %(unit)s.") % {"name": found, "unit": values["unit"]})
            return redirect("people:person", pk=pk)
    return render(
        request, "people/person_form.html", {"form": form, "page_title": _("Transfer %(name)s") % {"name": found.name}}
    )


@require_POST
@role_required(Role.ADMIN)
def person_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account off, or on by ``on``: what was asked for, also when another did it a moment ago."""
    found = get_editable(User.objects.select_related("unit"), request.user, pk=pk)
    is_on = "on" in request.POST
    if found.pk == request.user.pk:
        messages.error(request, _("You cannot switch off your own account. Ask another administrator."))
    elif is_on and not found.unit.is_active:
        messages.error(request, _("%(unit)s is switched off. Transfer the person first.") % {"unit": found.unit})
    else:
        found.is_active = is_on
        found.save(update_fields=["is_active"])
        messages.success(request, _("Saved."))
    return redirect("people:person", pk=pk)


@require_POST
@role_required(Role.ADMIN)
@fresh_required
def person_password(request: HttpRequest, pk: int) -> HttpResponse:
    """A new one-time password, shown once."""
    found = get_editable(User.objects, request.user, pk=pk)
    password = one_time_password()
    found.set_password(password)
    found.must_change_password = True
    with transaction.atomic():
        found.save(update_fields=["password", "must_change_password"])
        logins.close(User.objects.filter(pk=found.pk))  # whoever had got in by the old one is out, programs too
    return first_password(request, found, password)


@require_POST
@role_required(Role.ADMIN)
@fresh_required
def person_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the second factor of somebody away who has lost phone and recovery codes."""
    found = get_editable(User.objects, request.user, pk=pk)
    factors.remove(found)
    messages.success(
        request, _("The second factor of %(name)s is removed. A new one is set up in “Me”.") % {"name": found}
    )
    return redirect("people:person", pk=pk)


def one_time_password() -> str:
    """Easy to read out: no letters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _place in range(4)) for _group in range(3))


def first_password(request: HttpRequest, person: User, password: str) -> HttpResponse:
    """The page that shows a one-time password this once."""
    return render(request, "people/first_password.html", {"person": person, "password": password})


@require_GET
@role_required(*READERS)
def units(request: HttpRequest) -> HttpResponse:
    """The org tree under the own unit, with the number of people in each unit."""
    found = OrgUnit.objects.visible_to(request.user).annotate(people=Count("staff", filter=Q(staff__is_active=True)))
    found = found.order_by("path")  # the model's own order does not hold for groups
    return render(request, "people/units.html", {"units": found, "base": request.user.unit.depth})


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
def unit_new(request: HttpRequest) -> HttpResponse:
    """A new unit under one that is there."""
    form = UnitForm(request.POST or None, user=request.user, initial={"parent": request.GET.get("parent")})
    if form.is_valid():
        form.save()
        messages.success(request, _("The unit has been added."))
        return redirect("people:units")
    return render(request, "people/unit_form.html", {"form": form, "page_title": _("New unit")})


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
def unit_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a unit, or move it with all below it."""
    found = get_editable(OrgUnit.objects, request.user, pk=pk)
    before = found.parent_id
    form = UnitForm(request.POST or None, instance=found, user=request.user)
    if form.is_valid():
        parent = form.cleaned_data.get("parent")
        form.instance.parent_id = before  # moving is a service: paths below change with it
        try:
            with transaction.atomic():
                form.save()
                if parent and parent.pk != before:
                    services.move_unit(found, parent)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("people:units")
    return render(request, "people/unit_form.html", {"form": form, "page_title": found.name})
