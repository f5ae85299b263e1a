"""Known holes are found from a folder of advisories, too, as pip-audit would find them from the service."""

import json
import urllib.request

import pytest

from tools import advisories

ADVISORY = """
id: PYSEC-1
published: 2026-01-02T03:04:05Z
affected:
- package: {ecosystem: PyPI, name: Some_Package}
  ranges:
  - type: ECOSYSTEM
    events: [{introduced: "2.0"}, {fixed: 2.10}, {introduced: "3.0"}, {last_affected: 3.1}]
  versions: [1.0.post1]
"""


@pytest.fixture
def known(tmp_path):
    (tmp_path / "PYSEC-1.yaml").write_text(ADVISORY)
    return advisories.read(tmp_path)


@pytest.mark.parametrize(
    ("version", "hit"),
    [
        ("1.9", False),
        ("1.0.post1", True),
        ("2.0", True),
        ("2.2", True),
        ("2.10", False),
        ("3.1", True),
        ("3.2", False),
    ],
)
def test_versions_with_the_hole(known, version, hit):
    asked = {"package": {"name": "some.package"}, "version": version}
    assert bool(advisories.answer(known, asked)) is hit


def test_the_server_answers_like_the_service(known):
    server = advisories.serve(known)
    body = json.dumps({"package": {"name": "some-package"}, "version": "2.1"}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/", body) as answered:
        (found,) = json.load(answered)["vulns"]
    server.shutdown()
    assert (found["id"], found["published"]) == ("PYSEC-1", "2026-01-02T03:04:05Z")
