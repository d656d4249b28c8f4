package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"bursar/services"
)

func (s *session) webhookDeliveries() *cobra.Command {
	var q services.DeliveryQuery
	var since, until string
	cmd := &cobra.Command{
		Use: "deliveries", Short: "Print what became of the events that were passed on", Args: cobra.NoArgs,
		Long: "Prints the attempts to pass events on, the latest first. They are kept for 30 days.",
	}
	flags := cmd.Flags()
	flags.StringVar(&q.Event, "event", "", "only this event's, evt_…")
	flags.StringVar(&q.URL, "forward-to", "", "only to this address")
	flags.StringVar(&since, "since", "", "only from then on: 2h, 3d, or a time such as 2026-11-01T12:00 (UTC)")
	flags.StringVar(&until, "until", "", "only before then")
	flags.BoolVar(&q.Failed, "failed", false, "only those that failed")
	flags.IntVar(&q.Limit, "limit", 100, "attempts at most")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if q.Since, q.Until, err = span(since, until); err != nil {
			return err
		}
		if q.Limit <= 0 {
			return services.Invalid("limit", "The limit is not above 0.", "Use 1 or more.")
		}
		return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
			list, err := d.Deliveries.List(ctx, q)
			if err != nil {
				return err
			}
			return s.print(list, func() error { return s.deliveryTable(list) })
		})
	}
	return cmd
}

func (s *session) deliveryTable(list []services.Delivery) error {
	rows := make([][]string, 0, len(list))
	for _, d := range list {
		result := strconv.Itoa(d.Status) + " in " + strconv.FormatInt(d.Took, 10) + " ms"
		switch d.Outcome {
		case services.DeliveryRetried:
			result = d.Problem + "; again at " + d.Next.UTC().Format(time.TimeOnly)
		case services.DeliveryGivenUp:
			result = d.Problem + "; given up"
		}
		rows = append(rows, []string{d.Time.UTC().Format(time.DateTime), d.Event, services.Clean(d.Type), services.Clean(d.URL), strconv.Itoa(d.Attempt), services.Clean(result)})
	}
	return s.table([]string{"TIME (UTC)", "EVENT", "TYPE", "TO", "ATTEMPT", "RESULT"}, rows)
}

func (s *session) webhookResend() *cobra.Command {
	var r services.ResendRequest
	var since, until string
	cmd := &cobra.Command{
		Use: "resend [EVENT]", Short: "Pass an event on again, or those of a stretch of time", Args: cobra.MaximumNArgs(1),
		Long: "Queues events that are archived for the destinations of the last bursar webhook\n" +
			"listen. A listener that runs sends them at once, else the next one does.",
		Example: "  bursar webhook resend evt_1OkRyz\n  bursar webhook resend --since 2h\n  bursar webhook resend --since 2026-11-01T12:00 --until 2026-11-01T13:00",
	}
	flags := cmd.Flags()
	flags.StringVar(&since, "since", "", "every event that Stripe made from then on: 2h, 3d, or a time such as 2026-11-01T12:00 (UTC)")
	flags.StringVar(&until, "until", "", "and before then")
	flags.StringVar(&r.URL, "forward-to", "", "only to this address, whatever types it takes")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if r.Since, r.Until, err = span(since, until); err != nil {
			return err
		}
		if len(args) == 1 {
			r.Event = args[0]
		}
		return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
			result, err := d.Deliveries.Resend(ctx, r)
			if err != nil {
				return err
			}
			return s.print(result, func() error {
				if result.Queued > 0 && !result.Listening {
					s.notice("Nobody listens now: they go out with the next bursar webhook listen --forward-to.")
				}
				words := " deliveries queued"
				if result.Queued == 1 {
					words = " delivery queued"
				}
				_, err := fmt.Fprintln(s.Stdout, strconv.Itoa(result.Queued)+words)
				return err
			})
		})
	}
	return cmd
}

// span reads the two ends of a stretch of time.
func span(since, until string) (from, to time.Time, err error) {
	now := time.Now()
	if from, err = timeBefore("since", since, now); err == nil {
		to, err = timeBefore("until", until, now)
	}
	return from, to, err
}
