package exchange

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"bursar/services"
	"bursar/services/internal/archive"
)

// partial is the file that an export is written to until it is whole, and its
// place beside it.
type partial struct {
	path string // of the export
	file *os.File
	lock *flock.Flock
}

// state is what lies beside an unfinished export.
type state struct {
	Options services.ArchiveExport `json:"options"`
	Archive string                 `json:"archive"` // which archive it is of
	Query   json.RawMessage        `json:"query"`   // what the filter meant at first
	Place   Place                  `json:"place"`
}

func (p *partial) name() string      { return p.path + ".part" }
func (p *partial) stateName() string { return p.path + ".part.json" }

// ExportFile exports to a file, which comes to be when it is whole. of names the
// archive: an unfinished export is gone on with only when it is of the same one
// and asked for in the same way.
func ExportFile(ctx context.Context, a archive.Archive, of, path string, o services.ArchiveExport, now time.Time, progress Progress) (done services.ArchiveExported, err error) {
	x, err := newExport(a, o, now, progress)
	if err != nil {
		return done, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return done, fileFault(path, err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !o.Replace {
		e := services.Invalid("file", "The file "+services.Clean(path)+" exists already.", "Choose another name, or replace it with --force.")
		e.Op, e.Err = "exporting the archive", err
		return done, e
	}
	p := &partial{path: path}
	x.options.Replace = false // makes no other export
	was := state{Options: x.options, Archive: of, Query: x.query}
	if err := p.open(&was); err != nil {
		return done, fileFault(path, err)
	}
	defer func() { err = errors.Join(err, p.close()) }()
	x.place, done.Resumed = was.Place, was.Place.Events > 0
	if err := x.ask(was.Query); err != nil {
		return done, err
	}
	buffered := bufio.NewWriterSize(p.file, 1<<20)
	x.saved = func(place Place) error {
		was.Place = place
		return p.save(buffered, was)
	}
	err = x.run(ctx, buffered)
	done.Events, done.Bytes = x.place.Events, x.place.Bytes
	switch {
	case err == nil:
		if err = errors.Join(buffered.Flush(), p.finish()); err != nil {
			err = fileFault(path, err)
		}
		return done, err
	case ctx.Err() == nil:
		return done, fileFault(path, err)
	}
	if err := x.saved(x.place); err != nil {
		return done, fileFault(path, err)
	}
	return done, stopped("exporting the archive", fmt.Sprintf("The export was interrupted after %d events.", x.place.Events), err)
}

// stopped says that work was interrupted and can be gone on with.
func stopped(op, message string, err error) error {
	return &services.Error{Code: services.CodeIncomplete, Op: op, Message: message, Next: "Give the same command again to go on from there.", Err: err}
}

// fileFault gives a failing file words; the archive's own failures have some.
func fileFault(path string, err error) error {
	var known *services.Error
	if errors.As(err, &known) {
		return err
	}
	e := &services.Error{Code: services.CodeStorage, Op: "writing " + services.Clean(path), Err: err,
		Message: "The file " + services.Clean(path) + " cannot be written: " + services.Clean(err.Error()) + ".", Next: "Check its folder's rights, then try again."}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		e.Message, e.Next = "The disk is full: "+services.Clean(path)+" could not be written.", "Free some space and give the same command again: it goes on where it stopped."
	case errors.Is(err, errBusy):
		e.Message, e.Next = "Another export to "+services.Clean(path)+" is running.", "Wait until it has finished, or choose another name."
	}
	return e
}

var errBusy = errors.New("another process writes it")

// open opens the unfinished export. was is what is to be made; its place becomes
// where an earlier run came to, if it was the same.
func (p *partial) open(was *state) (err error) {
	p.lock = flock.New(p.stateName(), flock.SetPermissions(0o600))
	locked, err := p.lock.TryLock()
	if err != nil {
		return err
	}
	if !locked {
		return errBusy
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.file, err = os.OpenFile(p.name(), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	resume(p.stateName(), was, info.Size())
	if err := p.file.Truncate(was.Place.Bytes); err != nil {
		return err
	}
	_, err = p.file.Seek(was.Place.Bytes, io.SeekStart)
	return err
}

// resume takes over where an earlier run of the same export came to.
func resume(path string, want *state, size int64) {
	text, err := os.ReadFile(path)
	var found state
	if err != nil || json.Unmarshal(text, &found) != nil || found.Place.Bytes > size || found.Place.Bytes < 0 ||
		found.Options != want.Options || found.Archive != want.Archive {
		return
	}
	*want = found
}

// save writes down a place: what comes before it is on the disk first.
func (p *partial) save(out *bufio.Writer, s state) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := errors.Join(out.Flush(), p.file.Sync()); err != nil {
		return err
	}
	// The file is locked and must stay the same one. A write that is cut short is no
	// JSON: the export then begins anew.
	return os.WriteFile(p.stateName(), text, 0o600)
}

// finish gives the whole export its name.
func (p *partial) finish() error {
	if err := p.file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(p.name(), p.path); err != nil {
		return err
	}
	return os.Remove(p.stateName())
}

func (p *partial) close() error {
	var err error
	if p.file != nil {
		err = p.file.Close()
	}
	return errors.Join(err, p.lock.Close())
}
