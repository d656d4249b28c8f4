package cli

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bursar/services"
)

func (s *session) logsCommand() *cobra.Command {
	var q services.LogQuery
	var where, format string
	var follow bool
	cmd := &cobra.Command{
		Use: "logs", Short: "Read the archive: every event bursar has seen, newest first", Args: cobra.NoArgs,
		Long: "Reads the archive: every event bursar has seen for the profile, newest first.\n" +
			"It asks Stripe's event list for what is new first.\n\n" +
			"--where takes a JSON query; equality on type works so far, such as '{\"type\":\"charge.failed\"}'.",
	}
	flags := cmd.Flags()
	flags.StringVar(&q.Customer, "customer", "", "only this customer's events, cus_…")
	flags.StringVar(&where, "where", "", "a JSON query")
	q.Limit = flags.Int("limit", 100, "events at most")
	flags.IntVar(&q.Offset, "offset", 0, "events to leave out")
	flags.BoolVar(&follow, "follow", false, "go on printing events as they arrive, oldest first")
	flags.StringVar(&format, "format", "table", "table, json, ndjson or csv")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if where != "" {
			q.Where = json.RawMessage(where)
		}
		if s.flags.json && format == "table" {
			format = "json"
		}
		write, err := s.eventWriter(format)
		if err != nil {
			return err
		}
		if follow {
			return s.followLogs(cmd.Context(), q, write)
		}
		return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
			s.refresh(ctx, d)
			page, err := d.Logs.List(ctx, q)
			if err != nil {
				return err
			}
			if format == "json" {
				return s.printJSON(page)
			}
			return write(page.Events, true)
		})
	}
	cmd.AddCommand(s.logsShow())
	return cmd
}

// refresh reads what is new from Stripe. Its failure is told and not fatal: the
// archive answers without a connection. So is a clock that refuses webhooks.
func (s *session) refresh(ctx context.Context, d *services.Desk) {
	if _, err := d.Logs.Sync(ctx); err != nil {
		s.notice("Not up to date: " + present(err).Message)
	}
	if health, err := d.Logs.Health(ctx); err == nil {
		s.notice(health.ClockProblem)
	}
}

func (s *session) logsShow() *cobra.Command {
	return &cobra.Command{
		Use: "show EVENT", Short: "Print one event's JSON as it was received", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
				e, err := d.Logs.Event(ctx, args[0])
				if services.CodeOf(err) == services.CodeNotFound {
					s.refresh(ctx, d)
					e, err = d.Logs.Event(ctx, args[0])
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(s.Stdout, services.CleanLines(string(e.Raw)))
				return err
			})
		},
	}
}

// eventWriter returns what prints events in a format; head asks for the heading.
func (s *session) eventWriter(format string) (func(events []services.Event, head bool) error, error) {
	switch format {
	case "table", "json":
		return s.eventTable, nil
	case "ndjson":
		return func(events []services.Event, _ bool) error {
			enc := json.NewEncoder(s.Stdout)
			enc.SetEscapeHTML(false)
			for _, e := range events {
				if err := enc.Encode(e); err != nil {
					return err
				}
			}
			return nil
		}, nil
	case "csv":
		return func(events []services.Event, head bool) error {
			w := csv.NewWriter(s.Stdout)
			if head {
				_ = w.Write([]string{"id", "type", "created", "customer", "object", "amount", "currency", "outcome"})
			}
			for _, e := range events {
				_ = w.Write(eventCSV(e))
			}
			w.Flush()
			return w.Error()
		}, nil
	}
	return nil, services.Invalid("format", fmt.Sprintf("%q is not a format.", services.Clean(format)), "Use table, json, ndjson or csv.")
}

func eventCSV(e services.Event) []string {
	amount, currency := "", ""
	if e.Amount != nil {
		amount, currency = e.Amount.Decimal(), e.Amount.Currency
	}
	return []string{e.ID, e.Type, e.Created.UTC().Format(time.RFC3339), e.Customer, e.ObjectID, amount, currency, string(e.Outcome)}
}

func (s *session) eventTable(events []services.Event, head bool) error {
	rows := make([][]string, 0, len(events))
	for _, e := range events {
		amount := ""
		if e.Amount != nil {
			amount = e.Amount.String()
		}
		rows = append(rows, []string{e.Created.UTC().Format("2006-01-02 15:04:05"), e.Type, string(e.Outcome), amount, e.Customer, e.ID})
	}
	if !head {
		for _, r := range rows {
			if _, err := fmt.Fprintf(s.Stdout, "%s  %-42s %-10s %12s  %s  %s\n", r[0], r[1], r[2], r[3], r[4], r[5]); err != nil {
				return err
			}
		}
		return nil
	}
	return s.table([]string{"CREATED (UTC)", "TYPE", "OUTCOME", "AMOUNT", "CUSTOMER", "EVENT"}, rows)
}
