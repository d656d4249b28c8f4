package archive

import (
	"encoding/json"
	"strings"
	"testing"
)

func wellFormed(text []byte) bool {
	s := scanner{text: text}
	_, err := s.value()
	return err == nil && s.end()
}

func scanSeeds() []string {
	return []string{
		``, ` `, `{}`, `[]`, `{"a":1}`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `[1,]`, `[1 2]`, `[,]`, `{"a":{"b":[null,true,false]}}`,
		`nul`, `nulll`, `tru`, `0`, `-0`, `01`, `-`, `1.`, `1.5`, `.5`, `1e5`, `1E+5`, `1e-`, `1e`, `-1.5e-3`, `+1`, `1 1`,
		`"a`, `"a"`, `"\u0000"`, `"\u00g0"`, `"\u00"`, `"\x"`, `"\"`, `"\\"`, "\"\n\"", "\"\xff\"", `"é"`, "\ufeff{}",
		strings.Repeat("[", 40) + strings.Repeat("]", 40), `{"a":1}x`, "\t\r\n{} \n", `{"":""}`, `"a""b"`, "{\"a\":1}\x00",
	}
}

func TestScannerAgreesWithEncodingJSON(t *testing.T) {
	for _, text := range scanSeeds() {
		if got, want := wellFormed([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("%q: scanner says %v, encoding/json %v", text, got, want)
		}
	}
	for _, depth := range []int{maxDepth, maxDepth + 1} {
		text := []byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))
		if got, want := wellFormed(text), json.Valid(text); got != want {
			t.Errorf("depth %d: scanner says %v, encoding/json %v", depth, got, want)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range scanSeeds() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := wellFormed(text), json.Valid(text); got != want {
			t.Errorf("%q: scanner says %v, encoding/json %v", text, got, want)
		}
	})
}

func FuzzFacts(f *testing.F) {
	for _, text := range scanSeeds() {
		f.Add([]byte(text))
		f.Add([]byte(`{"id":"evt_1","type":"charge.succeeded","created":1700000000,"data":{"object":` + text + `}}`))
	}
	f.Add(event("evt_1", "charge.succeeded", 1700000000, `{"id":"ch_1","object":"charge","customer":{"id":"cus_1"},"amount":1e99,"currency":"eur"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, reason := FactsOf(raw)
		if reason != "" {
			return
		}
		var want struct {
			ID   json.RawMessage `json:"id"`
			Type json.RawMessage `json:"type"`
		}
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %q: %v", raw, err)
		}
		for _, text := range append(got.Refs, got.ID, got.Type) {
			if !isName(text) {
				t.Errorf("%q is not fit for an index", text)
			}
		}
		if got.Amount != nil && got.Amount.Currency == "" {
			t.Errorf("amount without currency: %+v", got.Amount)
		}
		if got.Outcome == "" || got.Created < 0 {
			t.Errorf("facts %+v", got)
		}
	})
}
