package exchange

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Item is what stands at one place of a file.
type Item struct {
	archive.Kept        // Source is empty when the file does not say how the event came
	Line         int64  // where it begins, from 1
	End          int64  // an offset to go on from once this item is dealt with
	EndLine      int64  // the line there
	Problem      string // why it cannot be read; Raw is then what stands there
}

// Reader reads the events of a file: one JSON value a line, JSON arrays, lists as
// Stripe's API answers them, indented JSON one after the other, or CSV with a
// column "event"; any of them compressed with gzip. What cannot be read is an
// item with a problem, and reading goes on behind it.
type Reader struct {
	in      *bufio.Reader
	at      int64 // bytes read
	line    int64
	next    func() (value []byte, line int64, problem string, err error)
	columns []string // of CSV
	queue   []Item   // of a list that was read
}

// maxValue is the longest line or JSON value, in bytes, that is read. A webhook's
// body has at most 1 MiB.
const maxValue = 32 << 20

// start is how much of a file is looked at to tell what it is.
const start = 64 << 10

// NewReader begins to read a file. An offset and its line are those of an Item
// that was read from the same file; 0 and 0 begin at the beginning.
func NewReader(file io.Reader, offset, line int64) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(file, start), line: 1}
	if magic, _ := r.in.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(r.in)
		if err != nil {
			return nil, unreadable("The compressed file cannot be read: " + err.Error() + ".")
		}
		r.in = bufio.NewReaderSize(unzipped, start)
	}
	head, err := r.in.Peek(start)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) { // a byte order mark
		head = head[3:]
		r.skip(3)
	}
	if err := r.recognise(bytes.TrimLeft(head, " \t\r\n")); err != nil {
		return nil, err
	}
	if offset > r.at {
		if err := r.skipTo(offset); err != nil {
			return nil, err
		}
		r.line = line
	}
	return r, nil
}

// recognise finds out how a file is to be read, by how it begins.
func (r *Reader) recognise(head []byte) error {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	first = bytes.TrimRight(first, " \t\r")
	switch {
	case len(head) == 0:
		r.next = r.readLine
	case head[0] == '[' || string(first) == "{":
		r.next = r.readValue
	case head[0] == '{':
		r.next = r.readLine
	default:
		columns, err := csv.NewReader(bytes.NewReader(first)).Read()
		if err != nil || !slices.Contains(columns, "event") {
			return unreadable("The file holds no events: it begins neither as JSON nor with a CSV heading that has a column named event.")
		}
		for blank, err := true, error(nil); blank; { // the heading, and what stands before it
			var line []byte
			if line, _, _, err = r.readLine(); err != nil {
				return err
			}
			blank = len(bytes.TrimSpace(line)) == 0
		}
		r.columns, r.next = columns, r.readLine
	}
	return nil
}

func unreadable(message string) error {
	e := services.Invalid("file", services.Clean(message), "Give a file that bursar archive export wrote, Stripe events as JSON, or one JSON event a line.")
	e.Op = "reading the file"
	return e
}

// Next returns what stands next in the file, io.EOF at its end.
func (r *Reader) Next() (Item, error) {
	for {
		if len(r.queue) > 0 {
			item := r.queue[0]
			r.queue = r.queue[1:]
			return item, nil
		}
		before, beforeLine := r.at, r.line
		value, line, problem, err := r.next()
		if err != nil {
			return Item{}, err
		}
		if value = bytes.TrimSpace(value); len(value) == 0 && problem == "" {
			continue
		}
		item := Item{Kept: archive.Kept{Raw: value}, Line: line, End: r.at, EndLine: r.line, Problem: problem}
		switch {
		case problem != "":
		case r.columns != nil:
			item.Kept, item.Problem = r.row(value)
		default:
			if elements := listed(value); elements != nil {
				r.spread(item, elements, before, beforeLine)
				continue
			}
			item.Kept, item.Problem = open(value)
		}
		return item, nil
	}
}

// spread queues the events of a list. A reading that stops among them has to read
// the list again.
func (r *Reader) spread(list Item, elements []json.RawMessage, before, beforeLine int64) {
	at := 0
	for i, e := range elements {
		from := at + max(bytes.Index(list.Raw[at:], e), 0)
		at = from + len(e)
		item := Item{Line: list.Line + int64(bytes.Count(list.Raw[:from], []byte("\n"))), End: before, EndLine: beforeLine}
		if item.Kept, item.Problem = open(e); i == len(elements)-1 {
			item.End, item.EndLine = list.End, list.EndLine
		}
		r.queue = append(r.queue, item)
	}
}

