package cli

import (
	"context"
	"fmt"

	"github.com/atotto/clipboard"
	"github.com/aymanbagabas/go-osc52/v2"

	"bursar/services"
)

// copyLimit is the largest text sent through the terminal, in bytes: tmux and
// xterm refuse sequences of more than about 75,000 encoded ones.
const copyLimit = 50_000

// Copy puts text on the clipboard: the system's own where the program runs on
// the person's machine, otherwise through the terminal (OSC 52), which works
// over SSH too.
func (h *host) Copy(_ context.Context, text string) (how string, err error) {
	remote := h.session.getenv("SSH_TTY") != "" || h.session.getenv("SSH_CONNECTION") != ""
	if !remote && !clipboard.Unsupported {
		if clipboard.WriteAll(text) == nil {
			return "clipboard", nil
		}
	}
	if len(text) > copyLimit {
		return "", &services.Error{Code: services.CodeInvalid, Op: "copying",
			Message: fmt.Sprintf("The text is too long to copy through the terminal: %d bytes.", len(text)),
			Next:    "Use bursar logs show to print it to a file."}
	}
	seq := osc52.New(text)
	switch {
	case h.session.getenv("TMUX") != "":
		seq = seq.Tmux()
	case h.session.getenv("STY") != "":
		seq = seq.Screen()
	}
	if _, err := seq.WriteTo(h.screen); err != nil {
		return "", fmt.Errorf("writing to the terminal: %w", err)
	}
	return "through the terminal", nil
}
