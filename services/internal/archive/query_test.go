package archive

import (
	"errors"
	"testing"
	"time"

	"bursar/services"
)

// TestAFilterIsRefusedWithItsPlace has the place between "[" and "]".
func TestAFilterIsRefusedWithItsPlace(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 42, 7, 0, time.UTC)
	for text, want := range map[string]string{
		"type:charge.* stauts:failed": "type:charge.* [stauts]:failed",
		"status:nope":                 "status:[nope]",
		"amount>":                     "amount>[]",
		"é (a":                        "é [(]a",
		`"open`:                       `["open]`,
		`{"a":{"$gtt":5}}`:            "",
		`{"a"`:                        "",
	} {
		_, err := Filter(text, now, time.UTC)
		if services.CodeOf(err) != services.CodeInvalid {
			t.Fatalf("%s: %v", text, err)
		}
		var fault *services.FilterFault
		got := ""
		if errors.As(err, &fault) {
			got = text[:fault.From] + "[" + text[fault.From:fault.To] + "]" + text[fault.To:]
		}
		if got != want {
			t.Errorf("%s: %v at %q, want %q", text, err, got, want)
		}
	}
	if f, err := Filter("", now, nil); err != nil || len(f.Where) > 0 || f.Text != "" {
		t.Errorf("an empty filter: %+v, %v", f, err)
	}
}
