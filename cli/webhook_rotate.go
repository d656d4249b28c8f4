package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bursar/services"
)

func (s *session) webhookRotate() *cobra.Command {
	var keep time.Duration
	cmd := &cobra.Command{
		Use: "rotate", Short: "Store a new signing secret and keep the old one valid for a while", Args: cobra.NoArgs,
		Long: "Stores the signing secret that Stripe shows after rolling it, asked for or from\n" +
			"stdin. The old one stays valid for --keep, so that nothing is refused meanwhile.\n" +
			"A receiver that runs takes both within seconds.\n\n" +
			"If the old secret has leaked, use bursar config signing-secret: it replaces it at once.",
	}
	cmd.Flags().DurationVar(&keep, "keep", 24*time.Hour, "how long the old signing secret stays valid")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		desks, cfg, err := s.desks()
		if err != nil {
			return err
		}
		if cfg.Profile.V == "" {
			return &services.Error{Code: services.CodeNotConfigured, Message: "No profile is set up yet.", Next: "Set one up with bursar config set."}
		}
		secret, err := s.readSecret("New signing secret")
		if err != nil {
			return err
		}
		ctx, cancel := s.limit(cmd.Context(), time.Minute)
		defer cancel()
		if err := desks.RotateSigningSecret(ctx, cfg.Profile.V, secret, keep); err != nil {
			return err
		}
		return s.print(map[string]any{"saved": true, "keep_seconds": int64(keep.Seconds())}, func() error {
			_, err := fmt.Fprintf(s.Stdout, "Saved. The old signing secret stays valid for %s.\n", keep)
			return err
		})
	}
	return cmd
}
