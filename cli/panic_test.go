package cli_test

func panicking() bool { return false }
