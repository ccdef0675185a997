"""The first taxonomy of specialties; operators add to it."""

from django.db import migrations

# industry: (name, name in English)
SPECIALTIES = {
    "coal_chemical": (
        ("煤气化", "Coal gasification"),
        ("煤制油与烯烃", "Coal to liquids and olefins"),
        ("煤基精细化学品", "Coal-based fine chemicals"),
        ("焦化与副产利用", "Coking and by-products"),
        ("碳捕集与减排", "Carbon capture and abatement"),
        ("过程控制与安全", "Process control and safety"),
    ),
    "equipment": (
        ("智能矿山装备", "Intelligent mining equipment"),
        ("精密加工与数控", "Precision machining and CNC"),
        ("机器人与自动化", "Robotics and automation"),
        ("液压与传动", "Hydraulics and drives"),
        ("检测与状态监测", "Inspection and condition monitoring"),
        ("轨道与工程机械", "Rail and construction machinery"),
    ),
    "optoelectronics": (
        ("半导体材料与外延", "Semiconductor materials and epitaxy"),
        ("光电器件与封装", "Optoelectronic devices and packaging"),
        ("紫外与深紫外光源", "UV and deep-UV sources"),
        ("光伏电池", "Photovoltaic cells"),
        ("红外与激光", "Infrared and laser"),
        ("显示技术", "Displays"),
    ),
    "carbon_materials": (
        ("碳纤维与复合材料", "Carbon fibre and composites"),
        ("石墨与石墨烯", "Graphite and graphene"),
        ("碳基储能材料", "Carbon materials for energy storage"),
        ("多孔碳与吸附", "Porous carbon and adsorption"),
        ("碳基半导体", "Carbon-based semiconductors"),
    ),
    "medicine": (
        ("中药现代化", "Modernised Chinese medicine"),
        ("化学药与原料药", "Chemical drugs and ingredients"),
        ("生物药", "Biologics"),
        ("医疗器械", "Medical devices"),
        ("数字诊疗", "Digital diagnosis and care"),
        ("质量控制与检验", "Quality control and testing"),
    ),
    "hydrogen": (
        ("制氢", "Hydrogen production"),
        ("储运与加注", "Storage, transport and refuelling"),
        ("燃料电池", "Fuel cells"),
        ("氢安全与检测", "Hydrogen safety and testing"),
        ("氢冶金与工业用氢", "Hydrogen in metallurgy and industry"),
    ),
    "trusted_it": (
        ("基础软件", "Basic software"),
        ("数据库与中间件", "Databases and middleware"),
        ("网络与数据安全", "Network and data security"),
        ("工业软件", "Industrial software"),
        ("芯片与整机", "Chips and machines"),
        ("人工智能应用", "Applied artificial intelligence"),
    ),
}


def add(apps, _schema_editor):
    specialty = apps.get_model("reviews", "Specialty")
    specialty.objects.bulk_create(
        specialty(industry=industry, name=name, name_en=name_en)
        for industry, names in SPECIALTIES.items()
        for name, name_en in names
    )


class Migration(migrations.Migration):

    dependencies = [("reviews", "0004_expert_pool")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
