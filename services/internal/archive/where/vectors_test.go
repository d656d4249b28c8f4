package where

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// vector is one line of testdata/where-vectors.jsonl: a query with documents and
// which of them match, or that the query is refused.
type vector struct {
	Name   string
	Query  json.RawMessage
	Docs   []json.RawMessage
	Expect []int
	Error  bool
	Why    string
}

func vectors(t testing.TB) []vector {
	t.Helper()
	f, err := os.Open("testdata/where-vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var all []vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := lines.Err(); err != nil || len(all) < 424 {
		t.Fatalf("%d vectors: %v", len(all), err)
	}
	return all
}
