package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Repair sets an archive's file aside and makes a new one of everything that can
// be read of it: events, what was kept aside, and Checkout Sessions; the rest is
// worked out anew. Nobody else may have it open, which is made sure of. saved is
// how many events are in the new one, aside the old one's name.
func Repair(ctx context.Context, path string, opts Options, progress func(saved int64)) (saved int64, aside string, err error) {
	a := &Archive{path: path, opts: opts.withDefaults()}
	if a.path, a.opened, err = prepareFile(path); err != nil {
		return 0, "", a.fault("repairing the archive", err)
	}
	if aside, err = a.takeAside(ctx); err != nil {
		return 0, "", a.fault("repairing the archive", err)
	}
	b, _, err := Open(ctx, a.path, opts)
	if err != nil {
		return 0, aside, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	s := &salvage{a: b, path: aside}
	done, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		t := time.NewTicker(200 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				progress(s.saved.Load())
			}
		}
	}()
	s.run(ctx)
	close(done)
	<-finished
	saved = s.saved.Load()
	if err := ctx.Err(); err != nil {
		return saved, aside, &services.Error{Code: services.CodeIncomplete, Op: "repairing the archive", Err: err,
			Message: fmt.Sprintf("The repair was interrupted: %d events are in the new archive.", saved),
			Next:    "The old file is " + services.Clean(aside) + ": move it back to " + services.Clean(a.path) + " and begin again."}
	}
	return saved, aside, b.restoreAside(ctx, aside)
}

// takeAside renames the file while nobody else has it open.
func (a *Archive) takeAside(ctx context.Context) (aside string, err error) {
	c, err := dial(dsn(a.path, a.opts.LockWait, "locking_mode(exclusive)"))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	// Leaving the write-ahead log takes the file for this connection alone, and
	// leaves nothing beside it that would have to be renamed too.
	mode := ""
	if err := c.each(ctx, "PRAGMA journal_mode = delete", nil, func(r row) error { mode = r.text(0); return nil }); err != nil {
		return "", err
	}
	if mode != "delete" {
		return "", fmt.Errorf("the file stayed in mode %q", mode)
	}
	if _, err := c.exec("BEGIN EXCLUSIVE"); err != nil {
		return "", err
	}
	aside = a.beside("damaged")
	err = os.Rename(a.path, aside)
	_, end := c.exec("ROLLBACK")
	return aside, errors.Join(err, end)
}

// restoreAside brings over what another file had kept aside, as far as it can be
// read.
func (a *Archive) restoreAside(ctx context.Context, path string) error {
	from, err := dial(dsn(path, a.opts.LockWait, "query_only(1)"))
	if err != nil {
		return a.fault("repairing the archive", err)
	}
	defer func() { _ = from.close() }() // it was only read
	var events []archive.Kept
	_ = from.each(ctx, `SELECT form, bytes, source, received FROM aside ORDER BY n`, nil, func(r row) error {
		if raw, err := archive.Unpack(archive.Form(r.integer(0)), r.bytes(1)); err == nil {
			events = append(events, archive.Kept{Raw: raw, Source: services.EventSource(r.text(2)), Received: time.UnixMilli(r.integer(3))})
		}
		return nil
	}) // what is behind a damaged page stays in the old file
	_, _, err = a.Restore(ctx, events)
	return err
}
