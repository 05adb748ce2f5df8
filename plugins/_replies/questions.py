"""What the bot asks back."""

from collections.abc import Sequence

from jobs import Job, Preset, Status, UserId


def confirm_deletion(job: Job, *, in_group: bool, speaker: UserId | None) -> str:
    answer = f"引用本条回复“确认”，或发送“确认 {job.number}”" if in_group else "回复“确认”"
    is_others = job.owner is not None and job.owner != speaker
    whose = f"是 QQ{job.owner} 的任务" if is_others else ""
    running = "正在运行" if job.status is Status.RUNNING else ""
    act = "停止并删除" if running else "删除"
    why = "，".join(filter(None, (whose, running)))
    return f"❓ {job.label} {why}，真的要{act}吗？\n一分钟内{answer}来删除，“取消”则保留"


def which_venue(name: str, candidates: Sequence[Preset], *, in_group: bool, goes_on: str = "创建") -> str:
    """Asks for a venue; `candidates` are numbered from 1 where there are any, `goes_on` is what waits for it."""
    act = "订" if goes_on == "预订" else "看"
    how = "引用本条回复" if in_group else "直接回复"
    end = f"五分钟内{how}{{what}}，我就继续{goes_on}；“取消”则放弃"
    if candidates:
        lines = [f"❓ “{name}”要{act}哪个场馆？"]
        lines += [f"{place}. {preset.title}（预设 {preset.number}）" for place, preset in enumerate(candidates, 1)]
        return "\n".join([*lines, end.format(what="序号或场馆名")])
    asks = f"❓ “{name}”要{act}哪个场馆？例如 13（预设编号）或 霍英东羽毛球，发送 !预设 查看全部"
    return f"{asks}\n{end.format(what='编号或场馆名')}"


def withdrawn(what: str) -> str:
    return f"👌 好的，{what}"
