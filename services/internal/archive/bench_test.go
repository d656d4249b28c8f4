package archive

import "testing"

func BenchmarkFacts(b *testing.B) {
	raw := event("evt_1", "charge.succeeded", 1700000000, `{"id":"ch_1","object":"charge","amount":500,"currency":"eur","customer":"cus_1"}`)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, reason := FactsOf(raw); reason != "" {
			b.Fatal(reason)
		}
	}
}
