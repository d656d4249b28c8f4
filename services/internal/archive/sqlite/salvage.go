package sqlite

import (
	"context"
	"fmt"
	"sync/atomic"

	"bursar/services"
	"bursar/services/internal/archive"
)

// salvage brings what can be read of a damaged file into the archive: events,
// each from its received bytes, and Checkout Sessions. Notes stay behind: what
// had been read from Stripe before does not say what is there now.
type salvage struct {
	a     *Archive
	path  string
	saved atomic.Int64

	from  *conn
	table [2]string // the payloads' key and form, as the file calls them
	grain int64     // the narrowest range of keys that is divided
	tries int       // failing reads that are left: a file may be damaged everywhere
}

const (
	salvageSlice = 500   // events that are stored at once, so that others get their turn
	salvageTries = 2_000 // failing reads between two that bring something
)

// run brings over what it can, until ctx ends.
func (s *salvage) run(ctx context.Context) {
	var err error
	// A file shorter than it says is only opened where the schema can be repaired.
	if s.from, err = dial(dsn(s.path, s.a.opts.LockWait, "writable_schema(1)", "query_only(1)", "cell_size_check(1)")); err != nil {
		return
	}
	defer func() { _ = s.from.close() }() // it was only read
	s.table, s.tries, s.grain = [2]string{"key", "form"}, salvageTries, firstKey(1)
	highest := int64(1<<62 - 1)
	version, err := fileVersion(ctx, s.from)
	if err != nil {
		return // nothing can be found in it
	}
	if version == 1 {
		s.table, s.grain, highest = [2]string{"seq", "encoding"}, 1, 1<<32
	}
	s.sessions(ctx)
	s.between(ctx, 0, highest)
	s.a.opts.Log.Info("read the damaged archive", "path", s.path, "events", s.saved.Load())
}

// sessions brings the ledger over, as far as it can be read from either end.
func (s *salvage) sessions(ctx context.Context) {
	for _, order := range []string{"", " DESC"} {
		_ = s.a.update(ctx, "reading the damaged archive", func(b *batch) error {
			_ = s.from.each(ctx, `SELECT id, created, session, receipt FROM sessions ORDER BY rowid`+order, nil, func(r row) error {
				return b.exec(`INSERT INTO sessions (id, created, session, receipt) VALUES (?,?,?,?) ON CONFLICT DO NOTHING`, r[0], r[1], r[2], r[3])
			}) // what comes after a damaged page is read from the other end
			return nil
		})
	}
}

// between brings over the payloads with keys from low to high: from both ends to
// where each meets damage, and what lies between in halves.
func (s *salvage) between(ctx context.Context, low, high int64) {
	low, whole := s.walk(ctx, low, high, 1)
	if whole {
		return
	}
	high, _ = s.walk(ctx, low, high, -1)
	if high-low < s.grain || s.tries <= 0 || ctx.Err() != nil {
		return
	}
	middle := low + (high-low)/2
	s.between(ctx, low, middle)
	s.between(ctx, middle+1, high)
}

// walk brings payloads over in one direction, and returns the end of what it
// could not read and whether it could read everything.
func (s *salvage) walk(ctx context.Context, low, high int64, direction int) (edge int64, whole bool) {
	order, edge := "", low
	if direction < 0 {
		order, edge = " DESC", high
	}
	text := fmt.Sprintf(`SELECT %[1]s, %[2]s, bytes FROM payloads WHERE %[1]s BETWEEN ? AND ? ORDER BY %[1]s%[3]s LIMIT ?`, s.table[0], s.table[1], order)
	for s.tries > 0 && ctx.Err() == nil {
		var slice []damagedEvent
		err := s.from.each(ctx, text, []any{low, high, salvageSlice}, func(r row) error {
			slice = append(slice, damagedEvent{key: r.integer(0), form: archive.Form(r.integer(1)), packed: r.bytes(2)})
			return nil
		})
		if n := len(slice); n > 0 {
			s.store(ctx, slice)
			s.tries = salvageTries
			last := slice[n-1].key
			if direction > 0 {
				low, edge = last+1, last+1
			} else {
				high, edge = last-1, last-1
			}
		}
		if err != nil {
			s.tries--
			return edge, false
		}
		if len(slice) == 0 {
			return edge, true
		}
	}
	return edge, false
}

// damagedEvent is one payload of a damaged file.
type damagedEvent struct {
	key    int64
	form   archive.Form
	packed []byte
}

// store stores what the payloads hold, with when and how they came as far as that
// can be read too.
func (s *salvage) store(ctx context.Context, slice []damagedEvent) {
	var raws [][]byte
	var keys []int64
	for _, e := range slice {
		if raw, err := archive.Unpack(e.form, e.packed); err == nil {
			raws, keys = append(raws, raw), append(keys, e.key)
		}
	}
	records, added := archive.Prepare(raws), 0
	err := s.a.update(ctx, "reading the damaged archive", func(b *batch) error {
		added = 0
		for i := range records {
			if records[i].Reason != "" {
				continue // its bytes were damaged
			}
			source, received := s.origin(ctx, keys[i])
			if received != 0 {
				b.now = received
			}
			isNew, err := b.store(&records[i], source)
			if err != nil {
				return err
			}
			if isNew {
				added++
			}
		}
		return nil
	})
	if err == nil {
		s.saved.Add(int64(added))
	}
}

// origin reads how an event had come, and when: milliseconds, 0 if that cannot
// be read.
func (s *salvage) origin(ctx context.Context, key int64) (source services.EventSource, received int64) {
	text := `SELECT received, source FROM events WHERE seq = ?`
	if s.table[0] == "key" {
		text = `SELECT received, (SELECT name FROM names WHERE n = source) FROM events WHERE key = ?`
	}
	source = services.SourceList
	_, _ = s.from.first(ctx, text, []any{key}, func(r row) { // an event without it is better than none
		received = r.integer(0)
		if name := services.EventSource(r.text(1)); name == services.SourceWebhook || name == services.SourceImport {
			source = name
		}
	})
	return source, received
}
