package exchange

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/bits"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Digest is a sum over events that does not depend on their order: of each, the
// SHA-256 of its id and of the SHA-256 of its received bytes, added up as numbers
// of 256 bits.
type Digest struct {
	N   int    `json:"n"`
	Sum string `json:"sum"` // hexadecimal
	sum [4]uint64
}

// Add adds an event.
func (d *Digest) Add(id string, raw []byte) {
	payload := sha256.Sum256(raw)
	one := sha256.Sum256(append(append([]byte(id), 0), payload[:]...))
	carry := uint64(0)
	for i := range d.sum {
		d.sum[i], carry = bits.Add64(d.sum[i], binary.LittleEndian.Uint64(one[8*i:]), carry)
	}
	d.N++
}

// String is the sum in hexadecimal digits.
func (d *Digest) String() string {
	var out [32]byte
	for i, part := range d.sum {
		binary.LittleEndian.PutUint64(out[8*i:], part)
	}
	return hex.EncodeToString(out[:])
}

// save and load bring a digest into JSON and back.
func (d *Digest) save() { d.Sum = d.String() }

func (d *Digest) load() bool {
	raw, err := hex.DecodeString(d.Sum)
	if err != nil || len(raw) != 32 {
		return false
	}
	for i := range d.sum {
		d.sum[i] = binary.LittleEndian.Uint64(raw[8*i:])
	}
	return true
}

// copied is where a copy stands, as the target keeps it.
type copied struct {
	Position string `json:"position"` // in the source
	Digest   Digest `json:"digest"`   // of what was copied
	There    int    `json:"there"`    // events that the target had already
}

// copyCursor begins the name under which a target keeps where the copy of a source
// stands.
const copyCursor = "copy."

// Copy copies everything from one archive to another and verifies that both hold
// the same. of names the source; a copy that was interrupted goes on. Cursors are
// further readers' places that are copied too. The target has to be empty, or of
// an earlier copy of the same source; what it received itself since may be in it.
func Copy(ctx context.Context, from archive.Archive, of string, to archive.Archive, cursors []string, progress Progress) (services.ArchiveCopied, error) {
	const op = "copying the archive"
	sum := sha256.Sum256([]byte(of))
	c := &copying{from: from, to: to, cursor: copyCursor + hex.EncodeToString(sum[:12]), meter: meter{tell: progress}}
	result := services.ArchiveCopied{}
	err := c.run(ctx, cursors)
	result.Events, result.Digest, result.Resumed, result.Other = c.at.Digest.N, c.at.Digest.String(), c.resumed, c.other
	if err != nil && ctx.Err() != nil {
		return result, stopped(op, fmt.Sprintf("The copy was interrupted after %d events.", c.at.Digest.N), err)
	}
	return result, err
}

// copying is one run of a copy.
type copying struct {
	from, to archive.Archive
	cursor   string
	at       copied
	resumed  bool
	other    int // events that the target has in other bytes
	meter    meter
}

func (c *copying) run(ctx context.Context, cursors []string) error {
	if err := c.resume(ctx); err != nil {
		return err
	}
	if err := c.events(ctx); err != nil {
		return err
	}
	if err := c.rest(ctx, cursors); err != nil {
		return err
	}
	return c.verify(ctx)
}

// resume finds out where an earlier copy stopped.
func (c *copying) resume(ctx context.Context) error {
	text, err := c.to.Cursor(ctx, c.cursor)
	if err != nil {
		return err
	}
	var at copied
	if json.Unmarshal([]byte(text), &at) == nil && at.Digest.load() {
		c.at, c.resumed = at, true
		return nil
	}
	health, err := c.to.Health(ctx)
	if err != nil || health.Events == 0 {
		return err
	}
	e := services.Invalid("to", fmt.Sprintf("The other archive holds %d events already, and not of an earlier copy.", health.Events),
		"Name an empty one. To bring two archives together, export one and import it into the other.")
	e.Op = "copying the archive"
	return e
}

// events copies the events in the order they came, so that what is learned from
// them is learned in the same order.
func (c *copying) events(ctx context.Context) error {
	health, err := c.from.Health(ctx)
	if err != nil {
		return err
	}
	_, err = walk(ctx, c.from, c.at.Position, func(page []services.Arrival) error {
		kept := make([]archive.Kept, len(page))
		next := c.at
		for i, a := range page {
			kept[i] = archive.Kept{Source: a.Event.Source, Received: a.Event.Received, Raw: a.Event.Raw}
			next.Digest.Add(a.Event.ID, a.Event.Raw)
		}
		_, there, err := c.to.Restore(ctx, kept)
		if err != nil {
			return err
		}
		next.There += there
		next.Position = page[len(page)-1].Position
		next.Digest.save()
		text, err := json.Marshal(next)
		if err != nil {
			return err
		}
		if err := c.to.SetCursor(ctx, c.cursor, string(text)); err != nil {
			return err
		}
		c.at = next
		c.meter.at("events copied", int64(c.at.Digest.N), int64(max(health.Events, c.at.Digest.N)))
		return nil
	})
	return err
}

