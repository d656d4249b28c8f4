package widget

import (
	"sort"
	"strconv"
	"strings"
)

// search finds what is typed in keys and values; move also goes to the first
// match from the cursor on.
func (t *JSONTree) search(move bool) {
	t.find, t.hits = []rune(strings.ToLower(t.field.Value())), nil
	if t.doc == nil || !t.doc.Tree() || len(t.find) == 0 {
		return
	}
	for i := t.first(); i < int32(len(t.doc.nodes)); i++ {
		n := &t.doc.nodes[i]
		if len(foldHits(n.key, t.find, 1)) > 0 || len(foldHits(n.text, t.find, 1)) > 0 {
			t.hits = append(t.hits, i)
		}
	}
	if !move || len(t.hits) == 0 {
		return
	}
	at, _ := t.current()
	i := sort.Search(len(t.hits), func(i int) bool { return t.hits[i] >= at })
	t.reveal(t.hits[i%len(t.hits)])
}

// jump goes to the next match (1) or the one before (-1), round the end.
func (t *JSONTree) jump(step int) {
	if len(t.hits) == 0 {
		return
	}
	at, _ := t.current()
	i := sort.Search(len(t.hits), func(i int) bool { return t.hits[i] >= at })
	if step > 0 && i < len(t.hits) && t.hits[i] == at {
		i++
	}
	if step < 0 {
		i += len(t.hits) - 1
	}
	t.reveal(t.hits[i%len(t.hits)])
}

func (t *JSONTree) clear() {
	t.field.SetValue("")
	t.field.Blur()
	t.find, t.hits = nil, nil
}

// found says how many matches there are and at which one the cursor is.
func (t *JSONTree) found() string {
	switch {
	case len(t.find) == 0:
		return ""
	case len(t.hits) == 0:
		return "no match"
	}
	at, _ := t.current()
	i := sort.Search(len(t.hits), func(i int) bool { return t.hits[i] >= at })
	if i < len(t.hits) && t.hits[i] == at {
		return strconv.Itoa(i+1) + " of " + strconv.Itoa(len(t.hits))
	}
	return strconv.Itoa(len(t.hits)) + " found"
}
