// Package setup is where a person connects a Stripe account: the two keys, the
// product source and, when wanted, the address where Stripe reaches bursar. A
// second visit shows what is set, masked, and changes only what is typed.
//
// It calls Configuration.Show, Configuration.ProductSources and
// Configuration.Update. It leads to the saved profile (tui.UseProfile) and to the
// Webhooks tab.
package setup

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/keys"
	"bursar/tui/widget"
)

// item is one line of the form that the cursor can stand on.
type item int

const (
	profileItem item = iota
	publishable
	secret
	source
	webhookBase
	passphrase
	save
	saveUnchecked
	items // how many there are
)

// Screen is the form, and after saving what was saved.
type Screen struct {
	env  *tui.Env
	w, h int

	fields  [items]*widget.Field // nil for items that are not typed
	cursor  item
	editing bool // the field with the cursor has the keyboard
	top     int  // first line seen

	show      tui.Guard
	view      services.ConfigurationView // what the profile has
	isNew     bool                       // there is no such profile yet
	shownName string                     // the profile that view is about
	showErr   error
	ready     bool

	ask        tui.Guard
	sources    []services.ProductSource
	sourcesErr error
	source     int // in sources; -1 before one is known
	chosen     bool
	note       string // said under the source

	saving         tui.Guard
	failure        error // of the last save, when it is about no field
	needPassphrase bool
	unchecked      bool // saving without asking Stripe is offered

	done   *services.ConfigurationView // what was saved; nil while the form is seen
	choice widget.List                 // the cursor among what to do next

	keys bindings
}

type bindings struct {
	move                                     keys.Move
	arrows, edit, press, choose, next, prev  key.Binding
	following, leave, dashboard, refresh     key.Binding
	open, form, copyURL, previous, nextValue key.Binding
}

// shown is the answer to Show: what a profile has, or that there is none yet.
type shown struct {
	name  string
	view  services.ConfigurationView
	isNew bool
}

// saved is the answer to Update.
type saved struct{ view services.ConfigurationView }

// New makes the form: for the session's profile, or, in the sandbox, for one to
// be named.
func New(env *tui.Env, _ tui.Route) tui.Screen {
	s := &Screen{env: env, source: -1, keys: bindings{
		move:      keys.NewMove(),
		arrows:    keys.New("↑↓", "move", "up", "down", "k", "j"),
		edit:      keys.New("enter", "type", "enter", "i"),
		press:     keys.New("enter", "save", "enter"),
		choose:    keys.New("← →", "choose", "left", "right", "h", "l", " "),
		next:      keys.New("tab", "next field", "tab"),
		prev:      keys.New("shift+tab", "field before", "shift+tab"),
		following: keys.New("enter", "next", "enter"),
		leave:     keys.New("esc", "stop typing", "esc"),
		dashboard: keys.New("o", "open the API keys page", "o"),
		refresh:   keys.New("r", "read again", "r"),
		open:      keys.New("enter", "choose", "enter"),
		form:      keys.New("esc", "back to the form", "esc"),
		copyURL:   keys.New("y", "copy the webhook URL", "y"),
		previous:  keys.New("←", "the one before", "left", "h"),
		nextValue: keys.New("→", "the next one", "right", "l", " "),
	}}
	t := env.Theme
	s.fields[profileItem] = widget.NewField(t, "Profile name", defaultProfile, false)
	s.fields[publishable] = widget.NewField(t, "Publishable key", "starts with pk_test_ or pk_live_", false)
	s.fields[secret] = widget.NewField(t, "Secret key", "starts with sk_ or rk_", true)
	s.fields[webhookBase] = widget.NewField(t, "Webhook base", "optional: https://pay.example.com", false)
	s.fields[passphrase] = widget.NewField(t, "Passphrase", "needed: there is no keyring here", true)
	s.cursor = s.visible()[0]
	if s.cursor == profileItem {
		s.cursor = publishable
	}
	s.annotate()
	return s
}

// defaultProfile is the name of a profile that nobody named.
const defaultProfile = "default"

// Init reads what is set.
func (s *Screen) Init() tea.Cmd { return tea.Batch(s.askShow(), s.askSources()) }

// Title names the page.
func (s *Screen) Title() string { return "Setup" }

// Capturing reports whether a field has the keyboard.
func (s *Screen) Capturing() bool { return s.editing }

// SetSize gives the box.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.choice.SetSize(len(s.choices()))
	s.settle()
}

// Bindings are the keys that act now.
func (s *Screen) Bindings() []key.Binding {
	k := s.keys
	switch {
	case s.editing:
		return []key.Binding{k.following, k.next, k.prev, k.leave}
	case s.done != nil:
		k.copyURL.SetEnabled(s.done.WebhookURL != "")
		return []key.Binding{k.arrows, k.open, k.copyURL, k.form}
	}
	k.edit.SetEnabled(s.fields[s.cursor] != nil)
	k.press.SetEnabled(s.cursor >= save && !s.saving.Pending())
	k.choose.SetEnabled(s.cursor == source && len(s.sources) > 1)
	k.refresh.SetEnabled(!s.saving.Pending())
	return []key.Binding{k.arrows, k.edit, k.press, k.choose, k.next, k.dashboard, k.refresh,
		quiet(k.prev), quiet(k.move.Home), quiet(k.move.End)}
}

// quiet keeps a binding out of the footer; help shows it all the same.
func quiet(b key.Binding) key.Binding {
	b.SetHelp("", b.Help().Desc)
	return b
}

// target is the profile that the form is about.
func (s *Screen) target() string {
	if !s.env.Desk.Profile.Sandbox {
		return s.env.Desk.Profile.Name
	}
	if name := s.fields[profileItem].Value(); name != "" {
		return name
	}
	return defaultProfile
}

// Update takes keys, the mouse, replies and notices.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	cmd := s.take(msg)
	s.annotate()
	s.settle()
	return cmd
}

func (s *Screen) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		switch {
		case msg.Paste:
			return s.paste(msg)
		case s.editing:
			return s.typed(msg)
		case s.done != nil:
			return s.doneKey(msg)
		}
		return s.formKey(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	case tui.ShownMsg:
		return tea.Batch(s.askShow(), s.askSources())
	case tui.Reply[shown]:
		if s.show.Accept(msg.Req) {
			s.accept(msg)
		}
	case tui.Reply[[]services.ProductSource]:
		if s.ask.Accept(msg.Req) {
			s.acceptSources(msg)
		}
	case tui.Reply[saved]:
		if s.saving.Accept(msg.Req) {
			s.acceptSaved(msg)
		}
	case confirmed:
		return s.send(msg.skip)
	}
	return nil
}
