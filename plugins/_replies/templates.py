"""What routines can run."""

from collections.abc import Iterator
from typing import Final

from jobs import Template, Templates

_IN_FULL_UP_TO: Final = 6
"""Templates: more are listed by name and title alone."""


def template_list(templates: Templates, *, in_full: bool, tells_troubles: bool) -> str:
    """`tells_troubles`: says what is wrong with those that cannot be used, for whoever can mend them."""
    known = [*templates.known.values()]
    in_full = in_full or len(known) <= _IN_FULL_UP_TO
    lines = [] if len(known) == 1 else [f"🧰 循环任务可用的模板（共 {len(known)} 个）"]
    for template in known:
        lines += _in_full(template) if in_full else [_title(template)]
    if not in_full:
        lines.append("发送 !模板 名称 看它的参数")
    if known:
        lines.append(f"用法：!创建循环 任务名 {known[0].usage}")
    if templates.refused and tells_troubles:
        lines += [f"⚠️ {sentence}" for sentence in templates.refused.values()]
    elif templates.refused:
        lines.append("⚠️ templates.toml 里有写得不对的地方，请告诉超级用户")
    return "\n".join(lines)


def which_template(name: str, templates: Templates) -> str:
    """What to say to somebody who named none."""
    first = next(iter(templates.known.values()), None)
    if first is None:
        return "现在一个模板也用不了，请超级用户检查 templates.toml"
    known = "、".join(_title(template) for template in templates.known.values())
    return f"要说明运行哪个模板，例如 !创建循环 {name} {first.usage}\n可用的模板：{known}\n发送 !模板 看它们的参数"


def _title(template: Template) -> str:
    return template.name if template.title == template.name else f"{template.name}（{template.title}）"


def _in_full(template: Template) -> Iterator[str]:
    yield f"▪ {_title(template)}"
    for parameter in template.parameters:
        yield f"  {parameter.in_words}"
