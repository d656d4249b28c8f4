package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"modernc.org/sqlite" // also registers the driver
	sqlite3 "modernc.org/sqlite/lib"
)

const schemaVersion = 1

const applicationID = 0x62757273 // "burs": tells the file from any other SQLite file

const schema = `
CREATE TABLE objects (id TEXT PRIMARY KEY, kind TEXT NOT NULL, seq INTEGER NOT NULL, created INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE deliveries (id TEXT PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, attempt INTEGER NOT NULL, due INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE replies (key TEXT PRIMARY KEY, path TEXT NOT NULL, digest BLOB NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, request TEXT NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
`

// uncut is the context of every statement: what was begun is finished, also
// when the client is gone.
var uncut = context.Background()

// ErrNewer means that a later version of the program wrote the data file.
var ErrNewer = errors.New("the sandbox file was written by a newer version of bursar: use that version, or choose another file")

// errDamaged means that the file is not a sandbox file any more.
var errDamaged = errors.New("the sandbox file is damaged")

// store is the data file.
type store struct{ db *sql.DB }

// openStore opens the file, making it when there is none, and reads it into
// memory. A damaged file is set aside under a new name, which is returned.
func openStore(path string, now time.Time) (*store, *memory, string, error) {
	st, mem, err := readStore(path)
	if err == nil || !errors.Is(err, errDamaged) {
		return st, mem, "", err
	}
	aside := path + ".damaged-" + now.UTC().Format("20060102-150405")
	if err := setAside(path, aside); err != nil {
		return nil, nil, "", fmt.Errorf("setting the damaged sandbox file aside: %w", err)
	}
	st, mem, err = readStore(path)
	return st, mem, aside, err
}

func setAside(path, aside string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func readStore(path string) (*store, *memory, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("making the sandbox folder: %w", err)
	}
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, nil, fmt.Errorf("opening the sandbox file: %w", err)
	} else if err := f.Close(); err != nil {
		return nil, nil, fmt.Errorf("opening the sandbox file: %w", err)
	}
	name := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the sandbox file: %w", err)
	}
	db.SetMaxOpenConns(1)
	st := &store{db}
	mem, err := st.load()
	if err != nil {
		_ = db.Close()
		return nil, nil, fmt.Errorf("reading the sandbox file: %w", classify(err))
	}
	return st, mem, nil
}

// classify tells damage, and a full disk, from everything else that can go wrong
// with a file.
func classify(err error) error {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	var lite *sqlite.Error
	damaged := errors.As(err, &syntax) || errors.As(err, &shape)
	if errors.As(err, &lite) {
		code := lite.Code() & 0xff
		damaged = damaged || code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
	}
	if lite != nil && (lite.Code() == sqlite3.SQLITE_FULL || lite.Code() == sqlite3.SQLITE_IOERR_SHMSIZE) {
		return fmt.Errorf("%w: %w", syscall.ENOSPC, err)
	}
	if damaged {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return err
}

func (st *store) load() (*memory, error) {
	var version, application, tables int
	for query, into := range map[string]*int{"PRAGMA user_version": &version, "PRAGMA application_id": &application, "SELECT count(*) FROM sqlite_master": &tables} {
		if err := st.db.QueryRowContext(uncut, query).Scan(into); err != nil {
			return nil, err
		}
	}
	switch {
	case version > schemaVersion && application == applicationID:
		return nil, ErrNewer
	case version == 0 && tables == 0:
		_, err := st.db.ExecContext(uncut, schema+fmt.Sprintf("PRAGMA user_version=%d; PRAGMA application_id=%d;", schemaVersion, applicationID))
		return newMemory(), err
	case version != schemaVersion || application != applicationID:
		return nil, fmt.Errorf("%w: it is an SQLite file of another program", errDamaged)
	}
	mem := newMemory()
	if err := st.loadObjects(mem); err != nil {
		return nil, err
	}
	return mem, st.loadDeliveries(mem)
}

func (st *store) loadObjects(mem *memory) error {
	rows, err := st.db.QueryContext(uncut, "SELECT id, kind, seq, created, body FROM objects ORDER BY created, seq")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		r := &row{stored: &stored{}}
		if err := rows.Scan(&r.id, &r.kind, &r.seq, &r.created, &r.stored.body); err != nil {
			return err
		}
		mem.put(r)
	}
	return rows.Err()
}

