package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bursar/services"
	"bursar/tui/widget"
)

func (s *session) archiveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "archive", Short: "Look after the archive: sizes, checks, exports, imports, copies", Args: cobra.NoArgs, RunE: needsSubcommand,
		Long: "Looks after the profile's archive as a whole. None of it asks Stripe, and all of it\n" +
			"works while other programs use the archive, but for check --repair.",
	}
	cmd.AddCommand(s.archiveInfo(), s.archiveCheck(), s.archiveCompact(), s.archiveExport(), s.archiveImport(), s.archiveCopy(), s.archiveAside())
	return cmd
}

// withArchive opens the profile's archive for one command, which only --timeout
// and ctrl+c end.
func (s *session) withArchive(ctx context.Context, use func(context.Context, services.Archive) error) error {
	return s.withArchiveAt(ctx, "", use)
}

// withArchiveAt is withArchive for an archive at a place that is not the profile's.
func (s *session) withArchiveAt(ctx context.Context, place string, use func(context.Context, services.Archive) error) (err error) {
	desks, cfg, err := s.desks()
	if err != nil {
		return err
	}
	ctx, cancel := s.limit(ctx, 0)
	defer cancel()
	if cfg.Profile.V == "" {
		return noProfile()
	}
	a, notice, err := desks.Archive(ctx, cfg.Profile.V, place)
	if err != nil {
		return err
	}
	defer func() {
		if closed := a.Close(); err == nil {
			err = closed
		}
	}()
	s.notice(notice)
	return use(ctx, a)
}

// archiveBar shows how far work on an archive has come.
func (s *session) archiveBar() (show func(services.ArchiveProgress), end func()) {
	line := s.progress(true)
	return func(p services.ArchiveProgress) {
		figure := widget.Number
		if strings.HasPrefix(p.Step, "bytes") {
			figure = sizeWords
		}
		if p.Of <= 0 {
			line.show(figure(p.Done) + " " + p.Step)
			return
		}
		line.show(barOf(p.Done, p.Of, line.width > 0) + " " + figure(p.Done) + " of " + figure(p.Of) + " " + p.Step)
	}, line.clear
}

// barOf is the share of the whole that is done, on a terminal behind a bar.
func barOf(done, of int64, terminal bool) string {
	share := min(max(float64(done)/float64(of), 0), 1)
	words := fmt.Sprintf("%3d %%", int(share*100))
	if !terminal {
		return words
	}
	full := int(share * barWidth)
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", barWidth-full) + "] " + words
}

// sizeWords is a number of bytes in its usual unit.
func sizeWords(bytes int64) string {
	value, unit := float64(bytes), 0
	for value >= 999.5 && unit < 4 {
		value, unit = value/1000, unit+1
	}
	names := [...]string{"bytes", "kB", "MB", "GB", "TB"}
	if unit == 0 {
		return strconv.FormatInt(bytes, 10) + " bytes"
	}
	decimals := 0
	if value < 9.95 {
		decimals = 1
	}
	return strconv.FormatFloat(value, 'f', decimals, 64) + " " + names[unit]
}

func (s *session) archiveInfo() *cobra.Command {
	return &cobra.Command{
		Use: "info", Short: "Say where the archive is, what it holds and what it takes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withArchive(cmd.Context(), func(ctx context.Context, a services.Archive) error {
				info, err := a.Info(ctx)
				if err != nil {
					return err
				}
				return s.print(info, func() error { return s.facts(infoFacts(info)) })
			})
		},
	}
}

