package tui

import (
	"context"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui/keys"
	"bursar/tui/theme"
)

// Host is what the shell needs of the program around it, and what differs
// between a terminal of one's own and a session over SSH.
type Host interface {
	// Open opens another profile's desk.
	Open(ctx context.Context, profile string) (*services.Desk, error)
	// Copy puts text on the person's clipboard and says how ("clipboard",
	// "terminal").
	Copy(ctx context.Context, text string) (how string, err error)
	// Suspend returns the command for ctrl+z, or nil where it is not allowed.
	Suspend() tea.Cmd
}

// Tab is one of the numbered pages.
type Tab struct {
	Kind Kind
	Name string
}

// Options make a session.
type Options struct {
	Host      Host
	Desk      *services.Desk
	Theme     *theme.Theme
	Now       services.Clock
	Zone      *time.Location
	Tabs      []Tab
	Factories map[Kind]Factory
	Start     Route  // the first page; its tab is shown
	Notice    string // something to say at the start, such as a file set aside
	Mouse     bool
	W, H      int // the window in cells when it is known already; 0 waits for its size

	// After delivers a message later; nil uses real timers.
	After func(time.Duration, tea.Msg) tea.Cmd
}

// page is a screen on a tab's stack.
type page struct {
	id     InstanceID
	route  Route
	screen Screen
}

// Model is the root: it owns the session (stacks, size, status, profile) and
// nothing that a screen shows.
type Model struct {
	opt     Options
	keys    keys.Global
	theme   *theme.Theme
	ctx     context.Context
	cancel  context.CancelFunc
	base    context.Context
	desk    *services.Desk
	changes <-chan services.Change // what the desk's watch streams
	cart    *Cart
	past    *History
	stacks  [][]page
	active  int
	nextID  InstanceID
	w, h    int
	overlay overlay
	status  status
	health  services.LogHealth
	mouse   bool
	opening string // the profile being opened
}

// New makes the root model of one session; ctx ends it.
func New(ctx context.Context, o Options) *Model {
	if o.After == nil {
		o.After = after
	}
	m := &Model{opt: o, base: ctx, w: o.W, h: o.H, theme: o.Theme, keys: keys.NewGlobal(len(o.Tabs)), mouse: o.Mouse}
	for i, t := range o.Tabs {
		m.keys.Tabs[i].SetHelp(m.keys.Tabs[i].Help().Key, t.Name)
	}
	m.adopt(o.Desk)
	return m
}

// adopt makes desk the session's: everything of the one before is thrown away.
func (m *Model) adopt(desk *services.Desk) {
	if m.cancel != nil {
		m.cancel()
	}
	m.ctx, m.cancel = context.WithCancel(m.base)
	m.desk, m.cart, m.past = desk, &Cart{}, &History{}
	m.stacks = make([][]page, len(m.opt.Tabs))
	m.active = 0
	m.health = services.LogHealth{}
}

// Init starts the first page and listens to the desk.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{tea.SetWindowTitle(m.windowTitle()), m.startDesk(), m.tick()}
	if m.opt.Notice != "" {
		cmds = append(cmds, m.note(m.opt.Notice))
	}
	return tea.Batch(cmds...)
}

func (m *Model) startDesk() tea.Cmd {
	start := m.opt.Start
	if start.Kind == "" {
		start.Kind = m.opt.Tabs[0].Kind
	}
	m.changes = m.desk.Watch(m.ctx)
	return tea.Batch(m.show(start), m.listen(m.changes), m.askHealth())
}

// Close ends the session's background work and returns the desk that is open.
func (m *Model) Close() *services.Desk {
	m.cancel()
	return m.desk
}

func (m *Model) windowTitle() string {
	title := "bursar " + m.desk.Profile.Name
	if m.desk.Profile.Live() {
		title = "LIVE " + title
	}
	return title
}

// show makes the route's page: a tab when it is one as it stands, otherwise on top
// of the active stack, so that esc leads back to where it was asked for.
func (m *Model) show(r Route) tea.Cmd {
	if i := m.tabOf(r.Kind); i >= 0 && r.Ref == "" && r.Arg == "" {
		m.active = i
		if len(m.stacks[i]) == 0 {
			return m.push(r)
		}
		return m.shown()
	}
	if len(m.stacks[m.active]) == 0 {
		return tea.Sequence(m.push(Route{Kind: m.opt.Tabs[m.active].Kind}), send(goMsg{r}))
	}
	return m.push(r)
}

