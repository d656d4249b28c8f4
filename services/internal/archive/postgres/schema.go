package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bursar/services/internal/archive"
)

// migrations are the steps that make the schema, in order. A step that is
// published is never changed.
func migrations() []string {
	return []string{`
-- The archive itself. Transaction numbers (arrivals.xid) start again on another
-- server, so each server that it is restored to begins an epoch.
CREATE TABLE bursar_archive (version integer NOT NULL, account text NOT NULL DEFAULT '', server bigint NOT NULL, epoch integer NOT NULL);

-- Every event's id once, and the order in which they became visible.
CREATE TABLE arrivals (
	id text COLLATE "C" PRIMARY KEY,
	created bigint NOT NULL,
	epoch integer NOT NULL, xid xid8 NOT NULL DEFAULT pg_current_xact_id(), place integer NOT NULL
);
CREATE UNIQUE INDEX arrivals_in_order ON arrivals (epoch, xid, place);

CREATE TABLE events (
	created bigint NOT NULL,    -- seconds
	received bigint NOT NULL,   -- milliseconds
	amount bigint,              -- minor units of currency
	form smallint NOT NULL,
	livemode boolean NOT NULL,
	id text COLLATE "C" NOT NULL,
	type text COLLATE "C" NOT NULL,
	object_id text COLLATE "C" NOT NULL,
	object_type text COLLATE "C" NOT NULL,
	customer text COLLATE "C",  -- NULL while it is not known
	currency text COLLATE "C",
	outcome text COLLATE "C" NOT NULL,
	request_id text COLLATE "C" NOT NULL,
	api_version text COLLATE "C" NOT NULL,
	source text COLLATE "C" NOT NULL,
	body jsonb,                 -- the event for queries; NULL when jsonb cannot hold it
	words tsvector NOT NULL,    -- where.Words
	bytes bytea NOT NULL,       -- as received, in a form of package archive
	PRIMARY KEY (created, id)
) PARTITION BY RANGE (created);
ALTER TABLE events ALTER bytes SET STORAGE EXTERNAL;
-- lz4 is a third less work for the server than its own compression, where it is
-- built with it; rows that stay whole (toast_tuple_target) are scanned twice as fast.
DO $$ BEGIN
	EXECUTE 'ALTER TABLE events ALTER body SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error THEN NULL;
END $$;
CREATE INDEX events_by_customer ON events (customer, created, id) WHERE customer IS NOT NULL;
CREATE INDEX events_by_type ON events (type, created, id);
CREATE INDEX events_by_word ON events USING gin (words);
CREATE TABLE events_default PARTITION OF events DEFAULT WITH (toast_tuple_target = 4080);

-- How many events there are by type, for one customer and ('') for all; several
-- rows each, so that writers do not wait for each other.
CREATE TABLE counts (customer text COLLATE "C", type text COLLATE "C", shard integer, n bigint NOT NULL,
	PRIMARY KEY (customer, type, shard)) WITH (fillfactor = 70);

-- Which customer an object belongs to, learned from events that name both.
CREATE TABLE links (object_id text COLLATE "C" PRIMARY KEY, customer text COLLATE "C" NOT NULL);

-- Events whose customer is not known, by each object that may tell it later.
CREATE TABLE waits (object_id text COLLATE "C", created bigint, id text COLLATE "C", PRIMARY KEY (object_id, created, id));
CREATE INDEX waits_by_event ON waits (created, id);

-- Copies of an archived event that tell something else.
CREATE TABLE conflicts (id text COLLATE "C", digest bytea, received bigint NOT NULL, source text NOT NULL,
	form smallint NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (id, digest));

-- What was received and is no event.
CREATE TABLE quarantine (digest bytea PRIMARY KEY, received bigint NOT NULL, source text NOT NULL,
	reason text NOT NULL, form smallint NOT NULL, bytes bytea NOT NULL);

CREATE TABLE notes (name text COLLATE "C" PRIMARY KEY, value text NOT NULL);

-- Who writes here: how often each has changed something, the last webhook in
-- milliseconds, deliveries of events that were there. Row 0 is those who are gone.
CREATE TABLE writers (id bigint PRIMARY KEY, changes bigint NOT NULL DEFAULT 0, received bigint NOT NULL DEFAULT 0,
	duplicates bigint NOT NULL DEFAULT 0, seen timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 50);

-- Checkout Sessions made here; receipt is NULL until the outcome is known.
CREATE TABLE sessions (id text COLLATE "C" PRIMARY KEY, created bigint NOT NULL, place bigint GENERATED ALWAYS AS IDENTITY,
	session text NOT NULL, receipt text);
CREATE INDEX sessions_by_time ON sessions (created, place);
`}
}

