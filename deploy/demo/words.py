"""What the demo company is made of: people, places, company names, products, and what is said in follow-ups."""

from __future__ import annotations

from decimal import Decimal

# (login name, shown name, role, manager's login name, department, job title, language)
PEOPLE = (
    ("director", "陈志远", "sales_director", None, "华东销售部", "华东区销售总监", "zh-CN"),
    ("lin", "林国栋", "sales_director", None, "华南销售部", "华南区销售总监", "zh-CN"),
    ("wang", "王芳", "sales_rep", "director", "华东销售部", "高级客户经理", "zh-CN"),
    ("li", "李强", "sales_rep", "director", "华东销售部", "客户经理", "zh-CN"),
    ("zhao", "赵敏", "sales_rep", "director", "华东销售部", "客户经理", "zh-CN"),
    ("zhou", "周婷", "sales_rep", "lin", "华南销售部", "高级客户经理", "zh-CN"),
    ("wu", "吴昊", "sales_rep", "lin", "华南销售部", "客户经理", "zh-CN"),
    ("huang", "黃嘉怡", "sales_rep", "lin", "华南销售部", "港台區客戶經理", "zh-TW"),
    ("emily", "Emily Carter", "sales_rep", "lin", "海外业务组", "International Account Manager", "en"),
    ("cashier", "孙丽", "finance", None, "财务部", "应收会计", "zh-CN"),
    ("xu", "许晴", "marketing", None, "市场部", "市场专员", "zh-CN"),
    ("ma", "马超", "service_manager", None, "客户服务部", "服务经理", "zh-CN"),
    ("tang", "唐伟", "service_engineer", "ma", "客户服务部", "售后工程师", "zh-CN"),
    ("song", "宋佳", "service_engineer", "ma", "客户服务部", "售后工程师", "zh-CN"),
)
BOSS = {username: manager for username, _, _, manager, *_ in PEOPLE}
DEPARTMENTS = (("销售中心", None), ("华东销售部", "销售中心"), ("华南销售部", "销售中心"), ("海外业务组", "华南销售部"),
               ("财务部", None), ("市场部", None), ("客户服务部", None))  # fmt: skip
TEAMS = {"华东": ("wang", "li", "zhao"), "华南": ("zhou", "wu"), "港台": ("huang",), "海外": ("emily",)}

