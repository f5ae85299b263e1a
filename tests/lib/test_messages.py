"""The catalogue tool: extraction from Python and templates, merging, checks, filling, compiling."""

import gettext
import json
from pathlib import Path

import polib
import pytest

from tools import messages

PYTHON = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext

NAME = gettext_lazy("Client")


def words(n):
    # Translators: on the client page
    _("Owner")
    pgettext("state", "Open")
    return ngettext("%(n)d visit", "%(n)d visits", n)
"""
TEMPLATE = """
{% extends "base.html" %}
  <h1 title="{% translate 'A title' %}">{% trans "Heading" %}</h1>
     {% trans "Open" context "verb" %}
{% empty_state "inbox" _("No clients") text=_("Import them") %} {{ name|default:_("nameless") }}
    {% blocktrans trimmed count n=total %}
      One of {{ place }}
    {% plural %}
      {{ n }} of {{ place }}, 5%
    {% endblocktrans %}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, "clients/views.py", PYTHON)
    write(tmp_path, "templates/clients/list.html", TEMPLATE)
    write(tmp_path, "templates/base.html", '{% trans "Skip to content" %}')
    write(tmp_path, "templates/parts/form.html", '{% trans "Save" %}')
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def entries(root: Path, package: str) -> dict[str, polib.POEntry]:
    return {messages._name(entry): entry for entry in messages.load(messages.catalogue_path(root, package))}


def run(root: Path, *arguments: str) -> int:
    return messages.main(list(arguments), root)


def complete(root: Path) -> None:
    """Translate every text of the project."""
    for package in ("clients", "crm"):
        texts = {name: f"译{entry.msgid_plural or entry.msgid}" for name, entry in entries(root, package).items()}
        messages.fill(root, package, texts)


def test_python_and_template_texts_are_found(project):
    run(project)
    found = entries(project, "clients")
    assert set(found) == {
        "%(n)d visit", "A title", "Client", "Heading", "Import them", "No clients", "One of %(place)s", "Owner",
        "nameless", "state\u0004Open", "verb\u0004Open",
    }  # fmt: skip
    assert found["One of %(place)s"].msgid_plural == "%(n)s of %(place)s, 5%%"
    assert found["Owner"].comment == "Translators: on the client page"


def test_shared_templates_belong_to_crm(project):
    run(project)
    assert set(entries(project, "crm")) == {"Save", "Skip to content"}


def test_one_package_alone(project):
    run(project, "crm")
    assert messages.catalogue_path(project, "crm").exists()
    assert not messages.catalogue_path(project, "clients").exists()


def test_a_second_run_changes_nothing(project):
    run(project)
    complete(project)
    before = messages.catalogue_path(project, "clients").read_bytes()
    run(project)
    assert messages.catalogue_path(project, "clients").read_bytes() == before


def test_translations_are_kept_and_vanished_texts_dropped(project):
    run(project)
    complete(project)
    write(project, "clients/views.py", PYTHON.replace("Client", "Shop"))
    run(project, "clients")
    found = entries(project, "clients")
    assert "Client" not in found
    assert found["Shop"].msgstr == ""
    assert found["Owner"].msgstr == "译Owner"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("templates/clients/list.html", "{% blocktrans %}half of a"),
        ("templates/clients/list.html", "{% blocktrans %}{% if a %}b{% endif %}{% endblocktrans %}"),
        ("clients/views.py", "def broken(:\n"),
    ],
)
def test_a_half_written_file_is_reported_and_drops_nothing(project, capsys, name, text):
    run(project)
    complete(project)
    before = set(entries(project, "clients"))
    write(project, name, text)
    assert run(project, "clients") == 0
    assert f"cannot read {name}" in capsys.readouterr().err
    assert set(entries(project, "clients")) == before
    assert run(project, "--check", "clients") == 1


def test_a_text_known_elsewhere_takes_that_translation(project):
    run(project)
    messages.fill(project, "crm", {"Save": "保存"})
    write(project, "clients/forms.py", '_("Save")')
    run(project, "clients")
    assert entries(project, "clients")["Save"].msgstr == "保存"


