"""The fields that files of products, holdings, contracts and loans can bring."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.imports import values
from clients.imports.columns import CODE, Column, called
from clients.models import Upload, deals

PRODUCT_CODE = "product_code product_no sku item_code 产品编码 产品代码 商品编码 商品代码 规格编码 卷烟编码"


def _day(name: str, label: Any, names: str, *, past: bool = False) -> Column:
    return Column(name, label, called(names), values.past_date if past else values.near_date, "date")


def _money(name: str, label: Any, names: str, digits: int = 14) -> Column:
    return Column(name, label, called(names), values.not_negative(digits), "numeric(16,2)")


PRODUCTS = (
    Column("code", _("Product code"), called(f"code 编码 代码 {PRODUCT_CODE}"), values.code, required=True),
    Column("name", _("Name"), called("name product_name 名称 产品名称 商品名称 规格名称 品名"), values.text(80)),
    Column("class", _("Class"), called("class category 类别 产品类别 商品类别 价类 品类"), values.text(60)),
    Column("brand", _("Brand"), called("brand 品牌"), values.text(60)),
    Column("unit", _("Unit of quantity"), called("unit 单位 计量单位 数量单位"), values.text(20)),
    _money("price", _("Price"), "price 价格 批发价 单价 零售价", 10),
    Column(
        "is_key", _("Key product"), called("key is_key key_product 重点 重点品牌 重点产品"), values.yes_no, "boolean"
    ),
    _day("launched_on", _("On sale from"), "launched_on launch 上市日期 上线日期"),
    _day("withdrawn_on", _("Withdrawn on"), "withdrawn_on 退市日期 下线日期"),
)

HOLDINGS = (
    CODE,
    Column(
        "product",
        _("Product"),
        called(f"product product_name 产品 产品名称 商品 商品名称 品规 规格 卷烟名称 {PRODUCT_CODE}"),
        values.text(80),
        required=True,
    ),
    Column("reference", _("Number"), called("reference account 账号 凭证号 存单号 合约号"), values.identifier(40)),
    _day("since", _("Since"), "since start start_date 起始日 起息日 开户日期 上柜日期 生效日期", past=True),
    _day("ends_on", _("Term ends on"), "ends_on maturity maturity_date 到期日 到期日期"),
    _day("until", _("Last day"), "until end end_date 结束日期 下柜日期 销户日期", past=True),
    _money("amount", _("Amount"), "amount balance 金额 余额"),
)

LOANS = (
    CODE,
    Column(
        "number",
        _("Loan number"),
        called("loan loan_no loan_number 借据号 借据编号 贷款编号 合同号"),
        values.code,
        required=True,
    ),
    Column("product", _("Product"), called(f"product 产品 贷款产品 贷款品种 {PRODUCT_CODE}"), values.text(80)),
    _money("principal", _("Principal"), "principal 本金 贷款金额 放款金额 借款金额"),
    _money("balance", _("Balance"), "balance 余额 贷款余额 本金余额"),
    Column("rate", _("Interest, % a year"), called("rate 利率 年利率"), values.not_negative(3), "numeric(6,3)"),
    _day("granted_on", _("Granted on"), "granted_on 放款日 放款日期 发放日期 起始日", past=True),
    _day("due_on", _("Due by"), "due_on 到期日 到期日期"),
    Column("purpose", _("Purpose"), called("purpose 用途 贷款用途"), values.text(120)),
    Column(
        "guarantee",
        _("Security"),
        called("guarantee security 担保方式 担保"),
        values.Choice("Guarantee", deals),
    ),
    Column("risk", _("Risk class"), called("risk 风险分类 五级分类 形态"), values.Choice("Risk", deals)),
    _money("overdue_amount", _("Overdue amount"), "overdue overdue_amount 逾期金额 逾期本金"),
    _day("overdue_since", _("Overdue since"), "overdue_since 逾期日期 逾期起始日", past=True),
    _day("closed_on", _("Paid back on"), "closed_on 结清日期 结清日", past=True),
)

CONTRACTS = (
    CODE,
    Column(
        "number",
        _("contract number"),
        called("contract contract_no contract_number number 合同号 合同编号 协议编号"),
        values.identifier(60),
        required=True,
    ),
    Column("title", _("what it is about"), called("title subject 合同名称 合同内容 标的 协议名称"), values.text(120)),
    Column("product", _("Product"), called(f"product 产品 产品名称 {PRODUCT_CODE}"), values.text(80)),
    _money("amount", _("Amount"), "amount 金额 合同金额"),
    _day("signed_on", _("signed on"), "signed_on signed 签订日期 签约日期 签署日期", past=True),
    _day("starts_on", _("runs from"), "starts_on start start_date 生效日期 开始日期 起始日期"),
    _day("ends_on", _("runs until"), "ends_on end end_date 到期日 到期日期 结束日期 终止日期"),
    Column(
        "notice_days", _("days of notice"), called("notice notice_days 提醒天数 通知天数"), values.not_negative(3),
        "numeric(3)",
    ),
    Column("note", _("note"), called("note remark 备注"), values.text(500)),
)  # fmt: skip

COLUMNS = {
    Upload.Target.PRODUCTS: PRODUCTS,
    Upload.Target.HOLDINGS: HOLDINGS,
    Upload.Target.LOANS: LOANS,
    Upload.Target.CONTRACTS: CONTRACTS,
}
