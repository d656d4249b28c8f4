package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

const (
	batchEvents = 500
	batchBytes  = 4 << 20
	mostFaults  = 100 // problems that are told one by one
)

// imported is where an import stands, as the archive keeps it.
type imported struct {
	Offset int64                    `json:"offset"`
	Line   int64                    `json:"line"`
	Result services.ArchiveImported `json:"result"`
}

// importer is one run of an import.
type importer struct {
	archive archive.Archive
	live    bool
	any     bool   // events of either mode
	cursor  string // where the place is kept; empty when the file cannot be read again
	size    int64  // of the file, 0 when it is not known
	meter   meter

	at    imported
	batch []archive.Kept
	bytes int
	bad   []services.ImportFault // of the batch
	saved time.Time
}

// Import reads events from a file into the archive; live says whose it is. Of a
// file that can be read again the place is kept in the archive.
func Import(ctx context.Context, a archive.Archive, live bool, file io.Reader, o services.ArchiveImport, progress Progress) (services.ArchiveImported, error) {
	const op = "importing events"
	i := &importer{archive: a, live: live, any: o.AnyMode, meter: meter{tell: progress}}
	i.at.Result.Problems = []services.ImportFault{}
	counted := &counter{to: io.Discard}
	if err := i.resume(ctx, file); err != nil {
		return i.at.Result, err
	}
	r, err := NewReader(io.TeeReader(file, counted), i.at.Offset, i.at.Line)
	if err == nil {
		err = i.run(ctx, r, counted)
	}
	switch {
	case err == nil:
		return i.at.Result, i.forget(ctx)
	case ctx.Err() != nil:
		// What was stored is; the place is worth a moment more.
		saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return i.at.Result, errors.Join(stopped(op, fmt.Sprintf("The import was interrupted after %d events.", i.at.Result.Read), err), i.save(saving))
	}
	var known *services.Error
	if !errors.As(err, &known) {
		err = &services.Error{Code: services.CodeStorage, Op: op, Message: "The file cannot be read: " + services.Clean(err.Error()) + ".",
			Next: "Check the file and give the same command again: it goes on where it stopped.", Err: err}
	}
	return i.at.Result, err
}

// resume finds out where an earlier import of the same file stopped: one of the
// same path and size that begins the same way.
func (i *importer) resume(ctx context.Context, file io.Reader) error {
	f, ok := file.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil //nolint:nilerr // a pipe has no place to go on from
	}
	path, err := filepath.Abs(f.Name())
	if err != nil {
		return err
	}
	head := make([]byte, start)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", path, info.Size(), head[:n]))
	i.cursor, i.size = "import."+hex.EncodeToString(sum[:12]), info.Size()
	text, err := i.archive.Cursor(ctx, i.cursor)
	if err != nil || text == "" {
		return err
	}
	var at imported
	if json.Unmarshal([]byte(text), &at) == nil && at.Offset > 0 {
		i.at = at
		i.at.Result.Resumed = true
	}
	return nil
}

// run reads the file to its end.
func (i *importer) run(ctx context.Context, r *Reader, file *counter) error {
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			return i.store(ctx)
		}
		if err != nil {
			return err
		}
		if err := i.take(item); err != nil {
			return err
		}
		if len(i.batch) >= batchEvents || i.bytes >= batchBytes {
			if err := i.store(ctx); err != nil {
				return err
			}
			i.at.Offset, i.at.Line = item.End, item.EndLine
			if err := i.saveSometimes(ctx); err != nil {
				return err
			}
			i.meter.at("bytes read", file.n, max(i.size, 0))
		}
	}
}

// take takes one item into the batch.
func (i *importer) take(item Item) error {
	f, reason := archive.FactsOf(item.Raw)
	if item.Problem != "" {
		reason = item.Problem
	}
	switch {
	case reason != "":
		i.bad = append(i.bad, services.ImportFault{Line: item.Line, Reason: services.Clean(reason)})
	case f.Livemode != i.live && !i.any:
		return wrongMode(item.Line, f, i.live)
	}
	if item.Source == "" {
		item.Source = services.SourceImport
	}
	i.batch = append(i.batch, item.Kept)
	i.bytes += len(item.Raw)
	return nil
}

// wrongMode refuses an event of the other mode.
func wrongMode(line int64, f archive.Facts, live bool) error {
	mode, own := "test", "live"
	if !live {
		mode, own = own, mode
	}
	e := services.Invalid("file", fmt.Sprintf("Line %d has an event of %s mode (%s), and the profile is one of %s mode: they are not mixed.", line, mode, f.ID, own),
		"Choose the profile that the events belong to, or take them all the same with --any-mode.")
	e.Op = "importing events"
	return e
}

// store stores the batch. What is no event is kept aside by the archive; what an
// envelope or a line of CSV hides too.
func (i *importer) store(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(i.batch) == 0 {
		return nil
	}
	added, duplicates, err := i.archive.Restore(ctx, i.batch)
	if err != nil {
		return err
	}
	result := &i.at.Result
	result.Read += len(i.batch)
	result.Added += added
	result.Duplicates += duplicates
	result.Bad += len(i.bad)
	result.Problems = append(result.Problems, i.bad[:min(len(i.bad), mostFaults-len(result.Problems))]...)
	i.batch, i.bytes, i.bad = i.batch[:0], 0, i.bad[:0]
	return nil
}

// saveSometimes saves the place once a second.
func (i *importer) saveSometimes(ctx context.Context) error {
	if time.Since(i.saved) < time.Second {
		return nil
	}
	return i.save(ctx)
}

func (i *importer) save(ctx context.Context) error {
	if i.cursor == "" || i.at.Offset == 0 {
		return nil
	}
	text, err := json.Marshal(i.at)
	if err != nil {
		return err
	}
	i.saved = time.Now()
	return i.archive.SetCursor(ctx, i.cursor, string(text))
}

// forget drops the place of a file that was read whole.
func (i *importer) forget(ctx context.Context) error {
	if i.saved.IsZero() && !i.at.Result.Resumed {
		return nil
	}
	return i.archive.SetCursor(ctx, i.cursor, "")
}
