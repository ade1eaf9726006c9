"""Names of the values that the platform itself gives to fields of records, where no form offers them; message ids."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

VALUE_LABELS: dict[str, str] = {
    "abnormal_vouchers": _("异常凭证"), "absent": _("不在岗"), "active": _("正常"), "all": _("全部"),
    "appeal": _("申诉复核"), "approve": _("同意"), "authority": _("监管机构"), "auto": _("自动"),
    "busy": _("在办检查已满额"), "camera": _("现场拍摄"), "cancelled": _("已取消"),
    "canteen": _("集中用餐单位食堂"), "catering": _("餐饮单位"), "cdc": _("疾控机构"), "city": _("市级"),
    "complaint": _("投诉举报"), "conformity": _("是否符合"), "consumed": _("已用完"), "control": _("紧急控制"),
    "correction_overdue": _("整改逾期"), "current": _("现行"), "destroyed": _("已销毁"), "dispute": _("纠纷"),
    "district": _("区县"), "done": _("已完成"), "drawn": _("抽中"), "due_elsewhere": _("已有检查或者抽取在办"),
    "elsewhere": _("不属于抽取机关本级"),
    "emergency": _("应急"), "excellent": _("优秀"), "fail": _("不合格"), "failed": _("不合格"),
    "false_alarm": _("误报"), "family": _("亲属"), "farm": _("食用农产品"), "final": _("最终"),
    "first": _("评审甲"), "food": _("食品"), "former_employer": _("三年内任职"), "formula": _("自动计算"),
    "good": _("良好"), "goods_expired": _("食品过期"), "group": _("分组"), "health": _("卫生健康"),
    "held": _("控制中"), "higher": _("越高越好"), "image_reused": _("重复使用图片"), "in_app": _("站内通知"),
    "incident": _("异常"), "information": _("信息发布"), "initial": _("初报"), "inspect": _("定向检查"),
    "joint": _("联合计划"), "key_products": _("重点品种"), "laboratory": _("检验机构"), "late": _("迟报"),
    "licence_expired": _("许可证过期"), "logistics": _("后勤保障"), "lower": _("越低越好"),
    "mandatory": _("必抽"), "manual": _("人工评判"), "market": _("市场"), "market_checks": _("市场检查和证照"),
    "market_regulation": _("市场监管部门"), "market_unchecked": _("市场未检查"), "measurement": _("测量值"),
    "month": _("月度"), "need_info": _("须说明"), "no_certificate": _("没有检查资格证书"), "node": _("主体"),
    "none": _("无"), "normal": _("一般"), "not_passed": _("培训考核不合格"), "other": _("其他"),
    "out_of_scope": _("不在计划范围"), "partial": _("部分"), "partner": _("参与部门"), "pass": _("合格"),
    "passed": _("合格"), "plan": _("改进计划"), "platform": _("平台"), "police": _("公安机关"),
    "producer": _("生产企业"), "progress": _("续报"), "province": _("省级"), "public": _("公开"),
    "purchase": _("进货凭证"), "quantity_spike": _("进货量突增"), "quarter": _("季度"), "rapid": _("快速检测"),
    "real": _("属实"), "recalled": _("已召回"), "rectification": _("责令改正"), "rectify": _("责令整改"),
    "redact": _("遮盖后公开"), "regulation": _("市场监管"), "reject": _("不同意"), "remind": _("提醒"),
    "repeat": _("三个月内已检查"), "return": _("退回"), "review": _("评审"), "routine": _("日常计划"),
    "running": _("执行中"), "sale": _("销售凭证"), "seal": _("查封、扣押"), "second": _("评审乙"),
    "self": _("自评"), "shareholding": _("持股"), "sold_more": _("售出多于购进"), "spare": _("备用样品"),
    "special": _("专项计划"), "stall": _("市场摊位"), "station": _("监管所"), "superior": _("上级机关"),
    "supermarket": _("商超"), "supplier_unlicensed": _("供货者证照异常"), "talk": _("约谈"),
    "test": _("检验样品"), "test_failed": _("检验不合格"), "tests": _("检验"), "third": _("第三人"),
    "urgent": _("紧急"), "veto": _("一票否决"), "visited": _("本计划内已达检查次数"), "voucher": _("凭证"),
    "voucher_abnormal": _("异常凭证"), "voucher_missing": _("未上传进货凭证"), "vouchers": _("凭证"),
    "waiting": _("等待"), "warehouse": _("仓储"), "wholesaler": _("批发商"), "withdrawn": _("已撤回"),
    "withhold": _("不公开"), "year": _("年度"),
}  # fmt: skip
