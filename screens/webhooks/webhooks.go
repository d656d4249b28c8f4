// Package webhooks is where a person points Stripe at bursar: the webhook URL,
// the steps to take in Stripe, the events to choose, the signing secret, and
// whether anything arrives. In the sandbox it explains that all of this is done.
//
// It calls Configuration.Show, Configuration.UpdateSigningSecret and Logs.Health.
// Routes lead to the Setup and Logs tabs.
package webhooks

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/widget"
)

// Screen is the page.
type Screen struct {
	env  *tui.Env
	w, h int

	show   tui.Guard
	view   services.ConfigurationView
	err    error
	ready  bool
	ask    tui.Guard
	health services.LogHealth
	alive  bool // health was read
	ill    error

	steps  []step
	ticked map[string]bool // steps a person marked as done, by title
	cursor int
	top    int // first line seen

	field   *widget.Field
	editing bool
	saving  tui.Guard

	keys bindings
}

// step is one row: what to do, what to paste, and what enter does with it.
type step struct {
	title, detail string
	copies, what  string // what y copies, and its name
	values        []string
	entry         bool // the signing secret is entered here
	do            tea.Cmd
	done          bool
}

type bindings struct {
	move                                keys.Move
	arrows, enter, edit, copy, tick     key.Binding
	open, secret, setUp, refresh, leave key.Binding
	save                                key.Binding
}

// secretSaved is the answer to UpdateSigningSecret.
type secretSaved struct{}

// New makes the page.
func New(env *tui.Env, _ tui.Route) tui.Screen {
	return &Screen{
		env: env, ticked: map[string]bool{},
		field: widget.NewField(env.Theme, "Signing secret", "starts with whsec_", true),
		keys: bindings{
			move:    keys.NewMove(),
			arrows:  keys.New("↑↓", "move", "up", "down", "k", "j"),
			enter:   keys.New("enter", "open", "enter"),
			edit:    keys.New("enter", "type the secret", "enter"),
			copy:    keys.New("y", "copy", "y"),
			tick:    keys.New("space", "tick", " "),
			open:    keys.New("o", "open in the dashboard", "o"),
			secret:  keys.New("i", "enter the secret", "i"),
			setUp:   keys.New("u", "set up", "u"),
			refresh: keys.New("r", "refresh", "r"),
			leave:   keys.New("esc", "stop typing", "esc"),
			save:    keys.New("enter", "save", "enter"),
		},
	}
}

// Init reads what is set and what arrives.
func (s *Screen) Init() tea.Cmd { return tea.Batch(s.askShow(), s.askHealth()) }

// Title names the page.
func (s *Screen) Title() string { return "Webhooks" }

// Capturing reports whether the signing secret is being typed.
func (s *Screen) Capturing() bool { return s.editing }

// SetSize gives the box.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.settle()
}

// Bindings are the keys that act now.
func (s *Screen) Bindings() []key.Binding {
	k := s.keys
	if s.editing {
		return []key.Binding{k.save, k.leave}
	}
	st, any := s.current()
	k.arrows.SetEnabled(len(s.steps) > 1)
	k.enter.SetEnabled(any && !st.entry)
	k.edit.SetEnabled(any && st.entry)
	if any && st.do == nil {
		k.enter.SetHelp("enter", "copy "+st.what)
	}
	text, what := s.copied()
	k.copy.SetEnabled(text != "")
	k.copy.SetHelp("y", "copy "+what)
	if any && st.do == nil && text == st.copies {
		k.copy = quiet(k.copy) // enter says it already
	}
	k.tick.SetEnabled(any && !s.sandbox())
	k.open.SetEnabled(any && !s.sandbox())
	k.secret.SetEnabled(any && !s.sandbox())
	return []key.Binding{k.arrows, k.enter, k.edit, k.copy, k.tick, k.open, k.secret, k.setUp, k.refresh,
		quiet(k.move.Home), quiet(k.move.End)}
}

// quiet keeps a binding out of the footer; help shows it all the same.
func quiet(b key.Binding) key.Binding {
	b.SetHelp("", b.Help().Desc)
	return b
}

func (s *Screen) sandbox() bool { return s.env.Desk.Profile.Sandbox }

// current is the step with the cursor; any is false before there are steps.
func (s *Screen) current() (st step, any bool) {
	if s.cursor >= len(s.steps) {
		return step{}, false
	}
	return s.steps[s.cursor], true
}

// copied is what y copies: what the step is about, or else the URL.
func (s *Screen) copied() (text, what string) {
	if st, any := s.current(); any && st.copies != "" {
		return st.copies, st.what
	}
	return s.url(), "the webhook URL"
}

// url is the webhook URL; the sandbox delivers to the receiver that runs.
func (s *Screen) url() string {
	if s.view.WebhookURL == "" {
		return s.health.Receiving
	}
	return s.view.WebhookURL
}

func (s *Screen) askShow() tea.Cmd {
	desk := s.env.Desk
	return tui.Ask(s.env, &s.show, "reading the configuration", func(ctx context.Context) (services.ConfigurationView, error) {
		return desk.Configuration.Show(ctx, desk.Profile.Name)
	})
}

func (s *Screen) askHealth() tea.Cmd {
	if s.ask.Pending() {
		return nil
	}
	return tui.Ask(s.env, &s.ask, "reading the archive's state", s.env.Desk.Logs.Health)
}

// Update takes keys, the mouse, replies and notices.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	cmd := s.take(msg)
	s.settle()
	return cmd
}

func (s *Screen) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return s.key(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	case tui.ShownMsg:
		return tea.Batch(s.askShow(), s.askHealth())
	case tui.ChangeMsg:
		return s.askHealth()
	case tui.Reply[services.ConfigurationView]:
		if s.show.Accept(msg.Req) {
			if s.err = msg.Err; msg.Err == nil {
				s.view, s.ready = msg.Val, true
				s.build()
			}
		}
	case tui.Reply[services.LogHealth]:
		if s.ask.Accept(msg.Req) {
			if s.ill = msg.Err; msg.Err == nil {
				s.health, s.alive = msg.Val, true
				s.build()
			}
		}
	case tui.Reply[secretSaved]:
		if s.saving.Accept(msg.Req) {
			return s.acceptSaved(msg.Err)
		}
	}
	return nil
}
