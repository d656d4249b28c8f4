package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
)

func TestEventComesBackAsItCame(t *testing.T) {
	a := openNew(t)
	random := make([]byte, 300)
	for i := range random {
		random[i] = byte('a' + rand.IntN(26))
	}
	for i, raw := range [][]byte{
		charge("evt_0", 1_700_000_000, "cus_1"),
		[]byte(`{"id":"evt_1","type":"a","created":1}`), // too short to shrink
		[]byte("\r\n\t {\"id\":\"evt_2\", \"type\" : \"a\",\"created\":1,\"x\":\"\xff\\u0000\\ud800 " + string(random) + "\"} \n"),
		event("evt_3", "charge.failed", 1, `{"description":"`+strings.Repeat("long ", 100_000)+`"}`),
	} {
		id := fmt.Sprintf("evt_%d", i)
		add(t, a, 1, 0, raw)
		e, err := a.Event(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(e.Raw, raw) {
			t.Errorf("%s: %d bytes came back, not the %d that were received", id, len(e.Raw), len(raw))
		}
	}
	e, err := a.Event(context.Background(), "evt_0")
	if err != nil {
		t.Fatal(err)
	}
	e.Raw = nil
	want := services.Event{ID: "evt_0", Type: "charge.succeeded", Created: time.Unix(1_700_000_000, 0).UTC(), Received: noon, ObjectID: "ch_evt_0",
		ObjectType: "charge", Customer: "cus_1", Amount: &services.Money{Amount: 500, Currency: "eur"}, Outcome: services.EventSucceeded,
		RequestID: "req_evt_0", APIVersion: "2023-10-16", Source: services.SourceList}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("got  %+v\nwant %+v", e, want)
	}
	if listed := list(t, a, Filter{Limit: 1}).Events[0]; !reflect.DeepEqual(listed, want) {
		t.Errorf("listed %+v\nwant   %+v", listed, want)
	}
	_, err = a.Event(context.Background(), "evt_none\x1b[2J")
	if services.CodeOf(err) != services.CodeNotFound || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("unknown id: %v", err)
	}
}

func TestDuplicatesAndConflicts(t *testing.T) {
	a := openNew(t)
	ctx := context.Background()
	delivered := charge("evt_1", 1, "cus_1")
	var compact bytes.Buffer
	if err := json.Compact(&compact, delivered); err != nil {
		t.Fatal(err)
	}
	listed := bytes.Replace(compact.Bytes(), []byte(`"pending_webhooks":1`), []byte(`"pending_webhooks":0`), 1)
	other := bytes.Replace(delivered, []byte("500"), []byte("501"), 1)

	if added, duplicates, err := a.Add(ctx, services.SourceWebhook, [][]byte{delivered, delivered}); added != 1 || duplicates != 1 || err != nil {
		t.Fatalf("%d, %d, %v", added, duplicates, err)
	}
	add(t, a, 0, 1, listed)
	if c := counts(t, a); c != (Counts{Duplicates: 1}) {
		t.Errorf("the list's copy of an event is no conflict: %+v", c)
	}
	add(t, a, 0, 2, other, bytes.Replace(other, []byte(`"pending_webhooks": 1`), []byte(`"pending_webhooks": 3`), 1))
	if c := counts(t, a); c != (Counts{Duplicates: 1, Conflicts: 1}) {
		t.Errorf("one other telling, received twice: %+v", c)
	}
	e, err := a.Event(ctx, "evt_1")
	if err != nil || !bytes.Equal(e.Raw, delivered) || e.Source != services.SourceWebhook {
		t.Errorf("the first copy did not stay: %v %s", err, e.Source)
	}
	if page := list(t, a, Filter{}); page.Total != 1 || len(page.Events) != 1 {
		t.Errorf("%d rows, total %d; want one", len(page.Events), page.Total)
	}
}

func counts(t *testing.T, a *Archive) Counts {
	t.Helper()
	c, err := a.Counts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPoisonIsKeptAside(t *testing.T) {
	a := openNew(t)
	poison := []byte("{\"id\":\"evt_bad\",\x00")
	add(t, a, 2, 0, charge("evt_1", 1, "cus_1"), poison, poison, nil, charge("evt_2", 1, "cus_1"))
	if c := counts(t, a); c != (Counts{Quarantined: 2}) {
		t.Errorf("counts %+v, want two kept aside", c)
	}
	var reason string
	var encoding int
	var packed []byte
	if err := a.read.QueryRow(`SELECT reason, encoding, bytes FROM quarantine WHERE length(bytes) > 0`).Scan(&reason, &encoding, &packed); err != nil {
		t.Fatal(err)
	}
	if raw, err := unpack(encoding, packed); err != nil || !bytes.Equal(raw, poison) || reason != "it is not JSON" {
		t.Errorf("kept %q because %q (%v)", raw, reason, err)
	}
}

func TestManyAddAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	handles := []*Archive{open(t, path), open(t, path)}
	const writers, each = 8, 25
	var mu sync.Mutex
	var wg sync.WaitGroup
	added, duplicates := 0, 0
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				// Every event is sent by two writers, one on each handle.
				id := fmt.Sprintf("evt_%d_%d", w/2, i)
				n, d, err := handles[w%2].Add(context.Background(), services.SourceWebhook, [][]byte{charge(id, int64(i), "cus_1")})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				added, duplicates = added+n, duplicates+d
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if half := writers * each / 2; added != half || duplicates != half {
		t.Errorf("%d added, %d duplicates; want %d each", added, duplicates, half)
	}
	for _, a := range handles {
		page := list(t, a, Filter{Customer: "cus_1", Limit: writers * each})
		if page.Total != writers*each/2 || len(page.Events) != page.Total {
			t.Errorf("total %d, %d rows", page.Total, len(page.Events))
		}
		if c := counts(t, a); c.Duplicates != duplicates {
			t.Errorf("%d duplicates counted, want %d", c.Duplicates, duplicates)
		}
	}
}
