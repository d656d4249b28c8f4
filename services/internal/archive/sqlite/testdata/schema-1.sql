-- The schema of the first archives, as they were released.
-- seq is the order of arrival. It decides between events of one second: Stripe's
-- created has no finer grain.
CREATE TABLE events (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	type TEXT NOT NULL,
	created INTEGER NOT NULL,  -- seconds
	received INTEGER NOT NULL, -- milliseconds
	livemode INTEGER NOT NULL,
	object_id TEXT NOT NULL,
	object_type TEXT NOT NULL,
	customer TEXT,             -- NULL when not known (yet)
	amount INTEGER,            -- minor currency units
	currency TEXT,
	outcome TEXT NOT NULL,
	request_id TEXT NOT NULL,
	api_version TEXT NOT NULL,
	source TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (created);
CREATE INDEX events_by_type ON events (type, created);
CREATE INDEX events_by_customer ON events (customer, created) WHERE customer IS NOT NULL;

-- The received bytes stand apart, so that reading rows does not read payloads.
CREATE TABLE payloads (seq INTEGER PRIMARY KEY, encoding INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;

-- How many events there are by type, for one customer and ('') for all.
CREATE TABLE counts (customer TEXT NOT NULL, type TEXT NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (customer, type)) STRICT, WITHOUT ROWID;

-- Which customer an object belongs to, learned from events that name both.
CREATE TABLE links (object_id TEXT PRIMARY KEY, customer TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Events whose customer is not known, by each object that may tell it later.
CREATE TABLE waits (object_id TEXT NOT NULL, seq INTEGER NOT NULL,
	PRIMARY KEY (object_id, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX waits_by_seq ON waits (seq);

-- Copies of an archived event that tell something else.
CREATE TABLE conflicts (id TEXT NOT NULL, digest BLOB NOT NULL, received INTEGER NOT NULL, source TEXT NOT NULL,
	encoding INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, digest)) STRICT, WITHOUT ROWID;

-- What was received and is no event.
CREATE TABLE quarantine (digest BLOB PRIMARY KEY, received INTEGER NOT NULL, source TEXT NOT NULL,
	reason TEXT NOT NULL, encoding INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Checkout Sessions made here; receipt is NULL until the outcome is known.
CREATE TABLE sessions (id TEXT PRIMARY KEY, created INTEGER NOT NULL, session TEXT NOT NULL, receipt TEXT) STRICT;
CREATE INDEX sessions_by_time ON sessions (created);
PRAGMA user_version = 1;
PRAGMA application_id = 1651864179;
