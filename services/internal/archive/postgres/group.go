package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/where"
)

// group is what is stored in one transaction.
type group struct {
	writer   int64
	jobs     []*job
	items    []*item // events, in the order they came
	poison   []*item // what is no event
	received int64   // when the last webhook came, milliseconds; 0 without one
	webhooks int     // events that webhooks brought
	bodies   bool    // jsonb gets them
	another  bool    // a copy that tells something else was kept
}

// item is one payload of a group.
type item struct {
	archive.Record
	job      *job
	origin   origin
	customer string // as far as it is known
	repeats  bool   // the group has the same event before
	fresh    bool   // it was not archived before
}

func newGroup(writer int64, jobs []*job) *group {
	g := &group{writer: writer, jobs: jobs, bodies: true}
	seen := map[string]bool{}
	for _, j := range jobs {
		for i, r := range j.records {
			it := &item{Record: r, job: j, origin: j.originOf(i)}
			if it.origin.source == services.SourceWebhook {
				g.received = max(g.received, it.origin.received)
			}
			if r.Reason != "" {
				g.poison = append(g.poison, it)
				continue
			}
			it.repeats = seen[r.Facts.ID]
			seen[r.Facts.ID] = true
			g.items = append(g.items, it)
			if it.delivered() {
				g.webhooks++
			}
		}
	}
	return g
}

// delivered reports whether a webhook brought it just now.
func (it *item) delivered() bool {
	return it.job.origins == nil && it.origin.source == services.SourceWebhook
}

func (g *group) withoutBodies() { g.bodies = false }

// objects are all that the events refer to, sorted.
func (g *group) objects() (ids []string) {
	for _, it := range g.items {
		ids = append(ids, it.Facts.Refs...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// unnamed are the objects of the events that name no customer.
func (g *group) unnamed() (ids []string) {
	for _, it := range g.items {
		if it.Facts.Customer == "" {
			ids = append(ids, it.Facts.Refs...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// resolve works out the customers by what is known of objects and by what the
// group's own events tell.
func (g *group) resolve(known map[string]string) {
	name := func(it *item) {
		for _, id := range it.Facts.Refs {
			if known[id] == "" {
				known[id] = it.customer
			}
		}
	}
	for _, it := range g.items {
		if it.customer = it.Facts.Customer; it.customer != "" {
			name(it)
		}
	}
	for found := true; found; {
		found = false
		for _, it := range g.items {
			for _, id := range it.Facts.Refs {
				if it.customer == "" && known[id] != "" {
					it.customer, found = known[id], true
					name(it)
				}
			}
		}
	}
}

// answer tells what became of the events: fresh are the places of those that are
// new.
func (g *group) answer(fresh []int) {
	for _, j := range g.jobs {
		j.added, j.duplicates = 0, 0
	}
	for _, it := range g.items {
		it.fresh = false
	}
	for _, place := range fresh {
		g.items[place].fresh = true
	}
	for _, it := range g.items {
		if it.fresh {
			it.job.added++
		} else {
			it.job.duplicates++
		}
	}
}

// changed reports whether something is other than it was.
func (g *group) changed() bool {
	return g.received > 0 || len(g.poison) > 0 || g.another || slices.ContainsFunc(g.jobs, func(j *job) bool { return j.added > 0 })
}

// row is an event as the statement reads it: the columns, and where in the
// statement's bytes the payload and the body are (from 1 on).
type row struct {
	Place      int      `json:"place"`
	ID         string   `json:"id"`
	Type       string   `json:"type"`
	Created    int64    `json:"created"`
	Received   int64    `json:"received"`
	Livemode   bool     `json:"livemode"`
	Delivered  bool     `json:"delivered"`
	ObjectID   string   `json:"object_id"`
	ObjectType string   `json:"object_type"`
	Customer   string   `json:"customer,omitempty"`
	Amount     *int64   `json:"amount,omitempty"`
	Currency   *string  `json:"currency,omitempty"`
	Outcome    string   `json:"outcome"`
	RequestID  string   `json:"request_id"`
	APIVersion string   `json:"api_version"`
	Source     string   `json:"source"`
	Form       int      `json:"form"`
	At         int      `json:"at"`
	Size       int      `json:"size"`
	BodyAt     int      `json:"body_at"`
	BodySize   int      `json:"body_size"` // 0 for none
	Words      []string `json:"words"`
}

// poisonRow is a payload that is no event.
type poisonRow struct {
	Digest   string `json:"digest"`
	Received int64  `json:"received"`
	Source   string `json:"source"`
	Reason   string `json:"reason"`
	Form     int    `json:"form"`
	At       int    `json:"at"`
	Size     int    `json:"size"`
}

// links is what each event tells of the objects it refers to: their customer, or
// that they may tell its own.
type links struct {
	objects, customers []string
	places             []int64
}

// encoded is a group as the statement takes it.
type encoded struct {
	events, poison []byte // JSON
	bytes          []byte
	links, waits   links
}

func (g *group) encode() (e encoded, err error) {
	put := func(b []byte) (at, size int) {
		at = len(e.bytes) + 1
		e.bytes = append(e.bytes, b...)
		return at, len(b)
	}
	rows, poison := []row{}, []poisonRow{}
	for place, it := range g.items {
		if it.repeats {
			continue
		}
		f := it.Facts
		r := row{Place: place, ID: f.ID, Type: f.Type, Created: f.Created, Received: it.origin.received, Livemode: f.Livemode, Delivered: it.delivered(), ObjectID: f.ObjectID,
			ObjectType: f.ObjectType, Customer: it.customer, Outcome: string(f.Outcome), RequestID: f.RequestID, APIVersion: f.APIVersion,
			Source: string(it.origin.source), Form: int(it.Form), Words: where.Words(it.Raw)}
		if f.Amount != nil {
			r.Amount, r.Currency = &f.Amount.Amount, &f.Amount.Currency
		}
		r.At, r.Size = put(it.Packed)
		if g.bodies && storable(it.Raw) {
			body, _, ok := archive.Compact(it.Raw)
			if !ok {
				body = it.Raw
			}
			r.BodyAt, r.BodySize = put(body)
		}
		rows = append(rows, r)
		for _, id := range f.Refs {
			l := &e.links
			if it.customer == "" {
				l = &e.waits
			}
			l.objects, l.customers, l.places = append(l.objects, id), append(l.customers, it.customer), append(l.places, int64(place))
		}
	}
	for _, it := range g.poison {
		digest := sha256.Sum256(it.Raw)
		p := poisonRow{Digest: hex.EncodeToString(digest[:]), Received: it.origin.received, Source: string(it.origin.source), Reason: it.Reason, Form: int(it.Form)}
		p.At, p.Size = put(it.Packed)
		poison = append(poison, p)
	}
	if e.events, err = json.Marshal(rows); err != nil {
		return e, err
	}
	e.poison, err = json.Marshal(poison)
	return e, err
}
