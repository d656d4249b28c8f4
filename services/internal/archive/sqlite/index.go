package sqlite

import (
	"context"
	"strconv"
	"strings"
	"time"

	"bursar/services/internal/archive"
	"bursar/services/internal/archive/where"
)

const (
	indexQuiet  = 200 * time.Millisecond // without a new event, after which words are indexed
	indexBehind = 20_000                 // events after which they are, quiet or not
	indexSlice  = 200                    // events whose words are indexed in one transaction
)

// indexWords brings the index of words up to date, in slices that others can
// write between. Queries look through what is not indexed yet, so it may lag; it
// does while events come fast, which have the machine to themselves then.
// between is called after each.
func (a *Archive) indexWords(ctx context.Context, between func() error) error {
	for {
		indexed, err := a.indexSlice(ctx)
		if err == nil {
			err = between()
		}
		if indexed < indexSlice || err != nil {
			return err
		}
		if !a.pause(time.Millisecond) {
			return nil
		}
	}
}

// indexSlice indexes the words of the next events and returns how many there
// were. Watchers are not told: no answer changes by it.
func (a *Archive) indexSlice(ctx context.Context) (indexed int, err error) {
	type pending struct {
		key, arrival int64
		words        string
	}
	var from int64
	var slice []pending
	err = a.reading(ctx, "indexing words", func(c *conn) error {
		if from, err = notedNumber(ctx, c, noteWords); err != nil {
			return err
		}
		return c.each(ctx, `SELECT key, arrival, form, bytes FROM events JOIN payloads USING (key)
			WHERE arrival > ? ORDER BY arrival LIMIT ?`, []any{from, indexSlice}, func(r row) error {
			doc, err := archive.UnpackJSON(nil, archive.Form(r.integer(2)), r.bytes(3))
			if err != nil {
				return err
			}
			slice = append(slice, pending{r.integer(0), r.integer(1), strings.Join(where.Words(doc), " ")})
			return nil
		})
	})
	if err != nil || len(slice) == 0 {
		return 0, err
	}
	_, err = a.commit(ctx, func(b *batch) error {
		if now, err := notedNumber(ctx, b.conn, noteWords); err != nil || now != from {
			return err // another process was faster
		}
		for _, p := range slice {
			if err := b.exec(`INSERT INTO words (rowid, text) VALUES (?,?)`, p.key, p.words); err != nil {
				return err
			}
		}
		return b.note(noteWords, strconv.FormatInt(slice[len(slice)-1].arrival, 10))
	})
	return len(slice), err
}

// behind is how many events' words are not indexed.
func (a *Archive) behind(ctx context.Context) (n int64, err error) {
	err = a.reading(ctx, "indexing words", func(c *conn) error {
		indexed, err := notedNumber(ctx, c, noteWords)
		if err != nil {
			return err
		}
		last, err := c.integer(ctx, `SELECT max(arrival) FROM events`)
		n = last - indexed
		return err
	})
	return n, err
}
