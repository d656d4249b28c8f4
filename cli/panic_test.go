package cli_test

import (
	"context"
	"os"

	"bursar/cli"
)

// panicRequest in the environment makes the test's binary run the interface on a
// desk whose Watch panics, instead of the tests.
const panicRequest = "BURSAR_TEST_PANIC"

// panicking runs that interface when it is asked for, and does not return then.
func panicking() {
	if os.Getenv(panicRequest) == "" {
		return
	}
	os.Exit(cli.RunPanicking(context.Background(), cli.Process{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, LookupEnv: os.LookupEnv, Home: os.Getenv("HOME"),
	}))
}