// storedEvent is an event's own fields. Its data stays raw: it is only ever
// handed out as it is.
type storedEvent struct {
	ID       string             `json:"id"`
	Version  string             `json:"api_version"`
	Created  int64              `json:"created"`
	Data     json.RawMessage    `json:"data"`
	Pending  int64              `json:"pending_webhooks"`
	Request  map[string]*string `json:"request"`
	Type     string             `json:"type"`
	Livemode bool               `json:"livemode"`
}

func decodeRow(kind string, body []byte) (object, error) {
	if kind != "event" {
		return parseObject(body)
	}
	var e storedEvent
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	request := object{}
	for k, v := range e.Request {
		if request[k] = nil; v != nil {
			request[k] = *v
		}
	}
	return object{"id": e.ID, "object": kind, "api_version": e.Version, "created": e.Created, "data": e.Data,
		"livemode": e.Livemode, "pending_webhooks": e.Pending, "request": request, "type": e.Type}, nil
}

func (st *store) loadDeliveries(mem *memory) error {
	rows, err := st.db.QueryContext(uncut, "SELECT id, event, endpoint, attempt, due FROM deliveries")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		d := &delivery{}
		if err := rows.Scan(&d.id, &d.event, &d.endpoint, &d.attempt, &d.due); err != nil {
			return err
		}
		mem.deliveries[d.id] = d
	}
	return rows.Err()
}

// write commits everything a transaction changed, or nothing.
func (st *store) write(t *tx) (err error) {
	w, err := st.db.BeginTx(uncut, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = w.Rollback()
		}
	}()
	put, err := w.PrepareContext(uncut, "INSERT INTO objects (id, kind, seq, created, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body")
	if err != nil {
		return err
	}
	defer func() { _ = put.Close() }()
	for id, r := range t.rows {
		if r.doc == nil {
			_, err = w.ExecContext(uncut, "DELETE FROM objects WHERE id = ?", id)
		} else {
			_, err = put.ExecContext(uncut, r.id, r.kind, r.seq, r.created, compact(r.doc))
		}
		if err != nil {
			return err
		}
	}
	for id, d := range t.deliveries {
		if d == nil {
			_, err = w.ExecContext(uncut, "DELETE FROM deliveries WHERE id = ?", id)
		} else {
			_, err = w.ExecContext(uncut, "INSERT OR REPLACE INTO deliveries (id, event, endpoint, attempt, due) VALUES (?, ?, ?, ?, ?)", d.id, d.event, d.endpoint, d.attempt, d.due)
		}
		if err != nil {
			return err
		}
	}
	if p := t.reply; p != nil {
		if _, err = w.ExecContext(uncut, "INSERT OR REPLACE INTO replies (key, path, digest, status, body, request, created) VALUES (?, ?, ?, ?, ?, ?, ?)", p.key, p.path, p.digest, p.status, p.body, p.request, t.now); err != nil {
			return err
		}
	}
	return w.Commit()
}

// replied looks an idempotency key up.
func (st *store) replied(key string) (*reply, error) {
	p := &reply{key: key}
	err := st.db.QueryRowContext(uncut, "SELECT path, digest, status, body, request FROM replies WHERE key = ?", key).Scan(&p.path, &p.digest, &p.status, &p.body, &p.request)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return p, err
}

// forget drops idempotency records made before a time (2.4: kept 24 hours).
func (st *store) forget(before int64) error {
	_, err := st.db.ExecContext(uncut, "DELETE FROM replies WHERE created < ?", before)
	return err
}
