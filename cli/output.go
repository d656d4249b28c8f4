package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"

	"bursar/services"
	"bursar/tui/layout"
)

// printJSON writes a result as indented JSON.
func (s *session) printJSON(v any) error {
	enc := json.NewEncoder(s.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// print writes a result: as JSON with --json, else as text.
func (s *session) print(v any, text func() error) error {
	if s.flags.json {
		return s.printJSON(v)
	}
	return text()
}

// notice says something on stderr that is neither a result nor an error.
func (s *session) notice(text string) {
	if text != "" && !s.flags.json {
		fmt.Fprintln(s.Stderr, services.Clean(text))
	}
}

// table writes aligned columns, widths by display cells. The last column is not
// padded; nothing is cut, so that what is printed can be copied and searched.
func (s *session) table(head []string, rows [][]string) error {
	widths := make([]int, len(head))
	all := append([][]string{head}, rows...)
	for _, r := range all {
		for i := range widths {
			widths[i] = max(widths[i], layout.Width(r[i]))
		}
	}
	out := bufio.NewWriter(s.Stdout)
	for _, r := range all {
		var b strings.Builder
		for i, cell := range r {
			if i == len(r)-1 {
				b.WriteString(cell)
				break
			}
			b.WriteString(layout.Fit(cell, widths[i], "") + "  ")
		}
		fmt.Fprintln(out, strings.TrimRight(b.String(), " "))
	}
	return out.Flush()
}

// facts writes "label  value" lines; pairs without a value are left out.
func (s *session) facts(pairs [][2]string) error {
	width := 0
	for _, p := range pairs {
		if p[1] != "" {
			width = max(width, len(p[0]))
		}
	}
	for _, p := range pairs {
		if p[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(s.Stdout, "%-*s  %s\n", width, p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}
