package early

import "testing"

func TestDark(t *testing.T) {
	for _, c := range []struct {
		theme, colorfgbg string
		want             bool
	}{
		{"", "", true},
		{"dark", "0;15", true},
		{"light", "15;0", false},
		{"high-contrast-light", "", false},
		{"high-contrast-dark", "0;15", true},
		{"mono", "0;15", false},
		{"", "15;0", true},
		{"", "0;15", false},
		{"", "0;7", false},
		{"", "15;8", true},
		{"", "12;default;15", false},
		{"", "15;default", true},
		{"", "15", true},
		{"", ";", true},
		{"", "0;9", false},
		{"", "0;231", true},
	} {
		if got := Dark(c.theme, c.colorfgbg); got != c.want {
			t.Errorf("Dark(%q, %q) = %v", c.theme, c.colorfgbg, got)
		}
	}
}
