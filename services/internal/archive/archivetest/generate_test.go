package archivetest

import (
	"encoding/json"
	"testing"
	"time"

	"bursar/services/internal/archive"
)

func TestGeneratedEventsAreEvents(t *testing.T) {
	g := NewGenerator(1, 50, Noon, time.Second)
	ids, types, people, size := map[string]bool{}, map[string]bool{}, map[string]bool{}, 0
	const n = 3000
	for i := range n {
		raw := g.Next()
		f, reason := archive.FactsOf(raw)
		if reason != "" || !json.Valid(raw) {
			t.Fatalf("%s: %s", reason, raw)
		}
		if f.Created != Noon.Unix()+int64(i) {
			t.Fatalf("event %d is of %d", i, f.Created)
		}
		if _, _, ok := archive.Compact(raw); !ok {
			t.Fatalf("not in Stripe's layout: %s", raw)
		}
		ids[f.ID], types[f.Type], size = true, true, size+len(raw)
		if f.Customer != "" {
			people[f.Customer] = true
		}
	}
	if len(ids) != n || len(types) < 25 || len(people) != 50 || size/n < 3000 {
		t.Errorf("%d ids, %d types, %d customers, %d bytes each", len(ids), len(types), len(people), size/n)
	}
}
