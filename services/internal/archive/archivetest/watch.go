package archivetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"bursar/services"
)

// told waits for a notice.
func told(t *testing.T, ch <-chan struct{}) {
	t.Helper()
	select {
	case _, open := <-ch:
		if !open {
			t.Fatal("the watch was closed")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no notice came")
	}
}

func watchTellsOwnAndOthersCommits(t *testing.T, place Place) {
	open := place(t)
	ctx := context.Background()
	a, b := open(), open()
	ours, theirs := a.Watch(ctx), b.Watch(ctx)
	Add(t, a, 1, 0, Charge("evt_1", 1, "cus_1"))
	select {
	case <-ours:
	default:
		t.Error("the commit's own process was not told at once")
	}
	told(t, theirs)
	if page := List(t, b, all()); page.Total != 1 || page.Events[0].ID != "evt_1" {
		t.Errorf("the other handle sees %+v", page)
	}
	Add(t, b, 1, 0, Charge("evt_2", 1, "cus_1"))
	told(t, ours)
	told(t, theirs) // its own commit
	if err := a.Ledger().Save(ctx, services.Session{ID: "cs_1"}); err != nil {
		t.Fatal(err)
	}
	told(t, theirs)
}

func watchMergesAndIsSilent(t *testing.T, place Place) {
	a, ctx := place(t)(), context.Background()
	ch := a.Watch(ctx)
	for i := range 5 {
		Add(t, a, 1, 0, Charge(fmt.Sprintf("evt_%d", i), 1, "cus_1"))
	}
	told(t, ch)
	Add(t, a, 0, 1, Charge("evt_1", 1, "cus_1"))
	if err := a.SetCursor(ctx, "x", ""); err != nil {
		t.Fatal(err)
	}
	told(t, ch) // the cursor is new
	if err := a.SetCursor(ctx, "x", ""); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ch:
		t.Error("told although nothing changed")
	default:
	}
}

func watchEnds(t *testing.T, place Place) {
	a := place(t)()
	ctx, cancel := context.WithCancel(context.Background())
	byContext, byClose := a.Watch(ctx), a.Watch(context.Background())
	cancel()
	for range byContext {
		t.Error("told although nothing changed")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for range byClose {
		t.Error("told although nothing changed")
	}
}

func closedAndGivenUp(t *testing.T, place Place) {
	a, ctx := place(t)(), context.Background()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, _, err := a.Add(ended, services.SourceList, [][]byte{Charge("evt_1", 1, "cus_1")})
	if services.CodeOf(err) != services.CodeStorage || !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was given up: %v", err)
	}
	for range 2 {
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := a.Add(ctx, services.SourceList, [][]byte{Charge("evt_1", 1, "cus_1")}); services.CodeOf(err) != services.CodeStorage {
		t.Errorf("Add on a closed archive: %v", err)
	}
	if _, open := <-a.Watch(ctx); open {
		t.Error("a watch on a closed archive is open")
	}
}

// givenUpAtAnyMoment: a call whose context ends at any moment stores all or
// nothing, says which, and is in no later call's way.
func givenUpAtAnyMoment(t *testing.T, place Place) {
	a := place(t)()
	r := rand.New(rand.NewPCG(9, 9))
	stored := map[string]bool{}
	for i := range 200 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(3000))*time.Microsecond)
		first, second := fmt.Sprintf("evt_%d_a", i), fmt.Sprintf("evt_%d_b", i)
		if _, _, err := a.Add(ctx, services.SourceList, [][]byte{Charge(first, 1, "cus_1"), Charge(second, 2, "cus_1")}); err == nil {
			stored[first], stored[second] = true, true
		} else if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		_, _ = a.List(ctx, all()) // may be given up too
		cancel()
	}
	Add(t, a, 1, 0, Charge("evt_last", 3, "cus_1"))
	page := List(t, a, all())
	there := map[string]bool{}
	for _, e := range page.Events {
		there[e.ID] = true
	}
	for i := range 200 {
		first, second := fmt.Sprintf("evt_%d_a", i), fmt.Sprintf("evt_%d_b", i)
		if there[first] != there[second] || stored[first] && !there[first] {
			t.Errorf("of pair %d: answered %v, there %v and %v", i, stored[first], there[first], there[second])
		}
	}
	if page.Total != len(page.Events) || !there["evt_last"] {
		t.Errorf("%d events counted, %d there", page.Total, len(page.Events))
	}
}

func storedIsThereAfterReopening(t *testing.T, place Place) {
	open := place(t)
	a := open()
	Add(t, a, 1, 0, Charge("evt_1", 1, "cus_1"))
	position := List(t, a, all()).Position
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	b := open()
	Add(t, b, 1, 1, Charge("evt_1", 1, "cus_1"), Charge("evt_2", 2, "cus_1"))
	if page := List(t, b, all()); page.Total != 2 || len(page.Events) != 2 {
		t.Errorf("after reopening: %+v", page)
	}
	if rest := next(t, b, position, 10); len(rest) != 1 || rest[0].Event.ID != "evt_2" {
		t.Errorf("after the position of before: %v", rest)
	}
}
