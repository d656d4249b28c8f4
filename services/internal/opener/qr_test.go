package opener

import (
	"strings"
	"testing"

	"bursar/services"
)

// finder reports whether the 7x7 finder pattern of ISO/IEC 18004 stands at x, y:
// a dark ring, a light ring, a dark square of 3, and light around it.
func finder(c services.QRCode, x, y int) bool {
	for dy := -1; dy <= 7; dy++ {
		for dx := -1; dx <= 7; dx++ {
			ring := max(abs(dx-3), abs(dy-3))
			if c.At(x+dx, y+dy) != (ring == 3 || ring <= 1) {
				return false
			}
		}
	}
	return true
}

func abs(n int) int { return max(n, -n) }

func TestQR(t *testing.T) {
	long := "https://checkout.stripe.com/c/pay/" + strings.Repeat("a", 300)
	short := func(string) string { return "http://127.0.0.1:12111/s/abc" }
	tests := []struct {
		name, address, want string
		shorten             func(string) string
		size                int // modules a side: 17 + 4 × version, at level L
	}{
		{"17 bytes are version 1", "https://a.io/1234", "https://a.io/1234", nil, 21},
		{"18 bytes are version 2", "https://a.io/12345", "https://a.io/12345", nil, 25},
		{"long", long, long, nil, 65},
		{"shortened", long, "http://127.0.0.1:12111/s/abc", short, 25},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, got, err := New(Options{Shorten: tt.shorten}).QR(tt.address)
			if err != nil || got != tt.want {
				t.Fatalf("%q %v", got, err)
			}
			if c.Size != tt.size || len(c.Dark) != c.Size*c.Size {
				t.Fatalf("size %d, %d modules, want %d", c.Size, len(c.Dark), tt.size)
			}
			if !finder(c, 0, 0) || !finder(c, c.Size-7, 0) || !finder(c, 0, c.Size-7) {
				t.Error("a finder pattern is missing")
			}
			for i := 8; i < c.Size-8; i++ {
				if c.At(i, 6) != (i%2 == 0) || c.At(6, i) != (i%2 == 0) {
					t.Fatalf("the timing pattern is broken at %d", i)
				}
			}
			if !c.At(8, c.Size-8) {
				t.Error("the dark module is missing")
			}
			if level := [2]bool{c.At(0, 8), c.At(1, 8)}; mask(level) != 1 {
				t.Errorf("not level L: %v", level)
			}
		})
	}
}

// mask undoes the fixed mask (10) on the two level bits of the format information;
// level L is 01.
func mask(bits [2]bool) int {
	n := 0
	if !bits[0] {
		n |= 2
	}
	if bits[1] {
		n |= 1
	}
	return n
}

func TestQRRefuses(t *testing.T) {
	o := New(Options{})
	for _, address := range []string{"", "javascript:alert(1)", "https://stripe.com/" + strings.Repeat("a", 3000)} {
		if _, _, err := o.QR(address); services.CodeOf(err) != services.CodeInvalid || services.AsError(err).Next == "" {
			t.Errorf("%.30q: %v", address, err)
		}
	}
	bad := New(Options{Shorten: func(string) string { return "file:///x" }})
	if _, _, err := bad.QR("https://stripe.com/"); services.CodeOf(err) != services.CodeInvalid {
		t.Errorf("bad short address: %v", err)
	}
}
