package webhooks

import (
	"context"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// build makes the steps from what is set.
func (s *Screen) build() {
	s.steps = nil
	if !s.ready {
		return
	}
	if x := s.view.SigningSecret; x.Set {
		s.field.SetPlaceholder(x.Masked + "  (" + x.From + "), type another to change it")
	}
	if s.sandbox() {
		s.steps = []step{
			{title: "Read what arrived", detail: "the logs, newest first", do: tui.GoTab(tui.Logs)},
			{title: "Connect your Stripe account", detail: "when you are ready; the sandbox stays", do: tui.GoTab(tui.Setup)},
		}
	} else {
		for _, st := range services.WebhookSteps(s.view) {
			s.steps = append(s.steps, s.stepOf(st))
		}
	}
	s.cursor = max(min(s.cursor, len(s.steps)-1), 0)
}

func (s *Screen) stepOf(w services.WebhookStep) step {
	st := step{title: w.Title, detail: w.Detail, copies: w.Copy, values: w.Events}
	switch {
	case w.Copy != "" && w.Copy == s.url():
		st.what = "the webhook URL"
	case w.Copy != "":
		st.what = "the address"
	case len(w.Events) > 0:
		st.copies, st.what = strings.Join(w.Events, ","), "the events"
	default:
		st.entry = true
	}
	// A webhook that came with a good signature proves every step.
	st.done = s.ticked[w.Title] || st.entry && s.view.SigningSecret.Set || !s.health.LastWebhook.IsZero()
	return st
}

func (s *Screen) key(k tea.KeyMsg) tea.Cmd {
	if s.editing {
		return s.typed(k)
	}
	b := s.keys
	st, any := s.current()
	switch {
	case k.Paste:
		return s.paste(k)
	case key.Matches(k, b.refresh):
		return tea.Batch(s.askShow(), s.askHealth())
	case key.Matches(k, b.setUp):
		return tui.GoTab(tui.Setup)
	case !any:
		return nil
	case key.Matches(k, b.move.Up):
		s.cursor--
	case key.Matches(k, b.move.Down):
		s.cursor++
	case key.Matches(k, b.move.Home):
		s.cursor = 0
	case key.Matches(k, b.move.End):
		s.cursor = len(s.steps) - 1
	case key.Matches(k, b.enter):
		return s.press(st)
	case key.Matches(k, b.copy):
		if text, what := s.copied(); text != "" {
			return tui.Copy(text, strings.TrimPrefix(what, "the "))
		}
	case s.sandbox():
		return nil
	case key.Matches(k, b.tick):
		s.ticked[st.title] = !s.ticked[st.title]
		s.build()
	case key.Matches(k, b.open):
		return tui.OpenLink(s.dashboard(), "the webhooks page")
	case key.Matches(k, b.secret):
		s.startTyping()
	}
	s.cursor = max(min(s.cursor, len(s.steps)-1), 0)
	return nil
}

// press does what a step is for.
func (s *Screen) press(st step) tea.Cmd {
	switch {
	case st.entry:
		s.startTyping()
		return nil
	case st.do != nil:
		return st.do
	}
	return tui.Copy(st.copies, strings.TrimPrefix(st.what, "the "))
}

// dashboard is where Stripe shows the endpoints: the first step's address.
func (s *Screen) dashboard() string {
	for _, st := range s.steps {
		if strings.HasPrefix(st.copies, "https://dashboard.stripe.com/") {
			return st.copies
		}
	}
	return "https://dashboard.stripe.com/webhooks"
}

func (s *Screen) startTyping() {
	for i, st := range s.steps {
		if st.entry {
			s.cursor = i
			s.editing = true
			s.field.Focus()
		}
	}
}

// typed takes a key while the signing secret is typed.
func (s *Screen) typed(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, s.keys.leave):
		s.editing = false
		s.field.Blur()
		s.check(true)
		return nil
	case key.Matches(k, s.keys.save):
		return s.send()
	}
	if s.field.Update(k) {
		s.field.Problem = ""
		s.check(k.Paste)
	}
	return nil
}

// paste starts typing with what was pasted, wherever the cursor is.
func (s *Screen) paste(k tea.KeyMsg) tea.Cmd {
	if s.sandbox() || !s.ready {
		return nil
	}
	s.startTyping()
	k.Runes = []rune(strings.TrimSpace(string(k.Runes)))
	return s.typed(k)
}

// plausible is the length from which a secret's form is checked while it is typed.
const plausible = 28

func (s *Screen) check(whole bool) {
	v := s.field.Value()
	if v == "" || !whole && len(v) < plausible {
		return
	}
	s.field.Problem = ""
	if bad := services.CheckSigningSecret(v); bad != nil {
		s.field.Problem = said(bad)
	}
}

func said(e *services.Error) string { return strings.TrimSpace(e.Message + " " + e.Next) }

func (s *Screen) send() tea.Cmd {
	v := s.field.Value()
	if bad := services.CheckSigningSecret(v); bad != nil {
		s.field.Problem = said(bad)
		return nil
	}
	if s.saving.Pending() {
		return nil
	}
	configuration, profile := s.env.Desk.Configuration, s.env.Desk.Profile.Name
	return tui.Ask(s.env, &s.saving, "saving the signing secret", func(ctx context.Context) (secretSaved, error) {
		return secretSaved{}, configuration.UpdateSigningSecret(ctx, profile, v)
	})
}

// acceptSaved forgets the secret once it is stored, and keeps it when it is not.
func (s *Screen) acceptSaved(err error) tea.Cmd {
	if err != nil {
		s.field.Problem = said(services.AsError(err))
		return nil
	}
	s.field.SetValue("")
	s.field.Problem = ""
	s.field.Blur()
	s.editing = false
	return tea.Batch(s.askShow(), tui.Note("The signing secret is stored."))
}

// mouse selects with a click, acts with another one, moves with the wheel.
func (s *Screen) mouse(e tea.MouseMsg) tea.Cmd {
	switch {
	case s.editing:
		return nil
	case e.Button == tea.MouseButtonWheelUp:
		s.cursor = max(s.cursor-1, 0)
	case e.Button == tea.MouseButtonWheelDown:
		s.cursor = max(min(s.cursor+1, len(s.steps)-1), 0)
	case e.Button == tea.MouseButtonLeft && e.Action == tea.MouseActionPress:
		lines := s.lines()
		left, _ := s.split()
		at := s.top + e.Y
		if e.X >= left || at < 0 || at >= len(lines) || lines[at].step < 0 {
			return nil
		}
		if lines[at].step == s.cursor {
			return s.press(s.steps[s.cursor])
		}
		s.cursor = lines[at].step
	}
	return nil
}
