"""What each version of this program made of the tables of the one before.

Instants are INTEGER microseconds since 1970 UTC; structures are JSON texts. A step, once released, is never edited:
what follows is a new step.
"""

from typing import Final

_FIRST: Final = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE jobs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        status TEXT NOT NULL,
        config TEXT NOT NULL,
        recurrence TEXT,
        owner TEXT,
        origin TEXT,
        place TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        next_at INTEGER,
        last_result TEXT NOT NULL,
        reason TEXT NOT NULL,
        deleted_at INTEGER,
        version INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX jobs_by_owner ON jobs (owner, number) WHERE deleted_at IS NULL AND owner IS NOT NULL",
    "CREATE INDEX jobs_by_place ON jobs (place, number) WHERE deleted_at IS NULL AND place IS NOT NULL",
    "CREATE INDEX jobs_by_name ON jobs (name, number) WHERE deleted_at IS NULL",
    "CREATE INDEX jobs_by_status ON jobs (status, number) WHERE deleted_at IS NULL",
    """CREATE INDEX jobs_awaiting ON jobs (next_at)
        WHERE deleted_at IS NULL AND next_at IS NOT NULL AND status IN ('pending', 'running')""",
    """CREATE INDEX jobs_ended ON jobs (updated_at)
        WHERE deleted_at IS NULL AND status IN ('stopped', 'failed', 'completed')""",
    """CREATE TABLE runs (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        job_id TEXT NOT NULL REFERENCES jobs (id),
        status TEXT NOT NULL,
        desired TEXT NOT NULL,
        node TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        scheduled_at INTEGER,
        requested_at INTEGER NOT NULL,
        started_at INTEGER,
        stop_requested_at INTEGER,
        ended_at INTEGER,
        worker TEXT,
        exit TEXT,
        outcome TEXT,
        version INTEGER NOT NULL
    ) STRICT""",
    "CREATE UNIQUE INDEX runs_open ON runs (job_id) WHERE status != 'ended'",
    "CREATE INDEX runs_by_request ON runs (job_id, requested_at, sequence)",
    "CREATE INDEX runs_by_epoch ON runs (job_id, epoch)",
    """CREATE TABLE progress (
        job_id TEXT PRIMARY KEY REFERENCES jobs (id),
        run_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        sentence TEXT NOT NULL,
        next_check_at INTEGER,
        checks INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE memory (
        job_id TEXT PRIMARY KEY REFERENCES jobs (id),
        data TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE occurrences (
        job_id TEXT NOT NULL REFERENCES jobs (id),
        scheduled_at INTEGER NOT NULL,
        status TEXT NOT NULL,
        run_id TEXT,
        reason TEXT NOT NULL,
        PRIMARY KEY (job_id, scheduled_at)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        job_id TEXT NOT NULL REFERENCES jobs (id),
        run_id TEXT,
        type TEXT NOT NULL,
        at INTEGER NOT NULL,
        actor TEXT,
        data TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX events_by_job ON events (job_id, id)",
    """CREATE TABLE notifications (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        dedupe_key TEXT NOT NULL UNIQUE,
        job_id TEXT NOT NULL REFERENCES jobs (id),
        target TEXT NOT NULL,
        topic TEXT NOT NULL,
        data TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        uncertain INTEGER NOT NULL DEFAULT 0,
        begun_at INTEGER,
        retry_at INTEGER,
        ended_at INTEGER,
        message_id TEXT,
        reason TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    "CREATE INDEX notifications_open ON notifications (target, id) WHERE state IN ('pending', 'sending')",
    """CREATE TABLE inbound (
        self_id TEXT NOT NULL,
        message_id TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        PRIMARY KEY (self_id, message_id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX inbound_by_age ON inbound (received_at)",
    """CREATE TABLE links (
        self_id TEXT NOT NULL,
        message_id TEXT NOT NULL,
        job_id TEXT NOT NULL REFERENCES jobs (id),
        PRIMARY KEY (self_id, message_id)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE questions (
        key TEXT PRIMARY KEY,
        question TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
)

_RESTARTS: Final = (
    "ALTER TABLE runs ADD COLUMN condemned TEXT",
    "ALTER TABLE runs ADD COLUMN not_before_at INTEGER",
    "ALTER TABLE runs ADD COLUMN restarts INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN restarted_at TEXT NOT NULL DEFAULT '[]'",
    """CREATE INDEX runs_unsettled ON runs (requested_at, sequence)
        WHERE status != 'ended' AND (status != 'live' OR desired != 'up' OR condemned IS NOT NULL)""",
    "CREATE INDEX runs_by_start ON runs (started_at) WHERE started_at IS NOT NULL",
)

_TIMES: Final = (
    "ALTER TABLE jobs ADD COLUMN punctuality TEXT",
    "ALTER TABLE jobs ADD COLUMN lock TEXT",
    "ALTER TABLE jobs ADD COLUMN failures INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE jobs ADD COLUMN served_until INTEGER",
    "ALTER TABLE runs ADD COLUMN lock TEXT",
    "ALTER TABLE runs ADD COLUMN returns_to TEXT",
    "ALTER TABLE occurrences ADD COLUMN late_us INTEGER",
    "DROP INDEX jobs_awaiting",
    """CREATE INDEX jobs_awaiting ON jobs (next_at)
        WHERE deleted_at IS NULL AND next_at IS NOT NULL AND status IN ('pending', 'running', 'paused')""",
    "CREATE UNIQUE INDEX runs_locked ON runs (lock) WHERE lock IS NOT NULL AND status IN ('starting', 'live')",
    "CREATE INDEX occurrences_waiting ON occurrences (scheduled_at) WHERE status = 'due' AND run_id IS NULL",
    # What is told of several jobs at once belongs to none; SQLite takes a NOT NULL away only with the whole table.
    "DROP INDEX notifications_open",
    "ALTER TABLE notifications RENAME TO notifications_before",
    """CREATE TABLE notifications (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        dedupe_key TEXT NOT NULL UNIQUE,
        job_id TEXT REFERENCES jobs (id),
        target TEXT NOT NULL,
        topic TEXT NOT NULL,
        data TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        uncertain INTEGER NOT NULL DEFAULT 0,
        begun_at INTEGER,
        retry_at INTEGER,
        ended_at INTEGER,
        message_id TEXT,
        reason TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    "INSERT INTO notifications SELECT * FROM notifications_before",
    "DROP TABLE notifications_before",
    "CREATE INDEX notifications_open ON notifications (target, id) WHERE state IN ('pending', 'sending')",
)

_VENUES: Final = (
    """CREATE TABLE accounts (
        id TEXT PRIMARY KEY,
        owner TEXT,
        nickname TEXT NOT NULL,
        home TEXT,
        is_default INTEGER NOT NULL,
        shared_with TEXT NOT NULL,
        standing TEXT NOT NULL,
        reason TEXT NOT NULL,
        seen_at INTEGER,
        created_at INTEGER NOT NULL,
        version INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # Accounts without an owner are one owner's too: the operator's. An index takes two NULLs for different.
    "CREATE UNIQUE INDEX accounts_by_nickname ON accounts (coalesce(owner, ''), nickname)",
    "CREATE UNIQUE INDEX accounts_default ON accounts (coalesce(owner, '')) WHERE is_default",
    # Apart from the accounts, which are read often and shown: this is read only where it is opened.
    """CREATE TABLE secrets (
        account_id TEXT PRIMARY KEY REFERENCES accounts (id),
        credentials BLOB,
        session BLOB
    ) STRICT, WITHOUT ROWID""",
    # Accounts may go, and what they booked stays: no reference to them.
    """CREATE TABLE bookings (
        account_id TEXT NOT NULL,
        slot_key TEXT NOT NULL,
        nickname TEXT NOT NULL,
        owner TEXT,
        origin TEXT,
        preset INTEGER NOT NULL,
        venue TEXT NOT NULL,
        date TEXT NOT NULL,
        hour INTEGER NOT NULL,
        court TEXT NOT NULL,
        price TEXT NOT NULL,
        state TEXT NOT NULL,
        order_id TEXT,
        job_id TEXT REFERENCES jobs (id),
        run_id TEXT,
        opened_at INTEGER NOT NULL,
        settled_at INTEGER,
        pay_until INTEGER,
        reason TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        reminded INTEGER NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (account_id, slot_key)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX bookings_open ON bookings (opened_at) WHERE state = 'open'",
    "CREATE INDEX bookings_unpaid ON bookings (opened_at) WHERE state = 'booked'",
    "CREATE INDEX bookings_of_job ON bookings (job_id, opened_at) WHERE job_id IS NOT NULL",
    """CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        act TEXT NOT NULL,
        subject TEXT NOT NULL
    ) STRICT""",
)

_CHATS: Final = (
    "ALTER TABLE jobs ADD COLUMN telling TEXT",
    "ALTER TABLE progress ADD COLUMN ticks TEXT NOT NULL DEFAULT ''",
    """CREATE TABLE sightings (
        job_id TEXT NOT NULL REFERENCES jobs (id),
        day TEXT NOT NULL,
        looks INTEGER NOT NULL,
        hours TEXT NOT NULL,
        PRIMARY KEY (job_id, day)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE chats (
        place TEXT PRIMARY KEY,
        settings TEXT NOT NULL,
        version INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "ALTER TABLE notifications ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE notifications ADD COLUMN held_until INTEGER",
    "ALTER TABLE notifications ADD COLUMN batch INTEGER",
    "ALTER TABLE notifications ADD COLUMN acknowledged_at INTEGER",
    "ALTER TABLE notifications ADD COLUMN acknowledged_by TEXT",
    # Those on their way are as urgent as they would be today.
    """UPDATE notifications SET urgent = 1 WHERE state IN ('pending', 'sending') AND topic IN (
        'booked', 'payment_due', 'order_ended', 'booking_uncertain', 'booking_absent', 'booking_hindered',
        'login_wanted')""",
    "DROP INDEX notifications_open",
    "CREATE INDEX notifications_lanes ON notifications (target, urgent, id) WHERE state IN ('pending', 'sending')",
    # A run of the version before may live on through the upgrade, and knows of no urgency.
    """CREATE TRIGGER notifications_urgent AFTER INSERT ON notifications
        WHEN NEW.urgent = 0 AND NEW.topic IN (
            'booked', 'payment_due', 'order_ended', 'booking_uncertain', 'booking_absent', 'booking_hindered',
            'login_wanted')
        BEGIN UPDATE notifications SET urgent = 1 WHERE id = NEW.id; END""",
    """CREATE INDEX notifications_unacknowledged ON notifications (coalesce(ended_at, begun_at, created_at))
        WHERE urgent = 1 AND acknowledged_at IS NULL
        AND topic IN ('booked', 'booking_uncertain', 'login_wanted', 'payment_due')""",
    """CREATE INDEX notifications_told ON notifications (job_id, ended_at, topic)
        WHERE state = 'sent' AND job_id IS NOT NULL""",
    # With `at`, so that an act that is too old is passed over without being read.
    "CREATE INDEX events_by_actor ON events (actor, id, at) WHERE actor IS NOT NULL",
    "CREATE INDEX events_acts ON events (id, at) WHERE actor IS NOT NULL",
)

STEPS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _RESTARTS, _TIMES, _VENUES, _CHATS)
"""Step n turns a file of version n into one of version n + 1; version 0 is an empty file."""
