package setup

import (
	"context"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
	"bursar/tui/widget"
)

// confirmed comes back when saving live keys was confirmed.
type confirmed struct {
	to   tui.InstanceID
	skip bool
}

// Target returns the form that asked.
func (c confirmed) Target() tui.InstanceID { return c.to }

func (s *Screen) askShow() tea.Cmd {
	name, own, configuration := s.target(), s.env.Desk.Profile.Name, s.env.Desk.Configuration
	return tui.Ask(s.env, &s.show, "reading the configuration", func(ctx context.Context) (shown, error) {
		v, err := configuration.Show(ctx, name)
		if services.CodeOf(err) != services.CodeNotFound {
			return shown{name, v, false}, err
		}
		// A new profile will keep its secrets as this one does, in a file of its own
		// where there is no keyring.
		v, err = configuration.Show(ctx, own)
		storage, _, _ := strings.Cut(v.Storage, ",")
		return shown{name, services.ConfigurationView{Storage: storage, NeedPassphrase: v.NeedPassphrase}, true}, err
	})
}

func (s *Screen) accept(r tui.Reply[shown]) {
	s.showErr = r.Err
	if r.Err != nil {
		return
	}
	s.ready = true
	s.view, s.isNew, s.shownName = r.Val.view, r.Val.isNew, r.Val.name
	s.needPassphrase = s.needPassphrase || s.view.NeedPassphrase
	s.pickSource()
	s.check(false)
}

func (s *Screen) askSources() tea.Cmd {
	return tui.Ask(s.env, &s.ask, "listing the product sources", s.env.Desk.Configuration.ProductSources)
}

func (s *Screen) acceptSources(r tui.Reply[[]services.ProductSource]) {
	if s.sourcesErr = r.Err; r.Err == nil {
		s.sources = r.Val
		s.pickSource()
	}
}

// pickSource shows the profile's own source, unless a person chose another.
func (s *Screen) pickSource() {
	if s.chosen && s.source < len(s.sources) {
		return
	}
	s.source, s.chosen = -1, false
	for i, src := range s.sources {
		if src.Number == s.view.ProductSource.Number {
			s.source = i
		}
	}
	if s.source < 0 && len(s.sources) > 0 && s.view.ProductSource.Number == 0 {
		s.source = 0
	}
}

// press saves, after a question when the keys are live ones.
func (s *Screen) press() tea.Cmd {
	if s.saving.Pending() || s.show.Pending() && !s.ready {
		return nil
	}
	s.check(true)
	s.requireKeys()
	for _, it := range s.visible() {
		if f := s.fields[it]; f != nil && f.Problem != "" {
			return s.to(it)
		}
	}
	if !s.live() {
		return s.send(s.cursor == saveUnchecked)
	}
	do := confirmed{s.env.ID, s.cursor == saveUnchecked}
	return tui.AskConfirm(tui.Confirm{
		Title: "Save live keys?", Live: true,
		Facts: []string{
			"The profile " + s.target() + " will be in live mode: its customers and payments are real.",
			"Kept in: " + services.Clean(s.keptIn()) + ".",
			"Test keys belong in a profile of their own.",
		},
		Yes: "Save the live keys", No: "Go back",
		Do: func() tea.Msg { return do },
	})
}

// requireKeys says which key is missing for a profile that has none, and that a
// secret cannot be kept without a passphrase where there is no keyring.
func (s *Screen) requireKeys() {
	if !s.view.PublishableKey.Set && s.fields[publishable].Value() == "" {
		s.fields[publishable].Problem = said(services.CheckPublishableKey(""))
	}
	if !s.view.SecretKey.Set && s.fields[secret].Value() == "" {
		s.fields[secret].Problem = said(services.CheckSecretKey(""))
	}
	if s.needPassphrase && s.fields[secret].Value() != "" && s.fields[passphrase].Value() == "" {
		s.fields[passphrase].Problem = "Choose a passphrase, or type the one that you chose before."
	}
}

