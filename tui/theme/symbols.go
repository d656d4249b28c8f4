package theme

import "github.com/charmbracelet/lipgloss"

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
