package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"bursar/services"
	"bursar/services/internal/archive"
)

var _ archive.Maintained = (*Archive)(nil)

// Storage is archive.Maintained.Storage.
func (a *Archive) Storage(ctx context.Context) (s archive.Storage, err error) {
	s.Schema = schemaVersion
	err = a.reading(ctx, "looking at the archive's file", func(c *conn) error {
		for _, figure := range []struct {
			to   *int64
			text string
		}{
			{&s.Size.Total, `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`},
			{&s.Size.Unused, `SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size`},
		} {
			if *figure.to, err = c.integer(ctx, figure.text); err != nil {
				return err
			}
		}
		waiting, err := c.integer(ctx, `SELECT count(DISTINCT key) FROM waits`)
		if err != nil {
			return err
		}
		s.Waiting = int(waiting)
		if err := parts(ctx, c, &s.Size); err != nil {
			return err
		}
		return sample(ctx, c, &s.Size)
	})
	if err != nil {
		return s, err
	}
	behind, err := a.behind(ctx)
	if err != nil {
		return s, err
	}
	s.Unindexed, s.Size.Log = int(max(behind, 0)), a.logLength()
	if s.Beside, err = a.filesBeside(); err != nil {
		return s, a.fault("looking at the archive's folder", err)
	}
	return s, nil
}

// parts divides the file's size by what it is for.
func parts(ctx context.Context, c *conn, size *services.ArchiveSize) error {
	return c.each(ctx, `SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE`, nil, func(r row) error {
		name, n := r.text(0), r.integer(1)
		switch {
		case name == "payloads":
			size.Payloads += n
		case name == "events":
			size.Events += n
		case name == "words" || strings.HasPrefix(name, "words_"):
			size.Words += n
		default:
			size.Index += n
		}
		return nil
	})
}

// sampled is how many payloads tell how well they are packed.
const sampled = 1_000

// sample unpacks payloads, from all over the file.
func sample(ctx context.Context, c *conn, size *services.ArchiveSize) error {
	events, err := c.integer(ctx, `SELECT max(arrival) FROM events`)
	if err != nil || events == 0 {
		return err
	}
	step := max(events/sampled, 1)
	for n := range min(events, sampled) {
		if _, err := c.first(ctx, `SELECT form, bytes FROM events JOIN payloads USING (key) WHERE arrival = ?`, []any{1 + n*step}, func(r row) {
			packed := r.bytes(1)
			raw, failed := archive.Unpack(archive.Form(r.integer(0)), packed)
			if failed == nil { // Inspect tells of what is damaged
				size.SampleReceived += int64(len(raw))
				size.SampleKept += int64(len(packed))
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

// filesBeside are the backups and damaged files of this archive.
func (a *Archive) filesBeside() ([]services.BesideFile, error) {
	found := []services.BesideFile{}
	entries, err := os.ReadDir(filepath.Dir(a.path))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), filepath.Base(a.path)+".")
		if !ours || !e.Type().IsRegular() || !strings.Contains(rest, "backup-") && !strings.Contains(rest, "damaged-") {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, services.BesideFile{Path: filepath.Join(filepath.Dir(a.path), e.Name()), Size: info.Size()})
	}
	return found, nil
}