// infoFacts are the lines of archive info.
func infoFacts(i services.ArchiveInfo) [][2]string {
	number := func(n int) string { return widget.Number(int64(n)) }
	some := func(n int, words string) string {
		if n == 0 {
			return ""
		}
		return number(n) + words
	}
	pairs := [][2]string{{"archive", services.Clean(i.Place)}}
	if i.Schema > 0 {
		pairs = append(pairs, [2]string{"schema", strconv.Itoa(i.Schema)})
	}
	pairs = append(pairs, [2]string{"events", number(i.Events)})
	if i.Events > 0 {
		const form = "2006-01-02 15:04:05 UTC"
		pairs = append(pairs, [2]string{"oldest", i.Oldest.UTC().Format(form)}, [2]string{"newest", i.Newest.UTC().Format(form)})
	}
	pairs = append(pairs, [2]string{"duplicates", number(i.Duplicates) + " deliveries of events that were there"},
		[2]string{"kept aside", number(i.Quarantined) + " that are no events, " + number(i.Conflicts) + " that contradict one"},
		[2]string{"waiting", some(i.Waiting, " events whose customer others may tell yet")},
		[2]string{"to index", some(i.Unindexed, " events whose words are not indexed yet")})
	if z := i.Size; z != nil {
		pairs = append(pairs, [2]string{"size", sizeWords(z.Total)}, [2]string{"  payloads", sizeWords(z.Payloads)}, [2]string{"  events", sizeWords(z.Events)},
			[2]string{"  indexes", sizeWords(z.Index)}, [2]string{"  words", sizeWords(z.Words)}, [2]string{"  unused", sizeWords(z.Unused)}, [2]string{"log", sizeWords(z.Log)})
		if z.SampleKept > 0 {
			pairs = append(pairs, [2]string{"compression", fmt.Sprintf("%.1f bytes received for each that is kept (of a sample)", float64(z.SampleReceived)/float64(z.SampleKept))})
		}
	}
	for _, b := range i.Beside {
		pairs = append(pairs, [2]string{"beside", services.Clean(b.Path) + " (" + sizeWords(b.Size) + ")"})
	}
	return pairs
}

func (s *session) archiveCheck() *cobra.Command {
	var repair bool
	cmd := &cobra.Command{
		Use: "check", Short: "Read everything and say what is wrong; exit code 1 when something is", Args: cobra.NoArgs,
		Long: "Reads everything: the file, every event's received bytes, and what was worked out\n" +
			"of them (counters, customers, the index of words). Says what is wrong, what to do,\n" +
			"and exits with 1.\n\n" +
			"With --repair it sets the file aside and makes a new one of everything that can be\n" +
			"read. No other program may have the archive open for that.",
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "make a new archive of what can be read, and keep the old file aside")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.withArchive(cmd.Context(), func(ctx context.Context, a services.Archive) error {
			show, end := s.archiveBar()
			defer end()
			if repair {
				done, err := a.Repair(ctx, show)
				if err != nil {
					return err
				}
				end()
				if !s.flags.json {
					if _, err := fmt.Fprintf(s.Stdout, "%s brought over. The old file is %s.\n", widget.Count(int64(done.Events), "event"), services.Clean(done.Aside)); err != nil {
						return err
					}
				}
			}
			report, err := a.Check(ctx, show)
			if err != nil {
				return err
			}
			end()
			if err := s.print(report, func() error { return s.checkReport(report) }); err != nil || len(report.Problems) == 0 {
				return err
			}
			return silent{errors.New("the archive has faults")}
		})
	}
	return cmd
}

// shownFaults is how many faults are printed; --json has them all.
const shownFaults = 20

func (s *session) checkReport(r services.ArchiveReport) error {
	out := &strings.Builder{}
	fmt.Fprintf(out, "%s whole, %s as received.\n", widget.Count(int64(r.Events), "event"), sizeWords(r.Received))
	if len(r.Problems) == 0 {
		out.WriteString("Nothing is wrong.\n")
	}
	for i, p := range r.Problems {
		if i == shownFaults {
			fmt.Fprintf(out, "%s more; all of them with --json.\n", widget.Number(int64(len(r.Problems)-i)))
			break
		}
		fmt.Fprintf(out, "%-8s %s\n", p.Part, p.What)
	}
	if r.Next != "" {
		out.WriteString("\n" + r.Next + "\n")
	}
	_, err := fmt.Fprint(s.Stdout, out)
	return err
}

func (s *session) archiveCompact() *cobra.Command {
	return &cobra.Command{
		Use: "compact", Short: "Give unused space back", Args: cobra.NoArgs,
		Long: "Keeps all payloads in today's form and gives unused space back. Others go on reading\n" +
			"meanwhile; what would be written waits, and a webhook that waits too long is answered\n" +
			"so that Stripe sends it again. It needs free space of twice the archive's size for a\n" +
			"while, and refuses when there is less.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withArchive(cmd.Context(), func(ctx context.Context, a services.Archive) error {
				show, end := s.archiveBar()
				defer end()
				done, err := a.Compact(ctx, show)
				if err != nil {
					return err
				}
				end()
				return s.print(done, func() error {
					_, err := fmt.Fprintf(s.Stdout, "%s now, %s before; %s kept in a shorter form.\n", sizeWords(done.After), sizeWords(done.Before), widget.Count(int64(done.Repacked), "payload"))
					return err
				})
			})
		},
	}
}

