"""Commands of superusers, in private: the bot as a whole, its groups, and what people may have."""

from typing import Final

from jobs import Option
from plugins._commands import administering, governing
from plugins._commands.chat_words import AT_MOST, ENABLED, PATIENCE, PICTURES, PRESET, QUIET, SECOND
from plugins._commands.command import Command, Where, Who

ADMINISTRATION: Final = (
    Command(
        name="系统状态",
        aliases=("状态", "status"),
        who=Who.SUPERUSER,
        where=Where.PRIVATE,
        help="机器人和这台机器现在怎样：任务、进程、内存、磁盘、连接、时钟、备份",
        example="!系统状态",
        handle=administering.show_status,
    ),
    Command(
        name="体检",
        aliases=("doctor", "检查"),
        who=Who.SUPERUSER,
        where=Where.PRIVATE,
        help="找出问题，每个附一个办法；和 sja doctor 一样",
        example="!体检",
        handle=administering.examine,
    ),
    Command(
        name="群设置",
        aliases=("group-settings", "groups"),
        arguments="[群号]",
        options=(ENABLED, PRESET, QUIET, PICTURES, AT_MOST, SECOND, PATIENCE),
        who=Who.SUPERUSER,
        where=Where.PRIVATE,
        help="看和改各个群的设置；写“默认”恢复一项，例如 静默=默认",
        example="!群设置 123456 静默=23-8 上限=20",
        handle=governing.settle_group,
    ),
    Command(
        name="配额",
        aliases=("quota",),
        arguments="[QQ号或群号 个数]",
        who=Who.SUPERUSER,
        where=Where.PRIVATE,
        help="一个人、一个群最多有几个未结束的任务；0：不许创建，默认：恢复",
        example="!配额 QQ20002 5",
        handle=governing.settle_quota,
    ),
    Command(
        name="授权",
        aliases=("grant",),
        arguments="[取消] [群号 QQ号]",
        who=Who.SUPERUSER,
        where=Where.PRIVATE,
        help="让一个人在一个群里像群管理员一样管任务",
        example="!授权 群123456 QQ20002",
        handle=governing.grant,
    ),
    Command(
        name="审计",
        aliases=("audit",),
        arguments="[QQ号 | 任务 | 条数]",
        options=(Option(name="条数", aliases=("lines", "n"), help="最多几条（不写：20）", example="条数=50"),),
        who=Who.SUPERUSER,
        where=Where.PRIVATE,
        help="谁在什么时候做了什么，最近的在前",
        example="!审计 QQ20001",
        handle=administering.show_deeds,
    ),
    Command(
        name="重载配置",
        aliases=("重载", "reload"),
        who=Who.SUPERUSER,
        where=Where.PRIVATE,
        help="重新读 .env、模板和预设，不用重启；有错就一切照旧",
        example="!重载配置",
        handle=administering.reload,
    ),
    Command(
        name="备份",
        aliases=("backup",),
        who=Who.SUPERUSER,
        where=Where.PRIVATE,
        help="现在就备份一次任务库",
        example="!备份",
        handle=administering.back_up,
    ),
)
