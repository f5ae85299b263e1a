"""A virus scanner, where one is named, sees every file before it is kept; without its word nothing is."""

import io
import socket
import struct
import threading

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from clients.imports import engine
from clients.imports.reading import FileError
from clients.models import Upload
from crm.lib import files, scanning

# The text by which scanners are tried out (eicar.org), in two pieces: this file itself shall alarm none.
HARM = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


class Scanner:
    """Speaks like clamd; ``seen`` are the files that it was shown."""

    def __init__(self, path):
        self.seen, self.limit = [], 1 << 30
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(path))
        self.door.listen()
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while True:
            try:
                line, _from = self.door.accept()
            except OSError:
                return
            with line, line.makefile("rb") as heard:
                line.sendall(self.answer(heard))

    def answer(self, heard):
        assert heard.read(10) == b"zINSTREAM\0"
        found = b""
        while size := struct.unpack(">I", heard.read(4))[0]:
            found += heard.read(size)
            if len(found) > self.limit:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.seen.append(found)
        return b"stream: Eicar-Signature FOUND\0" if HARM in found else b"stream: OK\0"


@pytest.fixture
def scanner(settings, tmp_path):
    found = Scanner(tmp_path / "clamd.ctl")
    settings.CLAMD_URL = f"unix://{tmp_path}/clamd.ctl"
    settings.MEDIA_ROOT = tmp_path / "media"
    yield found
    found.door.close()


def picture(comment=b""):
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", comment=comment)
    return out.getvalue()


def test_what_is_clean_is_kept_whole(scanner):
    text = "走访记录。\n".encode() * 20_000
    assert files.take(io.BytesIO(text), "a.txt").data == text
    assert scanner.seen == [text]


@pytest.mark.parametrize("raw", [HARM, b"%PDF-1.7\n" + HARM, picture(HARM)], ids=["text", "pdf", "picture"])
def test_what_is_harmful_is_refused(scanner, raw):
    with pytest.raises(ValidationError, match="病毒"):
        files.take(io.BytesIO(raw), "a.txt")


def test_photos_and_imports_are_shown_to_it(scanner, db, world):
    with pytest.raises(ValidationError, match="病毒"):
        files.reencode(io.BytesIO(picture(HARM)))
    with pytest.raises(FileError, match="病毒"):
        engine.receive(world.organisation, Upload.Target.CLIENTS, io.BytesIO(b"a,b\n" + HARM), "a.csv")
    assert not Upload.objects.exists()
    table = "客户编码,客户名称\nH1,兴隆\n".encode()
    kept = engine.receive(world.organisation, Upload.Target.CLIENTS, io.BytesIO(table), "a.csv")
    assert kept.file.read() == table


def test_without_its_word_nothing_is_kept(scanner):
    scanner.limit = 10
    for size in (100, 3_000_000):  # the answer comes at the end, or while the rest is still being sent
        with pytest.raises(ValidationError, match="查毒"):
            files.take(io.BytesIO(b"a" * size), "a.txt")
    assert scanner.seen == []


@pytest.mark.parametrize("url", ["unix:///nowhere/clamd.ctl", "tcp://127.0.0.1:1", "tcp://nowhere.invalid:3310"])
def test_a_scanner_that_is_away(settings, url):
    settings.CLAMD_URL = url
    with pytest.raises(ValidationError):
        scanning.check(io.BytesIO(b"a"))


def test_without_a_scanner_nothing_is_asked(settings):
    settings.CLAMD_URL = ""
    assert files.take(io.BytesIO(HARM), "a.txt").data == HARM
