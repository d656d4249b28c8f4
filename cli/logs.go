package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bursar/services"
	"bursar/services/app"
	"bursar/tui/widget"
)

// searchWithin is how long a query may take: a filter that no index serves looks
// at every event of the archive. syncWithin is for Stripe's event list before it.
const (
	searchWithin = 30 * time.Minute
	syncWithin   = 2 * time.Minute
)

// logsFlags are what bursar logs is told.
type logsFlags struct {
	query  services.LogQuery
	where  string
	format string
	raw    bool
	follow bool
	noSync bool
}

func (s *session) logsCommand() *cobra.Command {
	var f logsFlags
	cmd := &cobra.Command{
		Use: "logs [FILTER…]", Short: "Read the archive: every event bursar has seen, newest first", Args: cobra.ArbitraryArgs,
		Long: "Reads the archive: every event bursar has seen for the profile, newest first.\n" +
			"It asks Stripe's event list for what is new first.\n\n" +
			"A filter is words to find and any of the following, or a JSON where query:\n\n" + filterHelp(),
		Example: "  bursar logs type:charge.* status:failed 'amount>50eur' since:7d\n" +
			"  bursar logs --where '{\"data.object.amount\":{\"$gt\":5000}}' --format csv\n" +
			"  bursar logs --follow status:failed",
		ValidArgsFunction: completeFilter,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.query.Customer, "customer", "", "only this customer's events, cus_…")
	flags.StringVar(&f.where, "where", "", "the filter as one text, such as a JSON where query")
	f.query.Limit = flags.Int("limit", 100, "events at most, up to 10000")
	flags.IntVar(&f.query.Offset, "offset", 0, "matching events to leave out")
	flags.StringVar(&f.query.Before, "before", "", "only events older than this one, evt_…")
	flags.BoolVar(&f.follow, "follow", false, "go on printing events as they arrive, oldest first")
	flags.StringVar(&f.format, "format", "table", "table, json, ndjson or csv")
	flags.BoolVar(&f.raw, "raw", false, "with ndjson: each event as it was received, on one line")
	flags.BoolVar(&f.noSync, "no-sync", false, "do not ask Stripe for what is new first")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"table", "json", "ndjson", "csv"}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := s.settleLogs(&f, args, cmd.Flags().Changed("format")); err != nil {
			return err
		}
		if f.follow {
			return s.withLiveDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error { return s.followLogs(ctx, d, f) })
		}
		return s.openDesk(cmd.Context(), app.Command, searchWithin, func(ctx context.Context, d *services.Desk) error { return s.listLogs(ctx, d, f) })
	}
	cmd.AddCommand(s.logsShow())
	return cmd
}

// filterHelp lists the words of a filter.
func filterHelp() string {
	var b strings.Builder
	for _, k := range services.FilterKeys() {
		fmt.Fprintf(&b, "  %-10s %s\n", k.Name+k.Sign, k.Means)
	}
	b.WriteString("  data.object.… metadata.…  a field of the object: metadata.order:1042\n\n" +
		"They stand side by side or with or, not and brackets; a - in front turns one round.")
	return b.String()
}

// completeFilter offers the keys of a filter to the shell.
func completeFilter(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, k := range services.FilterKeys() {
		if strings.HasPrefix(k.Name, typed) {
			out = append(out, k.Name+k.Sign+"\t"+k.Means)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// settleLogs checks what can be checked without the archive.
func (s *session) settleLogs(f *logsFlags, args []string, formatGiven bool) error {
	if len(args) > 0 {
		if f.where != "" {
			return services.Invalid("where", "The filter is given twice: as words and with --where.", "Give it once.")
		}
		f.where = strings.Join(args, " ")
	}
	switch {
	case f.raw && !formatGiven:
		f.format = "ndjson"
	case s.flags.json && f.format == "table":
		f.format = "json"
	}
	switch limit := *f.query.Limit; {
	case f.raw && f.format != "ndjson":
		return services.Invalid("raw", "Received bytes are printed as NDJSON only.", "Use --raw with --format ndjson.")
	case limit < 0 || limit > services.MaxLogLimit:
		return services.Invalid("limit", fmt.Sprintf("The limit %d is not from 0 to 10,000.", limit), "Read page by page: repeat with --before and the last event's id.")
	case f.query.Offset < 0:
		return services.Invalid("offset", fmt.Sprintf("The offset %d is negative.", f.query.Offset), "Use 0 or more.")
	case f.follow && (f.query.Offset > 0 || f.query.Before != ""):
		return services.Invalid("follow", "Following goes on from the newest event; --offset and --before lead away from it.", "Leave them out.")
	}
	_, err := s.eventWriter(*f, nil)
	return err
}

// filtered reads the filter. An error is told with its place in the text.
func (s *session) filtered(d *services.Desk, f logsFlags) (services.LogQuery, error) {
	q := f.query
	if strings.TrimSpace(f.where) == "" {
		return q, nil
	}
	filter, err := d.Logs.Filter(f.where)
	if err != nil {
		var fault *services.FilterFault
		if errors.As(err, &fault) {
			err = &pointed{err, f.where, *fault}
		}
		return q, err
	}
	q.Where = filter.Where
	return q, nil
}

// listLogs prints one page, as far as it is found while it is looked for.
func (s *session) listLogs(ctx context.Context, d *services.Desk, f logsFlags) error {
	q, err := s.filtered(d, f)
	if err != nil {
		return err
	}
	if !f.noSync {
		s.refresh(ctx, d)
	}
	out, err := s.eventWriter(f, rawOf(ctx, d))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	line := s.progress(false)
	printed := map[string]bool{}
	var broken error
	q.Progress = func(p services.LogProgress) {
		p.Found = p.Found[:min(len(p.Found), *q.Limit-len(printed))]
		if len(p.Found) > 0 && broken == nil {
			line.clear()
			if _, broken = out.write(p.Found); broken != nil {
				cancel()
			}
			for _, e := range p.Found {
				printed[e.ID] = true
			}
		}
		line.show(searchWords(p, len(printed)))
	}
	page, err := d.Logs.List(ctx, q)
	line.clear()
	if broken != nil {
		return broken
	}
	if err != nil {
		return err
	}
	var left []services.Event
	for _, e := range page.Events {
		if !printed[e.ID] {
			left = append(left, e)
		}
	}
	if _, err := out.write(left); err != nil {
		return err
	}
	return out.end(page)
}

// refresh reads what is new from Stripe. Its failure is told and not fatal: the
// archive answers without a connection. So is a clock that refuses webhooks.
func (s *session) refresh(ctx context.Context, d *services.Desk) {
	ctx, cancel := context.WithTimeout(ctx, syncWithin)
	defer cancel()
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

// searchWords say how far a query has come.
func searchWords(p services.LogProgress, found int) string {
	words := fmt.Sprintf("looked at %s of %s events, ", widget.Grouped(p.Examined), widget.Grouped(p.Of))
	if !p.Reached.IsZero() {
		words += "back to " + p.Reached.UTC().Format("2006-01-02 15:04") + ", "
	}
	return words + widget.Grouped(found) + " found"
}
