// Package sqlite is the archive in one SQLite file, which is what a profile has
// unless it says otherwise. What Add answers as stored is on the disk: a batch
// is one transaction, synced before it returns (spec/archive.md, section 3).
package sqlite

import (
	"context"
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
	Patience time.Duration  // how long opening waits for a damaged file to be read before that goes on behind; 0 means 2 s
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
	if o.Patience <= 0 {
		o.Patience = 2 * time.Second
	}
	return o
}

// Archive is one open archive file.
type Archive struct {
	path   string
	opened os.FileInfo // the file that path was when it was opened
	opts   Options
	notice archive.Notifier

	turn  chan *conn // holds the writer's connection while nobody writes: the file has one writer at a time anyway
	read  chan *conn // holds the readers' connections that are free; nil for one that is not open yet
	names names

	stop   context.CancelFunc
	ended  context.Context // done once the archive is closed
	work   sync.WaitGroup  // what the archive runs
	stored chan struct{}   // tells the keeper that something was stored
	closed sync.Once
}

var _ archive.Archive = (*Archive)(nil)

// readers is how many queries may read at once.
const readers = 4

// Open opens the archive file at path, making it (and its folder, for this user
// only) when there is none, and bringing an older file's schema up to date. A
// file that is damaged is set aside under another name and a new one started
// with what can be read of it; notice then says so in a sentence for the person,
// and is empty otherwise. Errors are *services.Error with CodeStorage.
func Open(ctx context.Context, path string, opts Options) (a *Archive, notice string, err error) {
	a = &Archive{path: path, opts: opts.withDefaults(), stored: make(chan struct{}, 1)}
	a.ended, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	notice, err = a.connect(ctx)
	if isDamage(err) {
		a.opts.Log.Warn("archive damaged", "path", path, "error", err)
		notice, err = a.recover(ctx)
	}
	if err != nil {
		a.stop()
		return nil, "", a.fault("opening the archive", err)
	}
	version, err := a.dataVersion()
	if err != nil {
		return nil, "", a.fault("opening the archive", errors.Join(err, a.Close()))
	}
	a.work.Go(func() { a.watchOthers(version) })
	a.work.Go(a.keep)
	return a, notice, nil
}

// connect opens the writer's connection, brings the schema up to date and reads
// a little, so that a file that cannot be used is found out now. On failure
// nothing is left open. notice tells of a migration.
func (a *Archive) connect(ctx context.Context) (notice string, err error) {
	if a.path, a.opened, err = prepareFile(a.path); err != nil {
		return "", err
	}
	c, err := a.dialWriter()
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	if notice, err = a.prepareSchema(ctx, c); err != nil {
		return "", err
	}
	if err := probe(ctx, c); err != nil {
		return "", err
	}
	a.turn, a.read = make(chan *conn, 1), make(chan *conn, readers)
	a.turn <- c
	for range readers {
		a.read <- nil
	}
	return notice, nil
}

func (a *Archive) dialWriter() (*conn, error) {
	return dial(dsn(a.path, a.opts.LockWait, "synchronous(full)", "wal_autocheckpoint(0)", "cache_size(-8192)"))
}

// prepareSchema makes the schema that of today.
func (a *Archive) prepareSchema(ctx context.Context, c *conn) (notice string, err error) {
	version, err := fileVersion(ctx, c)
	if err != nil {
		return "", err
	}
	if err := useWAL(ctx, c, a.opts.LockWait); err != nil {
		return "", err
	}
	switch version {
	case 0:
		return "", makeSchema(ctx, c)
	case schemaVersion:
		return "", nil
	}
	return a.migrate(ctx, c, version)
}

// probe reads the newest event and the first counter through their indexes.
func probe(ctx context.Context, c *conn) error {
	_, err := c.integer(ctx, `SELECT coalesce((SELECT n FROM counts LIMIT 1), 0) + coalesce((SELECT length(bytes)
		FROM payloads ORDER BY key DESC LIMIT 1), 0) + coalesce((SELECT max(arrival) FROM events), 0)`)
	return err
}

// errClosed is what a closed archive answers.
var errClosed = errors.New("it is closed")

// writer waits for the writer's turn. The caller gives the connection back.
func (a *Archive) writer(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case c := <-a.turn:
		return c, nil
	case <-a.ended.Done():
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// reading runs fn on a reader's connection, within one transaction: fn sees the
// archive as of one moment.
func (a *Archive) reading(ctx context.Context, op string, fn func(c *conn) error) error {
	c, err := a.reader(ctx)
	if err != nil {
		return a.fault(op, err)
	}
	defer func() { a.read <- c }()
	if _, err := c.exec("BEGIN"); err != nil {
		return a.fault(op, err)
	}
	err = fn(c)
	if _, end := c.exec("ROLLBACK"); err == nil { // nothing was written
		err = end
	}
	if err != nil {
		return a.fault(op, err)
	}
	return nil
}

func (a *Archive) reader(ctx context.Context) (c *conn, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-a.ended.Done():
		return nil, errClosed
	default:
	}
	select {
	case c = <-a.read:
	case <-a.ended.Done():
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c != nil {
		return c, nil
	}
	c, err = dial(dsn(a.path, a.opts.LockWait, "query_only(1)", "cache_size(-4096)"))
	if err != nil {
		a.read <- nil
	}
	return c, err
}

// Close is archive.Archive.Close.
func (a *Archive) Close() (err error) {
	a.closed.Do(func() {
		a.stop()
		a.work.Wait()
		a.notice.Close()
		var errs []error
		for range readers {
			errs = append(errs, (<-a.read).close())
		}
		if err = errors.Join(append(errs, (<-a.turn).close())...); err != nil {
			err = a.fault("closing the archive", err)
		}
	})
	return err
}

// Path is where the archive's file is.
func (a *Archive) Path() string { return a.path }
