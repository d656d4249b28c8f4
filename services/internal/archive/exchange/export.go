package exchange

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/where"
)

// Place is how far an export has come: enough to go on from there.
type Place struct {
	Cursor string `json:"cursor"` // position of the last arrival, or id of the last event of a selection
	Events int    `json:"events"`
	Bytes  int64  `json:"bytes"` // of the output
}

// export is one run of an export.
type export struct {
	archive archive.Archive
	options services.ArchiveExport
	query   json.RawMessage // what the filter means
	where   *where.Query
	place   Place
	meter   meter
	saved   func(Place) error // told of a place where the output is whole, now and then; nil when nobody goes on later

	encoder *encoder
	file    *counter
	zip     *gzip.Writer // nil for none
	out     io.Writer
}

// saveEvery is how many bytes of events an export writes before it can be gone on
// with from there.
const saveEvery = 8 << 20

// Export writes the archive's events: all of them in the order in which they
// became visible, or a selection newest first. Times in the filter are relative to
// now.
func Export(ctx context.Context, a archive.Archive, w io.Writer, o services.ArchiveExport, now time.Time, progress Progress) (services.ArchiveExported, error) {
	x, err := newExport(a, o, now, progress)
	if err != nil {
		return services.ArchiveExported{}, err
	}
	err = x.run(ctx, w)
	return services.ArchiveExported{Events: x.place.Events, Bytes: x.place.Bytes}, err
}

func newExport(a archive.Archive, o services.ArchiveExport, now time.Time, progress Progress) (*export, error) {
	const op = "exporting the archive"
	switch o.Format {
	case "":
		o.Format = services.FormatNDJSON
	case services.FormatNDJSON, services.FormatJSON, services.FormatCSV:
	default:
		e := services.Invalid("format", services.Clean(o.Format)+" is not a format.", "Use ndjson, json or csv.")
		e.Op = op
		return nil, e
	}
	x := &export{archive: a, options: o, meter: meter{tell: progress}, encoder: newEncoder(o.Format, o.Envelope)}
	filter, err := archive.Filter(o.Filter, now, time.Local)
	if err != nil {
		return nil, err
	}
	return x, x.ask(filter.Where)
}

// ask takes a query. The place of an export holds it as it was first understood:
// times in a filter are relative to now.
func (x *export) ask(query json.RawMessage) error {
	q, err := archive.Read(services.LogQuery{Where: query})
	x.query, x.where = query, q.Where
	return err
}

// counter counts what is written.
type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}

// run writes what comes after the export's place. When it fails, what was written
// is whole up to the place that was saved last; when only the context ended, up to
// where it came.
func (x *export) run(ctx context.Context, w io.Writer) error {
	x.file = &counter{to: w, n: x.place.Bytes}
	x.out = x.file
	if x.options.Gzip {
		x.zip = gzip.NewWriter(x.file)
		x.out = x.zip
	}
	if x.place.Cursor == "" && x.place.Events == 0 {
		if err := x.write(x.encoder.begin()); err != nil {
			return err
		}
	}
	err := x.events(ctx)
	if err == nil {
		err = x.write(x.encoder.end(x.place.Events))
	}
	if err != nil && ctx.Err() == nil {
		return err
	}
	return errors.Join(err, x.flush())
}

func (x *export) events(ctx context.Context) error {
	health, err := x.archive.Health(ctx)
	if err != nil {
		return err
	}
	if x.where != nil || x.options.Customer != "" {
		return x.selection(ctx)
	}
	saved := x.place.Bytes
	_, err = walk(ctx, x.archive, x.place.Cursor, func(page []services.Arrival) error {
		for _, a := range page {
			if err := x.event(a.Event, a.Position); err != nil {
				return err
			}
		}
		x.meter.at("events exported", int64(x.place.Events), int64(max(health.Events, x.place.Events)))
		return x.save(&saved)
	})
	return err
}

// selection writes the events that match, newest first. What comes while it runs
// is newer than where it stands, and not among them.
func (x *export) selection(ctx context.Context) error {
	saved := x.place.Bytes
	for {
		page, err := x.archive.List(ctx, archive.Query{Customer: x.options.Customer, Where: x.where, Limit: pageEvents, Before: x.place.Cursor})
		if err != nil {
			return err
		}
		for _, e := range page.Events {
			full, err := x.archive.Event(ctx, e.ID)
			if err != nil {
				return err
			}
			if err := x.event(full, e.ID); err != nil {
				return err
			}
			x.meter.at("events exported", int64(x.place.Events), int64(max(page.Total, 0)))
		}
		if err := x.save(&saved); err != nil || !page.More || len(page.Events) == 0 {
			return err
		}
	}
}

// event writes one event, after which the place's cursor is the one given.
func (x *export) event(e services.Event, cursor string) error {
	text, err := x.encoder.event(e, x.place.Events)
	if err != nil {
		return err
	}
	if err := x.write(text); err != nil {
		return err
	}
	x.place.Cursor = cursor
	x.place.Events++
	return nil
}

func (x *export) write(text []byte) error {
	_, err := x.out.Write(text)
	return err
}

// save saves the place when enough was written since.
func (x *export) save(saved *int64) error {
	if x.saved == nil || x.file.n-*saved < saveEvery {
		return nil
	}
	if err := x.flush(); err != nil {
		return err
	}
	*saved = x.file.n
	return x.saved(x.place)
}

// flush makes the output whole. Compressed, it goes on as a further member of the
// file, as gzip's format allows.
func (x *export) flush() error {
	if x.zip != nil {
		if err := x.zip.Close(); err != nil {
			return err
		}
		x.zip.Reset(x.file)
	}
	x.place.Bytes = x.file.n
	return nil
}
