import datetime as dt
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from PIL import Image

from crm.lib.files import MOST_PICTURE_BYTES, reencode
from tests.visits.make import TODAY, at, visit
from visits.models import Photo, TraceFlag
from visits.services import add_photo, verify
from visits.services.photos import MOST_PHOTOS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture(width=64, height=48, colour=(200, 30, 30), kind="JPEG", **options) -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind, **options)
    out.seek(0)
    return out


def size_of(data: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(data)).size


def test_a_photo_is_made_small_and_upright_and_loses_what_the_camera_wrote():
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the phone turned: rotate by 90°
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    data, width, height = reencode(picture(4000, 2000, exif=exif))
    assert (width, height) == size_of(data) == (800, 1600)
    assert not Image.open(BytesIO(data)).getexif()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_become_jpeg(kind):
    assert Image.open(BytesIO(reencode(picture(kind=kind))[0])).format == "JPEG"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"\xff\xd8\xff\xe0 broken",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture().getvalue()[:300],
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(ValidationError):
        reencode(BytesIO(data))


def test_thirty_megabytes_are_refused():
    with pytest.raises(ValidationError, match="12"):
        reencode(BytesIO(b"\xff\xd8" + b"0" * (30 * 1024 * 1024)))
    assert MOST_PICTURE_BYTES < 30 * 1024 * 1024


def test_a_picture_that_unpacks_without_end_is_refused():
    with pytest.raises(ValidationError):
        reencode(picture(12_000, 8_000, kind="PNG"))


def test_the_same_photo_twice_is_one(world):
    made = visit(world.am, world.clients["own"])
    first, again = add_photo(made, picture()), add_photo(made, picture())
    assert (first[1], again[1]) == (True, False)
    assert Photo.objects.count() == 1
    assert not TraceFlag.objects.filter(kind="same_photo").exists()


def test_a_photo_of_an_earlier_visit_raises_a_doubt_with_the_reason(world):
    earlier = visit(world.am, world.clients["own"], at(9, day=TODAY - dt.timedelta(days=3)))
    add_photo(earlier, picture())
    made = visit(world.am, world.clients["own"])
    add_photo(made, picture())
    add_photo(made, picture(colour=(1, 2, 3)))
    flag = made.flags.get(kind="same_photo")
    assert flag.figures["visit"] == earlier.pk
    assert "兴隆便利店" in flag.reason
    assert not earlier.flags.exists()


def test_another_organisations_photo_is_no_matter_here(world):
    add_photo(visit(world.managers["other_org"], world.clients["other_org"]), picture())
    made = visit(world.am, world.clients["own"])
    add_photo(made, picture())
    assert not made.flags.exists()


def test_so_many_and_no_more_and_none_after_verification(world):
    made = visit(world.am, world.clients["own"])
    for number in range(MOST_PHOTOS):
        add_photo(made, picture(colour=(number * 20, 0, 0)))
    with pytest.raises(ValidationError):
        add_photo(made, picture(colour=(0, 255, 0)))
    other = visit(world.am, world.clients["own"], at(11))
    verify([other.pk], world.supervisor, "")
    with pytest.raises(ValidationError):
        add_photo(other, picture())


@pytest.fixture
def am(world):
    browser = Browser()
    browser.force_login(world.am)
    return browser


def file(data=None):
    return SimpleUploadedFile("photo.jpg", data or picture().getvalue(), "image/jpeg")


def test_upload_by_the_visits_id_and_show_to_those_who_see_it(world, am):
    made = visit(world.am, world.clients["own"])
    answer = am.post("/visits/photos/", {"client_uuid": str(made.client_uuid), "photo": file()})
    number = answer.json()["photo"]
    shown = am.get(f"/visits/photos/{number}/")
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert size_of(b"".join(shown.streaming_content)) == (64, 48)
    assert f"/visits/photos/{number}/" in am.get(f"/visits/{made.pk}/").content.decode()
    stranger = Browser()
    stranger.force_login(world.managers["other_team"])
    assert stranger.get(f"/visits/photos/{number}/").status_code == 404


@pytest.mark.parametrize(("number", "status"), [("x", 400), ("8f056106-27eb-4671-bce0-49d13aec6d67", 404)])
def test_a_photo_without_its_visit(am, number, status):
    assert am.post("/visits/photos/", {"client_uuid": number, "photo": file()}).status_code == status


def test_a_photo_that_will_never_be_taken_is_answered_so(world, am):
    made = visit(world.am, world.clients["own"])
    for data in (b"broken", None):
        post = {"client_uuid": str(made.client_uuid)} | ({"photo": file(data)} if data else {})
        answer = am.post("/visits/photos/", post)
        assert answer.status_code == 422
        assert answer.json()["error"]