func (s *session) archiveCopy() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use: "copy --to postgres://…|FILE", Short: "Copy the archive to PostgreSQL or to another file, and verify it", Args: cobra.NoArgs,
		Long: "Copies everything to another archive, from a file to PostgreSQL or back, and compares\n" +
			"the two by a digest over every event's id and received bytes. The archive is not\n" +
			"changed. Then it prints the line of the settings that makes the profile use the copy.\n\n" +
			"Interrupted, or given again, it goes on where it stopped. With --from it brings over\n" +
			"what came to the old archive while the setting was changed.",
		Example: "  bursar archive copy --to 'postgres://shop@db.example.com/payments?search_path=shop_live'\n  bursar archive copy --to /mnt/backup/shop.db",
	}
	cmd.Flags().StringVar(&from, "from", "", "copy this archive in place of the profile's")
	cmd.Flags().StringVar(&to, "to", "", "a PostgreSQL URL, or the path of a file")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if to == "" {
			return usageError{errors.New("where to is not given; see bursar archive copy --help")}
		}
		return s.withArchiveAt(cmd.Context(), from, func(ctx context.Context, a services.Archive) error {
			show, end := s.archiveBar()
			defer end()
			done, err := a.Copy(ctx, to, show)
			if err != nil {
				return err
			}
			end()
			return s.print(done, func() error {
				_, err := fmt.Fprint(s.Stdout, copiedWords(done))
				return err
			})
		})
	}
	return cmd
}

func copiedWords(done services.ArchiveCopied) string {
	text := fmt.Sprintf("%s copied and verified.\n", widget.Count(int64(done.Events), "event"))
	if done.Other > 0 {
		text += fmt.Sprintf("%s of them the other archive had received itself, and keeps as it received them.\n", widget.Number(int64(done.Other)))
	}
	text += "Digest " + done.Digest + "\n"
	if done.Setting == "" {
		return text
	}
	return text + fmt.Sprintf("\nTo use the copy, write this line below the profile's heading in %s:\n\n  %s\n\n"+
		"Start again what was running, and bring over what came meanwhile:\n\n  bursar archive copy --from '%s' --to '%s'\n",
		services.Clean(done.File), services.Clean(done.Setting), services.Clean(done.From), services.Clean(done.To))
}

func (s *session) archiveAside() *cobra.Command {
	var after int64
	var limit int
	cmd := &cobra.Command{
		Use: "aside", Short: "List what was received and is not among the events", Args: cobra.NoArgs,
		Long: "Lists what was received and is not among the events, oldest first: payloads that are\n" +
			"no events, and copies of archived events that tell something else.",
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "how many at most")
	cmd.Flags().Int64Var(&after, "after", 0, "only those after this number")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if limit < 1 || limit > 1000 {
			return services.Invalid("limit", fmt.Sprintf("The limit %d is not from 1 to 1,000.", limit), "Read page by page with --after.")
		}
		return s.withArchive(cmd.Context(), func(ctx context.Context, a services.Archive) error {
			aside, err := a.Aside(ctx, after, limit)
			if err != nil {
				return err
			}
			return s.print(aside, func() error {
				rows := make([][]string, len(aside))
				for i, k := range aside {
					rows[i] = []string{strconv.FormatInt(k.Number, 10), k.Received.UTC().Format("2006-01-02 15:04:05"), string(k.Source), sizeWords(int64(k.Size)), k.Event, k.Reason}
				}
				return s.table([]string{"NUMBER", "RECEIVED (UTC)", "SOURCE", "SIZE", "EVENT", "REASON"}, rows)
			})
		})
	}
	cmd.AddCommand(&cobra.Command{
		Use: "show NUMBER", Short: "Print one as it was received", Args: cobra.ExactArgs(1),
		Long: "Prints one as it was received: byte for byte into a file or a pipe, and without what\n" +
			"could upset a terminal on one.",
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || number < 1 {
				return services.Invalid("number", services.Clean(args[0])+" is not one of the numbers.", "See what there is with bursar archive aside.")
			}
			return s.withArchive(cmd.Context(), func(ctx context.Context, a services.Archive) error {
				k, err := a.AsideOne(ctx, number)
				if err != nil {
					return err
				}
				if s.flags.json {
					return s.printJSON(map[string]any{"aside": k, "raw": k.Raw})
				}
				if term.IsTerminal(int(s.Stdout.Fd())) {
					_, err = fmt.Fprintln(s.Stdout, services.CleanLines(string(k.Raw)))
					return err
				}
				_, err = s.Stdout.Write(k.Raw)
				return err
			})
		},
	})
	return cmd
}
