package theme

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// Symbols are the one-cell signs of the interface. A word or a place always says
// the same as the sign does: none carries meaning alone.
type Symbols struct {
	Success, Failed, Attention, Waiting, Refunded, Canceled, Neutral string
	On, Off, Selected, Closed, Open, Focus, Ellipsis, Rule, Divider  string
	Dot, Arrow, Bullet, Mask                                         string
	Frame                                                            lipgloss.Border
	Shade                                                            string // a skeleton's cell
}

func unicodeSymbols() Symbols {
	return Symbols{
		Success: "✓", Failed: "✗", Attention: "!", Waiting: "◷", Refunded: "↺", Canceled: "○", Neutral: "·",
		On: "●", Off: "○", Selected: "▸", Closed: "▸", Open: "▾", Focus: "┃", Ellipsis: "…", Rule: "─", Divider: "│",
		Dot: "·", Arrow: "→", Bullet: "•", Mask: "•",
		Frame: lipgloss.RoundedBorder(), Shade: "░",
	}
}

func asciiSymbols() Symbols {
	return Symbols{
		Success: "+", Failed: "x", Attention: "!", Waiting: "~", Refunded: "<", Canceled: "o", Neutral: ".",
		On: "*", Off: "o", Selected: ">", Closed: ">", Open: "v", Focus: "|", Ellipsis: "~", Rule: "-", Divider: "|",
		Dot: "-", Arrow: ">", Bullet: "*", Mask: "*",
		Frame: lipgloss.ASCIIBorder(), Shade: ".",
	}
}

// KeyName is a key as the footer and the help show it: arrows become words where
// only ASCII may be drawn.
func (t *Theme) KeyName(name string) string {
	if !t.ASCII {
		return name
	}
	return strings.NewReplacer("↑↓", "up/down", "↑", "up", "↓", "down", "←", "left", "→", "right").Replace(name)
}