func (m *Model) tabOf(k Kind) int {
	for i, t := range m.opt.Tabs {
		if t.Kind == k {
			return i
		}
	}
	return -1
}

func (m *Model) push(r Route) tea.Cmd {
	factory, ok := m.opt.Factories[r.Kind]
	if !ok {
		return Fail(&services.Error{Code: services.CodeInternal, Message: "There is no page for " + string(r.Kind) + "."})
	}
	m.nextID++
	env := &Env{ID: m.nextID, Ctx: m.ctx, Desk: m.desk, Theme: m.theme, Now: m.opt.Now, Zone: m.opt.Zone, Cart: m.cart, Past: m.past, After: m.opt.After}
	p := page{id: m.nextID, route: r, screen: factory(env, r)}
	m.stacks[m.active] = append(m.stacks[m.active], p)
	p.screen.SetSize(m.bodySize())
	return p.screen.Init()
}

// pop leaves the current page; the first page of a tab stays.
func (m *Model) pop() tea.Cmd {
	s := m.stacks[m.active]
	if len(s) <= 1 {
		return nil
	}
	m.cut(m.active, len(s)-1)
	return m.shown()
}

// cut throws away the pages of a tab from the nth on.
func (m *Model) cut(tab, n int) {
	for _, p := range m.stacks[tab][n:] {
		if l, ok := p.screen.(Leaver); ok {
			l.Leave()
		}
	}
	m.stacks[tab] = m.stacks[tab][:n]
}

func (m *Model) shown() tea.Cmd {
	if s := m.current(); s != nil {
		s.SetSize(m.bodySize())
		return s.Update(ShownMsg{})
	}
	return nil
}

func (m *Model) showTab(i int) tea.Cmd {
	if i == m.active && len(m.stacks[i]) > 1 {
		m.cut(i, 1)
		return m.shown()
	}
	return m.show(Route{Kind: m.opt.Tabs[i].Kind})
}

// current is the screen that is seen, or nil before the first.
func (m *Model) current() Screen {
	if s := m.stacks[m.active]; len(s) > 0 {
		return s[len(s)-1].screen
	}
	return nil
}

func (m *Model) find(id InstanceID) Screen {
	for _, stack := range m.stacks {
		for _, p := range stack {
			if p.id == id {
				return p.screen
			}
		}
	}
	return nil
}

// broadcast hands a message to every living screen.
func (m *Model) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, stack := range m.stacks {
		for _, p := range stack {
			cmds = append(cmds, p.screen.Update(msg))
		}
	}
	return tea.Batch(cmds...)
}

func after(d time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return msg })
}

func (m *Model) tick() tea.Cmd { return m.opt.After(15*time.Second, TickMsg{}) }

// note shows a success until it expires.
func (m *Model) note(text string) tea.Cmd {
	generation, shown := m.status.note(text, m.opt.Now())
	if !shown {
		return nil
	}
	return m.opt.After(noteFor, expireMsg{generation})
}

// escTaken reports whether the screen wants esc for itself.
func escTaken(s Screen) bool {
	for _, b := range s.Bindings() {
		if !b.Enabled() {
			continue
		}
		for _, k := range b.Keys() {
			if k == "esc" {
				return true
			}
		}
	}
	return false
}

// canGoBack reports whether esc leaves the page.
func (m *Model) canGoBack() bool { return len(m.stacks[m.active]) > 1 }

// globals are the global bindings as they act now, the tabs in one line.
func (m *Model) globals() []key.Binding {
	g := m.keys
	if n := len(g.Tabs); n > 1 {
		var all []string
		for _, t := range g.Tabs {
			all = append(all, t.Keys()...)
		}
		g.Tabs = []key.Binding{keys.New("1-"+all[n-1], "the screens "+m.opt.Tabs[0].Name+" to "+m.opt.Tabs[n-1].Name, all...)}
	}
	g.Back.SetEnabled(m.canGoBack())
	g.Suspend.SetEnabled(m.opt.Host.Suspend() != nil)
	g.Errors.SetEnabled(len(m.status.history) > 0)
	return g.All()
}