// update carries what was typed and nothing else.
func (s *Screen) update() (u services.ConfigurationUpdate, any bool) {
	for it, to := range map[item]**string{
		publishable: &u.PublishableKey, secret: &u.SecretKey, webhookBase: &u.WebhookBase, passphrase: &u.Passphrase,
	} {
		if v := s.fields[it].Value(); v != "" {
			*to = &v
			any = any || it != passphrase
		}
	}
	if s.source >= 0 && s.sources[s.source].Number != s.view.ProductSource.Number {
		number := s.sources[s.source].Number
		u.ProductSource, any = &number, true
	}
	return u, any
}

func (s *Screen) send(skip bool) tea.Cmd {
	u, any := s.update()
	if !any {
		s.failure = services.Invalid("", "Nothing was changed, so there is nothing to save.", "")
		return nil
	}
	u.SkipVerify = skip
	s.failure = nil
	name, configuration := s.target(), s.env.Desk.Configuration
	return tui.Ask(s.env, &s.saving, "saving the configuration", func(ctx context.Context) (saved, error) {
		v, err := configuration.Update(ctx, name, u)
		return saved{v}, err
	})
}

func (s *Screen) acceptSaved(r tui.Reply[saved]) {
	if r.Err != nil {
		s.refused(services.AsError(r.Err))
		return
	}
	for it, f := range s.fields {
		if f != nil && item(it) != profileItem {
			f.SetValue("")
			f.Problem = ""
		}
	}
	s.view, s.isNew, s.shownName = r.Val.view, false, s.target()
	s.chosen, s.unchecked, s.needPassphrase = false, false, s.view.NeedPassphrase
	s.pickSource()
	s.done = &r.Val.view
	s.choice = widget.List{}
	s.choice.SetLen(len(s.choices()))
	s.choice.SetSize(len(s.choices()))
	s.top = 0
}

// refused puts a failure at the field it is about, and keeps what was typed.
func (s *Screen) refused(e *services.Error) {
	at := map[string]item{
		services.FieldProfile: profileItem, services.FieldPublishableKey: publishable, services.FieldSecretKey: secret,
		services.FieldProductSource: source, services.FieldWebhookBase: webhookBase, services.FieldPassphrase: passphrase,
	}
	it, ok := at[e.Field]
	if ok && it == passphrase {
		s.needPassphrase = true
	}
	if ok && s.fields[it] != nil && (it != profileItem || s.env.Desk.Profile.Sandbox) {
		s.fields[it].Problem = said(e)
		if e.RequestID != "" {
			s.fields[it].Problem += " (request " + services.Clean(e.RequestID) + ")"
		}
		s.to(it)
		return
	}
	s.failure = e
	s.unchecked = e.Code == services.CodeUnavailable || e.Code == services.CodeRateLimited
}

// choice is one thing to do after saving.
type choice struct {
	name, about string
	do          tea.Cmd
}

func (s *Screen) choices() []choice {
	if s.done == nil {
		return nil
	}
	own := s.env.Desk.Profile.Name == s.target()
	use := choice{"Use this profile now", "opens it in this session", tui.UseProfile(s.target())}
	if own {
		use = choice{"Use the new settings now", "opens the profile again", tui.UseProfile(s.target())}
	}
	out := []choice{use}
	if own {
		out = append(out, choice{"Set the webhook up", "the steps to take in Stripe", tui.GoTab(tui.Webhooks)})
	}
	return append(out, choice{"Change something else", "back to the form", nil})
}

func (s *Screen) choose() tea.Cmd {
	c := s.choices()[s.choice.Cursor]
	if c.do == nil {
		s.done, s.top = nil, 0
	}
	return c.do
}

func (s *Screen) doneKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, s.keys.open):
		return s.choose()
	case key.Matches(k, s.keys.form):
		s.done, s.top = nil, 0
	case key.Matches(k, s.keys.copyURL) && s.done.WebhookURL != "":
		return tui.Copy(s.done.WebhookURL, "webhook URL")
	default:
		s.choice.Update(k, s.keys.move)
	}
	return nil
}

func (s *Screen) keptIn() string {
	if s.view.Storage == "" {
		return "the place that bursar keeps secrets in"
	}
	return s.view.Storage
}
