package sandbox

import (
	"bytes"
	"encoding/json"
	"iter"
	"sort"
	"strings"
	"sync"
)

// row is one stored object. A committed row and its doc never change: an update
// replaces the row.
type row struct {
	id      string
	kind    string // the doc's "object"
	seq     int64  // order of insertion over the whole shop
	created int64  // Unix seconds
	doc     object // nil: deleted in this transaction, or still in stored
	stored  *stored
}

// stored is an object as the file holds it, decoded when it is first needed: a
// shop opens without reading all of its history.
type stored struct {
	body   []byte
	decode sync.Once
	doc    object
}

// object returns the row's object to read, or nil when it was deleted.
func (r *row) object() object {
	s := r.stored
	if s == nil {
		return r.doc
	}
	s.decode.Do(func() {
		doc, err := decodeRow(r.kind, s.body)
		if err != nil { // the file checks its pages, not its texts
			doc = object{"id": r.id, "object": r.kind, "created": r.created, "deleted": true}
		}
		s.doc, s.body = doc, nil
	})
	return s.doc
}

// gone reports whether the object was deleted in this transaction.
func (r *row) gone() bool { return r.doc == nil && r.stored == nil }

// due is when time has something to do with the object, or 0.
func (r *row) due() int64 {
	if r.stored != nil && !bytes.Contains(r.stored.body, []byte(`"_due"`)) {
		return 0
	}
	return num(r.object(), "_due")
}

// memory is the committed state. The writer alone replaces rows, under the
// server's lock.
type memory struct {
	rows       map[string]*row
	kinds      map[string][]*row // by created, then seq
	deliveries map[string]*delivery
	due        map[string]int64 // when time has something to do with an object
	seq        int64
}

func newMemory() *memory {
	return &memory{rows: map[string]*row{}, kinds: map[string][]*row{}, deliveries: map[string]*delivery{}, due: map[string]int64{}}
}

// put adds or replaces a row, keeping its kind in order.
func (m *memory) put(r *row) {
	if r.seq > m.seq {
		m.seq = r.seq
	}
	if at := r.due(); at > 0 {
		m.due[r.id] = at
	} else {
		delete(m.due, r.id)
	}
	list := m.kinds[r.kind]
	at := m.place(r)
	_, known := m.rows[r.id]
	switch {
	case known && r.gone():
		delete(m.rows, r.id)
		m.kinds[r.kind] = append(append([]*row(nil), list[:at]...), list[at+1:]...)
	case known:
		m.rows[r.id] = r
		list[at] = r
	case !r.gone():
		m.rows[r.id] = r
		list = append(list, nil)
		copy(list[at+1:], list[at:])
		list[at] = r
		m.kinds[r.kind] = list
	}
}

func (m *memory) place(r *row) int {
	list := m.kinds[r.kind]
	if n := len(list); n == 0 || before(list[n-1], r) {
		return n
	}
	return sort.Search(len(list), func(i int) bool { return !before(list[i], r) })
}

func before(a, b *row) bool {
	if a.created != b.created {
		return a.created < b.created
	}
	return a.seq < b.seq
}

// cause says which request made an event; pages and the clock have none.
type cause struct{ request, key string }

// tx is one request's view of the shop and, for a writer, what it changed so
// far. Nothing is seen by others before commit.
type tx struct {
	srv   *Server
	mem   *memory
	now   int64 // Unix seconds; the clock and the seed move it
	ids   *idSource
	cause cause

	rows       map[string]*row // changed here
	added      map[string][]*row
	told       map[string]object // each changed object as the last event showed it
	due        map[string]int64
	seq        int64
	deliveries map[string]*delivery // nil: done
	reply      *reply
}

func (s *Server) newTx(now int64) *tx {
	return &tx{srv: s, mem: s.mem, now: now, ids: s.ids, rows: map[string]*row{}, added: map[string][]*row{},
		told: map[string]object{}, seq: s.mem.seq, due: map[string]int64{}, deliveries: map[string]*delivery{}}
}

