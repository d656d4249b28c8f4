package waiting

import (
	"strconv"
	"strings"

	"bursar/tui/layout"
	"bursar/tui/widget"
)

// fit gives the facts what the head leaves, and makes them those of the state.
func (s *screen) fit() {
	s.facts.Set(s.content())
	w := s.w
	if s.qrBeside() {
		qw, _ := widget.QRSize(s.code.code)
		w -= qw + 3
	}
	s.facts.SetSize(w, s.h-len(s.headIn(w)))
}

// headIn are the sentences above the facts, in lines of w cells.
func (s *screen) headIn(w int) []string {
	t := s.env.Theme
	first, further, gap := 4, 4, s.h >= 15
	if s.h < 12 {
		first, further = 3, 3
	}
	var lines []string
	if gap {
		lines = append(lines, "")
	}
	for i, say := range s.sayings() {
		most := further
		if i == 0 {
			most = first
		}
		part := widget.Sentence(say.sign, say.text, w, most, t.Symbols.Ellipsis)
		if say.bold {
			part = widget.Sentence(say.sign, t.Bold.Render(layout.Cut(say.text, max(w-5, 1), t.Symbols.Ellipsis)), w, 1, "")
		}
		lines = append(lines, part...)
	}
	if gap {
		lines = append(lines, "")
	}
	if s.h < 12 {
		lines = lines[:min(len(lines), max(s.h-3, 1))]
	}
	return lines
}

func (s *screen) head() []string { return s.headIn(s.w) }

func (s *screen) View() string {
	t := s.env.Theme
	var lines []string
	switch {
	case !s.has && s.err != nil && !lost(s.err):
		lines = widget.Failure(t, s.err, "r", s.w)
	case !s.has && s.err == nil:
		lines = widget.Loading(t, "reading the checkout", s.check.Waited(s.env.Now()), s.w, s.h)
	case s.qrFills():
		lines = s.qrPage()
	case s.qrBeside():
		qw, _ := widget.QRSize(s.code.code)
		w := s.w - qw - 3
		lines = layout.Join(layout.Block(s.page(w), w, s.h, ""), widget.QR(t, s.code.code), w, qw, "   ", "")
	default:
		lines = s.page(s.w)
	}
	return strings.Join(layout.Block(lines, s.w, s.h, t.Symbols.Ellipsis), "\n")
}

func (s *screen) page(w int) []string {
	return append(s.headIn(w), s.facts.View(s.env.Theme)...)
}

// besideAtLeast is the room the page needs to stand beside a code.
const besideAtLeast = 56

// qrBeside reports whether the code fits beside the page.
func (s *screen) qrBeside() bool {
	if !s.qrOn || s.code.code.Size == 0 {
		return false
	}
	qw, qh := widget.QRSize(s.code.code)
	return s.w-qw-3 >= besideAtLeast && qh <= s.h
}

// qrFills reports whether the code, or what there is to say of it, takes the
// page's place.
func (s *screen) qrFills() bool { return s.qrOn && !s.qrBeside() }

// qrPage is the code alone, or why it cannot be drawn.
func (s *screen) qrPage() []string {
	t := s.env.Theme
	sign := t.Info.Render(t.Symbols.Waiting)
	switch {
	case s.qrErr != nil:
		return widget.Sentence(t.Danger.Render(t.Symbols.Failed), "No QR code: "+widget.Message(s.qrErr)+" Q goes back; u copies the address.", s.w, 0, "")
	case s.code.code.Size == 0:
		return widget.Sentence(sign, "Drawing the QR code"+t.Symbols.Ellipsis, s.w, 1, "")
	}
	qw, qh := widget.QRSize(s.code.code)
	foot := "  " + t.Muted.Render(layout.Middle(s.code.short, max(s.w-2, 1), t.Symbols.Ellipsis))
	switch {
	case qw <= s.w && qh < s.h:
		lines := make([]string, 0, qh+1)
		pad := strings.Repeat(" ", (s.w-qw)/2)
		for _, l := range widget.QR(t, s.code.code) {
			lines = append(lines, pad+l)
		}
		return append(lines, foot)
	case qw <= s.w && qh == s.h:
		return widget.QR(t, s.code.code)
	}
	size := func(w, h int) string { return strconv.Itoa(w) + " x " + strconv.Itoa(h) }
	return widget.Sentence(t.Warning.Render(t.Symbols.Attention), "The QR code of this address needs "+size(qw, qh)+
		" cells, and there are "+size(s.w, s.h)+". Make the window larger, or copy the address with u. Q goes back.", s.w, 0, "")
}
