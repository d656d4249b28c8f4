package archivetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

func eventComesBackAsItCame(t *testing.T, place Place) {
	a := place(t)()
	random := make([]byte, 300)
	for i := range random {
		random[i] = byte('a' + rand.IntN(26))
	}
	for i, raw := range [][]byte{
		Charge("evt_0", 1_700_000_000, "cus_1"),
		[]byte(`{"id":"evt_1","type":"a","created":1}`), // too short to shrink
		[]byte("\r\n\t {\"id\":\"evt_2\", \"type\" : \"a\",\"created\":1,\"x\":\"\xff\\u0000\\ud800 " + string(random) + "\"} \n"),
		Event("evt_3", "charge.failed", 1, `{"description":"`+strings.Repeat("long ", 100_000)+`"}`),
	} {
		id := fmt.Sprintf("evt_%d", i)
		Add(t, a, 1, 0, raw)
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
	want := services.Event{ID: "evt_0", Type: "charge.succeeded", Created: time.Unix(1_700_000_000, 0).UTC(), Received: Noon, ObjectID: "ch_evt_0",
		ObjectType: "charge", Customer: "cus_1", Amount: &services.Money{Amount: 500, Currency: "eur"}, Outcome: services.EventSucceeded,
		RequestID: "req_evt_0", APIVersion: "2023-10-16", Source: services.SourceList}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("got  %+v\nwant %+v", e, want)
	}
	if listed := List(t, a, archive.Query{Limit: 1}).Events[0]; !reflect.DeepEqual(listed, want) {
		t.Errorf("listed %+v\nwant   %+v", listed, want)
	}
	_, err = a.Event(context.Background(), "evt_none\x1b[2J")
	if services.CodeOf(err) != services.CodeNotFound || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("unknown id: %v", err)
	}
}

func duplicatesAndConflicts(t *testing.T, place Place) {
	a := place(t)()
	ctx := context.Background()
	delivered := Charge("evt_1", 1, "cus_1")
	var compact bytes.Buffer
	if err := json.Compact(&compact, delivered); err != nil {
		t.Fatal(err)
	}
	listed := bytes.Replace(compact.Bytes(), []byte(`"pending_webhooks":1`), []byte(`"pending_webhooks":0`), 1)
	other := bytes.Replace(delivered, []byte("500"), []byte("501"), 1)

	if added, duplicates, err := a.Add(ctx, services.SourceWebhook, [][]byte{delivered, delivered}); added != 1 || duplicates != 1 || err != nil {
		t.Fatalf("%d, %d, %v", added, duplicates, err)
	}
	Add(t, a, 0, 1, listed)
	if c := counts(t, a); c != (archive.Counts{Duplicates: 1}) {
		t.Errorf("the list's copy of an event is no conflict: %+v", c)
	}
	Add(t, a, 0, 2, other, bytes.Replace(other, []byte(`"pending_webhooks": 1`), []byte(`"pending_webhooks": 3`), 1))
	if c := counts(t, a); c != (archive.Counts{Duplicates: 1, Conflicts: 1}) {
		t.Errorf("one other telling, received twice: %+v", c)
	}
	kept, err := a.Aside(ctx, 0, 10)
	if err != nil || len(kept) != 1 || kept[0].EventID != "evt_1" || !bytes.Equal(kept[0].Raw, other) || kept[0].Reason == "" {
		t.Errorf("kept aside: %+v, %v", kept, err)
	}
	e, err := a.Event(ctx, "evt_1")
	if err != nil || !bytes.Equal(e.Raw, delivered) || e.Source != services.SourceWebhook {
		t.Errorf("the first copy did not stay: %v %s", err, e.Source)
	}
	if page := List(t, a, all()); page.Total != 1 || len(page.Events) != 1 {
		t.Errorf("%d rows, total %d; want one", len(page.Events), page.Total)
	}
}

func poisonIsKeptAside(t *testing.T, place Place) {
	a := place(t)()
	poison := []byte("{\"id\":\"evt_bad\",\x00")
	Add(t, a, 2, 0, Charge("evt_1", 1, "cus_1"), poison, poison, nil, Charge("evt_2", 1, "cus_1"))
	if c := counts(t, a); c != (archive.Counts{Quarantined: 2}) {
		t.Errorf("counts %+v, want two kept aside", c)
	}
	kept, err := a.Aside(context.Background(), 0, 10)
	if err != nil || len(kept) != 2 {
		t.Fatalf("%d kept aside, %v", len(kept), err)
	}
	if len(kept[0].Raw) == 0 { // both came in one moment
		kept[0].Raw, kept[1].Raw = kept[1].Raw, kept[0].Raw
	}
	if k := kept[0]; !bytes.Equal(k.Raw, poison) || len(kept[1].Raw) != 0 || k.Reason != "it is not JSON" || k.EventID != "" ||
		!k.Received.Equal(Noon) || k.Source != services.SourceList {
		t.Errorf("kept %+v", kept)
	}
	if rest, err := a.Aside(context.Background(), kept[0].Key, 10); err != nil || len(rest) != 1 || rest[0].Key != kept[1].Key {
		t.Errorf("after the first: %+v, %v", rest, err)
	}
	if rest, err := a.Aside(context.Background(), 0, 1); err != nil || len(rest) != 1 || rest[0].Key != kept[0].Key {
		t.Errorf("the first alone: %+v, %v", rest, err)
	}
}

func manyAddAtOnce(t *testing.T, place Place) {
	open := place(t)
	handles := []archive.Archive{open(), open()}
	const writers, each = 8, 25
	var mu sync.Mutex
	var wg sync.WaitGroup
	added, duplicates := 0, 0
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				// Every event is sent by two writers, one on each handle.
				id := fmt.Sprintf("evt_%d_%d", w/2, i)
				n, d, err := handles[w%2].Add(context.Background(), services.SourceWebhook, [][]byte{Charge(id, int64(i), "cus_1")})
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
		page := List(t, a, archive.Query{Customer: "cus_1", Limit: writers * each})
		if page.Total != writers*each/2 || len(page.Events) != page.Total {
			t.Errorf("total %d, %d rows", page.Total, len(page.Events))
		}
		if c := counts(t, a); c.Duplicates != duplicates {
			t.Errorf("%d duplicates counted, want %d", c.Duplicates, duplicates)
		}
	}
}
