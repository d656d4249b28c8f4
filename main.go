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
		LookupEnv: os.LookupEnv,
		Home:      home,
	})
}
