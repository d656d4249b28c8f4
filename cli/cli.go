// Package cli is bursar on the command line: one file per command group, every
// service call with a command, and the start of the interface. Results go to
// stdout; errors go to stderr as one sentence and a next step, or as one JSON
// object with --json; exit codes are part of the contract (exit.go). Only this
// package and main read the environment.
package cli

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"bursar/config"
	"bursar/services"
	"bursar/services/app"
)

// Process is what the operating system gives the program.
type Process struct {
	Args      []string
	Stdin     *os.File
	Stdout    *os.File
	Stderr    io.Writer
	LookupEnv func(string) (string, bool)
	Home      string // the home directory; may be empty
}

// Run executes the command line and returns its exit code.
func Run(ctx context.Context, p Process) int {
	s := &session{Process: p}
	root := s.root()
	root.SetArgs(p.Args)
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	err := root.ExecuteContext(services.WithActor(ctx, services.Actor{Name: s.getenv("USER"), Via: "command"}))
	if err == nil {
		return exitDone
	}
	s.printError(err)
	return exitCode(err)
}

// session is one run: the flags, and what they and the environment lead to.
type session struct {
	Process
	drawing bool // the interface has the terminal: nothing else may ask on it
	flags   struct {
		profile string
		json    bool
		noColor bool
		timeout time.Duration
	}
}

func (s *session) getenv(name string) string { v, _ := s.LookupEnv(name); return v }

func (s *session) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "bursar",
		Short: "A payments desk for Stripe in your terminal",
		Long: "Set up Stripe payments, sell from a catalogue, look customers up, read every\n" +
			"event that happened to them, and open checkout and the billing portal.\n\n" +
			"Without a command it opens the interface. Start with: bursar demo",
		Args:              cobra.NoArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		RunE:              func(cmd *cobra.Command, _ []string) error { return s.openInterface(cmd.Context(), "") },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&s.flags.profile, "profile", "", "the profile to use (BURSAR_PROFILE)")
	flags.BoolVar(&s.flags.json, "json", false, "print results and errors as JSON")
	flags.BoolVar(&s.flags.noColor, "no-color", false, "use no colours (NO_COLOR)")
	flags.DurationVar(&s.flags.timeout, "timeout", 0, "give up after this long, such as 30s")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		s.demoCommand(), s.configCommand(), s.productsCommand(), s.customersCommand(), s.logsCommand(), s.archiveCommand(),
		s.checkoutCommand(), s.portalCommand(), s.webhookCommand(), s.syncCommand(), s.sandboxCommand(), s.versionCommand(),
	)
	wrapUsage(root)
	return root
}

// desks makes what opens profiles, from flags, environment and settings file.
func (s *session) desks() (*app.Desks, config.Config, error) {
	paths, err := config.ResolvePaths(s.getenv, s.Home)
	if err != nil {
		return nil, config.Config{}, configError(err)
	}
	store := config.NewStore(paths)
	cfg, err := store.Load(config.Flags{Profile: s.flags.profile}, s.getenv)
	if err != nil {
		return nil, config.Config{}, configError(err)
	}
	secrets := config.OpenSecrets(config.SecretOptions{Paths: paths, Getenv: s.getenv, Passphrase: s.askPassphrase})
	return app.New(app.Options{
		Paths: paths, Store: store, Config: cfg, Secrets: secrets, Getenv: s.getenv, Proxy: http.ProxyFromEnvironment,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}), cfg, nil
}

// withDesk opens the profile's desk for one command, which has two minutes unless
// --timeout says otherwise, and closes it afterwards.
func (s *session) withDesk(ctx context.Context, use func(context.Context, *services.Desk) error) error {
	return s.openDesk(ctx, app.Command, 2*time.Minute, use)
}

// withLiveDesk is withDesk for a command that waits: the desk receives and reads
// events meanwhile, and only --timeout ends it.
func (s *session) withLiveDesk(ctx context.Context, use func(context.Context, *services.Desk) error) error {
	return s.openDesk(ctx, app.Interface, 0, use)
}

func (s *session) openDesk(ctx context.Context, kind app.Use, limit time.Duration, use func(context.Context, *services.Desk) error) (err error) {
	desks, cfg, err := s.desks()
	if err != nil {
		return err
	}
	ctx, cancel := s.limit(ctx, limit)
	defer cancel()
	if cfg.Profile.V == "" {
		return noProfile()
	}
	desk, notice, err := desks.Open(ctx, cfg.Profile.V, kind)
	if err != nil {
		return err
	}
	defer func() {
		if closed := desk.Close(); err == nil {
			err = closed
		}
	}()
	s.notice(notice)
	return use(ctx, desk)
}

// noProfile refuses what needs a profile.
func noProfile() error {
	return &services.Error{Code: services.CodeNotConfigured, Message: "No profile is set up yet.",
		Next: "Set one up with bursar config set, or use --profile sandbox to try everything without an account."}
}

// limit applies --timeout, or the command's own limit (0: none).
func (s *session) limit(ctx context.Context, own time.Duration) (context.Context, context.CancelFunc) {
	if s.flags.timeout > 0 {
		own = s.flags.timeout
	}
	if own <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, own)
}
