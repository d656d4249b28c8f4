package sqlite

import (
	"context"
	"strconv"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Restore is archive.Archive.Restore.
func (a *Archive) Restore(ctx context.Context, events []archive.Kept) (added, duplicates int, err error) {
	raws := make([][]byte, len(events))
	for i, e := range events {
		raws[i] = e.Raw
	}
	records := archive.Prepare(raws)
	err = a.update(ctx, "restoring events", func(b *batch) error {
		added, duplicates = 0, 0
		now, delivered := b.now, int64(0)
		for i, e := range events {
			if b.now = now; !e.Received.IsZero() {
				b.now = e.Received.UnixMilli()
			}
			if e.Source == services.SourceWebhook {
				delivered = max(delivered, b.now)
			}
			switch isNew, err := b.store(&records[i], e.Source); {
			case err != nil:
				return err
			case isNew:
				added++
			case records[i].Reason == "":
				duplicates++
			}
		}
		last, err := notedNumber(ctx, b.conn, noteWebhookLast)
		if err != nil || delivered <= last {
			return err
		}
		return b.note(noteWebhookLast, strconv.FormatInt(delivered, 10))
	})
	if err != nil {
		return 0, 0, err
	}
	return added, duplicates, nil
}
