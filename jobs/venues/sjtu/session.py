"""What is kept of a login between two uses: the cookies of both sites. Secret."""

from typing import Final

import msgspec
from msgspec import Struct

from jobs.venues.sjtu.answers import UNREADABLE
from jobs.venues.sjtu.jar import Jar

SESSION_COOKIE: Final = "JSESSIONID"
SIGN_ON_COOKIE: Final = "JAAuthCookie"
"""Who has it needs no captcha, as long as it lasts."""


class _Kept(Struct):
    sports: list[list[str]] = []
    jaccount: list[list[str]] = []


class Jars(Struct, frozen=True):
    """The cookies of both sites, which never mix."""

    sports: Jar
    jaccount: Jar

    def dump(self) -> bytes:
        """For `jars_from`."""
        return msgspec.json.encode(_Kept(self.sports.dump(), self.jaccount.dump()))


def jars_from(session: bytes | None) -> Jars:
    """The cookies of a session; none where there is none, or it is not ours."""
    jars = Jars(sports_jar(), Jar())
    if session is None:
        return jars
    try:
        kept = msgspec.json.decode(session, type=_Kept)
    except UNREADABLE:
        return jars
    jars.sports.load(kept.sports)
    jars.jaccount.load(kept.jaccount)
    return jars


def trusted_again(session: bytes | None) -> Jars:
    """What a login begins with: the login page still knows this client, but has let nobody in yet."""
    jars = jars_from(session)
    known = [cookie for cookie in jars.jaccount.dump() if cookie[0] not in {SESSION_COOKIE, SIGN_ON_COOKIE}]
    fresh = Jars(sports_jar(), Jar())
    fresh.jaccount.load(known)
    return fresh


def sports_jar() -> Jar:
    """The platform's cookies. A dotted JSESSIONID is the login page's own, which has nothing to do there."""
    return Jar(refuses=lambda name, value: name == SESSION_COOKIE and "." in value)
