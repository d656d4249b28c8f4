package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bursar/services"
	"bursar/services/app"
	"bursar/tui/widget"
)

func (s *session) syncCommand() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use: "sync", Short: "Read what is missing in the archive from Stripe's event list", Args: cobra.NoArgs,
		Long: "Reads what is missing in the archive from Stripe's event list: the first time all\n" +
			"that Stripe still lists, which is 30 days, later what came since and what an\n" +
			"interrupted reading left.\n\n" +
			"It keeps within Stripe's rate limit and gives way to other calls. Ctrl+c keeps what\n" +
			"was read, and the next sync goes on there. Stretches of time that are not known\n" +
			"to be whole are printed.",
		Example: "  bursar sync\n  bursar sync --since 7d\n  bursar sync --since 2026-11-01 --json",
	}
	cmd.Flags().StringVar(&since, "since", "", "how far back: 12h, 30d, 2w, or a day such as 2026-11-01")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		from, err := timeBefore("since", since, time.Now())
		if err != nil {
			return err
		}
		return s.openDesk(cmd.Context(), app.Command, 0, func(ctx context.Context, d *services.Desk) error {
			return s.backfill(ctx, d, from, since)
		})
	}
	return cmd
}

// backfill reads the event list and shows how far it has come. asked is --since as
// it was given.
func (s *session) backfill(ctx context.Context, d *services.Desk, from time.Time, asked string) error {
	if stripeLists := time.Now().AddDate(0, 0, -30); !d.Profile.Sandbox && !from.IsZero() && from.Before(stripeLists.Add(-time.Hour)) {
		s.notice("Stripe lists events for 30 days: what is older cannot be read any more.")
	}
	line := s.progress(true)
	bar := syncBar{began: time.Now(), drawn: line.width > 0}
	res, err := d.Logs.Backfill(ctx, from, func(p services.SyncProgress) { line.show(bar.of(p) + syncWords(p)) })
	line.clear()
	if err != nil {
		return s.halfway(ctx, err, res, asked)
	}
	if res.Gaps == nil {
		res.Gaps = []services.LogGap{}
	}
	return s.print(res, func() error {
		_, err := fmt.Fprintln(s.Stdout, widget.Count(int64(res.Added), "new event")+", "+widget.Number(int64(res.Read))+" read.")
		for _, g := range res.Gaps {
			if err == nil {
				_, err = fmt.Fprintln(s.Stdout, gapWords(g))
			}
		}
		return err
	})
}

// syncWords are a progress in words, what matters most first: a narrow terminal cuts
// the end off.
func syncWords(p services.SyncProgress) string {
	words := widget.Count(int64(p.Read), "event") + ", " + widget.Number(int64(p.Added)) + " new"
	switch {
	case p.Done == p.Windows:
	case p.Remaining < 0:
		words += ", time left unknown"
	default:
		words += ", about " + roughly(p.Remaining) + " left"
	}
	if !p.Reached.IsZero() {
		words += ", back to " + p.Reached.UTC().Format("2 Jan 15:04 UTC")
	}
	return words
}

// roughly rounds an estimate to what it is worth.
func roughly(d time.Duration) string {
	if d > 10*time.Second {
		d = d.Round(5 * time.Second)
	}
	return widget.Span(max(d, time.Second))
}

// syncBar draws how much of the time that it takes in all is over. It is empty as
// long as nobody knows, and does not go back.
type syncBar struct {
	began time.Time
	drawn bool
	share float64
}

// barWidth is in columns.
const barWidth = 20

func (b *syncBar) of(p services.SyncProgress) string {
	if !b.drawn {
		return ""
	}
	if over := time.Since(b.began); p.Remaining >= 0 {
		b.share = max(b.share, float64(over)/float64(over+p.Remaining))
	}
	full := int(b.share * barWidth)
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", barWidth-full) + "] "
}

// gapWords are a gap in a line.
func gapWords(g services.LogGap) string {
	const form = "2006-01-02 15:04:05"
	head := "Not whole"
	if g.Lost {
		head = "Lost"
	}
	return fmt.Sprintf("%s: %s to %s UTC. %s", head, g.From.UTC().Format(form), g.To.UTC().Format(form), services.Clean(g.Why))
}

// halfway is the error of a backfill that did not come to its end: it says what is
// kept and how to go on.
func (s *session) halfway(ctx context.Context, err error, res services.SyncResult, asked string) error {
	again := "bursar sync"
	if asked != "" {
		again += " --since " + services.Clean(asked)
	}
	if s.flags.profile != "" {
		again += " --profile " + services.Clean(s.flags.profile)
	}
	kept := "Nothing was read yet."
	if res.Read > 0 {
		kept = fmt.Sprintf("%s of the list were read and are kept, %s of them new.", widget.Count(int64(res.Read), "event"), widget.Number(int64(res.Added)))
	}
	e := present(err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		e = services.Error{Code: services.CodeIncomplete, Message: "Stopped. " + kept}
	case ctx.Err() != nil:
		e = services.Error{Code: services.CodeIncomplete, Message: "The time given was over. " + kept}
	case res.Read > 0:
		e.Message += " " + kept
	default:
		return err
	}
	e.Err, e.Next = err, strings.TrimSpace(e.Next+" Go on with: "+again)
	return &e
}

// timeBefore reads a time in the past: so long before now (12h, 30d, 2w), a day, or
// a time in RFC 3339. Empty is the zero time.
func timeBefore(field, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	last := len(text) - 1
	if n, err := strconv.Atoi(text[:last]); err == nil && n > 0 && units[text[last]] > 0 && n < 10_000 {
		return now.Add(-time.Duration(n) * units[text[last]]), nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04"} {
		t, err := time.ParseInLocation(form, text, time.Local) // as the filters of the log read it
		switch {
		case err != nil:
		case t.After(now):
			return t, services.Invalid(field, fmt.Sprintf("%s is still to come.", services.Clean(text)), "Give a time in the past, such as 7d or "+now.AddDate(0, 0, -7).UTC().Format(time.DateOnly)+".")
		default:
			return t, nil
		}
	}
	return time.Time{}, services.Invalid(field, fmt.Sprintf("%q is not a time.", services.Clean(text)), "Write 12h, 30d, 2w, or a day such as 2026-11-01.")
}
