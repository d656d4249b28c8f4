package forward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"bursar/services"
)

// applicationID marks the file as bursar's forwarding queue ("burf").
const applicationID = 0x62757266

// lockWait is how long another process's write is waited for.
const lockWait = 5 * time.Second

// migrations returns the steps from an empty file to the schema of today.
// PRAGMA user_version counts the steps a file has been through. A step that was
// ever released is never changed. Times are milliseconds; 0 means none.
func migrations() []string {
	return []string{`
-- position is how far the archive was read: everything before it is delivered,
-- given up, not asked for, or waiting. since is when the destination was added,
-- started when it was last begun to serve.
CREATE TABLE destinations (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, types TEXT NOT NULL, position TEXT NOT NULL,
	since INTEGER NOT NULL, started INTEGER NOT NULL) STRICT;

-- Events that are to be delivered, in order; object is what keeps them in order.
-- refused is when a destination first answered that it does not take the event.
CREATE TABLE waiting (id INTEGER PRIMARY KEY AUTOINCREMENT, destination INTEGER NOT NULL, event TEXT NOT NULL, type TEXT NOT NULL,
	object TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0,
	UNIQUE (destination, event)) STRICT;

CREATE TABLE attempts (id INTEGER PRIMARY KEY, destination INTEGER NOT NULL, time INTEGER NOT NULL, event TEXT NOT NULL, type TEXT NOT NULL,
	attempt INTEGER NOT NULL, status INTEGER NOT NULL, took INTEGER NOT NULL, outcome TEXT NOT NULL, problem TEXT NOT NULL, next INTEGER NOT NULL) STRICT;
CREATE INDEX attempts_by_event ON attempts (event);
CREATE INDEX attempts_by_time ON attempts (time);
`}
}

// What prepare finds in files that it must not touch.
var (
	errForeign = errors.New("the file is a database of another program")
	errNewer   = errors.New("the file is from a newer version")
)

// connect opens the file, making it (and its folder, for this user only) when
// there is none. What is in it can be had from the archive again, but for where
// each destination stands: a crash of the machine may set that back a little, and
// events are delivered twice.
func connect(ctx context.Context, path string) (*sql.DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", lockWait.Milliseconds()), "synchronous(normal)", "journal_size_limit(4194304)"}}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	if err := prepare(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// prepare switches the file to WAL, which SQLite's own waiting does not cover, and
// brings its schema up to date.
func prepare(ctx context.Context, db *sql.DB) error {
	for began := time.Now(); ; {
		err := migrate(ctx, db)
		if err == nil {
			_, err = db.ExecContext(ctx, "PRAGMA journal_mode = wal")
		}
		if err == nil || !isBusy(err) || time.Since(began) > lockWait {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	var version, application, objects int
	err = tx.QueryRowContext(ctx, `SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_user_version, pragma_application_id`).Scan(&version, &application, &objects)
	switch {
	case err != nil:
		return err
	case application != applicationID && (application != 0 || version != 0 || objects > 0):
		return errForeign
	case version > len(migrations()):
		return errNewer
	case version == len(migrations()):
		return nil
	}
	for i, step := range migrations()[version:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("migrating the schema to version %d: %w", version+i+1, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d", len(migrations()), applicationID)); err != nil {
		return err
	}
	return tx.Commit()
}

// resultOf returns SQLite's primary result code in err's chain, 0 when there is none.
func resultOf(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return sqlite3.SQLITE_OK
}

func isBusy(err error) bool {
	code := resultOf(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// fault turns a failure of the file into what a person can act on.
func (q *Queue) fault(op string, err error) error {
	var known *services.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	message, next := "The forwarding queue "+q.path+" could not be used: "+err.Error(), "Try again; if it stays, move the file away: forwarding then begins anew."
	switch code := resultOf(err); {
	case errors.Is(err, errNewer):
		message, next = "The forwarding queue "+q.path+" was written by a newer bursar.", "Update bursar."
	case errors.Is(err, errForeign):
		message, next = "The file "+q.path+" is a database of another program.", "Move it away."
	case code == sqlite3.SQLITE_CORRUPT, code == sqlite3.SQLITE_NOTADB:
		message, next = "The forwarding queue "+q.path+" is damaged.", "Move the file away: forwarding then begins anew, and bursar webhook resend sends what is missing."
	case code == sqlite3.SQLITE_FULL, errors.Is(err, syscall.ENOSPC):
		message, next = "The disk is full: the forwarding queue could not be written.", "Free some space and try again. Nothing is lost: the archive has the events."
	case code == sqlite3.SQLITE_READONLY, errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		message, next = "The forwarding queue "+q.path+" cannot be written: it is read-only for you.", "Give yourself write access to the file and its folder."
	case isBusy(err):
		message, next = "Another program keeps the forwarding queue locked.", "Wait until the other bursar has finished, or close it, and try again."
	}
	return &services.Error{Code: services.CodeStorage, Op: op, Message: services.Clean(message), Next: next, Err: err}
}
