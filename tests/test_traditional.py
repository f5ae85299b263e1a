"""Traditional Chinese: made from the simplified catalogues, whole, with the terms that people chose."""

import re

import polib
import pytest
from django.test import Client as Browser
from django.utils import translation
from django.utils.translation import gettext

from tools import messages

# Domain term → how readers of Traditional Chinese say it.
REVIEWED = {
    "Account manager": "客戶經理", "Supervisor": "主管", "Back office": "後台支援崗", "Scorecard": "考核表",
    "Alerts": "預警", "Search": "搜尋", "Save": "儲存", "Settings": "設定", "Webhooks": "事件推送", "Contracts": "合約",
    "Visit logs": "走訪記錄", "Audit": "操作稽核", "Imports": "資料匯入",
}  # fmt: skip


@pytest.mark.parametrize("package", messages.PACKAGES)
def test_no_placeholder_is_lost_and_no_simplified_character_stays(package):
    path = messages.catalogue_path(messages.ROOT, package)
    before = messages.load(path)
    after = messages.traditional(messages.load(path))
    assert len(before) == len(after) > 50
    for old, new in zip(before, after, strict=True):
        texts = [
            (old.msgstr, new.msgstr),
            *((old.msgstr_plural[key], new.msgstr_plural[key]) for key in old.msgstr_plural),
        ]
        for simplified, traditional in texts:
            assert messages.placeholders(simplified) == messages.placeholders(traditional), traditional
            assert re.findall(r"<[^>]*>", simplified) == re.findall(r"<[^>]*>", traditional)
            assert not re.search("[户访评级绩录审构门机时说问题]", traditional), traditional


def test_a_compiled_catalogue_says_which_language_it_is(tmp_path):
    (tmp_path / "crm/locale/zh_Hans/LC_MESSAGES").mkdir(parents=True)
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    catalogue.append(polib.POEntry(msgid="Client", msgstr="客户"))
    catalogue.save(str(messages.catalogue_path(tmp_path, "crm")))
    assert messages.compile_package(tmp_path, "crm")
    assert not messages.compile_package(tmp_path, "crm")
    made = polib.mofile(str(tmp_path / "crm/locale/zh_Hant/LC_MESSAGES/django.mo"))
    assert made.find("Client").msgstr == "客戶"


# How the converter reads single characters wrongly, and words of the mainland that others say differently.
WRONG = re.compile(
    "天后|併看|[^一]併發|發布|已籤|周總結|按周|[0-9) ]周|臺|"
    "合同|網絡|程序(?!員)|字段|模板|粘貼|營銷|反饋|信號|實時|軟件|信息|默認"
)


@pytest.mark.parametrize("package", messages.PACKAGES)
def test_no_wrong_conversion_stays(package):
    made = messages.traditional(messages.load(messages.catalogue_path(messages.ROOT, package)))
    texts = [text for entry in made for text in (entry.msgstr, *entry.msgstr_plural.values())]
    assert [text for text in texts if WRONG.search(text.replace("處理程序", ""))] == []


def test_reviewed_terms():
    with translation.override("zh-hant"):
        assert {term: gettext(term) for term in REVIEWED} == REVIEWED


@pytest.mark.django_db
def test_somebody_chooses_it(world):
    browser = Browser()
    page = browser.get("/login/").content.decode()
    assert "繁體中文" in page
    browser.post("/language/", {"language": "zh-hant"})
    page = browser.get("/login/")
    assert page.headers["Content-Language"] == "zh-hant"
    assert "登入" in page.content.decode()
    browser.force_login(world.am)
    home = browser.get("/").content.decode()
    assert "客戶" in home
    assert '<html lang="zh-hant"' in home
    assert "简体中文" in home  # the way back


def test_names_in_files_of_rules_are_shown_in_chinese():
    from kpi.wording import text

    with translation.override("zh-hant"):
        assert text({"en": "Visiting", "zh-hans": "客户走访"}) == "客户走访"
