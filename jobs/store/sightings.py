"""What jobs' looks have seen, a row for each day."""

from datetime import date
from typing import Final

import msgspec

from jobs.models.change import Fence
from jobs.models.ids import JobId
from jobs.ports.rows import Sighting
from jobs.store.codec import Row, readable, reads, text
from jobs.store.runs import OPEN_AT_EPOCH
from jobs.store.sqlite import Database

_hours: Final = msgspec.json.Decoder(dict[int, int])


def sightings_since(database: Database, job_id: JobId, since: date) -> list[Sighting]:
    """See `Jobs.sightings`."""
    sql = "SELECT day, looks, hours FROM sightings WHERE job_id = ? AND day >= ? ORDER BY day"
    return readable(_sighting_of, database.rows(sql, job_id, since.isoformat()))


def write_sighting(database: Database, fence: Fence, sighting: Sighting) -> None:
    """Of the fenced run's job. In a transaction in which the fence has held."""
    database.run(
        f"""INSERT INTO sightings (job_id, day, looks, hours)
            SELECT fenced.job_id, ?, ?, ? FROM ({OPEN_AT_EPOCH}) AS fenced WHERE true
            ON CONFLICT (job_id, day) DO UPDATE SET looks = excluded.looks, hours = excluded.hours""",  # noqa: S608
        sighting.day.isoformat(),
        sighting.looks,
        text(sighting.hours),
        fence.run_id,
        fence.epoch,
    )


@reads
def _sighting_of(row: Row) -> Sighting:
    return Sighting(day=date.fromisoformat(row["day"]), looks=row["looks"], hours=_hours.decode(row["hours"]))
