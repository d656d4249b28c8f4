package sqlite

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// byWords gives out the events that can have the words of the query: those that
// the index of words names, and those that are not in it yet. It takes over where
// the walk through all events stands.
//
// The index is asked for the most telling word only: one that begins words of
// nearly every event, as "com" does, would cost more than it saves. The
// evaluator asks for all of them.
func (s *scan) byWords(walk *ranges) (chunks, error) {
	indexed, err := notedNumber(s.ctx, s.c, noteWords)
	if err != nil {
		return nil, err
	}
	behind, err := s.c.integer(s.ctx, `SELECT max(arrival) FROM events`)
	if err != nil || behind-indexed > maxBehind {
		return walk, err
	}
	n := &named{scan: s, bound: walk.bound, word: slices.MaxFunc(s.words, func(a, b string) int { return telling(a) - telling(b) })}
	err = s.c.each(s.ctx, `SELECT key FROM events INDEXED BY events_by_arrival WHERE arrival > ? AND +key <= ? ORDER BY +key DESC`, []any{indexed, walk.bound}, func(r row) error {
		n.late = append(n.late, r.integer(0))
		return nil
	})
	return n, err
}

// telling guesses how rare a word is: long ones are rarer, and those with digits,
// which are numbers and ids, rarest.
func telling(word string) int {
	if strings.ContainsAny(word, "0123456789") {
		return len(word) + 8
	}
	return len(word)
}

// maxBehind is how many events may be missing from the index of words for it to
// be worth asking.
const maxBehind = 50_000

// named gives out the events that the index of words names, newest first, merged
// with those that are not in it.
type named struct {
	scan  *scan
	word  string
	bound int64   // keys up to here are still to come
	late  []int64 // not in the index, newest first
	keys  []int64 // asked for and not given out, newest first; whole seconds
	asked int
	over  bool // the index has no more
}

// namedSizes are how many events are asked of the index at once: each asking has
// to read all of the word's places.
var namedSizes = [...]int{2048, 16384, 131072}

// namedChunk is how many of them are examined at once.
const namedChunk = 512

func (n *named) next(ctx context.Context) (*chunk, error) {
	for len(n.keys) == 0 {
		if n.over {
			return nil, nil
		}
		if err := n.ask(ctx); err != nil {
			return nil, err
		}
	}
	end := min(namedChunk, len(n.keys))
	for end < len(n.keys) && n.keys[end]>>keyBits == n.keys[end-1]>>keyBits {
		end++
	}
	c := &chunk{low: firstKey(n.keys[end-1] >> keyBits), high: n.keys[0], keys: n.keys[:end], done: make(chan struct{})}
	n.keys = n.keys[end:]
	return c, nil
}

// ask asks the index for further events, down to the beginning of a second, so
// that they can be put in order, and merges those in that are not in it.
func (n *named) ask(ctx context.Context) error {
	size := namedSizes[min(n.asked, len(namedSizes)-1)]
	n.asked++
	text, args := `SELECT rowid FROM words WHERE words MATCH ? AND rowid <= ? ORDER BY rowid DESC`, []any{`"` + n.word + `" *`, n.bound}
	n.over = true
	low := int64(0)
	err := n.scan.c.each(ctx, text, args, func(r row) error {
		key := r.integer(0)
		if len(n.keys) >= size && key < low {
			n.over = false
			return errEnough
		}
		n.keys, low = append(n.keys, key), firstKey(key>>keyBits)
		return nil
	})
	if n.over {
		low = 0
	}
	for len(n.late) > 0 && n.late[0] >= low {
		n.keys, n.late = append(n.keys, n.late[0]), n.late[1:]
	}
	slices.SortFunc(n.keys, func(a, b int64) int { return cmp.Compare(b, a) })
	n.keys = slices.Compact(n.keys)
	n.bound = low - 1
	return err
}
