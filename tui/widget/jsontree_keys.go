package widget

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/tui/keys"
)

// JSONKeys are the keys of a JSONTree.
type JSONKeys struct {
	Open, Fold, Close, Enter, FoldAll, Wrap key.Binding
	Find, Next, Prev, Clear, Apply          key.Binding
	CopyValue, CopyPath, CopyRaw            key.Binding
}

func newJSONKeys() JSONKeys {
	return JSONKeys{
		Open:      keys.New("enter", "open", "enter"),
		Fold:      keys.New("space", "fold", " "),
		Close:     keys.New("←", "close", "left", "h"),
		Enter:     keys.New("→", "unfold", "right", "l"),
		FoldAll:   keys.New("z", "fold all", "z"),
		Wrap:      keys.New("w", "wrap", "w"),
		Find:      keys.New("/", "find", "/"),
		Next:      keys.New("n", "next match", "n"),
		Prev:      keys.New("N", "previous match", "N"),
		Clear:     keys.New("esc", "clear search", "esc"),
		Apply:     keys.New("enter", "keep search", "enter"),
		CopyValue: keys.New("y", "copy value", "y"),
		CopyPath:  keys.New("Y", "copy path", "Y"),
		CopyRaw:   keys.New("J", "copy JSON", "J"),
	}
}

// JSONAct is what a key asks of the screen: a text to copy and its name, or the
// id of something to go to.
type JSONAct struct {
	Copy, What string
	Follow     string
}

// Finding reports whether the search field has the keyboard.
func (t *JSONTree) Finding() bool { return t.field.Focused() }

// Searching reports whether something is searched, so that esc ends that first.
func (t *JSONTree) Searching() bool { return len(t.find) > 0 || t.Finding() }

// Bindings are the keys that act now, the most used first.
func (t *JSONTree) Bindings() []key.Binding {
	k := t.Keys
	if t.Finding() {
		return []key.Binding{k.Apply, k.Clear}
	}
	if t.doc == nil {
		return nil
	}
	tree, hits := t.doc.Tree(), len(t.hits) > 0
	for _, b := range []*key.Binding{&k.Open, &k.Fold, &k.Close, &k.Enter, &k.FoldAll, &k.Wrap, &k.CopyValue, &k.CopyPath, &k.Find} {
		b.SetEnabled(tree)
	}
	k.Next.SetEnabled(hits)
	k.Prev.SetEnabled(hits)
	k.Clear.SetEnabled(len(t.find) > 0)
	if at, ok := t.current(); ok && tree {
		n := &t.doc.nodes[at]
		if t.link(at) != "" {
			k.Open.SetHelp("enter", "go to it")
		} else {
			k.Open.SetEnabled(n.container() || n.kind == jsonString)
		}
	}
	out := []key.Binding{k.Open, k.Fold, k.Find, k.Next, k.Prev, k.CopyValue, k.CopyPath, k.CopyRaw, k.FoldAll, k.Wrap, k.Clear, k.Close, k.Enter}
	return append(out, t.move.All()...)
}

// Update takes a key or a mouse event relative to the tree's box. It reports
// whether it took it.
func (t *JSONTree) Update(msg tea.Msg) (JSONAct, bool) {
	if t.Finding() {
		return JSONAct{}, t.typing(msg)
	}
	if t.doc == nil {
		return JSONAct{}, false
	}
	if t.list.Update(msg, t.move) {
		return JSONAct{}, true
	}
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return t.key(msg)
	case tea.MouseMsg:
		if msg.Action != tea.MouseActionPress || msg.Button != tea.MouseButtonLeft {
			return JSONAct{}, false
		}
		before := t.list.Cursor
		if t.list.Click(msg.Y) && t.list.Cursor == before && t.doc.Tree() {
			t.toggle()
		}
		return JSONAct{}, true
	}
	return JSONAct{}, false
}

func (t *JSONTree) key(k tea.KeyMsg) (JSONAct, bool) {
	if key.Matches(k, t.Keys.CopyRaw) {
		return JSONAct{Copy: string(t.doc.raw), What: "JSON"}, true
	}
	at, ok := t.current()
	if !ok || !t.doc.Tree() {
		return JSONAct{}, false
	}
	switch {
	case key.Matches(k, t.Keys.Open):
		if id := t.link(at); id != "" {
			return JSONAct{Follow: id}, true
		}
		t.toggle()
	case key.Matches(k, t.Keys.Fold):
		t.toggle()
	case key.Matches(k, t.Keys.Close):
		t.close(at)
	case key.Matches(k, t.Keys.Enter):
		t.enter(at)
	case key.Matches(k, t.Keys.FoldAll):
		t.foldAll()
	case key.Matches(k, t.Keys.Wrap):
		t.wrap = !t.wrap
		t.rebuild()
	case key.Matches(k, t.Keys.Find):
		t.field.Focus()
	case key.Matches(k, t.Keys.Clear) && len(t.find) > 0:
		t.clear()
	case key.Matches(k, t.Keys.Next):
		t.jump(1)
	case key.Matches(k, t.Keys.Prev):
		t.jump(-1)
	case key.Matches(k, t.Keys.CopyValue):
		return JSONAct{Copy: t.doc.value(at), What: "value"}, true
	case key.Matches(k, t.Keys.CopyPath):
		return JSONAct{Copy: t.doc.path(at), What: "path"}, true
	default:
		return JSONAct{}, false
	}
	return JSONAct{}, true
}

// toggle folds or unfolds what is under the cursor: a container, or a string
// that is longer than its line.
func (t *JSONTree) toggle() {
	at, ok := t.current()
	if !ok {
		return
	}
	n := &t.doc.nodes[at]
	if n.kind == jsonString || n.container() && n.count > 0 {
		t.open[at] = !t.open[at]
		t.rebuild()
	}
}

// close folds the node, or goes to the one it is in.
func (t *JSONTree) close(at int32) {
	n := &t.doc.nodes[at]
	if t.open[at] && (n.count > 0 || n.kind == jsonString) {
		t.toggle()
		return
	}
	if n.parent >= t.first() {
		t.show(n.parent)
	}
}

// enter unfolds the node, or goes to the first one in it.
func (t *JSONTree) enter(at int32) {
	n := &t.doc.nodes[at]
	switch {
	case n.count > 0 && t.open[at]:
		t.show(at + 1)
	case n.count > 0:
		t.toggle()
	}
}

// typing types in the search field. Enter keeps the search, esc ends it.
func (t *JSONTree) typing(msg tea.Msg) bool {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return false
	}
	switch {
	case key.Matches(k, t.Keys.Apply):
		t.field.Blur()
	case key.Matches(k, t.Keys.Clear):
		t.clear()
	default:
		if t.field.Update(k) {
			t.search(true)
		}
	}
	return true
}
