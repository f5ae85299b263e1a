"""A supervisor's tools in a browser: the list and all that one does to it, two files made one, a handover."""

import csv
import datetime as dt

from playwright.sync_api import Page, expect

from clients.models import Client, Handover
from clients.names import spelling
from crm.lib import periods
from tests.browser import press
from tests.clients.helpers import add_client


def codes(page: Page) -> list[str]:
    return [text.split(" ")[0] for text in page.locator("tbody .zf-cell-sub").all_inner_texts()]


def test_the_list_two_files_made_one_and_a_handover(transactional_db, world, page_of):
    for number in range(3):
        add_client(world, f"H{number}", name=f"云上宾馆{number}", business_format="hotel", phone=f"1390000000{number}")
    add_client(world, "S1", name="小卖部")
    for client in Client.objects.all():
        Client.objects.filter(pk=client.pk).update(pinyin=spelling(client.name))
    page = page_of(world.supervisor)

    # A chip narrows the list; part of the name and the initials find the same.
    page.goto("/clients/")
    page.locator(".zf-chip", has_text="业态").click()
    page.locator(".dropdown-menu.show").get_by_text("宾馆酒店").click()
    page.wait_for_url("**format=hotel**")
    assert codes(page) == ["H0", "H1", "H2"]
    for text in ("上宾", "ysbg"):
        page.get_by_role("searchbox").first.fill(text)
        with page.expect_navigation():
            page.get_by_role("searchbox").first.press("Enter")
        assert codes(page) == ["H0", "H1", "H2"]

    # Other columns, and the filters kept as a tab.
    page.goto("/clients/columns/")
    page.locator("[name=columns][value=credit]").check()
    page.locator("[name=columns][value=address]").uncheck()
    press(page.get_by_role("button", name="保存", exact=True).first)
    expect(page.get_by_role("columnheader", name="信用等级")).to_be_visible()
    expect(page.get_by_role("columnheader", name="地址")).to_have_count(0)
    page.goto("/clients/?format=hotel")
    page.get_by_text("更多", exact=True).click()
    page.locator("#view-name").fill("宾馆")
    press(page.get_by_role("button", name="保存视图", exact=True).first)
    page.goto("/clients/")
    page.get_by_role("link", name="宾馆", exact=True).click()
    page.wait_for_url("**format=hotel**")

    # Two of them get a tag, and lose it again.
    for box in page.locator("tbody input[name=ids]").all()[:2]:
        box.check()
    page.locator("[name=value-add_tag]").fill("重点")
    press(page.get_by_role("button", name="加标签", exact=True).first)
    expect(page.locator("h1")).to_contain_text("2")
    assert set(Client.objects.filter(tags=["重点"]).values_list("code", flat=True)) == {"H0", "H1"}
    press(page.get_by_role("button", name="撤销", exact=True).first)
    assert not Client.objects.filter(tags=["重点"]).exists()

    # What the filters show goes into a file.
    page.goto("/clients/?format=hotel")
    page.get_by_text("更多", exact=True).click()
    page.get_by_role("link", name="导出", exact=True).click()
    page.locator("[name=format_of_file]").select_option("csv")
    page.locator("[name=reason]").fill("核对证照")
    press(page.get_by_role("button", name="下一步", exact=True).first)
    with page.expect_download() as loading:
        page.get_by_role("link", name="下载").click()
    with loading.value.path().open(encoding="utf-8-sig") as file:
        assert [row[0] for row in csv.reader(file)][1:] == ["H0", "H1", "H2"]

    # Two files are one client; then they are two again.
    page.goto("/clients/duplicates/")
    form = page.locator("form[action$='/duplicates/pair/']")
    if not form.is_visible():
        page.locator("details").filter(has=form).locator("summary").click()
    form.locator("[name=first]").fill("H0")
    form.locator("[name=second]").fill("H1")
    form.locator("button").click()
    page.locator("input[name=phone][value=gone]").check()
    press(page.get_by_role("button", name="合并", exact=True).first)
    page.wait_for_url("**/clients/*/")
    kept = Client.objects.get(code="H0")
    assert (kept.phone, Client.objects.get(code="H1").merged_into) == ("13900000001", kept)
    page.goto("/clients/merges/")
    press(page.get_by_role("button", name="撤销", exact=True).first)
    assert Client.objects.get(code="H1").merged_into is None
    assert Client.objects.get(code="H0").phone == "13900000000"

    # From one manager to another, some of them, from tomorrow on.
    page.goto("/clients/handovers/new/")
    page.locator("[name=giver]").select_option(label=world.am.name)
    page.locator("[name=taker]").select_option(label=world.managers["team"].name)
    page.locator("[name=day]").fill(str(periods.today() + dt.timedelta(days=1)))
    page.locator("[name=reason]").fill("网格调整")
    press(page.get_by_role("button", name="下一步：选择客户", exact=True).first)
    page.locator("input[name=ids]").first.uncheck()
    press(page.get_by_role("button", name="确定交接", exact=True).first)
    page.wait_for_url("**/clients/handovers/*/")
    made = Handover.objects.get()
    assert made.rows.count() == Client.objects.filter(owner=world.am, is_active=True).count() - 1
    assert made.checklist
    page.goto(f"/clients/handovers/{made.pk}/print/")
    expect(page.locator("body")).to_contain_text("网格调整")
