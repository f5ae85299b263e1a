"""What containers and units say is true without a daemon: files, names, users, the same settings everywhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.test_operations import COMPOSE, ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
IGNORED = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}
# Settings that may differ between the embedded servers and compose: where the parts are, and what a server must be.
MAY_DIFFER = {
    "ALLOWED_HOSTS", "CACHES", "CELERY_BEAT_SCHEDULE_FILENAME", "CELERY_BROKER_URL", "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE", "CSRF_TRUSTED_ORIGINS", "DATABASES", "DATABASE_OWNER", "DATABASE_OWNER_URL",
    "DATABASE_SERVING", "DATABASE_URL", "HTTPS", "LANGUAGE_COOKIE_NAME", "LANGUAGE_COOKIE_SECURE", "LOGGING",
    "LOG_JSON", "MEDIA_ROOT", "METRICS_TOKEN", "REDIS_URL", "SECOND_FACTOR_ROLES", "SECRET_KEY",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD", "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER", "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SITE_URL", "STATIC_ROOT", "TRUSTED_PROXIES", "VAR_DIR",
}  # fmt: skip


def instructions():
    """(instruction, rest) of the Dockerfile, lines that go on joined."""
    text = re.sub(r"\\\n\s*", " ", "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#")))
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


# --- The image --------------------------------------------------------------------------------------------------------


def test_the_image_is_built_as_one_builds_images():
    found = instructions()
    assert {name for name, _rest in found} <= KNOWN  # no ADD, no MAINTAINER, nothing mistyped
    stages = [rest for name, rest in found if name == "FROM"]
    assert all(":" in rest and ":latest" not in rest for rest in stages)
    users = [rest for name, rest in found if name == "USER"]
    assert users
    assert users[-1] not in ("root", "0")
    assert [name for name, _rest in found].index("USER") < [name for name, _rest in found].index("CMD")
    for name, rest in found:
        if name in ("CMD", "HEALTHCHECK"):
            json.loads(rest[rest.index("[") :])  # without a shell: signals reach the program
        if name == "RUN":
            assert subprocess.run(["sh", "-n", "-c", rest], check=False).returncode == 0, rest
            assert "apt-get install" not in rest or (
                "--no-install-recommends" in rest and "rm -rf /var/lib/apt" in rest
            )
            assert "pip install" not in rest or "--no-cache-dir" in rest


def test_nothing_that_the_image_needs_is_kept_from_it():
    """What is copied is there and not ignored; what is run in it (programs, modules, packages) is copied."""

    def kept_out(name):
        return any(fnmatch(name, pattern.removeprefix("**/")) for pattern in IGNORED)

    copied = [rest.split() for name, rest in instructions() if name == "COPY"]
    for words in copied:
        if not words[0].startswith("--from"):
            for name in words[:-1]:
                assert name == "." or ((ROOT / name).exists() and not kept_out(name)), name
    assert [".", "."] in copied
    for module in re.findall(r"python -m ([\w.]+)", DOCKERFILE):
        path = module.replace(".", "/")
        assert (ROOT / f"{path}.py").exists() or (ROOT / path / "__init__.py").exists(), module
        assert not kept_out(module.partition(".")[0])
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert packages
    assert not any(kept_out(name) for name in packages | {"manage.py", "templates", "static", "tools"})
    for secret in (".env", "var", ".git"):
        assert kept_out(secret), secret


def test_what_runs_imports_nothing_that_is_kept_out():
    needed = re.compile(r"^\s*(?:from|import) (tests|benchmarks)\b", re.MULTILINE)
    packages = [path.parent for path in ROOT.glob("*/apps.py")] + [ROOT / "tools"]
    found = [path for package in packages for path in package.rglob("*.py") if needed.search(path.read_text("utf-8"))]
    assert not found


# --- Compose ----------------------------------------------------------------------------------------------------------


def test_services_know_each_other():
    services, volumes = COMPOSE["services"], set(COMPOSE["volumes"])
    wanted = {"service_healthy": "healthcheck", "service_completed_successfully": "command", "service_started": "image"}
    for name, service in services.items():
        needs = service.get("depends_on", {})
        for other, how in needs.items() if isinstance(needs, dict) else ((one, {}) for one in needs):
            assert wanted[how.get("condition", "service_started")] in services[other], (name, other)
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in volumes or source == "./deploy/tls" or (ROOT / source).exists(), (name, volume)
        image = service["image"]
        assert ":" in image, name
        assert "build" in service or not image.endswith(":latest"), name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    hosts = set(re.findall(r"@(\w+)/|redis://(\w+):|server (\w+):", (ROOT / "compose.yaml").read_text()
                           + (ROOT / "deploy/nginx/zoufang.conf").read_text()))  # fmt: skip
    assert {"".join(host) for host in hosts} == {"database", "broker", "web"}


def test_every_variable_of_compose_stands_in_the_example():
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    example = set(re.findall(r"^(\w+)=", (ROOT / "deploy" / "example.env").read_text(), re.MULTILINE))
    assert asked == {"APP_PASSWORD", "OWNER_PASSWORD"}
    assert asked < example
    roles = (ROOT / "deploy" / "postgres" / "roles.sh").read_text()
    given = COMPOSE["services"]["database"]["environment"]
    assert set(re.findall(r"\$(\w+)", roles)) <= set(given)


DIFFERENT = """
import json
import sys
from django.conf import settings
def shown(value):
    try:
        return repr(value)
    except Exception:  # a text that waits for its language
        return type(value).__name__
