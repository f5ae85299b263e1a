"""A backup brought back into a fresh instance is the same to the last row, and says so when it is not."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from crm import backups
from people.services import notify

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def archive(world, tmp_path, settings) -> Path:
    """A backup of a small world with one uploaded file."""
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media/photos").mkdir(parents=True)
    (tmp_path / "media/photos/门头.jpg").write_bytes(b"picture")
    notify([world.am], "备份之前", key="before")
    return backups.make(tmp_path / "backups")


@pytest.fixture
def fresh(tmp_path) -> dict[str, str]:
    """The environment of an instance that nobody has used, on embedded services of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return environment | {"VAR_DIR": str(tmp_path / "other"), "DJANGO_SETTINGS_MODULE": "crm.settings"}


def manage(environment, *arguments) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


def test_the_drill(archive, fresh, tmp_path):
    restored = manage(fresh, "restore", archive, "--json")
    assert restored.returncode == 0, restored.stderr
    told = json.loads(restored.stdout)
    assert (told["is_same"], told["files"], told["audit_whole"]) == (True, 1, True)
    assert told["tables"] > 50
    assert (tmp_path / "other/media/photos/门头.jpg").read_bytes() == b"picture"
    again = manage(fresh, "restore", archive)
    assert again.returncode == 1
    assert "not empty" in again.stderr
    # The copy is sealed and audited like the first one: the serving role may read and may not rewrite.
    probe = "from django.db import connection as c; k = c.cursor(); k.execute('{}')"
    seen = "SELECT count(*) FROM people_notification"
    assert manage(fresh, "shell", "-c", probe.format(seen)).returncode == 0
    refused = manage(fresh, "shell", "-c", probe.format("DELETE FROM lib_auditevent"))
    assert refused.returncode != 0
    assert "permission denied" in refused.stderr


def test_a_damaged_archive_is_refused(archive, tmp_path):
    whole = tmp_path / "whole"
    with tarfile.open(archive) as opened:
        opened.extractall(whole, filter="data")
    (whole / "media/photos/门头.jpg").write_bytes(b"another")
    spoiled = tmp_path / "spoiled.tar"
    with tarfile.open(spoiled, "w") as made:
        for path in sorted(whole.rglob("*")):
            made.add(path, path.relative_to(whole), recursive=False)
    with pytest.raises(backups.BackupError, match=r"Damaged in the archive: photos/门头.jpg"):
        backups._unpack(spoiled, tmp_path / "out")


def test_a_row_that_differs_is_named(archive):
    with tarfile.open(archive) as opened:
        manifest = json.load(opened.extractfile("manifest.json"))
    assert backups.compare(manifest).is_same
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_notification SET text = '备份之后'")
    assert backups.compare(manifest).differing == ["people_notification"]
    (Path(settings.MEDIA_ROOT) / "photos/门头.jpg").unlink()
    assert backups.compare(manifest).differing == ["people_notification", "photos/门头.jpg"]


def test_a_missing_program_is_named(monkeypatch, tmp_path, world):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(backups.BackupError, match="age is not installed"):
        backups.make(tmp_path / "backups", "age1recipient")
    assert list((tmp_path / "backups").iterdir()) == []
