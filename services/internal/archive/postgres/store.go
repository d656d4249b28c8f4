// Package postgres is the archive in a PostgreSQL database, for several people,
// receivers and readers at once. It keeps what package sqlite keeps; what is
// different is how many write at the same time:
//
//   - An archive is one schema of a database: the one that the URL's search_path
//     names, "bursar" otherwise. Each profile needs a schema (or database) of its
//     own; the first account that writes to one owns it, another is refused.
//   - Events are partitioned by the month they were created in, which keeps
//     indexes small and lets old months be moved or backed up apart. A key of a
//     partitioned table has to contain what it is partitioned by, so that an id is
//     unique for ever is held by another table, arrivals, which has every id once.
//   - Add is one statement and so one transaction and one round trip for everything
//     that was waiting (group commit). It sorts what it locks, so two never wait
//     for each other in a circle; counters are kept apart by writer, so that they
//     do not wait at all.
//   - Which customer an event belongs to can come out of two transactions that do
//     not see each other. Whoever commits looks once more for what it completes,
//     so the later of the two finds the earlier one's part (repair).
//   - Transactions do not become visible in the order of any number that they take.
//     Arrivals stops before the oldest one that is under way anywhere on the server
//     (order.go). Another program's long write transaction on the same server
//     therefore holds up those who follow; it never holds up lists.
//   - NOTIFY tells other processes of changes. A commit with a NOTIFY in it waits
//     for all others of its kind, so it is sent after the commit, by itself, and
//     looking now and then catches what it missed.
//
// PostgreSQL 13 or newer, encoding UTF8. A pooler in front must give out sessions
// (LISTEN, search_path). On a standby the archive can be read.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lib/pq"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Options are the parts of an archive that tests and owners choose. The zero
// value works.
type Options struct {
	Account string         // whose events these are ("acct_… test"); empty when that is not known yet
	Now     services.Clock // for Event.Received; nil means the system's
	Log     *slog.Logger   // for operators; nil means nowhere. Never gets a payload.
	Poll    time.Duration  // how often to look for other processes' commits beside being told; 0 means 5 s
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Poll <= 0 {
		o.Poll = 5 * time.Second
	}
	return o
}

// Connections of one archive, beside the one that listens.
const (
	writers = 2 // one commits while another collects
	readers = 4
)

// Archive is one open archive.
type Archive struct {
	place  place
	opts   Options
	write  *sql.DB
	read   *sql.DB
	id     int64 // the first of this handle's numbers among the archive's writers
	store  *sql.Stmt
	notice archive.Notifier
	months months

	jobs    chan *job
	changed chan struct{} // others are to be told
	unswept atomic.Bool   // a repair was not finished

	quit    chan struct{} // closed by Close: nothing new is begun
	running context.Context
	stop    context.CancelFunc
	work    sync.WaitGroup
	closed  sync.Once
}

var _ archive.Archive = (*Archive)(nil)

// errClosed is what calls on a closed archive fail with.
var errClosed = errors.New("the archive is closed")

// Open opens the archive at a URL such as
// "postgres://shop@db.example.com/payments?search_path=shop_live", with the
// settings, the environment variables and the ~/.pgpass that PostgreSQL's own
// programs know (TLS is required unless sslmode says otherwise), making its when there are none and bringing an older schema up to date. Errors are
// *services.Error with CodeStorage, CodeInvalid when the URL is none.
func Open(ctx context.Context, url string, opts Options) (*Archive, error) {
	p, err := parse(url)
	if err != nil {
		return nil, err
	}
	a := &Archive{place: p, opts: opts.withDefaults(), id: rand.Int64N(math.MaxInt64 - writers), jobs: make(chan *job), changed: make(chan struct{}, 1), quit: make(chan struct{})}
	changes, err := a.connect(ctx)
	if err != nil {
		return nil, a.fault("opening the archive", givenUp(ctx, err))
	}
	a.unswept.Store(true)
	a.running, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	for n := range writers {
		a.work.Go(func() { a.commitQueue(a.id + int64(n)) })
	}
	a.work.Go(a.listen)
	a.work.Go(a.tellOthers)
	a.work.Go(func() { a.lookForOthers(changes) })
	return a, nil
}

// connect opens the pools and prepares the schema. On failure nothing is left
// open. The changes are what further ones by others are counted from.
func (a *Archive) connect(ctx context.Context) (changes int64, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, a.disconnect())
		}
	}()
	if err := a.connectWriters(ctx); err != nil {
		return 0, err
	}
	if a.read, err = a.pool(readers, map[string]string{"default_transaction_read_only": "on"}); err != nil {
		return 0, err
	}
	if err := a.prepareSchema(ctx); err != nil {
		return 0, err
	}
	if a.store, err = a.write.PrepareContext(ctx, storeStatement); err != nil {
		return 0, err
	}
	return a.othersChanges(ctx)
}

// connectWriters opens the pool for writing. Where the server answers commits
// that are not on its disk yet, it is told to wait.
func (a *Archive) connectWriters(ctx context.Context) (err error) {
	settings := map[string]string{"statement_timeout": "60s", "lock_timeout": "10s"}
	if a.write, err = a.pool(writers+1, settings); err != nil {
		return err
	}
	var durable bool
	if err := a.write.QueryRowContext(ctx, `SELECT current_setting('synchronous_commit') <> 'off'`).Scan(&durable); err != nil || durable {
		return err
	}
	if err := a.write.Close(); err != nil {
		return err
	}
	settings["synchronous_commit"] = "on"
	a.write, err = a.pool(writers+1, settings)
	return err
}

// pool makes a pool of at most n connections with settings of the server's.
func (a *Archive) pool(n int, settings map[string]string) (*sql.DB, error) {
	config := a.place.config.Clone()
	for name, value := range settings {
		config.Runtime[name] = value
	}
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	db.SetConnMaxIdleTime(time.Minute)
	return db, nil
}

func (a *Archive) disconnect() error {
	var errs []error
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	for _, db := range []*sql.DB{a.read, a.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Close is archive.Archive.Close. What is being committed is finished first.
func (a *Archive) Close() (err error) {
	a.closed.Do(func() {
		close(a.quit)
		grace := time.AfterFunc(5*time.Second, a.stop) // a server that does not answer is not waited for
		a.work.Wait()
		grace.Stop()
		a.stop()
		a.notice.Close()
		if err = a.disconnect(); isGone(err) {
			err = nil // the connections are closed either way
		} else if err != nil {
			err = a.fault("closing the archive", err)
		}
	})
	return err
}
