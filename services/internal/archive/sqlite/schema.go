package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bursar/services/internal/archive"
)

// applicationID marks the file as bursar's archive ("burs").
const applicationID = 0x62757273

// schemaVersion is the schema of today; PRAGMA user_version tells a file's.
const schemaVersion = 2

// schema makes an empty file's tables.
//
// An event's key is its created time, in seconds, shifted by keyBits, and a
// number that sets it apart from others of its second. So the tables are in the
// order of lists, and so is every index, whose entries end in the key; within
// one second readers put events in the order of their ids. Texts that occur again
// and again are kept once and stand as numbers.
const schema = `
CREATE TABLE names (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO names VALUES (1, 'succeeded'), (2, 'neutral');
CREATE TABLE customers (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE events (
	key INTEGER PRIMARY KEY,
	arrival INTEGER NOT NULL,     -- the order they became visible in, from 1
	type INTEGER NOT NULL,        -- names.n, like all others without a comment
	customer INTEGER,             -- customers.n; NULL when not known (yet)
	outcome INTEGER NOT NULL,
	amount INTEGER,               -- minor currency units
	currency INTEGER NOT NULL,
	livemode INTEGER NOT NULL,    -- 0 or 1
	source INTEGER NOT NULL,
	object_type INTEGER NOT NULL,
	api_version INTEGER NOT NULL,
	received INTEGER NOT NULL,    -- milliseconds
	id TEXT NOT NULL UNIQUE,
	object_id TEXT NOT NULL,
	request_id TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_by_arrival ON events (arrival);
CREATE INDEX events_by_type ON events (type);
CREATE INDEX events_by_outcome ON events (outcome) WHERE outcome > 2; -- those that people look for
CREATE INDEX events_by_customer ON events (customer) WHERE customer IS NOT NULL;

-- The received bytes stand apart, so that reading rows does not read payloads.
CREATE TABLE payloads (key INTEGER PRIMARY KEY, form INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;

-- How many events there are by type, for one customer and (0) for all.
CREATE TABLE counts (customer INTEGER NOT NULL, type INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (customer, type)) STRICT, WITHOUT ROWID;

-- Which customer an object belongs to, learned from events that name both.
CREATE TABLE links (object TEXT PRIMARY KEY, customer INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Events whose customer is not known, by each object that may tell it later.
CREATE TABLE waits (object TEXT NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (object, key)) STRICT, WITHOUT ROWID;
CREATE INDEX waits_by_key ON waits (key);

-- What was received and is not among the events: copies of archived events that
-- tell something else, and (event is empty) what is no event. The digest is of
-- what it tells, or of the bytes.
CREATE TABLE aside (n INTEGER PRIMARY KEY, event TEXT NOT NULL, digest BLOB NOT NULL, reason TEXT NOT NULL,
	received INTEGER NOT NULL, source TEXT NOT NULL, form INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (event, digest)) STRICT;

-- The words of events, up to the arrival that the note "words" names.
CREATE VIRTUAL TABLE words USING fts5 (text, content = '', detail = none, columnsize = 0, tokenize = 'ascii');

CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Checkout Sessions made here; receipt is NULL until the outcome is known.
CREATE TABLE sessions (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, session TEXT NOT NULL, receipt TEXT) STRICT;
CREATE INDEX sessions_by_time ON sessions (created);
`

// keyBits are the bits of a key below the seconds.
const keyBits = 24

// firstKey and lastKey are the least and the greatest key of a second.
func firstKey(second int64) int64 { return second << keyBits }
func lastKey(second int64) int64  { return second<<keyBits | (1<<keyBits - 1) }

// prepareFile makes the file when there is none, readable for this user only:
// it holds what customers bought. It returns the absolute path and which file
// that is.
func prepareFile(path string) (string, os.FileInfo, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return path, nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return path, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return path, nil, err
	}
	info, err := f.Stat()
	return path, info, errors.Join(err, f.Close())
}

// useWAL switches a file to write-ahead logging. Two processes may do it at once:
// on a new file it is the one step that SQLite's own waiting does not cover, so
// it is tried until lockWait is over.
func useWAL(ctx context.Context, c *conn, lockWait time.Duration) error {
	for start := time.Now(); ; {
		_, err := c.exec("PRAGMA journal_mode = wal")
		if err == nil {
			return nil
		}
		if !isBusy(err) || time.Since(start) > lockWait {
			return fmt.Errorf("switching to WAL: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// fileVersion returns the schema of a file, 0 for an empty one, and refuses a
// file that is not ours to change.
func fileVersion(ctx context.Context, c *conn) (version int64, err error) {
	var application, objects int64
	_, err = c.first(ctx, `SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_user_version, pragma_application_id`, nil, func(r row) {
		version, application, objects = r.integer(0), r.integer(1), r.integer(2)
	})
	switch {
	case err != nil:
		return 0, fmt.Errorf("reading the schema's version: %w", err)
	case application != applicationID && (application != 0 || version != 0 || objects > 0):
		return 0, archive.ErrForeign
	case version > schemaVersion:
		return 0, fmt.Errorf("%w: schema %d, this bursar knows %d", archive.ErrNewer, version, schemaVersion)
	}
	return version, nil
}

// makeSchema makes the tables of an empty file, unless another process has been
// faster.
func makeSchema(ctx context.Context, c *conn) (err error) {
	if _, err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = c.exec("ROLLBACK") // what failed first is told
		}
	}()
	version, err := c.integer(ctx, "PRAGMA user_version")
	if err != nil {
		return err
	}
	if version == 0 {
		if _, err := c.exec(schema + stampSchema()); err != nil {
			return fmt.Errorf("making the schema: %w", err)
		}
	}
	_, err = c.exec("COMMIT")
	return err
}

// stampSchema says that a file has the schema of today.
func stampSchema() string {
	return fmt.Sprintf("; PRAGMA user_version = %d; PRAGMA application_id = %d", schemaVersion, applicationID)
}
