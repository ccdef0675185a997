"""Invented words: titles, backgrounds, people and organisations. Every organisation's name begins with 示范."""

from decimal import Decimal
from random import Random
from typing import Any

THINGS = {
    industry: words.split()
    for industry, words in {
        "coal_chemical": (
            "煤气化细灰 费托合成蜡 焦炉煤气 煤基乙二醇 气化炉烧嘴 变换催化剂 低温甲醇洗 煤焦油沥青 "
            "合成氨尾气 粉煤热解 含酚废水 煤制烯烃"
        ),
        "equipment": (
            "液压支架 滚柱丝杠 掘进机截割头 矿用减速器 高压柱塞泵 数控转台 特种轴承 焊接机器人 巡检机器人 "
            "提升机制动 大型铸件 精密齿轮"
        ),
        "optoelectronics": (
            "深紫外芯片 蓝宝石衬底 氮化铝外延 微显示器件 硅光模块 红外探测器 激光巴条 量子点薄膜 "
            "碳化硅晶体 光刻胶单体 封装荧光胶 图像传感器"
        ),
        "carbon_materials": (
            "碳纤维预浸料 针状焦 石墨电极 硬碳负极 导热石墨膜 碳气凝胶 碳陶刹车盘 石墨烯浆料 活性炭纤维 "
            "人造金刚石 碳纳米管 等静压石墨"
        ),
        "medicine": (
            "中药饮片 体外诊断试剂 植入支架 多肽原料药 细胞培养基 药用辅料 康复外骨骼 手术导航 连翘提取物 "
            "微生态制剂 医用敷料 冻干制剂"
        ),
        "hydrogen": (
            "质子交换膜 碱性电解槽 储氢瓶 燃料电池电堆 加氢站压缩机 氢气传感器 双极板 液氢阀门 膜电极 "
            "变压吸附提纯 固态储氢 氢能重卡"
        ),
        "trusted_it": (
            "工业控制系统 国产数据库 可信计算模块 矿山大模型 边缘网关 安全操作系统 隐私计算平台 "
            "工业软件内核 数字孪生引擎 密码芯片 时序数据湖 实时总线"
        ),
    }.items()
}
PROBLEMS = [
    "低成本制备",
    "寿命提升",
    "杂质深度脱除",
    "在线检测",
    "一致性控制",
    "国产化替代",
    "节能降耗",
    "失效机理与防护",
    "高效回收利用",
    "智能调控",
    "可靠性评价",
    "放大工艺",
]
SETTINGS = [
    "",
    *[
        "面向井下工况的",
        "年产万吨级",
        "宽温域",
        "高湿多尘条件下",
        "批量化",
        "用于重载场景的",
        "长周期运行的",
        "低碳约束下",
        "多品种小批量",
    ],
]
ENDINGS = ["", *["关键技术", "工艺与装备", "方法与平台", "成套技术", "示范应用", "共性技术研究"]]
CAUSES = [
    "现有方案在放大后波动明显",
    "进口件交期长且价格高",
    "现场数据零散，机理尚不清楚",
    "能耗与排放高于行业先进值",
    "检测滞后，出现问题只能停机处理",
    "寿命只有设计值的一半",
]
WANTS = [
    "要求在不改变主流程的前提下实现",
    "要求形成可复制的工艺包",
    "要求通过第三方检测并连续运行验证",
    "要求给出可推广的标准草案",
    "要求与现有产线接口兼容",
]
MEASURES = (
    ("单位能耗", "<=", "kgce/t", "GB/T 2589", 30, 90), ("合格率", ">=", "%", "连续三批统计", 90, 99),
    ("使用寿命", ">=", "h", "台架试验", 2000, 9000), ("杂质含量", "<=", "ppm", "第三方检测", 1, 50),
    ("响应时间", "<=", "ms", "现场标定", 20, 200), ("成本下降", ">=", "%", "财务核算", 10, 40),
    ("处理量", ">=", "t/h", "现场标定", 1, 30), ("精度", "<=", "μm", "计量检定", 1, 20),
)  # fmt: skip
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "安澜柏川辰东朵帆岗鹤嘉景凯岚黎铭宁鹏淇然杉棠维溪晓砚一毅影远哲舟"
FIRST = "晨山远泽恒启锐博新华衡朗云川岳林嘉和同瑞景澄卓信"
SECOND = "光能源科达明通力成安宇拓研创维工联智合盛元丰航"
HOUSES = {
    "enterprise": ("制造有限公司", "化工有限公司", "装备有限公司", "材料股份有限公司", "能源科技有限公司"),
    "institute": ("技术研究院", "工程研究中心", "工业研究所", "创新中心"),
    "university": ("大学材料学院", "理工大学", "工业大学装备学院", "大学能源学院"),
}
ANSWERS = ("可以，以公告附表为准。", "不限定路线，以指标实测为准。", "可提供现场取样，时间另行约定。")
QUESTIONS = ("联合体是否可以由三家单位组成？", "指标的测试条件是否可以分阶段考核？", "是否提供现场试验条件？")


def title(industry: str, place: int) -> str:
    """The `place`-th title of an industry; the first ten thousand of one industry are all different."""
    rest, thing = divmod(place, len(THINGS[industry]))
    rest, problem = divmod(rest, len(PROBLEMS))
    rest, ending = divmod(rest, len(ENDINGS))
    return f"{SETTINGS[rest % len(SETTINGS)]}{THINGS[industry][thing]}{PROBLEMS[problem]}{ENDINGS[ending]}"


def background(name: str, chance: Random) -> str:
    """Two sentences on what is wrong and what is wanted."""
    return f"{chance.choice(CAUSES)}，{chance.choice(CAUSES)}。{chance.choice(WANTS)}“{name}”的工程化。"


def targets(chance: Random) -> list[dict[str, Any]]:
    """Two or three measurable targets, now and then one in words."""
    chosen = chance.sample(MEASURES, chance.choice((2, 3, 3)))
    rows: list[dict[str, Any]] = [
        {"name": name, "comparator": comparator, "value": Decimal(chance.randint(low, high)), "unit": unit,
         "method": method, "core": place == 0}
        for place, (name, comparator, unit, method, low, high) in enumerate(chosen)
    ]  # fmt: skip
    if chance.random() < 0.1:
        rows.append({"name": "防护等级", "comparator": "=", "text": "IP68", "method": "GB/T 4208"})
    return rows


def person(place: int) -> str:
    """An invented name."""
    rest, surname = divmod(place, len(SURNAMES))
    rest, first = divmod(rest, len(GIVEN))
    second = GIVEN[rest % (len(GIVEN) + 1)] if rest % (len(GIVEN) + 1) < len(GIVEN) else ""
    return f"{SURNAMES[surname]}{GIVEN[first]}{second}"


def house(kind: str, place: int) -> str:
    """An invented organisation."""
    rest, first = divmod(place, len(FIRST))
    rest, second = divmod(rest, len(SECOND))
    branch, last = divmod(rest, len(HOUSES[kind]))
    return f"示范{FIRST[first]}{SECOND[second]}{HOUSES[kind][last]}" + (f"（{branch + 1}部）" if branch else "")