func (t *tx) changed() bool { return len(t.rows) > 0 || len(t.deliveries) > 0 || t.reply != nil }

// get returns an object to read, or nil.
func (t *tx) get(id string) object {
	if r, ok := t.rows[id]; ok {
		return r.object()
	}
	if r, ok := t.mem.rows[id]; ok {
		return r.object()
	}
	return nil
}

// find returns an object of one kind that is not deleted, or nil.
func (t *tx) find(kind, id string) object {
	if o := t.get(id); o != nil && o["object"] == kind && o["deleted"] != true {
		return o
	}
	return nil
}

// edit returns an object to change. It panics when there is none: callers have
// looked it up.
func (t *tx) edit(id string) object {
	if r, ok := t.rows[id]; ok {
		return r.doc
	}
	old := t.mem.rows[id]
	t.told[id] = old.object()
	r := *old
	r.doc, r.stored = cloneObject(old.object()), nil
	t.rows[id] = &r
	return r.doc
}

// insert adds a new object, which must have id and object.
func (t *tx) insert(o object) object {
	t.seq++
	created, ok := o["created"].(int64)
	if !ok {
		created = t.now
	}
	r := &row{id: o["id"].(string), kind: o["object"].(string), seq: t.seq, created: created, doc: o}
	t.rows[r.id] = r
	t.added[r.kind] = append(t.added[r.kind], r)
	return o
}

// remove deletes an object for good.
func (t *tx) remove(id string) {
	t.edit(id)
	r := *t.rows[id]
	r.doc = nil
	t.rows[id] = &r
	for i, a := range t.added[r.kind] {
		if a.id == id {
			t.added[r.kind] = append(t.added[r.kind][:i:i], t.added[r.kind][i+1:]...)
			break
		}
	}
}

// each goes over the objects of a kind, oldest first.
func (t *tx) each(kind string) iter.Seq[object] {
	return func(yield func(object) bool) {
		for _, r := range t.mem.kinds[kind] {
			if mine, ok := t.rows[r.id]; ok {
				r = mine
			}
			if !r.gone() && !yield(r.object()) {
				return
			}
		}
		for _, r := range t.added[kind] {
			if !yield(r.doc) {
				return
			}
		}
	}
}

// where goes over the objects of a kind whose field has a value.
func (t *tx) where(kind, path string, value any) iter.Seq[object] {
	return func(yield func(object) bool) {
		for o := range t.each(kind) {
			if at(o, path) == value && !yield(o) {
				return
			}
		}
	}
}

// newest returns all rows of a kind, newest first.
func (t *tx) newest(kind string) []*row {
	committed := t.mem.kinds[kind]
	list := make([]*row, 0, len(committed)+len(t.added[kind]))
	for _, r := range committed {
		if mine, ok := t.rows[r.id]; ok {
			r = mine
		}
		if !r.gone() {
			list = append(list, r)
		}
	}
	if fresh := t.added[kind]; len(fresh) > 0 {
		list = append(list, fresh...)
		sort.SliceStable(list, func(i, j int) bool { return before(list[i], list[j]) })
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// emit records an event about an object as it is now (3.0) and queues its
// deliveries. An update that changed nothing is no event.
func (t *tx) emit(kind string, o object) {
	id := str(o, "id")
	t.tell(kind, o, t.told[id])
	t.told[id] = cloneObject(o)
}

// tell is emit for an object that was something else before.
func (t *tx) tell(kind string, o, before object) {
	data := object{"object": json.RawMessage(compact(t.view(o)))}
	if strings.HasSuffix(kind, ".updated") {
		previous := difference(before, o)
		if len(previous) == 0 {
			return
		}
		data["previous_attributes"] = previous
	}
	event := object{
		"id": t.ids.event(t.now, t.seq+1), "object": "event", "api_version": APIVersion, "created": t.now,
		"data": json.RawMessage(compact(data)), "livemode": false, "pending_webhooks": int64(0), "type": kind,
		"request": object{"id": orNil(t.cause.request), "idempotency_key": orNil(t.cause.key)},
	}
	t.insert(event)
	t.queue(event)
}