// rest copies what is not an event: what was kept aside, the Checkout Sessions,
// and how far Stripe's list was read.
func (c *copying) rest(ctx context.Context, cursors []string) error {
	for after := int64(0); ; {
		aside, err := c.from.Aside(ctx, after, 100)
		if err != nil {
			return err
		}
		if len(aside) == 0 {
			break
		}
		kept := make([]archive.Kept, len(aside))
		for i, k := range aside {
			kept[i] = archive.Kept{Source: k.Source, Received: k.Received, Raw: k.Raw}
			after = k.Key
		}
		if _, _, err := c.to.Restore(ctx, kept); err != nil {
			return err
		}
	}
	if err := c.sessions(ctx); err != nil {
		return err
	}
	for _, name := range cursors {
		value, err := c.from.Cursor(ctx, name)
		if err != nil {
			return err
		}
		if value == "" {
			continue
		}
		if err := c.to.SetCursor(ctx, name, value); err != nil {
			return err
		}
	}
	health, err := c.from.Health(ctx)
	if err != nil || health.LastSync.IsZero() {
		return err
	}
	if err := c.to.RecordSync(ctx, health.LastSync, ""); err != nil || health.SyncProblem == "" {
		return err
	}
	return c.to.RecordSync(ctx, health.LastSync, health.SyncProblem)
}

func (c *copying) sessions(ctx context.Context) error {
	open, err := c.from.Ledger().Unsettled(ctx)
	if err != nil {
		return err
	}
	settled, err := c.from.Ledger().Recent(ctx, 0)
	if err != nil {
		return err
	}
	for i := len(settled) - 1; i >= 0; i-- { // the oldest first, as they were made
		if err := c.to.Ledger().Save(ctx, settled[i].Session); err != nil {
			return err
		}
		if err := c.to.Ledger().Settle(ctx, settled[i]); err != nil {
			return err
		}
	}
	for i := len(open) - 1; i >= 0; i-- {
		if err := c.to.Ledger().Save(ctx, open[i]); err != nil {
			return err
		}
	}
	return nil
}

// verify reads the target back and compares it with what was copied. Events that
// only the target holds came to it from elsewhere since.
func (c *copying) verify(ctx context.Context) error {
	var back Digest
	_, err := walk(ctx, c.to, "", func(page []services.Arrival) error {
		ids := make([]string, len(page))
		for i, a := range page {
			ids[i] = a.Event.ID
		}
		known, err := c.from.Has(ctx, ids)
		if err != nil {
			return err
		}
		for _, a := range page {
			if known[a.Event.ID] {
				back.Add(a.Event.ID, a.Event.Raw)
			}
		}
		c.meter.at("events verified", int64(back.N), int64(max(c.at.Digest.N, back.N)))
		return nil
	})
	if err != nil {
		return err
	}
	if back.N == c.at.Digest.N && back.String() == c.at.Digest.String() {
		return nil
	}
	missing, err := c.compare(ctx)
	if err != nil || missing == 0 && c.other <= c.at.There {
		return err
	}
	if err := c.to.SetCursor(ctx, c.cursor, ""); err != nil {
		return err
	}
	return &services.Error{Code: services.CodeStorage, Op: "verifying the copy",
		Message: fmt.Sprintf("The copy is not the same: of %d events the other archive lacks %d, and has %d in other bytes.", c.at.Digest.N, missing, c.other),
		Next:    "Keep using the archive as it is. Empty the other one and copy again; if it stays, check both with bursar archive check."}
}

// compare compares event by event. What the target had received itself before it
// was copied may stand there in other bytes: Stripe delivers an event in another
// layout than it lists it. A copy that tells something else is kept aside there.
func (c *copying) compare(ctx context.Context) (missing int, err error) {
	seen := 0
	_, err = walk(ctx, c.from, "", func(page []services.Arrival) error {
		for _, a := range page {
			e, err := c.to.Event(ctx, a.Event.ID)
			switch {
			case services.CodeOf(err) == services.CodeNotFound && seen < c.at.Digest.N: // what came since is not copied yet
				missing++
			case err != nil && services.CodeOf(err) != services.CodeNotFound:
				return err
			case err == nil && !bytes.Equal(e.Raw, a.Event.Raw):
				c.other++
			}
			seen++
		}
		c.meter.at("events compared", int64(seen), int64(max(c.at.Digest.N, seen)))
		return nil
	})
	return missing, err
}
