package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bursar/services"
	"bursar/tui/widget"
)

func (s *session) archiveExport() *cobra.Command {
	var o services.ArchiveExport
	cmd := &cobra.Command{
		Use: "export [FILE]", Short: "Write events to a file or to stdout: NDJSON, JSON or CSV, also compressed", Args: cobra.MaximumNArgs(1),
		Long: "Writes the archive's events to a file, or to stdout: all of them in the order they\n" +
			"came, or with --customer or --where a selection, newest first.\n\n" +
			"NDJSON has one event a line and nothing else. With --envelope each line also keeps\n" +
			"when and how the event came and what restores its bytes, so that an import makes the\n" +
			"same archive; CSV always does. A file whose name ends in .gz is compressed, and the\n" +
			"format is that of its name unless --format says otherwise.\n\n" +
			"A file has its name when it is whole. Interrupted, the same command goes on.",
		Example: "  bursar archive export --envelope backup.ndjson.gz\n  bursar archive export --where 'type:charge.failed since:30d' failed.csv\n  bursar archive export | jq -r .type",
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Format, "format", "", "ndjson, json or csv")
	flags.BoolVar(&o.Envelope, "envelope", false, "keep when and how each event came, and its exact bytes")
	flags.BoolVar(&o.Gzip, "gzip", false, "compress")
	flags.StringVar(&o.Customer, "customer", "", "only this customer's events, cus_…")
	flags.StringVar(&o.Filter, "where", "", "only events that a filter selects: words, or a JSON query")
	flags.BoolVar(&o.Replace, "force", false, "replace a file that is there")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		path := "-"
		if len(args) > 0 {
			path = args[0]
			byName(&o, path)
		}
		if path == "-" && s.flags.json {
			return services.Invalid("json", "With --json the result would stand among the exported events.", "Name a file, or leave --json out.")
		}
		return s.withArchive(cmd.Context(), func(ctx context.Context, a services.Archive) error {
			show, end := s.archiveBar()
			defer end()
			if path == "-" {
				out := bufio.NewWriterSize(s.Stdout, 1<<16)
				if term.IsTerminal(int(s.Stdout.Fd())) {
					show = nil
					if o.Gzip {
						return services.Invalid("gzip", "Compressed events cannot be shown on a terminal.", "Name a file, or pipe them into one.")
					}
				}
				_, err := a.Export(ctx, out, o, show)
				return errors.Join(pointedAt(err, o.Filter), out.Flush())
			}
			done, err := a.ExportFile(ctx, path, o, show)
			if err != nil {
				return pointedAt(err, o.Filter)
			}
			end()
			return s.print(done, func() error {
				_, err := fmt.Fprintf(s.Stdout, "%s, %s in %s.\n", widget.Count(int64(done.Events), "event"), sizeWords(done.Bytes), services.Clean(path))
				return err
			})
		})
	}
	return cmd
}

// byName takes from a file's name what is not said otherwise.
func byName(o *services.ArchiveExport, path string) {
	name, zipped := strings.CutSuffix(strings.ToLower(path), ".gz")
	o.Gzip = o.Gzip || zipped
	switch {
	case o.Format != "":
	case strings.HasSuffix(name, ".csv"):
		o.Format = services.FormatCSV
	case strings.HasSuffix(name, ".json"):
		o.Format = services.FormatJSON
	}
}

// pointedAt tells a filter's error with its place in the text.
func pointedAt(err error, filter string) error {
	var fault *services.FilterFault
	if errors.As(err, &fault) {
		return &pointed{err, filter, *fault}
	}
	return err
}

func (s *session) archiveImport() *cobra.Command {
	var o services.ArchiveImport
	cmd := &cobra.Command{
		Use: "import FILE|-", Short: "Read events from a file or from stdin: NDJSON, JSON or CSV, also compressed", Args: cobra.ExactArgs(1),
		Long: "Reads events from a file, or from stdin (-), into the archive: what bursar archive\n" +
			"export wrote, one JSON event a line, JSON arrays, and lists as Stripe's API answers\n" +
			"them; also compressed with gzip. An event that is there already is a duplicate.\n\n" +
			"What cannot be read is counted, told by its line, kept aside (bursar archive aside),\n" +
			"and stops nothing; the exit code is then 1. Interrupted, the same command goes on.",
		Example: "  bursar archive import backup.ndjson.gz\n  stripe events list --limit 100 | bursar archive import -",
	}
	cmd.Flags().BoolVar(&o.AnyMode, "any-mode", false, "take live events into a test profile's archive, and the other way round")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		file, err := s.openImport(args[0])
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }() // it was only read
		return s.withArchive(cmd.Context(), func(ctx context.Context, a services.Archive) error {
			var from io.Reader = file
			if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
				from = interruptible(ctx, file)
			}
			show, end := s.archiveBar()
			defer end()
			done, err := a.Import(ctx, from, o, show)
			end()
			if err != nil {
				return err
			}
			if err := s.print(done, func() error { return s.imported(done) }); err != nil || done.Bad == 0 {
				return err
			}
			return silent{errors.New("some of the file could not be read")}
		})
	}
	return cmd
}

// interruptible reads a pipe or a terminal until ctx ends, whatever the other end
// does. Its goroutine may wait for the other end as long as the process lives.
func interruptible(ctx context.Context, file *os.File) io.Reader {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(w, file)
		_ = w.CloseWithError(err) // nil is the end of the file
	}()
	return r
}

// openImport opens what is to be imported.
func (s *session) openImport(path string) (*os.File, error) {
	if path == "-" {
		return s.Stdin, nil
	}
	file, err := os.Open(path)
	if err == nil {
		var info os.FileInfo
		if info, err = file.Stat(); err == nil && info.IsDir() {
			err = errors.New("it is a folder")
		}
	}
	if err != nil {
		e := services.Invalid("file", "The file "+services.Clean(path)+" cannot be read: "+services.Clean(err.Error())+".", "Check its name and rights.")
		e.Err = err
		return nil, e
	}
	return file, nil
}

func (s *session) imported(r services.ArchiveImported) error {
	out := &strings.Builder{}
	fmt.Fprintf(out, "%s, %s there already.\n", widget.Count(int64(r.Added), "new event"), widget.Number(int64(r.Duplicates)))
	if r.Bad > 0 {
		fmt.Fprintf(out, "%s could not be read. What stands there is kept aside, see bursar archive aside.\n", widget.Count(int64(r.Bad), "place"))
	}
	for i, p := range r.Problems {
		if i == shownFaults {
			fmt.Fprintf(out, "  and %s more\n", widget.Number(int64(r.Bad-i)))
			break
		}
		fmt.Fprintf(out, "  line %d: %s\n", p.Line, p.Reason)
	}
	_, err := fmt.Fprint(s.Stdout, out)
	return err
}
