package logs

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/widget"
)

// entry is the filter line while it is typed in.
type entry struct {
	env   *tui.Env
	open  bool
	field *widget.Field

	guard   tui.Guard // Logs.Filter
	turn    int       // counts the texts, for their timers
	apply   bool      // the pending check is to be applied
	problem error
	fault   *services.FilterFault // where; nil when that is not known

	back  int    // how far back in the history it is; 0 is what was typed
	typed string // what was typed before the history was walked

	counting tui.Guard // Logs.Types
	types    []services.TypeCount
	offers   []offer
	chosen   int  // the offer that tab has put in, or none
	tabbed   bool // tab was pressed before the types were there
	from, to int  // the word that the offers complete, in bytes
}

const none = -1

func newEntry(env *tui.Env) entry {
	field := widget.NewField(env.Theme, "Filter", "status:failed amount>50eur since:7d", false)
	return entry{env: env, field: field, chosen: none}
}

// checkAfter is how long typing rests before what is typed is checked.
const checkAfter = 200 * time.Millisecond

// start opens the line with the filter that is applied and counts the types to
// complete with.
func (n *entry) start(text, customer string) tea.Cmd {
	n.open, n.back, n.problem, n.fault = true, 0, nil, nil
	n.field.SetValue(text)
	n.field.Focus()
	n.complete()
	desk := n.env.Desk
	return tui.Ask(n.env, &n.counting, "counting the event types", func(ctx context.Context) ([]services.TypeCount, error) {
		return desk.Logs.Types(ctx, customer)
	})
}

func (n *entry) stop() {
	n.open = false
	n.guard.Abort()
	n.counting.Abort()
	n.field.Blur()
	n.turn++
}

// counted takes the types in, and completes with them what could not be completed
// before. Without them only types are not completed.
func (n *entry) counted(types []services.TypeCount, err error) tea.Cmd {
	if err != nil || n.chosen != none {
		return nil
	}
	n.types = types
	tabbed := n.tabbed
	if n.complete(); !tabbed {
		return nil
	}
	n.tab(false)
	return n.changed()
}

// update takes a key. done reports that the line asks to be applied as it is:
// empty, for every event.
func (n *entry) update(k tea.KeyMsg, ks keySet) (cmd tea.Cmd, done bool) {
	switch {
	case key.Matches(k, ks.cancel):
		n.stop()
	case key.Matches(k, ks.apply):
		if n.field.Value() == "" {
			n.stop()
			return nil, true
		}
		return n.check(true), false
	case key.Matches(k, ks.complete):
		n.tab(k.String() == "shift+tab")
		return n.changed(), false
	case key.Matches(k, ks.past):
		n.walk(k.String())
		return n.changed(), false
	default:
		if n.field.Update(k) {
			n.back = 0
			n.complete()
			return n.changed(), false
		}
		if n.chosen == none {
			n.complete() // the cursor may be in another word
		}
	}
	return nil, false
}

// walk goes through what was typed before, and back to what was typed now.
func (n *entry) walk(name string) {
	step := 1
	if name == "down" || name == "shift+down" {
		step = -1
	}
	if n.back == 0 {
		n.typed = n.field.Value()
	}
	text, ok := n.env.Past.Back(n.back + step)
	switch {
	case n.back+step == 0:
		text, ok = n.typed, true
	case ok && n.back == 0 && text == n.typed: // it stands there already
		n.back++
		n.walk(name)
		return
	}
	if ok {
		n.back += step
		n.field.SetValue(text)
		n.complete()
	}
}

// changed has what is typed checked as soon as typing rests. Until then what was
// wrong before is still said, but not where.
func (n *entry) changed() tea.Cmd {
	n.guard.Abort()
	n.apply, n.fault = false, nil
	n.turn++
	if n.field.Value() == "" {
		n.problem = nil
		return nil
	}
	return n.env.After(checkAfter, tui.Later{To: n.env.ID, Tag: tagCheck - n.turn})
}

// check has what is typed read, to be applied or only to say what is wrong.
func (n *entry) check(apply bool) tea.Cmd {
	n.apply = apply
	n.turn++
	return readFilter(n.env, &n.guard, n.field.Value())
}

// readFilter reads a text with Logs.Filter.
func readFilter(env *tui.Env, g *tui.Guard, text string) tea.Cmd {
	desk := env.Desk
	return tui.Ask(env, g, "reading the filter", func(context.Context) (filter, error) {
		f, err := desk.Logs.Filter(text)
		return filter{text, f.Where}, err
	})
}

// checked takes the answer in and reports whether it is to be applied.
func (n *entry) checked(err error) (apply bool) {
	n.problem, n.fault = err, nil
	if err == nil {
		return n.apply
	}
	errors.As(err, &n.fault)
	return false
}

// complete finds what the word under the cursor can become.
func (n *entry) complete() {
	text, at := n.field.Typed()
	n.offers, n.chosen, n.tabbed = nil, none, false
	if isJSON(text) {
		return
	}
	names := make([]string, len(n.types))
	for i, t := range n.types {
		names[i] = t.Type
	}
	n.offers, n.from, n.to = offersOf(n.env.Desk.Logs.Complete(text, at, names), n.types)
}

// tab puts the next offer in the place of the word. The only one there is ends
// the choice: what follows it can be completed next.
func (n *entry) tab(backwards bool) {
	if len(n.offers) == 0 {
		n.tabbed = n.counting.Pending()
		return
	}
	switch {
	case !backwards:
		n.chosen = (n.chosen + 1) % len(n.offers)
	case n.chosen <= 0:
		n.chosen = len(n.offers) - 1
	default:
		n.chosen--
	}
	n.take(n.chosen)
	if len(n.offers) == 1 {
		n.complete()
	}
}

// take puts an offer in the place of the word.
func (n *entry) take(i int) {
	text, _ := n.field.Typed()
	word := n.offers[i].text
	text = text[:n.from] + word + text[n.to:]
	n.to = n.from + len(word)
	n.field.Type(text, n.to)
	n.back = 0
}

// faultAt is where the fault stands in the text, in bytes that begin and end
// characters; ok is false when that is not known.
func (n *entry) faultAt(text string) (from, to int, ok bool) {
	if n.fault == nil || n.fault.From < 0 || n.fault.From > len(text) {
		return 0, 0, false
	}
	from, to = n.fault.From, min(max(n.fault.To, n.fault.From), len(text))
	for from > 0 && from < len(text) && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return from, to, true
}
