"""What operators rely on: request ids, logs, figures, errors, and files that start what they say."""

import configparser
import json
import logging
import re
from pathlib import Path

import pytest
import yaml

from crm import metrics, tracing
from crm.lib import jobs
from crm.lib.errors import cleaned
from tools import environment

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())


# --- Request ids and logs -----------------------------------------------------------------------------------------


def test_each_answer_has_an_id(client, db):
    own = client.get("/login/").headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", own)
    assert client.get("/login/").headers["X-Request-ID"] != own
    given = client.get("/login/", headers={"X-Request-ID": "proxy-0123456789"})
    assert given.headers["X-Request-ID"] == "proxy-0123456789"


@pytest.mark.parametrize("forged", ["short", "x" * 65, "two\twords-12345", 'quote"12345678', "%0a12345678"])
def test_what_could_forge_a_line_is_not_taken_over(client, db, forged):
    assert client.get("/login/", headers={"X-Request-ID": forged}).headers["X-Request-ID"] != forged


def test_json_lines(client, db, monkeypatch):
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", records.append)
    monkeypatch.setattr(tracing, "logger", logging.Logger("crm.requests"))  # whatever else is set up in this process
    tracing.logger.addHandler(handler)
    answer = client.get("/calendar/zf_very-secret-word.ics", headers={"X-Request-ID": "proxy-0123456789"})
    [record] = records
    token = tracing.current.set("proxy-0123456789")
    line = json.loads(tracing.JsonFormatter().format(record))
    tracing.current.reset(token)
    assert (line["request_id"], line["view"], line["status"]) == ("proxy-0123456789", "calendar", answer.status_code)
    assert "secret" not in json.dumps(line)


def test_json_lines_hide_personal_numbers_and_carry_tracebacks():
    try:
        raise ValueError("13812345678 刘洋")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "f", 1, "called %s", ("13812345678",), __import__("sys").exc_info()
        )
    line = json.loads(tracing.JsonFormatter().format(record))
    assert "13812345678" not in json.dumps(line)
    assert "ValueError" in line["traceback"]


def test_a_tasks_lines_carry_its_id():
    tracing.task_begins(task_id="task-1")
    assert tracing.current.get() == "task-1"
    tracing.task_ends()
    assert tracing.current.get() == ""


# --- Figures ------------------------------------------------------------------------------------------------------


def test_metrics_need_their_token(client, db, settings):
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "a-token"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 401
    assert client.post("/metrics", headers={"Authorization": "Bearer a-token"}).status_code in (403, 405)


def test_metrics_count_what_happens(client, world, settings):
    settings.METRICS_TOKEN = "a-token"
    for _twice in range(2):
        client.get("/login/")
    client.get("/login/nowhere")
    jobs.request("score_managers", world.organisation.pk, period="2026-10")
    text = client.get("/metrics", headers={"Authorization": "Bearer a-token"}).content.decode()
    assert 'zoufang_requests_total{method="GET",view="people:login",status="200"} 2' in text
    assert 'zoufang_requests_total{method="GET",view="none",status="404"} 1' in text
    assert "zoufang_request_seconds_count 3" in text
    assert 'zoufang_jobs{kind="score_managers",state="requested"} 1' in text
    assert 'zoufang_up{part="database"} 1' in text
    assert 'zoufang_up{part="worker"} 0' in text
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{[^{}]*\})? -?[\d.]+", line), line


def test_without_a_broker_requests_go_on_uncounted(client, db, settings):
    settings.METRICS_TOKEN = "a-token"
    settings.REDIS_URL = "unix:///nowhere"
    metrics._redis.cache_clear()
    metrics.count_request("GET", "x", 200, 0.1)
    text = client.get("/metrics", headers={"Authorization": "Bearer a-token"}).content.decode()
    assert "zoufang_requests_total" not in text
    assert "zoufang_up" in text
    metrics._redis.cache_clear()


# --- Errors -------------------------------------------------------------------------------------------------------


def test_errors_are_told_without_what_the_browser_sent():
    event = {
        "request": {"url": "https://x/", "method": "POST", "data": {"password": "p"}, "cookies": {"sessionid": "s"}},
        "exception": {"values": [{"value": "no client with 13812345678"}]},
    }
    text = json.dumps(cleaned(event, {}))
    assert "sessionid" not in text
    assert "password" not in text
    assert "13812345678" not in text
    assert "no client with" in text


# --- Files of operations ------------------------------------------------------------------------------------------


def test_the_environment_reference_is_current():
    for language, text in environment.pages().items():
        assert environment.DOCS[language].read_text("utf-8") == text, "run python -m tools.environment"


def test_a_variable_that_nobody_describes_is_an_error(monkeypatch):
    monkeypatch.setattr(environment, "variables", lambda: {"NEW_ONE": ""})
    with pytest.raises(ValueError, match="NEW_ONE"):
        environment.pages()


def known_variables():
    return set(environment.variables()) | {"APP_PASSWORD", "OWNER_PASSWORD"}


def test_example_files_name_only_variables_that_are_read():
    lines = (ROOT / "deploy" / "example.env").read_text().splitlines()
    names = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    for service in COMPOSE["services"].values():
        if service.get("image") == "zoufang:latest":
            names |= set(service["environment"])
    image = (ROOT / "Dockerfile").read_text()
    names |= set(re.findall(r"(\w+)=", next(line for line in image.splitlines() if line.startswith("ENV"))))
    assert names - known_variables() - {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} == set()


def commands():
    """What compose and systemd start, as words."""
    found = {name: service["command"] for name, service in COMPOSE["services"].items() if "build" in service
             and "command" in service}  # fmt: skip
    found["web"] = json.loads((ROOT / "Dockerfile").read_text().splitlines()[-1].removeprefix("CMD "))
    for path in (ROOT / "deploy" / "systemd").glob("*.service"):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str
        unit.read(path)
        found[path.stem] = unit["Service"]["ExecStart"].replace("/opt/zoufang/.venv/bin/", "").split()
    return found


def test_the_same_parts_everywhere():
    """Web, worker and clock by compose and by systemd: the same applications as make demo starts."""
    found = {name: words[:4] for name, words in commands().items()}
    assert found["migrate"] == ["python", "manage.py", "migrate"]
    for name in ("web", "zoufang-web"):
        assert found[name][:2] == ["gunicorn", "crm.wsgi"]
    for part in ("worker", "beat"):
        for name in (part, f"zoufang-{part}"):
            assert found[name] == ["celery", "-A", "crm.celery", part]


def test_the_serving_role_of_compose_owns_nothing():
    for name in ("web", "worker", "beat"):
        service = COMPOSE["services"][name]
        assert "zoufang_app:" in service["environment"]["DATABASE_URL"]
        assert "DATABASE_OWNER_URL" not in service["environment"]
    assert "zoufang_owner:" in COMPOSE["services"]["migrate"]["environment"]["DATABASE_OWNER_URL"]
    assert COMPOSE["services"]["broker"]["command"][-1] == "noeviction"


def test_nginx_sets_what_the_site_trusts_and_nothing_of_the_browsers():
    text = (ROOT / "deploy" / "nginx" / "zoufang.conf").read_text()
    for header in ("Host $host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto https", "X-Request-ID $request_id"):
        assert f"proxy_set_header {header};" in text
    assert "proxy_add_x_forwarded_for" not in text
    assert text.count("{") == text.count("}")


def test_what_is_copied_into_the_image_is_there():
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                assert (ROOT / name).exists(), name
    for folder in ("deploy/nginx/zoufang.conf", "deploy/postgres/roles.sh"):
        assert (ROOT / folder).exists()