def test_check_passes_only_when_complete(project, capsys):
    run(project)
    assert run(project, "--check") == 1
    assert "clients: untranslated: 'Client'" in capsys.readouterr().out
    complete(project)
    assert run(project, "--check") == 0


def test_check_sees_a_stale_catalogue_and_leaves_it(project, capsys):
    run(project)
    complete(project)
    before = messages.catalogue_path(project, "clients").read_bytes()
    write(project, "clients/more.py", '_("New text")')
    assert run(project, "--check", "clients") == 1
    assert "1 new, 0 gone" in capsys.readouterr().out
    assert messages.catalogue_path(project, "clients").read_bytes() == before


def test_check_sees_fuzzy_entries(project, capsys):
    run(project)
    complete(project)
    path = messages.catalogue_path(project, "clients")
    catalogue = messages.load(path)
    catalogue.find("Owner").fuzzy = True
    catalogue.save(str(path))
    assert run(project, "--check", "clients") == 1
    assert "fuzzy: 'Owner'" in capsys.readouterr().out


def test_check_sees_two_translations_of_one_text(project, capsys):
    write(project, "clients/forms.py", '_("Save")')
    run(project)
    complete(project)
    messages.fill(project, "clients", {"Save": "存"})
    assert run(project, "--check") == 1
    assert "translated differently" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("msgid", "msgstr", "error"),
    [
        ("%(n)s clients", "%(n)s 户", None),
        ("%(n)s clients", "户", "lacks %(n)s"),
        ("%(n)s clients", "%(m)s 户", "lacks %(n)s and has unknown %(m)s"),
        ("%(name)s", "%(name)s，%(name)s", None),
        ("%s of %s", "%s", "lacks %s"),
        ("{done} of {total}", "{total} 之 {done}", None),
        ("{done} of {total}", "{total}", "lacks {done}"),
        ("100%% of %(n)s", "%(n)s 的 100%%", None),
        ("100% sure", "有十足把握", None),
        ("Plain", "多了 {x}", "has unknown {x}"),
    ],
)
def test_placeholders_must_agree(msgid, msgstr, error):
    assert messages.placeholder_error(polib.POEntry(msgid=msgid), msgstr) == error


def test_a_plural_translation_carries_the_placeholders_of_the_plural():
    entry = polib.POEntry(msgid="One of %(place)s", msgid_plural="%(n)s of %(place)s")
    assert messages.placeholder_error(entry, "%(place)s 的 %(n)s 个") is None
    assert messages.placeholder_error(entry, "%(place)s 的一个") == "lacks %(n)s"


def test_todo_lists_what_fill_then_takes(project, capsys, tmp_path):
    run(project, "--todo", "clients")
    todo = json.loads(capsys.readouterr().out)
    assert todo["Client"] == ""
    file = tmp_path / "texts.json"
    file.write_text(json.dumps({"Client": "客户", "verb\u0004Open": "打开", "%(n)d visit": "%(n)d 次走访"}))
    assert run(project, "--fill", "clients", str(file)) == 0
    found = entries(project, "clients")
    assert found["Client"].msgstr == "客户"
    assert found["verb\u0004Open"].msgstr == "打开"
    assert found["state\u0004Open"].msgstr == ""
    assert found["%(n)d visit"].msgstr_plural == {0: "%(n)d 次走访"}


def test_fill_refuses_unknown_texts_and_broken_placeholders(project):
    run(project)
    refused = messages.fill(project, "clients", {"Nobody": "无", "%(n)d visit": "走访", "Client": "客户"})
    assert refused == ["not a text of clients: 'Nobody'", "lacks %(n)s: '%(n)d visit'"]
    assert entries(project, "clients")["Client"].msgstr == "客户"


def test_compiled_catalogue_is_read_by_gettext(project):
    run(project)
    complete(project)
    path = messages.catalogue_path(project, "clients").with_suffix(".mo")
    path.unlink()
    run(project, "--compile")
    with path.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("Client") == "译Client"
    assert compiled.pgettext("state", "Open") == "译Open"
    assert compiled.ngettext("%(n)d visit", "%(n)d visits", 1) == "译%(n)d visits"


def test_an_unknown_package_is_named(project, capsys):
    with pytest.raises(SystemExit):
        run(project, "clints")
    assert "no such package: clints" in capsys.readouterr().err