// listed returns the elements of a list as Stripe's API answers it, nil when the
// value is none.
func listed(value []byte) []json.RawMessage {
	if head := value[:min(len(value), 256)]; !bytes.Contains(head, []byte(`"list"`)) && !bytes.Contains(head, []byte(`"data"`)) {
		return nil
	}
	var list struct {
		Object string
		ID     *string
		Data   []json.RawMessage
	}
	if json.Unmarshal(value, &list) != nil || list.Object != "list" || list.ID != nil {
		return nil
	}
	return list.Data
}

// row reads a line of CSV.
func (r *Reader) row(line []byte) (kept archive.Kept, problem string) {
	kept.Raw = line
	row, err := csv.NewReader(bytes.NewReader(line)).Read()
	switch {
	case err != nil:
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return kept, "it is no CSV: " + err.Error()
	case len(row) != len(r.columns):
		return kept, fmt.Sprintf("it has %d columns, and the heading %d", len(row), len(r.columns))
	}
	cell := func(name string) string {
		if i := slices.Index(r.columns, name); i >= 0 {
			return row[i]
		}
		return ""
	}
	text, layout := cell("event"), cell("layout")
	raw, problem := asReceived([]byte(text), layout, text)
	if problem != "" {
		return kept, problem
	}
	kept.Raw = raw
	if source := cell("source"); source != "" {
		kept.Source = sourceOf(source)
	}
	if received, err := time.Parse(time.RFC3339, cell("received")); err == nil {
		kept.Received = received
	}
	return kept, ""
}

// readLine reads a line.
func (r *Reader) readLine() (value []byte, line int64, problem string, err error) {
	line = r.line
	long := false
	for {
		part, err := r.in.ReadSlice('\n')
		r.at += int64(len(part))
		if !long {
			value = append(value, part...)
		}
		if long = long || len(value) > maxValue; long {
			value = value[:min(len(value), start)]
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return r.broken(value, line, err)
		case err != nil && len(value) == 0:
			return nil, line, "", io.EOF
		case err == nil:
			r.line++
		}
		if long {
			problem = "it is longer than 32 MiB"
		}
		return value, line, problem, nil
	}
}

// broken tells of a file that cannot be read any further: once, and then that it
// is over. A compressed file can end too early or be damaged; that is no failure
// of the disk.
func (r *Reader) broken(value []byte, line int64, err error) ([]byte, int64, string, error) {
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, gzip.ErrChecksum) && !errors.Is(err, gzip.ErrHeader) && !strings.HasPrefix(err.Error(), "flate:") {
		return nil, line, "", err
	}
	r.in.Reset(strings.NewReader(""))
	return value, line, "the compressed file is damaged or ends here: " + err.Error(), nil
}

// readValue reads a JSON value by its brackets. What separates values is skipped,
// and so are the brackets of an array around them.
func (r *Reader) readValue() (value []byte, line int64, problem string, err error) {
	depth, inside, escaped := 0, false, false
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			if line == 0 {
				line = r.line
			}
			switch {
			case !errors.Is(err, io.EOF):
				return r.broken(value, line, err)
			case len(value) == 0:
				return nil, line, "", io.EOF
			case depth > 0 || inside:
				return value, line, "the file ends within it", nil
			}
			return value, line, "", nil
		}
		r.at++
		if c == '\n' {
			r.line++
		}
		if len(value) == 0 && (strings.IndexByte(" \t\r\n,[]", c) >= 0) {
			continue
		}
		if depth == 0 && !inside && len(value) > 0 && strings.IndexByte(" \t\r\n,]", c) >= 0 { // behind a number or a word
			return value, line, "", nil
		}
		if len(value) == 0 {
			line = r.line
		}
		if value = append(value, c); len(value) > maxValue {
			return value[:start], line, "it is longer than 32 MiB", nil
		}
		switch {
		case escaped:
			escaped = false
		case inside && c == '\\':
			escaped = true
		case c == '"':
			inside = !inside
		case !inside && (c == '{' || c == '['):
			depth++
		case !inside && (c == '}' || c == ']'):
			depth--
		}
		if depth <= 0 && !inside && strings.IndexByte(`}]"`, c) >= 0 {
			return value, line, "", nil
		}
	}
}

// skip passes over bytes that were looked at.
func (r *Reader) skip(n int) {
	_, _ = r.in.Discard(n) // they are in the buffer
	r.at += int64(n)
}

// skipTo passes over what was dealt with before.
func (r *Reader) skipTo(offset int64) error {
	for r.at < offset {
		n, err := r.in.Discard(int(min(offset-r.at, 1<<30)))
		r.at += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil // the next reading tells
		}
		if err != nil {
			return err
		}
	}
	return nil
}
