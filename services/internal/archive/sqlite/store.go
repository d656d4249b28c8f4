// Package sqlite is the archive in one SQLite file, which is what a profile has
// unless it says otherwise. What Add answers as stored is on the disk: a batch
// is one transaction, synced before it returns (spec/archive.md, section 3).
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Options are the parts of an archive that tests and owners choose. The zero
// value works.
type Options struct {
	Now      services.Clock // for Event.Received; nil means the system's
	Log      *slog.Logger   // for operators; nil means nowhere. Never gets a payload.
	LockWait time.Duration  // how long to wait for another process's write; 0 means 5 s
	Poll     time.Duration  // how often to look for other processes' commits; 0 means 500 ms
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.LockWait <= 0 {
		o.LockWait = 5 * time.Second
	}
	if o.Poll <= 0 {
		o.Poll = 500 * time.Millisecond
	}
	return o
}

// Archive is one open archive file.
type Archive struct {
	path   string
	opened os.FileInfo // the file that path was when it was opened
	opts   Options
	write  *sql.DB // one connection: the file has one writer at a time anyway
	read   *sql.DB
	stmts  []*sql.Stmt // on write, by statement
	packer archive.Packer
	notice archive.Notifier

	stop   context.CancelFunc
	done   chan struct{} // closed when the watcher of other processes has ended
	closed sync.Once
}

var _ archive.Archive = (*Archive)(nil)

// readers is how many queries may run at once.
const readers = 4

// Open opens the archive file at path, making it (and its folder, for this user
// only) when there is none, and bringing an older file's schema up to date. A
// file that is damaged is set aside under another name and a new one started;
// notice then says so in a sentence for the person, and is empty otherwise.
// Errors are *services.Error with CodeStorage.
func Open(ctx context.Context, path string, opts Options) (a *Archive, notice string, err error) {
	a = &Archive{path: path, opts: opts.withDefaults(), done: make(chan struct{})}
	version, err := a.connect(ctx)
	if isDamage(err) {
		a.opts.Log.Warn("archive damaged", "path", path, "error", err)
		if notice, err = a.setAside(); err == nil {
			version, err = a.connect(ctx)
		}
	}
	if err != nil {
		return nil, "", a.fault("opening the archive", err)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.stop = stop
	go a.watchOthers(running, version)
	return a, notice, nil
}

// connect opens both handles, brings the schema up to date and reads a little,
// so that a file that cannot be used is found out now. On failure nothing is
// left open. The version is what changes by other processes are counted from.
func (a *Archive) connect(ctx context.Context) (version int64, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, a.disconnect())
		}
	}()
	a.write, a.read, a.stmts = nil, nil, make([]*sql.Stmt, len(statementTexts()))
	if a.path, a.opened, err = prepareFile(a.path); err != nil {
		return 0, err
	}
	if a.write, err = sql.Open("sqlite", dsn(a.path, a.opts.LockWait, "immediate", "synchronous(full)", "journal_size_limit(67108864)")); err != nil {
		return 0, err
	}
	a.write.SetMaxOpenConns(1)
	a.write.SetMaxIdleConns(1)
	if err := prepareSchema(ctx, a.write, a.opts.LockWait); err != nil {
		return 0, err
	}
	if a.read, err = sql.Open("sqlite", dsn(a.path, a.opts.LockWait, "deferred", "query_only(1)")); err != nil {
		return 0, err
	}
	a.read.SetMaxOpenConns(readers)
	a.read.SetMaxIdleConns(readers)
	if err := probe(ctx, a.read); err != nil {
		return 0, err
	}
	for i, text := range statementTexts() {
		if a.stmts[i], err = a.write.PrepareContext(ctx, text); err != nil {
			return 0, err
		}
	}
	return a.dataVersion(ctx)
}

func (a *Archive) disconnect() error {
	var errs []error
	for _, s := range a.stmts {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	for _, db := range []*sql.DB{a.read, a.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Close is archive.Archive.Close.
func (a *Archive) Close() (err error) {
	a.closed.Do(func() {
		a.stop()
		<-a.done
		a.notice.Close()
		if err = a.disconnect(); err != nil {
			err = a.fault("closing the archive", err)
		}
	})
	return err
}

// Path is where the archive's file is.
func (a *Archive) Path() string { return a.path }
