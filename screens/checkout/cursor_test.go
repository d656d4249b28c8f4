package checkout

import (
	"testing"
	"time"

	"bursar/services"
	"bursar/tui"
)

// A cart filled elsewhere is what enter is about, also when the cursor was left on
// an open checkout.
func TestCursorComesBackToTheNewCart(t *testing.T) {
	f := newStripe()
	f.open = []services.Session{session("cs_test_old", "old", time.Minute)}
	d, s := start(t, f.Fakes, 120, 35, mug)
	d.Keys("end")
	if s.on.part != openPart {
		t.Fatalf("the cursor is on %+v", s.on)
	}
	d.Send(tui.ShownMsg{})
	if s.on.part != openPart {
		t.Errorf("with the same cart the cursor moved to %+v", s.on)
	}
	line := s.env.Cart.Lines[0]
	s.env.Cart.Set(line, line.Quantity+1)
	d.Send(tui.ShownMsg{})
	if s.on.part != linePart {
		t.Errorf("with another cart the cursor is on %+v", s.on)
	}
}
