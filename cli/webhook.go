package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"bursar/services"
)

func (s *session) webhookCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "webhook", Short: "Receive webhooks, pass them on, and the steps to take in Stripe", Args: cobra.NoArgs, RunE: needsSubcommand}
	cmd.AddCommand(&cobra.Command{
		Use: "url", Short: "Print the profile's webhook URL", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.configured(cmd.Context(), func(ctx context.Context, c services.Configuration, profile string) error {
				v, err := withWebhook(c.Show(ctx, profile))
				if err != nil {
					return err
				}
				return s.print(map[string]string{"webhook_url": v.WebhookURL, "reach": string(v.WebhookReach)}, func() error {
					if v.WebhookReach == services.ReachLoopback {
						s.notice("Stripe cannot reach this address: bursar reads Stripe's event list instead. Set a public one with bursar config set --webhook-base.")
					}
					_, err := fmt.Fprintln(s.Stdout, v.WebhookURL)
					return err
				})
			})
		},
	}, &cobra.Command{
		Use: "steps", Short: "Print the steps to take in Stripe", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.configured(cmd.Context(), func(ctx context.Context, c services.Configuration, profile string) error {
				v, err := withWebhook(c.Show(ctx, profile))
				if err != nil {
					return err
				}
				steps := services.WebhookSteps(v)
				return s.print(steps, func() error {
					for i, step := range steps {
						if _, err := fmt.Fprintf(s.Stdout, "%d. %s\n   %s\n", i+1, step.Title, step.Detail); err != nil {
							return err
						}
						for _, line := range append(strings.Fields(step.Copy), step.Events...) {
							if _, err := fmt.Fprintln(s.Stdout, "     ", line); err != nil {
								return err
							}
						}
					}
					return nil
				})
			})
		},
	}, s.webhookListen(), s.webhookDeliveries(), s.webhookResend(), s.webhookRotate())
	return cmd
}

// withWebhook refuses a profile that has no webhook URL, such as the sandbox.
func withWebhook(v services.ConfigurationView, err error) (services.ConfigurationView, error) {
	if err == nil && v.WebhookURL == "" {
		err = &services.Error{Code: services.CodeNotFound, Op: "reading the webhook URL",
			Message: "The profile " + v.Profile.Name + " has no webhook URL: the sandbox delivers to bursar by itself.",
			Next:    "Name a profile of your own with --profile, or set one up with bursar config set."}
	}
	return v, err
}
