package tuitest

import (
	"context"
	"io"
	"reflect"
	"runtime"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/layout"
	"bursar/tui/theme"
)

// Shell runs a whole session without a terminal: commands in the background as
// the real program does, a clock that moves only by Elapse, and a host that keeps
// what was copied.
type Shell struct {
	Model  *tui.Model
	Copied []string
	Quit   bool
	Titles []string  // what the terminal's title was set to
	Said   []tea.Msg // other messages for the program: redraws, the mouse
	Opens  func(profile string) (*services.Desk, error)
	Hold   bool // Suspend is not offered

	msgs   chan tea.Msg
	busy   int // commands that run, but for those that wait for a desk's changes
	now    atomic.Int64
	timers []timer
}

type timer struct {
	at  int64
	msg tea.Msg
}

// StartShell starts a session on a desk in a window of w by h cells. tabs and
// factories are those of the program, or a test's own.
func StartShell(t testing.TB, desk *services.Desk, tabs []tui.Tab, factories map[tui.Kind]tui.Factory, d theme.Depth, w, h int, change ...func(*tui.Options)) *Shell {
	s := &Shell{msgs: make(chan tea.Msg, 1024)}
	s.now.Store(now.UnixNano())
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	o := tui.Options{Host: host{s}, Desk: desk, Theme: theme.New(io.Discard, theme.Options{Depth: d, Dark: true, ASCII: d == theme.None}),
		Now: s.clock, Zone: time.UTC, Tabs: tabs, Factories: factories, After: s.after}
	for _, f := range change {
		f(&o)
	}
	s.Model = tui.New(ctx, o)
	s.Send(tea.WindowSizeMsg{Width: w, Height: h})
	s.run(s.Model.Init())
	s.settle()
	return s
}

func (s *Shell) clock() time.Time { return time.Unix(0, s.now.Load()).UTC() }

func (s *Shell) after(d time.Duration, msg tea.Msg) tea.Cmd {
	s.timers = append(s.timers, timer{s.now.Load() + int64(d), msg})
	return nil
}

// Send gives the session a message and waits until nothing runs any more.
func (s *Shell) Send(msg tea.Msg) {
	s.deliver(msg)
	s.settle()
}

// Keys presses keys; see Driver.Keys.
func (s *Shell) Keys(names ...string) {
	for _, n := range names {
		if text, ok := strings.CutPrefix(n, "paste:"); ok {
			s.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
			continue
		}
		if text, ok := strings.CutPrefix(n, "text:"); ok {
			for _, r := range text {
				s.Send(tui.KeyMsg(string(r)))
			}
			continue
		}
		s.Send(tui.KeyMsg(n))
	}
}

// Elapse moves the clock and fires the timers that are due, in their order.
func (s *Shell) Elapse(d time.Duration) {
	end := s.now.Load() + int64(d)
	for {
		sort.SliceStable(s.timers, func(i, j int) bool { return s.timers[i].at < s.timers[j].at })
		if len(s.timers) == 0 || s.timers[0].at > end {
			break
		}
		next := s.timers[0]
		s.timers = s.timers[1:]
		s.now.Store(next.at)
		s.Send(next.msg)
	}
	s.now.Store(end)
}

// View is the window without styles and trailing blanks.
func (s *Shell) View() string {
	lines := strings.Split(layout.Plain(s.Model.View()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// program is where the messages for the program around the session are made.
const program = "github.com/charmbracelet/bubbletea"

func (s *Shell) deliver(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
		return
	case tea.QuitMsg:
		s.Quit = true
		return
	case tea.BatchMsg:
		for _, cmd := range msg {
			s.run(cmd)
		}
		return
	}
	if cmds, ok := sequence(msg); ok {
		s.spawn(func(out chan<- tea.Msg) {
			for _, cmd := range cmds {
				if cmd != nil {
					out <- cmd()
				}
			}
		})
		return
	}
	switch kind := reflect.TypeOf(msg); {
	case kind.String() == "tea.setWindowTitleMsg":
		s.Titles = append(s.Titles, reflect.ValueOf(msg).String())
		return
	case kind.PkgPath() == program && kind != reflect.TypeFor[tea.KeyMsg]() && kind != reflect.TypeFor[tea.MouseMsg]() && kind != reflect.TypeFor[tea.WindowSizeMsg]():
		s.Said = append(s.Said, msg)
		return
	}
	_, cmd := s.Model.Update(msg)
	s.run(cmd)
}

func (s *Shell) run(cmd tea.Cmd) {
	switch {
	case cmd == nil:
	case watches(cmd):
		go func() { s.msgs <- cmd() }()
	default:
		s.spawn(func(out chan<- tea.Msg) { out <- cmd() })
	}
}

// watches reports whether a command waits for a desk's next change, as the
// session's (*Model).listen and tui.Follow make them: it waits as long as nothing
// changes.
func watches(cmd tea.Cmd) bool {
	name := runtime.FuncForPC(reflect.ValueOf(cmd).Pointer()).Name()
	return strings.Contains(name, "(*Model).listen.") || strings.Contains(name, "tui.endless.")
}

// finished ends one of the commands that run.
type finished struct{}

func (s *Shell) spawn(work func(chan<- tea.Msg)) {
	s.busy++
	go func() {
		work(s.msgs)
		s.msgs <- finished{}
	}()
}

// settle delivers what commands answer until none runs any more.
func (s *Shell) settle() {
	for s.busy > 0 || len(s.msgs) > 0 {
		s.next()
	}
}

func (s *Shell) next() {
	switch msg := (<-s.msgs).(type) {
	case finished:
		s.busy--
	default:
		s.deliver(msg)
	}
}

// Changed gives the session a change through the desk's own channel (see
// Fakes.Changes) and waits for what follows from it.
func (s *Shell) Changed(changes chan<- services.Change, c services.Change) {
	changes <- c
	s.next()
	s.settle()
}

type host struct{ s *Shell }

func (h host) Open(_ context.Context, profile string) (*services.Desk, error) {
	if h.s.Opens == nil {
		return nil, unexpected("Host.Open")
	}
	return h.s.Opens(profile)
}

func (h host) Copy(_ context.Context, text string) (string, error) {
	h.s.Copied = append(h.s.Copied, text)
	return "clipboard", nil
}

func (h host) Suspend() tea.Cmd {
	if h.s.Hold {
		return nil
	}
	return func() tea.Msg { return tea.SuspendMsg{} }
}
