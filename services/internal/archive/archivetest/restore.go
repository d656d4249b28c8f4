package archivetest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

func restoreKeepsWhenAndHow(t *testing.T, place Place) {
	a, ctx := place(t)(), context.Background()
	then := Noon.Add(-48*time.Hour + 123*time.Millisecond)
	events := []archive.Kept{
		{Source: services.SourceWebhook, Received: then, Raw: Charge("evt_1", 100, "cus_1")},
		{Source: services.SourceList, Received: then.Add(time.Hour), Raw: Charge("evt_2", 101, "cus_1")},
		{Source: services.SourceImport, Raw: Charge("evt_3", 102, "cus_1")},
		{Source: services.SourceWebhook, Received: then.Add(time.Minute), Raw: []byte("no event")},
		{Source: services.SourceList, Received: then.Add(2 * time.Minute), Raw: Charge("evt_1", 100, "cus_other")}, // contradicts
	}
	for round, want := range [][2]int{{3, 1}, {0, 4}} { // once more it changes nothing
		added, duplicates, err := a.Restore(ctx, events)
		if err != nil || added != want[0] || duplicates != want[1] {
			t.Fatalf("round %d: %d added, %d duplicates, %v; want %v", round, added, duplicates, err, want)
		}
	}
	for i, id := range []string{"evt_1", "evt_2", "evt_3"} {
		want := events[i]
		if want.Received.IsZero() {
			want.Received = Noon
		}
		e, err := a.Event(ctx, id)
		if err != nil || e.Source != want.Source || !e.Received.Equal(want.Received) || !bytes.Equal(e.Raw, want.Raw) {
			t.Errorf("%s came back as %+v, %v", id, e, err)
		}
	}
	if c := counts(t, a); c != (archive.Counts{Conflicts: 1, Quarantined: 1}) {
		t.Errorf("counts %+v", c)
	}
	aside, err := a.Aside(ctx, 0, 10)
	if err != nil || len(aside) != 2 {
		t.Fatalf("aside %+v, %v", aside, err)
	}
	for _, kept := range aside {
		want := events[3]
		if kept.EventID != "" {
			want = events[4]
		}
		if kept.Source != want.Source || !kept.Received.Equal(want.Received) || !bytes.Equal(kept.Raw, want.Raw) {
			t.Errorf("aside %+v", kept)
		}
	}
	health, err := a.Health(ctx)
	if err != nil || !health.LastWebhook.Equal(then.Add(time.Minute)) {
		t.Errorf("health %+v, %v", health, err)
	}
	if page := List(t, a, archive.Query{Customer: "cus_1", Limit: 10}); page.Total != 3 {
		t.Errorf("%d events of the customer", page.Total)
	}
	if added, duplicates, err := a.Restore(ctx, nil); added != 0 || duplicates != 0 || err != nil {
		t.Errorf("nothing: %d %d %v", added, duplicates, err)
	}
}