// lockClass is the first half of the advisory locks' keys, "burs"; the second is
// the schema's name.
const lockClass = 0x62757273

const takeLock = `SELECT pg_advisory_xact_lock($1, hashtext($2))`

// prepareSchema brings the schema up to date, and refuses what is not ours to
// change or cannot hold an archive.
func (a *Archive) prepareSchema(ctx context.Context) error {
	known, err := a.inspect(ctx, a.write)
	if err != nil {
		return err
	}
	if known.version < len(migrations()) || known.moved || known.account == "" && a.opts.Account != "" {
		if err := a.migrate(ctx); err != nil {
			return err
		}
	}
	return a.loadMonths(ctx)
}

// found is the state of a schema.
type found struct {
	version int
	account string
	moved   bool // the database was restored on another server since
}

// querier is a pool or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (a *Archive) inspect(ctx context.Context, db querier) (f found, err error) {
	var server, relations int
	var standby, there bool
	var encoding string
	err = db.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), pg_is_in_recovery(),
		(SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace($1)),
		to_regclass($1 || '.bursar_archive') IS NOT NULL`, a.place.schema).Scan(&server, &encoding, &standby, &relations, &there)
	switch {
	case err != nil:
		return f, fmt.Errorf("looking at the schema: %w", err)
	case server < 130000:
		return f, errOldServer
	case encoding != "UTF8":
		return f, errEncoding
	case !there && relations > 0:
		return f, archive.ErrForeign
	case !there && standby:
		return f, errNeedsSchema
	case !there:
		return f, nil
	}
	err = db.QueryRowContext(ctx, `SELECT version, account, server <> (SELECT system_identifier FROM pg_control_system()) AND NOT pg_is_in_recovery()
		FROM bursar_archive`).Scan(&f.version, &f.account, &f.moved)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return f, archive.ErrForeign
	case err != nil:
		return f, fmt.Errorf("reading the schema's version: %w", err)
	case f.version > len(migrations()):
		return f, fmt.Errorf("%w: schema %d, this bursar knows %d", archive.ErrNewer, f.version, len(migrations()))
	case f.version < len(migrations()) && standby:
		return f, errNeedsSchema
	case f.account != "" && a.opts.Account != "" && f.account != a.opts.Account:
		return f, errOtherOwner
	case standby:
		f.account = a.opts.Account // cannot be noted here
	}
	return f, nil
}

// migrate takes the steps that the schema lacks, all or none of them, while
// nobody else does.
func (a *Archive) migrate(ctx context.Context) error {
	tx, err := a.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if _, err := tx.ExecContext(ctx, `SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, takeLock, lockClass, a.place.schema); err != nil {
		return err
	}
	f, err := a.inspect(ctx, tx) // another process may have been faster
	if err != nil {
		return err
	}
	if f.version == 0 {
		if err := makeSchema(ctx, tx, a.place.schema); err != nil {
			return err
		}
	}
	for i, step := range migrations() {
		if i < f.version {
			continue
		}
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("migrating the schema to version %d: %w", i+1, err)
		}
	}
	const server = `(SELECT system_identifier FROM pg_control_system())`
	if f.version == 0 {
		_, err = tx.ExecContext(ctx, `INSERT INTO bursar_archive (version, account, server, epoch) VALUES ($1, $2, `+server+`, 1)`, len(migrations()), a.opts.Account)
	} else {
		_, err = tx.ExecContext(ctx, `UPDATE bursar_archive SET version = $1, account = coalesce(nullif(account, ''), $2),
			epoch = epoch + CASE WHEN server = `+server+` THEN 0 ELSE 1 END, server = `+server, len(migrations()), a.opts.Account)
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

// makeSchema makes the schema unless its owner has done so already, which takes
// fewer rights.
func makeSchema(ctx context.Context, tx *sql.Tx, name string) error {
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, name).Scan(&there); err != nil || there {
		return err
	}
	_, err := tx.ExecContext(ctx, `CREATE SCHEMA `+name)
	return err
}