# Area by city: (team, telephone area code, districts)
CITIES = {
    "上海": ("华东", "021", ("浦东新区", "闵行区", "嘉定区", "松江区")),
    "苏州": ("华东", "0512", ("工业园区", "高新区", "吴江区")),
    "杭州": ("华东", "0571", ("滨江区", "萧山区", "余杭区")),
    "南京": ("华东", "025", ("江宁区", "浦口区", "栖霞区")),
    "宁波": ("华东", "0574", ("北仑区", "鄞州区", "镇海区")),
    "无锡": ("华东", "0510", ("新吴区", "惠山区", "锡山区")),
    "青岛": ("华东", "0532", ("黄岛区", "城阳区", "即墨区")),
    "深圳": ("华南", "0755", ("宝安区", "龙岗区", "南山区")),
    "广州": ("华南", "020", ("黄埔区", "番禺区", "增城区")),
    "东莞": ("华南", "0769", ("松山湖", "长安镇", "虎门镇")),
    "佛山": ("华南", "0757", ("顺德区", "南海区", "三水区")),
    "厦门": ("华南", "0592", ("集美区", "海沧区", "同安区")),
    "武汉": ("华南", "027", ("东湖高新区", "蔡甸区", "江夏区")),
    "成都": ("华南", "028", ("高新区", "双流区", "龙泉驿区")),
}
STREETS = ("科技路", "工业大道", "创业路", "兴业路", "长江路", "人民东路", "迎宾大道", "金桥路", "东方路", "环城北路")
# (Chinese, as written in mail addresses)
BRANDS = (
    ("华兴", "huaxing"), ("博远", "boyuan"), ("恒达", "hengda"), ("天成", "tiancheng"), ("金桥", "jinqiao"), ("瑞丰", "ruifeng"),
    ("宏图", "hongtu"), ("新域", "xinyu"), ("海川", "haichuan"), ("联创", "lianchuang"), ("安泰", "antai"), ("众信", "zhongxin"),
    ("润泽", "runze"), ("正大", "zhengda"), ("立新", "lixin"), ("明德", "mingde"), ("永盛", "yongsheng"), ("启航", "qihang"),
    ("凯旋", "kaixuan"), ("长青", "changqing"), ("远景", "yuanjing"), ("鼎盛", "dingsheng"), ("同创", "tongchuang"), ("力源", "liyuan"),
    ("百川", "baichuan"), ("嘉禾", "jiahe"), ("卓越", "zhuoyue"), ("晨光", "chenguang"), ("德润", "derun"), ("盛达", "shengda"),
    ("泰和", "taihe"), ("佳诚", "jiacheng"), ("振华", "zhenhua"), ("龙腾", "longteng"), ("万邦", "wanbang"), ("科瑞", "kerui"),
    ("中远", "zhongyuan"), ("美佳", "meijia"), ("天宇", "tianyu"), ("亿丰", "yifeng"), ("星辰", "xingchen"), ("国泰", "guotai"),
    ("和顺", "heshun"), ("信达", "xinda"), ("兴隆", "xinglong"), ("利民", "limin"), ("汇通", "huitong"), ("康健", "kangjian"),
    ("飞扬", "feiyang"), ("光明", "guangming"),
)  # fmt: skip
TRADES = ("机械", "电子科技", "化工", "医疗器械", "食品", "环保设备", "建材", "汽车零部件", "纺织", "仪器仪表", "包装材料", "新能源")
INDUSTRIES = dict(zip(TRADES, (
    "machinery", "electronics", "chemicals", "medical", "food", "environment", "construction", "automotive", "textiles", "instruments",
    "packaging", "energy",
), strict=True))  # fmt: skip
FORMS = ("有限公司", "有限公司", "有限公司", "股份有限公司", "集团有限公司")
ABROAD = (
    ("港台", "台北", "宏遠精密工業股份有限公司", "hongyuan"), ("港台", "新竹", "晶騰半導體設備股份有限公司", "jingteng"),
    ("港台", "台中", "永昌機械工業股份有限公司", "yongchang"), ("港台", "高雄", "海豐石化設備有限公司", "haifeng"),
    ("港台", "台南", "統益食品機械股份有限公司", "tongyi-food"), ("港台", "桃園", "聯華自動化股份有限公司", "lianhua"),
    ("港台", "香港", "維港工程設備有限公司", "weigang"), ("港台", "香港", "德信環保工程有限公司", "dexin"),
    ("海外", "Singapore", "Straits Process Engineering Pte Ltd", "straits-process"),
    ("海外", "Singapore", "Merlion Water Systems Pte Ltd", "merlion-water"),
    ("海外", "Kuala Lumpur", "Selangor Pump & Valve Sdn Bhd", "selangor-pump"),
    ("海外", "Melbourne", "Yarra Industrial Controls Pty Ltd", "yarra-controls"),
    ("海外", "Birmingham", "Midland Flow Technology Ltd", "midland-flow"),
    ("海外", "Rotterdam", "Maas Terminal Services B.V.", "maas-terminal"),
    ("海外", "Hamburg", "Elbe Anlagenbau GmbH", "elbe-anlagenbau"),
    ("海外", "Houston", "Bayou Energy Equipment Inc.", "bayou-energy"),
)  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "杰", "涛", "明", "超", "霞", "刚", "英", "华", "玲", "建国", "志强",
    "海燕", "晓东", "丽华", "文博", "雅琴", "国平", "春梅", "思远", "佳怡", "子轩", "雨桐", "俊杰", "慧敏", "永康", "秀兰",
)  # fmt: skip
TAIWANESE = ("陳建宏", "林雅婷", "張志豪", "黃淑芬", "李宗翰", "吳佩珊", "劉家豪", "蔡怡君", "楊承翰", "鄭美玲")
FOREIGN = (
    "Daniel Tan",
    "Priya Nair",
    "James Whitfield",
    "Anna de Vries",
    "Thomas Krüger",
    "Olivia Bennett",
    "Marcus Lee",
    "Sarah Mitchell",
)
JOBS = ("采购经理", "采购主管", "设备科科长", "生产总监", "总经理助理", "技术部经理", "项目经理", "副总经理")
JOBS_TAIWANESE = ("採購經理", "廠務課長", "設備工程師", "專案經理", "副總經理")
JOBS_FOREIGN = ("Purchasing Manager", "Plant Engineer", "Head of Procurement", "Project Manager")
ROLES = ("decision_maker", "user", "gatekeeper", "buyer", "influencer")

# (family, model letters, unit, lowest price, highest price, cost in percent of the price)
GOODS = (
    ("离心泵", "LX", "台", 2600, 18_000, 62), ("压力传感器", "PT", "只", 320, 1900, 48), ("变频器", "VF", "台", 1500, 16_000, 60),
    ("控制柜", "KG", "套", 6800, 46_000, 66), ("电磁流量计", "FL", "台", 2400, 11_000, 52), ("电磁阀", "DF", "只", 180, 1200, 55),
    ("袋式过滤器", "GL", "台", 1800, 9800, 58), ("板式换热器", "HR", "台", 4200, 32_000, 64), ("减速机", "JS", "台", 1100, 8600, 61),
    ("温控仪", "WK", "只", 260, 1500, 50),
)  # fmt: skip

