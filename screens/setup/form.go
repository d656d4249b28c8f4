package setup

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"bursar/services"
	"bursar/tui"
)

// visible lists the items of the form as it is now, in order.
func (s *Screen) visible() []item {
	var out []item
	for i := range items {
		switch {
		case i == profileItem && !s.env.Desk.Profile.Sandbox,
			i == passphrase && !s.needPassphrase,
			i == saveUnchecked && !s.unchecked:
			continue
		}
		out = append(out, i)
	}
	return out
}

// formKey takes a key while no field has the keyboard.
func (s *Screen) formKey(k tea.KeyMsg) tea.Cmd {
	b := s.keys
	switch {
	case key.Matches(k, b.move.Up), key.Matches(k, b.prev):
		return s.step(-1)
	case key.Matches(k, b.move.Down), key.Matches(k, b.next):
		return s.step(+1)
	case key.Matches(k, b.move.Home):
		return s.to(s.visible()[0])
	case key.Matches(k, b.move.End):
		return s.to(save)
	case key.Matches(k, b.edit) && s.fields[s.cursor] != nil:
		s.startTyping()
	case key.Matches(k, b.press) && s.cursor >= save:
		return s.press()
	case key.Matches(k, b.press) && s.cursor == source:
		return s.step(+1)
	case s.cursor == source && key.Matches(k, b.previous):
		s.turn(-1)
	case s.cursor == source && key.Matches(k, b.nextValue):
		s.turn(+1)
	case key.Matches(k, b.dashboard):
		return tui.OpenLink(s.keysPage(), "the API keys page")
	case key.Matches(k, b.refresh) && !s.saving.Pending():
		return tea.Batch(s.askShow(), s.askSources())
	}
	return nil
}

// typed takes a key while a field has the keyboard.
func (s *Screen) typed(k tea.KeyMsg) tea.Cmd {
	b := s.keys
	switch {
	case key.Matches(k, b.leave):
		return s.stopTyping()
	case key.Matches(k, b.following), key.Matches(k, b.next):
		return s.hop(+1)
	case key.Matches(k, b.prev):
		return s.hop(-1)
	}
	if s.fields[s.cursor].Update(k) {
		s.changed(s.cursor)
	}
	return nil
}

// hop goes on to the next item and keeps typing where that is a field.
func (s *Screen) hop(by int) tea.Cmd {
	cmd := tea.Batch(s.stopTyping(), s.step(by))
	if s.fields[s.cursor] != nil {
		s.startTyping()
	}
	return cmd
}

func (s *Screen) startTyping() {
	s.editing = true
	s.fields[s.cursor].Focus()
}

// stopTyping takes the keyboard from the field and checks what stands in it.
func (s *Screen) stopTyping() tea.Cmd {
	if !s.editing {
		return nil
	}
	s.editing = false
	s.fields[s.cursor].Blur()
	s.check(true)
	if s.cursor == profileItem && s.target() != s.shownName {
		return s.askShow()
	}
	return nil
}

func (s *Screen) step(by int) tea.Cmd {
	order := s.visible()
	for i, it := range order {
		if it == s.cursor {
			return s.to(order[max(min(i+by, len(order)-1), 0)])
		}
	}
	return s.to(order[0])
}

// to puts the cursor on an item.
func (s *Screen) to(it item) tea.Cmd {
	cmd := s.stopTyping()
	s.cursor = it
	return cmd
}

func (s *Screen) turn(by int) {
	if n := len(s.sources); n > 0 {
		s.source = (max(s.source, 0) + by + n) % n
		s.chosen = true
	}
}

// changed forgets what was said of a field's text before, and checks the new one
// once it is long enough to be judged.
func (s *Screen) changed(it item) {
	s.fields[it].Problem, s.failure, s.unchecked = "", nil, false
	s.check(false)
}

// plausible is the length from which a key's form is checked while it is typed:
// its kind and mode are written out by then.
const plausible = 12

