package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/term"

	"bursar/config"
	"bursar/screens"
	"bursar/services"
	"bursar/services/app"
	"bursar/tui"
	"bursar/tui/early"
	"bursar/tui/theme"
)

// openInterface runs the interface on a profile ("" is the current one) until
// the person quits or the context ends.
func (s *session) openInterface(ctx context.Context, profile string) error {
	if !s.interactive() {
		return usageError{fmt.Errorf("the interface needs a terminal; use a command instead (bursar --help), or bursar demo, which also plays without one")}
	}
	desks, cfg, err := s.desks()
	if err != nil {
		return err
	}
	if profile == "" {
		profile = cfg.Profile.V
	}
	welcome := profile == ""
	if welcome {
		profile = services.SandboxProfile
	}
	ctx = services.WithActor(ctx, services.Actor{Name: s.getenv("USER"), Via: "terminal"})
	desk, notice, err := desks.Open(ctx, profile, app.Interface)
	if err != nil {
		return err
	}
	if welcome && notice == "" {
		notice = "No Stripe account is set up yet: this is the sandbox. 2 sets one up."
	}
	return s.runInterface(ctx, desks, cfg, desk, notice)
}

func (s *session) runInterface(ctx context.Context, desks *app.Desks, cfg config.Config, desk *services.Desk, notice string) (err error) {
	screen := &terminal{File: s.Stdout}
	host := &host{session: s, desks: desks, screen: screen}
	w, h, err := term.GetSize(int(s.Stdout.Fd()))
	if err != nil {
		w, h = 0, 0 // the program asks again
	}
	model := tui.New(ctx, tui.Options{
		W: w, H: h,
		Host: host, Desk: desk, Theme: s.theme(cfg, screen), Now: time.Now, Zone: time.Local,
		Tabs: screens.Tabs(), Factories: screens.Factories(), Notice: notice, Mouse: cfg.Mouse.V,
	})
	options := []tea.ProgramOption{
		tea.WithAltScreen(), tea.WithInput(s.Stdin), tea.WithOutput(screen), tea.WithFPS(120), tea.WithoutSignalHandler(),
	}
	if cfg.Mouse.V {
		options = append(options, tea.WithMouseCellMotion())
	}
	program := tea.NewProgram(model, options...)
	defer context.AfterFunc(ctx, program.Quit)()
	defer func() {
		if closed := model.Close().Close(); err == nil {
			err = closed
		}
	}()
	s.drawing = true
	if _, err := program.Run(); err != nil {
		return fmt.Errorf("running the interface: %w", err)
	}
	return nil
}

// theme decides what the interface looks like: flag, settings, environment.
func (s *session) theme(cfg config.Config, screen *terminal) *theme.Theme {
	depth := theme.DepthOf(s.LookupEnv)
	name := cfg.Theme.V
	if (s.flags.noColor || name == "mono") && depth > theme.Mono {
		depth = theme.Mono
	}
	ascii := cfg.Icons.V == "ascii" || (cfg.Icons.V != "unicode" && (depth == theme.None || !s.utf8()))
	return theme.New(screen, theme.Options{Depth: depth, Dark: early.Dark(name, s.getenv("COLORFGBG")), ASCII: ascii})
}

// utf8 reports whether the locale is UTF-8. An unset locale counts as UTF-8:
// containers have none and their terminals nearly always are.
func (s *session) utf8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := s.getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// terminal is the screen with whole writes: a clipboard sequence never lands in
// the middle of a frame.
type terminal struct {
	*os.File
	mu sync.Mutex
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.File.Write(p)
}

// host is the program around one interface in a terminal of one's own.
type host struct {
	session *session
	desks   *app.Desks
	screen  *terminal
}

// Open opens another profile.
func (h *host) Open(ctx context.Context, profile string) (*services.Desk, error) {
	desk, _, err := h.desks.Open(ctx, profile, app.Interface)
	return desk, err
}

// Suspend stops the program until it is brought back to the foreground.
func (h *host) Suspend() tea.Cmd { return tea.Suspend }
