"""The numbered venues."""

from collections.abc import Sequence

from jobs import Preset


def preset_list(presets: Sequence[Preset], keyword: str) -> str:
    """One venue and sport a line; `presets` is not empty. `keyword` is what was searched for, empty for all."""
    title = f"🏟️ 与“{keyword}”相符的预设" if keyword else f"🏟️ 全部预设（共 {len(presets)} 个）"
    return "\n".join([title, *(f"{preset.number} {preset.title}" for preset in presets), _example(presets[0])])


def _example(preset: Preset) -> str:
    return f"看空场：!查询 {preset.number}；盯着它：!创建监控 晚场监控 预设={preset.number}"