// check judges the forms of the keys and whether they belong together.
func (s *Screen) check(whole bool) {
	pk, sk := s.fields[publishable].Value(), s.fields[secret].Value()
	s.judge(publishable, pk, whole, services.CheckPublishableKey)
	s.judge(secret, sk, whole, services.CheckSecretKey)
	if pk == "" && sk == "" || s.fields[publishable].Problem != "" || s.fields[secret].Problem != "" {
		return
	}
	// What is set already is masked, but its kind and mode are not.
	if pk == "" {
		pk = s.view.PublishableKey.Masked
	}
	if sk == "" {
		sk = s.view.SecretKey.Masked
	}
	if len(pk) < plausible || len(sk) < plausible {
		return
	}
	if bad := services.CheckKeyPair(pk, sk); bad != nil {
		s.fields[secret].Problem = said(bad)
	}
}

func (s *Screen) judge(it item, key string, whole bool, check func(string) *services.Error) {
	if key == "" || !whole && len(key) < plausible {
		return
	}
	s.fields[it].Problem = ""
	if bad := check(key); bad != nil {
		s.fields[it].Problem = said(bad)
	}
}

func said(e *services.Error) string { return strings.TrimSpace(e.Message + " " + e.Next) }

// paste types into the field with the cursor, whether or not it has the keyboard
// yet. A paste that holds both keys fills both fields.
func (s *Screen) paste(k tea.KeyMsg) tea.Cmd {
	if s.done != nil || s.fields[s.cursor] == nil {
		return nil
	}
	text := string(k.Runes)
	if s.cursor == publishable || s.cursor == secret {
		pk, sk, words := keysIn(text)
		switch {
		case pk != "" && sk != "":
			s.fields[publishable].SetValue(pk)
			s.fields[secret].SetValue(sk)
			s.changed(publishable)
			s.changed(secret)
			cmd := s.to(secret)
			return tea.Batch(cmd, s.step(+1))
		case words > 1 && pk+sk != "":
			text = pk + sk
		}
	}
	s.startTyping()
	k.Runes = []rune(strings.TrimSpace(text))
	if s.fields[s.cursor].Update(k) {
		s.changed(s.cursor)
	}
	return nil
}

// keysIn finds the publishable and the secret key in pasted text: two lines, a
// row of a table, lines such as "STRIPE_SECRET_KEY=sk_test_…", or two keys whose
// line break was lost on the way.
func keysIn(text string) (pk, sk string, words int) {
	for _, kind := range []string{"pk_test_", "pk_live_", "sk_test_", "sk_live_", "rk_test_", "rk_live_"} {
		text = strings.ReplaceAll(text, kind, " "+kind)
	}
	all := strings.Fields(services.CleanLines(strings.ReplaceAll(text, "\r", "\n")))
	for _, w := range all {
		w = strings.Trim(w, `"',;`)
		switch {
		case strings.HasPrefix(w, "pk_"):
			pk = w
		case strings.HasPrefix(w, "sk_"), strings.HasPrefix(w, "rk_"):
			sk = w
		}
	}
	return pk, sk, len(all)
}

// live reports whether a key of live mode was typed.
func (s *Screen) live() bool {
	for _, it := range []item{publishable, secret} {
		if mode, ok := services.KeyMode(s.fields[it].Value()); ok && mode == services.ModeLive {
			return true
		}
	}
	return false
}

// keysPage is where Stripe shows the keys.
func (s *Screen) keysPage() string {
	if s.live() || s.view.Profile.Live() {
		return "https://dashboard.stripe.com/apikeys"
	}
	return "https://dashboard.stripe.com/test/apikeys"
}

// mouse selects with a click, types or presses with another, moves with the wheel.
func (s *Screen) mouse(e tea.MouseMsg) tea.Cmd {
	switch {
	case e.Button == tea.MouseButtonWheelUp && s.done == nil:
		return s.step(-1)
	case e.Button == tea.MouseButtonWheelDown && s.done == nil:
		return s.step(+1)
	case e.Button != tea.MouseButtonLeft || e.Action != tea.MouseActionPress:
		return nil
	}
	lines := s.lines()
	at := s.top + e.Y
	left, _ := s.split()
	if e.X >= left || at < 0 || at >= len(lines) || lines[at].item < 0 {
		return nil
	}
	hit := lines[at].item
	if s.done != nil {
		again := s.choice.Cursor == int(hit)
		s.choice.Select(int(hit))
		if again {
			return s.choose()
		}
		return nil
	}
	again := s.cursor == hit
	cmd := s.to(hit)
	switch {
	case !again:
		return cmd
	case s.fields[hit] != nil:
		s.startTyping()
	case hit >= save:
		return tea.Batch(cmd, s.press())
	}
	return cmd
}