json.dump({name: shown(getattr(settings, name)) for name in dir(settings) if name.isupper()}, sys.stdout)
"""


def settings_under(**environment):
    """The program that prints them, started: two of them run beside each other."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    values = {"DJANGO_SETTINGS_MODULE": "crm.settings", "NO_SERVICES": "1", **kept, **environment}
    return subprocess.Popen([sys.executable, "-c", DIFFERENT], cwd=ROOT, env=values, stdout=subprocess.PIPE)


def test_the_same_features_by_compose_and_embedded(tmp_path):
    """One settings module serves both: apps, middleware, schedules and limits are equal, only addresses differ."""
    lines = (ROOT / "deploy" / "example.env").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and line[0] != "#")
    given = COMPOSE["services"]["web"]["environment"]
    filled = {name: value or "x" * 50 for name, value in example.items()}
    of_compose = settings_under(
        **filled,
        REDIS_URL=given["REDIS_URL"],
        DATABASE_URL=re.sub(r"\$\{.*?\}", "secret", given["DATABASE_URL"]),
        VAR_DIR=str(tmp_path / "compose"),
    )
    of_embedded = settings_under(VAR_DIR=str(tmp_path / "embedded"))
    compose, embedded = (json.loads(program.communicate()[0]) for program in (of_compose, of_embedded))
    assert compose.keys() == embedded.keys()
    other = {name for name in compose if compose[name] != embedded[name]}
    assert sorted(other - MAY_DIFFER) == []
    assert {"DATABASE_URL", "SESSION_COOKIE_SECURE"} <= other  # what must differ does


# --- Units and proxy --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
def test_systemd_takes_the_units(tmp_path):
    programs = tmp_path / "opt/zoufang/.venv/bin"
    programs.mkdir(parents=True)
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    for name in ("celery", "gunicorn"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    for name in ("sysinit", "basic", "shutdown", "network-online"):  # what every system has
        (units / f"{name}.target").write_text("[Unit]\n")
    names = []
    for path in (ROOT / "deploy" / "systemd").glob("*.service"):
        shutil.copy(path, units)
        names.append(path.name)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"--root={tmp_path}", *names],
                          capture_output=True, text=True, check=False)  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "zoufang" in line and "not-found" not in line]
    assert not ours, done.stderr
    assert len(names) == 3


@pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx on this machine")
def test_nginx_takes_the_example(tmp_path):
    text = (ROOT / "deploy" / "nginx" / "zoufang.conf").read_text()
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=crm.example.com",
         "-keyout", tmp_path / "privkey.pem", "-out", tmp_path / "fullchain.pem"], capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0
    text = text.replace("/etc/nginx/tls", str(tmp_path)).replace("server web:", "server 127.0.0.1:")
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {text} }}")
    done = subprocess.run(["nginx", "-t", "-e", "stderr", "-c", tmp_path / "nginx.conf"], capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert "syntax is ok" in done.stderr, done.stderr  # folders of the system may be missing here


# --- The table of docs/deployment.md ----------------------------------------------------------------------------------


def cells():
    """(part, column, word in code marks) of the table."""
    for line in (ROOT / "docs" / "deployment.md").read_text("utf-8").splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if len(row) == 4 and not row[0].startswith(("部件", "---")):
            for column, cell in enumerate(row[1:]):
                yield from ((row[0], column, word) for word in re.findall(r"`([^`]+)`", cell))


def test_the_table_of_parts_says_what_the_files_say():
    upgrade = (ROOT / "docs" / "upgrade.md").read_text("utf-8") + (ROOT / "docs" / "deployment.md").read_text("utf-8")
    sources = [
        (ROOT / "crm/management/commands/demo.py").read_text("utf-8"),
        "\n".join(path.read_text("utf-8") for path in (ROOT / "compose.yaml", ROOT / "Dockerfile")),
        "\n".join(path.read_text("utf-8") for path in (ROOT / "deploy" / "systemd").glob("*")),
    ]
    found = list(cells())
    assert len({part for part, _column, _word in found}) == 12
    for part, column, word in found:
        known = word in sources[column] or (ROOT / "deploy/systemd" / word).exists()
        by_hand = column == 2 and any(word in line for line in upgrade.splitlines() if "|" not in line)
        elsewhere = word in ("/healthz", "setup_link") and word in (ROOT / "crm/urls.py").read_text() + upgrade
        assert known or by_hand or elsewhere, (part, word)
    services = {word for _part, column, word in found if column == 1} & set(COMPOSE["services"])
    assert services == set(COMPOSE["services"])
    units = {path.name for path in Path(ROOT / "deploy" / "systemd").glob("*")}
    assert units < {word for _part, column, word in found if column == 2}
