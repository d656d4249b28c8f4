package archive

import (
	"encoding/json"
	"testing"
	"time"

	"bursar/services"
)

func TestRead(t *testing.T) {
	q, err := Read(services.LogQuery{Customer: "cus_1", Where: json.RawMessage(` {"type":"a"} `), Offset: 3, Before: "evt_1"})
	if err != nil || q.Customer != "cus_1" || q.Where.String() != `{"type":"a"}` || q.Limit != 100 || q.Offset != 3 || q.Before != "evt_1" {
		t.Errorf("%+v, %v", q, err)
	}
	for _, text := range []string{"", "null", " null "} {
		if q, err := Read(services.LogQuery{Where: json.RawMessage(text), Limit: new(0)}); err != nil || q.Where != nil || q.Limit != 0 {
			t.Errorf("%q: %+v, %v", text, q, err)
		}
	}
	for _, text := range []string{"{", "[]", `{"$where":"1"}`, `{"a":{"$gt":[1]}}`, "5"} {
		_, err := Read(services.LogQuery{Where: json.RawMessage(text)})
		if e := services.AsError(err); e == nil || e.Code != services.CodeInvalid || e.Field != "where" || e.Next == "" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFilterHasTwoForms(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f, err := Filter("type:charge.failed", now, time.UTC)
	if err != nil || string(f.Where) != `{"type":"charge.failed"}` || f.Text != "type:charge.failed" {
		t.Errorf("%s %q, %v", f.Where, f.Text, err)
	}
	if again, err := Filter(string(f.Where), now, time.UTC); err != nil || again.Text != f.Text {
		t.Errorf("%s %q, %v", again.Where, again.Text, err)
	}
	for _, text := range []string{"", "  ", "{}"} {
		if f, err := Filter(text, now, time.UTC); err != nil || f.Text != "" || len(f.Where) != 0 {
			t.Errorf("%q: %s %q, %v", text, f.Where, f.Text, err)
		}
	}
	if _, err := Filter("amount>", now, time.UTC); services.AsError(err).Field != "where" {
		t.Error(err)
	}
}
