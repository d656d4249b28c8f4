// Command bursar is a payments desk for Stripe in the terminal.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	// Before anything that imports Bubble Tea: see the package.
	_ "bursar/tui/early"

	"bursar/cli"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	home, _ := os.UserHomeDir()
	return cli.Run(ctx, cli.Process{
		Args:      os.Args[1:],
		Stdin:     os.Stdin,
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
		LookupEnv: environment("STRIPE_API_KEY", "BURSAR_PASSPHRASE"),
		Home:      home,
	})
}

// environment looks variables up, and takes the named ones out of what programs
// that bursar starts (a browser) would inherit: they are secrets.
func environment(secrets ...string) func(string) (string, bool) {
	kept := map[string]string{}
	for _, name := range secrets {
		if v, ok := os.LookupEnv(name); ok {
			kept[name] = v
			_ = os.Unsetenv(name)
		}
	}
	return func(name string) (string, bool) {
		if v, ok := kept[name]; ok {
			return v, true
		}
		return os.LookupEnv(name)
	}
}
