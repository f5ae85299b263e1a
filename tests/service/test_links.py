"""A client registers through the own link: no login, no data, no flood, no forgery."""

import uuid
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from PIL import Image

from service.links import PER_LINK, token_of
from service.models import ServiceRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(settings, tmp_path):
    """Where photos go in this test."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def said(**fields):
    return {"uuid": uuid.uuid4(), "kind": "complaint", "category": "delivery", "text": "又少送一条", **fields}


def test_a_client_says_something_and_nothing_of_the_file_shows(world):
    client = world.clients["own"]
    url = f"/service/c/{token_of(client)}/"
    browser = Browser(enforce_csrf_checks=True)
    page = browser.get(url)
    for secret in (client.name, client.code, world.am.name):
        assert secret not in page.content.decode()
    form = said(phone="13900001111")
    assert browser.post(url, form).status_code == 403  # no token of the form: another site cannot send it
    assert not ServiceRequest.objects.exists()
    form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"].value
    for _twice in range(2):
        answer = browser.post(url, form, follow=True)
        assert answer.status_code == 200
    made = ServiceRequest.objects.get()
    assert (made.client, made.channel, made.registered_by) == (client, "link", None)
    assert made.handler == world.actors["back_office"]
    assert world.am.notifications.count() == 1


def test_a_second_thing_from_the_page_before_is_not_lost(world):
    url, form = f"/service/c/{token_of(world.clients['own'])}/", said()
    assert Browser().post(url, form).status_code == 302
    refused = Browser().post(url, {**form, "text": "还想订新品"})
    assert (refused.status_code, ServiceRequest.objects.count()) == (200, 1)
    key = refused.context["form"]["uuid"].value()
    assert Browser().post(url, {**form, "text": "还想订新品", "uuid": key}).status_code == 302
    assert ServiceRequest.objects.filter(text="还想订新品").exists()


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: "9" + t, lambda t: "x"]
)
def test_forged_links_open_nothing(world, change):
    url = f"/service/c/{change(token_of(world.clients['own']))}/"
    assert Browser().get(url).status_code == 404
    assert Browser().post(url, said()).status_code == 404
    assert not ServiceRequest.objects.exists()


def test_a_renewed_link_ends_the_one_before(world):
    client = world.clients["own"]
    old = token_of(client)
    am = Browser()
    am.force_login(world.am)
    assert am.post(f"/service/clients/{client.pk}/link/").status_code == 302
    assert token_of(client) != old
    assert Browser().get(f"/service/c/{old}/").status_code == 404
    assert Browser().get(f"/service/c/{token_of(client)}/").status_code == 200
    page = am.get(f"/service/clients/{client.pk}/link/").content.decode()
    assert token_of(client) in page
    assert "<svg" in page


def test_a_closed_client_has_no_link(world):
    client = world.clients["own"]
    url = f"/service/c/{token_of(client)}/"
    type(client).objects.filter(pk=client.pk).update(is_active=False)
    assert Browser().get(url).status_code == 404


def test_a_flood_is_stopped(world):
    url = f"/service/c/{token_of(world.clients['own'])}/"
    statuses = [Browser().post(url, said()).status_code for _each in range(PER_LINK + 2)]
    assert statuses == [302] * PER_LINK + [429, 429]
    assert ServiceRequest.objects.count() == PER_LINK


def test_hostile_text_stays_text(world):
    url = f"/service/c/{token_of(world.clients['own'])}/"
    assert Browser().post(url, said(text="x" * 2001)).status_code == 200
    assert Browser().post(url, said(text="a\0b")).status_code == 200
    assert (
        Browser().post(url, said(channel="visit", is_serious="on", text="<img src=x onerror=alert(1)>")).status_code
        == 302
    )
    made = ServiceRequest.objects.get()
    assert (made.channel, made.is_serious) == ("link", False)
    office = Browser()
    office.force_login(world.actors["back_office"])
    assert "<img src=x" not in office.get(f"/service/{made.pk}/").content.decode()


def picture(kind="JPEG", colour="red", **fields):
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, kind, **fields)
    return SimpleUploadedFile(f"damage.{kind.lower()}", out.getvalue(), "text/html")  # the type that is sent is a lie


def test_photos_come_along_without_what_the_camera_wrote(world, media):
    exif = Image.Exif()
    exif[0x010E] = "Taken at home"
    url = f"/service/c/{token_of(world.clients['own'])}/"
    same = [picture(exif=exif), picture(exif=exif), picture("PNG", "blue")]
    assert Browser().post(url, said(photos=same)).status_code == 302
    made = ServiceRequest.objects.get()
    first = made.photos.first()
    assert made.photos.count() == 2  # each content once
    assert b"Taken at home" not in first.file.read()
    office = Browser()
    office.force_login(world.actors["back_office"])
    assert f"/service/photos/{first.pk}/" in office.get(f"/service/{made.pk}/").content.decode()
    answer = office.get(f"/service/photos/{first.pk}/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert Browser().get(f"/service/photos/{first.pk}/").status_code == 302  # to the login
    stranger = Browser()
    stranger.force_login(world.actors["hr_beta"])
    assert stranger.get(f"/service/photos/{first.pk}/").status_code == 404


@pytest.mark.parametrize(
    "data",
    [b"<script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\xff\xd8\xff\xe0", b"MZ"],
)
def test_hostile_files_are_refused_and_the_words_stay(world, media, data):
    url = f"/service/c/{token_of(world.clients['own'])}/"
    file = SimpleUploadedFile("photo.jpg", data, "image/jpeg")
    page = Browser().post(url, said(photos=[picture(), file]))
    assert page.status_code == 200
    assert set(page.context["form"].errors) == {"photos"}
    assert "又少送一条" in page.content.decode()
    assert not ServiceRequest.objects.exists()
    assert not list(media.rglob("*.*"))


def test_more_photos_than_three_are_refused(world, media):
    url = f"/service/c/{token_of(world.clients['own'])}/"
    page = Browser().post(url, said(photos=[picture() for _each in range(4)]))
    assert set(page.context["form"].errors) == {"photos"}
    assert not ServiceRequest.objects.exists()
