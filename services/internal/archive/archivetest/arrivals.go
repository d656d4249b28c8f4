package archivetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"bursar/services"
	"bursar/services/internal/archive"
)

func next(t testing.TB, a archive.Archive, after string, limit int) []services.Arrival {
	t.Helper()
	got, err := a.Arrivals(context.Background(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Events arrive in the order they are stored in, whatever time they tell.
func arrivals(t *testing.T, place Place) {
	a := place(t)()
	raws := [][]byte{Charge("evt_b", 300, "cus_1"), Charge("evt_a", 100, "cus_1"), Charge("evt_c", 300, "")}
	Add(t, a, 3, 0, raws...)
	Add(t, a, 0, 1, raws[1])
	before := List(t, a, archive.Query{}).Position
	Add(t, a, 1, 0, Charge("evt_0", 200, "cus_1"))
	got := next(t, a, "", 10)
	if len(got) != 4 {
		t.Fatalf("%d arrivals", len(got))
	}
	for i, id := range []string{"evt_b", "evt_a", "evt_c", "evt_0"} {
		if got[i].Event.ID != id || i < 3 && !bytes.Equal(got[i].Event.Raw, raws[i]) {
			t.Errorf("arrival %d is %s", i, got[i].Event.ID)
		}
	}
	if rest := next(t, a, before, 10); len(rest) != 1 || rest[0].Event.ID != "evt_0" {
		t.Errorf("after the page's position: %v", rest)
	}
	if one := next(t, a, got[0].Position, 1); len(one) != 1 || one[0].Event.ID != "evt_a" || one[0].Position != got[1].Position {
		t.Errorf("after the first: %v", one)
	}
	if page := List(t, a, archive.Query{Limit: 1}); page.Position != got[3].Position {
		t.Errorf("a page's position is %s, the last arrival's %s", page.Position, got[3].Position)
	}
}

// Whoever follows while several handles add sees every event once.
func arrivalsWhileOthersAdd(t *testing.T, place Place) {
	open := place(t)
	handles := []archive.Archive{open(), open()}
	const writers, each = 6, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if _, _, err := handles[w%2].Add(context.Background(), services.SourceWebhook,
					[][]byte{Charge(fmt.Sprintf("evt_%d_%d", w, i), int64(1000-i), "cus_1")}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var got []string
	position := ""
	read := func() {
		for _, arrival := range next(t, handles[0], position, 7) {
			got, position = append(got, arrival.Event.ID), arrival.Position
		}
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			read()
		}
	}
	for n := -1; n != len(got); {
		n = len(got)
		read()
	}
	if len(got) != writers*each {
		t.Errorf("%d arrivals, want %d", len(got), writers*each)
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(got))); len(distinct) != len(got) {
		t.Errorf("%d of %d arrivals are different", len(distinct), len(got))
	}
}
