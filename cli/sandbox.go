package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"bursar/services/app"
)

func (s *session) sandboxCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "sandbox", Short: "The embedded Stripe-compatible server", Args: cobra.NoArgs, RunE: needsSubcommand}
	var o app.ServeOptions
	serve := &cobra.Command{
		Use: "serve", Short: "Serve the sandbox alone, for any Stripe client", Args: cobra.NoArgs,
		Long: "Serves the sandbox on loopback until it is interrupted, for any Stripe client:\n" +
			"point its API base at the address and use any sk_test_… key.",
	}
	serve.Flags().StringVar(&o.Addr, "addr", "127.0.0.1:12111", "the loopback address to listen on")
	serve.Flags().StringVar(&o.Data, "data", "", "the file with its state; a shop of its own when it does not exist")
	serve.RunE = func(cmd *cobra.Command, _ []string) error {
		desks, _, err := s.desks()
		if err != nil {
			return err
		}
		ctx, cancel := s.limit(cmd.Context(), 0)
		defer cancel()
		return desks.ServeSandbox(ctx, o, func(v app.Serving) error { return s.print(v, func() error { return s.showServing(v) }) })
	}
	cmd.AddCommand(serve)
	return cmd
}

func (s *session) showServing(v app.Serving) error {
	s.notice(v.Notice)
	if err := s.facts([][2]string{{"address", v.URL}, {"secret key", v.SecretKey}, {"publishable key", v.PublishableKey}, {"state", v.Data}}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.Stdout, "\nTry:  curl -s %s/v1/customers?limit=1 -u %s:\n\nctrl+c stops it.\n", v.URL, v.SecretKey)
	return err
}
