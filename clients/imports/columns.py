"""The fields that a file can bring, the names that people give their columns, and the matching of the two."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.columns import definitions
from clients.imports import values
from clients.models import Upload


@dataclass(frozen=True)
class Column:
    """A field of the import: ``parse(text)`` gives its value or raises values.Bad; ``sql`` is its type when staged.

    ``into``: the column of the target table, or "attributes"/"measures" for a key inside that JSON column.
    """

    name: str
    label: Any
    names: tuple[str, ...]
    parse: values.Parser
    sql: str = "text"
    into: str = ""
    required: bool = False


def plain(header: str) -> str:
    """A header as it is compared: half width, lower case, without units in brackets, spaces and punctuation."""
    text = unicodedata.normalize("NFKC", header).lower()
    text = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", text) or text
    return "".join(char for char in text if char.isalnum())


def called(text: str) -> tuple[str, ...]:
    """Headers that mean a field, separated by spaces, as they are compared."""
    return tuple(plain(name) for name in text.split())


CODE = Column(
    "code",
    _("Client code"),
    called(
        "code client_code customer_code client_id customer_id client_no customer_no licence license licence_no"
        " license_no licence_number license_number permit permit_no store_number store_no shop_no shop_code account_no"
        " 编码 编号 代码 客户编码 客户编号 客户代码 客户号 客户ID 许可证 许可证号 许可证号码 许可证编号 专卖证号"
        " 专卖许可证号 烟草专卖零售许可证号 零售许可证号 商户编码 商户编号 零售户编码 店铺编码 店铺编号"
        " 统一社会信用代码"
    ),
    values.code,
    required=True,
)

CLIENT_COLUMNS = (
    CODE,
    Column(
        "name",
        _("Name"),
        called(
            "name client_name customer_name store_name shop_name company company_name account_name"
            " 名称 客户名称 客户名 店名 店铺名称 商户名称 企业名称 公司名称 单位名称 零售户名称 门店名称 姓名 客户姓名"
        ),
        values.text(120),
        required=True,
    ),
    Column(
        "kind",
        _("Kind"),
        called("kind client_kind type client_type customer_type 类型 客户类型 客户类别 客户种类"),
        values.Choice("Kind"),
    ),
    Column(
        "business_format",
        _("Business format"),
        called("business_format format shop_type store_type 业态 经营业态 零售业态 店铺类型"),
        values.Choice("BusinessFormat"),
    ),
    Column(
        "market",
        _("Market"),
        called("market market_type urban_rural 市场类型 市场 城乡 城乡类型 城镇乡村"),
        values.Choice("Market"),
    ),
    Column("scale", _("Scale"), called("scale size 规模 经营规模 企业规模"), values.Choice("Scale")),
    Column(
        "stage",
        _("Life-cycle stage"),
        called("stage life_cycle lifecycle 阶段 生命周期 生命周期阶段 客户阶段"),
        values.Choice("Stage"),
    ),
    Column(
        "credit_rating",
        _("Credit rating"),
        called("credit credit_rating rating 信用 信用等级 信用评级 诚信等级"),
        values.text(10),
    ),
    Column(
        "phone",
        _("Phone"),
        called("phone tel telephone mobile phone_number 电话 联系电话 手机 手机号 手机号码 订货电话"),
        values.phone,
    ),
    Column(
        "address",
        _("Address"),
        called("address street addr 地址 经营地址 详细地址 店铺地址 联系地址 注册地址"),
        values.text(200),
    ),
    Column(
        "longitude",
        _("Longitude"),
        called("longitude lon lng long x 经度 东经"),
        values.coordinate,
        "double precision",
    ),
    Column("latitude", _("Latitude"), called("latitude lat y 纬度 北纬"), values.coordinate, "double precision"),
    Column(
        "opened_on",
        _("Client since"),
        called("opened_on opened since client_since open_date start_date 开户日期 入网日期 建档日期 开业日期 发证日期"),
        values.past_date,
        "date",
    ),
    Column(
        "is_difficult",
        _("Difficult client"),
        called("difficult is_difficult difficult_client 难缠客户 疑难客户 重点关注"),
        values.yes_no,
        "boolean",
    ),
    Column("note", _("Note"), called("note notes remark remarks comment 备注 说明"), values.text(2000)),
    Column(
        "unit",
        _("Org unit"),
        called(
            "unit org org_unit grid branch 机构 机构编码 网格 网格编码 网格名称 片区 所属网格 所属机构"
            " 所属片区 支行 网点"
        ),
        values.text(100),
        into="org_id",
    ),
    Column(
        "owner",
        _("Account manager"),
        called(
            "owner manager account_manager am owner_number employee employee_number"
            " 客户经理 客户经理工号 工号 所属客户经理 管户经理 管户人 客户经理账号"
        ),
        values.text(40),
        into="owner_id",
    ),
    Column("city", _("Town"), called("city town 城市 市 所在城市 乡镇 街道"), values.text(100), into="attributes"),
    Column(
        "zip_code",
        _("Postal code"),
        called("zip zip_code zipcode postal_code postcode 邮编 邮政编码"),
        values.text(20),
        into="attributes",
    ),
)

FACT_COLUMNS = (
    CODE,
    Column(
        "month",
        _("Month"),
        called("month period date year_month 月份 月 年月 统计月份 账期 期间 日期"),
        values.month,
        "date",
        required=True,
    ),
    Column(
        "amount",
        _("Amount"),
        called("amount sales value revenue money 金额 销售额 销售金额 购进金额 购货金额 订货金额"),
        values.number(14),
        "numeric(16,2)",
    ),
    Column(
        "quantity",
        _("Quantity"),
        called("quantity qty volume units 数量 销量 销售数量 购进量 购货量 订货量 条数"),
        values.number(13),
        "numeric(16,3)",
    ),
    *(
        Column(name, label, called(names), values.number(14), "numeric", "measures")
        for name, label, names in (
            ("class_1", _("Class 1 cigarettes"), "class_1 class1 一类烟 一类 一类卷烟"),
            ("class_2", _("Class 2 cigarettes"), "class_2 class2 二类烟 二类 二类卷烟"),
            ("class_3", _("Class 3 cigarettes"), "class_3 class3 三类烟 三类 三类卷烟"),
            ("class_4", _("Class 4 cigarettes"), "class_4 class4 四类烟 四类 四类卷烟"),
            ("class_5", _("Class 5 cigarettes"), "class_5 class5 五类烟 五类 五类卷烟"),
            ("deposits", _("Deposits, daily average"), "deposit deposits 存款 日均存款 存款日均 存款余额"),
            ("loans", _("Loans"), "loan loans 贷款 贷款余额"),
            ("overdue", _("Overdue"), "overdue overdue_amount 逾期 逾期金额 逾期余额"),
            ("fees", _("Fees"), "fee fees 手续费 中间业务收入 中收"),
            ("assets", _("Assets, average"), "assets average_assets aum 资产 日均资产 金融资产"),
        )
    ),
)


def match(columns: Iterable[Column], header: list[str]) -> dict[str, str]:
    """Field → header of the file, by name; the first header that fits wins."""
    found: dict[str, str] = {}
    known = {name: column.name for column in columns for name in (*column.names, plain(str(column.label)))}
    for name in header:
        field = known.get(plain(name))
        if field and field not in found:
            found[field] = name
    return found


def missing(columns: Iterable[Column], matched: Mapping[str, str]) -> list[Column]:
    """Required fields without a column."""
    return [column for column in columns if column.required and column.name not in matched]


def known(target: str, organisation_id: int) -> tuple[Column, ...]:
    """The fields that a file of a target can bring to an organisation, with its own attributes."""
    if target == Upload.Target.FACTS:
        return FACT_COLUMNS
    taken = {column.name for column in CLIENT_COLUMNS}
    return (
        *CLIENT_COLUMNS,
        *(
            Column(
                one.name,
                one.label,
                (plain(one.name), plain(one.label)),
                values.attribute(one.type, tuple(one.choices)),
                into="attributes",
            )
            for one in definitions(organisation_id)
            if one.name not in taken
        ),
    )
