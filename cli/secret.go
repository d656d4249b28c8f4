package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"

	"bursar/config"
	"bursar/services"
)

// readSecret asks for a secret without echo on a terminal, or reads one line of
// stdin. Secrets are never arguments.
func (s *session) readSecret(what string) (string, error) {
	if !s.stdinTerminal() {
		return s.readLine(what)
	}
	fmt.Fprintf(s.Stderr, "%s (not shown while you type): ", what)
	text, err := term.ReadPassword(int(s.Stdin.Fd()))
	fmt.Fprintln(s.Stderr)
	if err != nil {
		return "", fmt.Errorf("reading the %s: %w", strings.ToLower(what), err)
	}
	return strings.TrimSpace(services.Clean(string(text))), nil
}

// secretLimit is far above any key's length.
const secretLimit = 4096

func (s *session) readLine(what string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(s.Stdin, secretLimit)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the %s from stdin: %w", strings.ToLower(what), err)
	}
	line = strings.TrimSpace(services.Clean(line))
	if line == "" {
		return "", services.Invalid("", "No "+strings.ToLower(what)+" came on stdin.", "Pipe it in, or run the command in a terminal.")
	}
	return line, nil
}

// askPassphrase asks for the passphrase of the encrypted secrets, where there is
// a terminal to ask on.
func (s *session) askPassphrase(_ context.Context, ask config.PassphraseAsk) (config.Secret, error) {
	if p := s.getenv("BURSAR_PASSPHRASE"); p != "" {
		return config.NewSecret(p), nil
	}
	if !s.stdinTerminal() || s.drawing {
		return config.Secret{}, config.ErrPassphrase
	}
	what := "Passphrase for the secrets of " + ask.Profile
	if ask.New {
		what = "New passphrase for the secrets of " + ask.Profile
	}
	text, err := s.readSecret(what)
	return config.NewSecret(text), err
}

func (s *session) stdinTerminal() bool { return s.Stdin != nil && term.IsTerminal(int(s.Stdin.Fd())) }

// interactive reports whether a person sits at both ends: keys in, screen out.
func (s *session) interactive() bool {
	return s.stdinTerminal() && s.Stdout != nil && term.IsTerminal(int(s.Stdout.Fd())) && s.getenv("TERM") != ""
}
