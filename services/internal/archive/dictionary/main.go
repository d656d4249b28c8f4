// Command dictionary chooses, from the events that the archive's tests are made
// of, those that payloads are compressed against. The outcome is part of the
// file format: run it for a new archive.Form only, and keep the old file.
package main

import (
	"bufio"
	"compress/gzip"
	"log"
	"os"

	"github.com/klauspost/compress/s2"
)

func main() {
	events, err := read("archivetest/testdata/events.ndjson.gz")
	if err == nil {
		err = os.WriteFile("dictionary/events.dict", choose(events), 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func read(path string) (events [][]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		events = append(events, append([]byte{}, lines.Bytes()...))
	}
	return events, lines.Err()
}

// choose takes, again and again, the event that what was chosen so far helps
// least with, until the dictionary is full.
func choose(events [][]byte) []byte {
	var chosen []byte
	for {
		worst, most := -1, 0
		dictionary := s2.MakeDict(chosen, nil)
		for i, e := range events {
			size := len(e)
			if dictionary != nil {
				size = len(dictionary.Encode(nil, e))
			}
			if size > most && len(chosen)+len(e) <= s2.MaxDictSize {
				worst, most = i, size
			}
		}
		if worst < 0 || most < 150 {
			return chosen
		}
		chosen = append(chosen, events[worst]...)
	}
}