# (kind, text) in the order in which a customer is won; then what comes after an order, and when it goes nowhere.
COURTSHIP = (
    ("call", "首次电话联系，介绍公司和产品，对方同意收资料"),
    ("mail", "发送产品样本和应用案例，对方技术部在看"),
    ("call", "回访，客户反映现用设备故障多，有更换计划"),
    ("visit", "上门拜访，看了现场工况，记录了介质、流量和压力参数"),
    ("meeting", "与技术部开会确认选型，对方要求提供能耗对比"),
    ("mail", "发出报价单和技术协议，等待内部评审"),
    ("call", "客户觉得价格偏高，希望账期放宽到90天"),
    ("meeting", "商务谈判，价格基本谈妥，付款方式按4:4:2"),
)
AFTER_SALE = (
    ("visit", "设备到货，现场指导安装，试运行正常"),
    ("call", "回访使用情况，运行平稳，备件需求已记录"),
    ("message", "催收到期款项，对方财务答复本周安排付款"),
    ("visit", "季度巡检，提出二期扩产计划，预计下半年立项"),
)
DEAD_END = (("call", "对方今年没有设备预算，明年再联系"), ("call", "已选用其他品牌，保持联系"))
TAIWANESE_TALK = (
    ("call", "首次電話聯繫，介紹公司與產品，對方願意收型錄"),
    ("visit", "拜訪廠務部，確認現場配管與規格"),
    ("mail", "寄出報價單，客戶內部簽核中"),
)
FOREIGN_TALK = (
    ("call", "Introductory call; they are replacing pumps on two lines this year"),
    ("meeting", "Video meeting with the plant engineer, agreed on the operating points"),
    ("mail", "Sent the quotation, delivery CIF; decision expected next month"),
)
LARGE_AMOUNT = Decimal(500_000)
LARGE_RULE = "50 万元以上订单"
SUBJECTS = ("采购合同", "年度框架订单", "技改项目设备", "备件采购", "扩产设备采购")

# By family of goods: (title, what is wrong, fault type, priority, what solved it, parts, cost)
TROUBLES = {
    "离心泵": (
        ("机械密封处漏水", "运行三个月后机械密封处滴漏，停机后仍有渗水", "wear", "high", "更换机械密封并重新找正联轴器，试运行两小时无渗漏", "机械密封 1 套", "860.00"),
        ("启动后压力上不去", "新装泵启动正常，出口压力只有额定的一半", "installation", "urgent", "进口管路有空气，加装排气阀并重新灌泵后压力正常", None, "0.00"),
    ),
    "压力传感器": (("读数漂移", "零点每天漂移约 0.02 MPa，重启后恢复", "defect", "normal", "返厂检测确认传感芯片老化，质保内换新", "传感器 1 只", "0.00"),),
    "变频器": (
        ("频繁报过流故障", "重载启动时报过流，复位后可运行一段时间", "operation", "high", "加长加速时间并重新做电机参数自学习，连续启停十次正常", None, "0.00"),
        ("询问与上位机通讯的参数", "要接入 Modbus，询问站号和波特率如何设置", "question", "low", "已发通讯参数表并远程协助设置", None, "0.00"),
    ),
    "控制柜": (("柜内温度过高报警", "夏季午后柜内温度超过 50 ℃，频繁报警", "operation", "normal", "清理滤网并加装轴流风扇，温度降到 38 ℃", "轴流风扇 2 只", "320.00"),),
    "电磁流量计": (("空管时仍有流量显示", "停产时流量计仍显示 1.2 m³/h", "installation", "normal", "接地环未接好，重新接地后归零", None, "0.00"),),
    "电磁阀": (("通电后不动作", "线圈有电压但阀门不开", "wear", "high", "阀芯卡有杂质，清洗后恢复，建议前端加过滤器", None, "150.00"),),
    "袋式过滤器": (("快开盖密封圈变形", "更换滤袋后盖子压不严", "wear", "normal", "更换密封圈，指导现场按对角顺序紧固", "密封圈 1 只", "90.00"),),
    "板式换热器": (("换热效率下降", "出口温差比投运时小 6 ℃", "operation", "normal", "板片结垢，现场化学清洗后恢复设计温差", "清洗剂 20 kg", "1200.00"),),
    "减速机": (("运行有异响", "低速时有周期性敲击声", "defect", "high", "输入轴承损坏，质保内更换", "轴承 2 只", "0.00"),),
    "温控仪": (("设定值不能保存", "断电后设定值恢复出厂", "defect", "low", "更换主板电池并升级程序", "电池 1 只", "35.00"),),
}  # fmt: skip
ANSWERED_BY = ("phone", "phone", "message", "mail", "visit")
