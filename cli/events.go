package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/term"

	"bursar/services"
	"bursar/tui/layout"
)

// eventWriter prints events as they come.
type eventWriter interface {
	// write prints events, which are on their way when it returns, and says how
	// many of them; all of them unless it fails.
	write(events []services.Event) (n int, err error)
	// end closes what was written; page is what was asked for, without the events
	// that were written already.
	end(page services.LogPage) error
}

// eventWriter makes what prints events in a format; raw gives an event's received
// bytes.
func (s *session) eventWriter(f logsFlags, raw func(id string) ([]byte, error)) (eventWriter, error) {
	out := bufio.NewWriter(s.Stdout)
	format := f.format
	if f.follow && format == "json" {
		format = "ndjson" // one object has an end
	}
	switch format {
	case "table":
		return &eventTable{out: out}, nil
	case "json":
		return &eventPage{session: s}, nil
	case "ndjson":
		if f.raw {
			return &eventLines{out: out, line: func(e services.Event) ([]byte, error) {
				received, err := raw(e.ID)
				return oneLine(received, term.IsTerminal(int(s.Stdout.Fd()))), err
			}}, nil
		}
		return &eventLines{out: out, line: func(e services.Event) ([]byte, error) { return encode(e) }}, nil
	case "csv":
		return &eventCSV{csv: csv.NewWriter(out), out: out}, nil
	}
	return nil, services.Invalid("format", fmt.Sprintf("%q is not a format.", services.Clean(format)), "Use table, json, ndjson or csv.")
}

// rawOf reads received bytes from a desk.
func rawOf(ctx context.Context, d *services.Desk) func(id string) ([]byte, error) {
	return func(id string) ([]byte, error) {
		e, err := d.Logs.Event(ctx, id)
		return e.Raw, err
	}
}

// eventPage is one JSON object: the page.
type eventPage struct {
	session *session
	events  []services.Event
}

func (p *eventPage) write(events []services.Event) (int, error) {
	p.events = append(p.events, events...)
	return len(events), nil
}

func (p *eventPage) end(page services.LogPage) error {
	page.Events = append([]services.Event{}, p.events...) // [] and not null when there is none
	return p.session.printJSON(page)
}

// eventLines is one JSON object a line.
type eventLines struct {
	out  *bufio.Writer
	line func(services.Event) ([]byte, error)
}

func (l *eventLines) write(events []services.Event) (n int, err error) {
	for _, e := range events {
		line, err := l.line(e)
		if err != nil {
			return n, errors.Join(err, l.out.Flush())
		}
		_, _ = l.out.Write(append(line, '\n')) // Flush has its error
		n++
	}
	return n, l.out.Flush()
}

func (l *eventLines) end(services.LogPage) error { return nil }

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// oneLine is received JSON without its line breaks and blanks. For a terminal
// what cannot be seen, and could change how the rest is drawn, is written as JSON
// writes it: the value stays the same.
func oneLine(received []byte, terminal bool) []byte {
	var b bytes.Buffer
	if err := json.Compact(&b, received); err != nil {
		b.Reset()
		b.WriteString(services.Clean(string(received)))
	}
	if !terminal {
		return b.Bytes()
	}
	var out bytes.Buffer
	for _, r := range b.String() {
		switch {
		case !services.Invisible(r):
			out.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.Bytes()
}

// eventCSV is a table for other programs.
type eventCSV struct {
	csv    *csv.Writer
	out    *bufio.Writer
	headed bool
}

func (c *eventCSV) write(events []services.Event) (int, error) {
	if !c.headed {
		c.headed = true
		_ = c.csv.Write([]string{"id", "type", "created", "customer", "object", "amount", "currency", "outcome"}) // Error has it
	}
	for _, e := range events {
		amount, currency := "", ""
		if e.Amount != nil {
			amount, currency = e.Amount.Decimal(), e.Amount.Currency
		}
		_ = c.csv.Write([]string{cell(e.ID), cell(e.Type), e.Created.UTC().Format(time.RFC3339), cell(e.Customer), cell(e.ObjectID), amount, cell(currency), cell(string(e.Outcome))})
	}
	c.csv.Flush()
	return len(events), errors.Join(c.csv.Error(), c.out.Flush())
}

func (c *eventCSV) end(services.LogPage) error { return nil }

// cell is text that a spreadsheet takes as text, whatever it begins with.
func cell(text string) string {
	begin := strings.TrimLeft(text, " \t\r\n")
	if begin != "" && strings.ContainsAny(begin[:1], "=+-@") || strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "\r") {
		return "'" + text
	}
	for _, wide := range []string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(begin, wide) {
			return "'" + text
		}
	}
	return text
}

// eventTable is a table for a person. The first rows decide how wide its columns
// are; nothing is cut, so that what is printed can be copied and searched.
type eventTable struct {
	out    *bufio.Writer
	widths []int
}

func (t *eventTable) write(events []services.Event) (int, error) {
	rows := make([][]string, 0, len(events)+1)
	if t.widths == nil {
		rows = append(rows, []string{"CREATED (UTC)", "TYPE", "OUTCOME", "AMOUNT", "CUSTOMER", "EVENT"})
	}
	for _, e := range events {
		amount := ""
		if e.Amount != nil {
			amount = e.Amount.String()
		}
		rows = append(rows, []string{e.Created.UTC().Format("2006-01-02 15:04:05"), e.Type, string(e.Outcome), amount, e.Customer, e.ID})
	}
	if t.widths == nil {
		t.widths = []int{19, 24, 9, 10, 18, 0}
		for _, r := range rows {
			for i, c := range r[:len(r)-1] {
				t.widths[i] = max(t.widths[i], layout.Width(c))
			}
		}
	}
	for _, r := range rows {
		t.row(r)
	}
	return len(events), t.out.Flush()
}

// row writes one row; a failure stays in the writer until it is flushed.
func (t *eventTable) row(cells []string) {
	const amount = 3
	var b strings.Builder
	for i, c := range cells {
		pad := strings.Repeat(" ", max(t.widths[i]-layout.Width(c), 0))
		switch {
		case i == len(cells)-1:
			b.WriteString(c)
		case i == amount:
			b.WriteString(pad + c + "  ")
		default:
			b.WriteString(c + pad + "  ")
		}
	}
	_, _ = io.WriteString(t.out, strings.TrimRight(b.String(), " ")+"\n")
}

func (t *eventTable) end(services.LogPage) error { return nil }
