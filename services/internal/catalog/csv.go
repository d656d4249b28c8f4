package catalog

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"bursar/services"
)

// The seed's columns, by their exact names. Description may be missing.
const (
	colName        = "Name"
	colDescription = "Description"
	colPrice       = "Price"
	colPriceID     = "Price ID"
)

// byteOrderMark is what some spreadsheets write before UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// parse reads a product source: RFC 4180, with or without a byte order mark, CRLF
// or LF, the seed's columns in any order and any further ones. Lines without any
// value are left out. The error is a CodeInvalid that names the line.
func parse(text []byte) ([]services.Product, error) {
	if len(text) > fileLimit {
		return nil, unusable(0, "the file is larger than 10 MiB", "Split it into several sources.")
	}
	text = bytes.TrimPrefix(text, byteOrderMark)
	if line := invalidUTF8(text); line > 0 {
		return nil, unusable(line, "the text is not UTF-8", `Save it from the spreadsheet as "CSV UTF-8".`)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, unusable(0, "the file is empty", "Give it a first line: Name,Description,Price,Price ID.")
	}
	if err != nil {
		return nil, malformed(err)
	}
	columns, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	var rows []services.Product
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, malformed(err)
		}
		line, _ := r.FieldPos(0)
		if len(record) > len(columns) && !isBlank(record[len(columns):]) {
			return nil, unusable(line, fmt.Sprintf("the row has %d values for %d columns", len(record), len(columns)), "Put a value that holds a comma into double quotes.")
		}
		row, ok := product(columns, record)
		if !ok {
			continue
		}
		if len(rows) == rowLimit {
			return nil, unusable(line, "the file has more than 50,000 rows", "Split it into several sources.")
		}
		row.Row = len(rows) + 1
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, unusable(0, "the file has a header and no rows", "Add a product: a name, a description, a price and its Stripe price id.")
	}
	return rows, nil
}

// readHeader cleans the column names and checks that the seed's are there, none
// twice.
func readHeader(header []string) ([]string, error) {
	if len(header) > columnLimit {
		return nil, unusable(1, "the file has more than 200 columns", "Remove those that bursar does not need.")
	}
	columns := make([]string, len(header))
	for i, h := range header {
		name := strings.TrimSpace(services.Clean(h))
		if name != "" && slices.Contains(columns[:i], name) {
			return nil, unusable(1, fmt.Sprintf("the column %q is there twice", name), "Rename or remove one of them.")
		}
		columns[i] = name
	}
	for _, need := range []string{colName, colPrice, colPriceID} {
		if slices.Contains(columns, need) {
			continue
		}
		next := "The first line names the columns: Name,Description,Price,Price ID."
		for _, have := range columns {
			if strings.EqualFold(have, need) {
				next = fmt.Sprintf("There is %q: write it exactly as %q.", have, need)
			}
		}
		if len(columns) == 1 && strings.Contains(columns[0], ";") {
			next = "The columns are separated by semicolons: save it with commas."
		}
		return nil, unusable(1, fmt.Sprintf("there is no column %q", need), next)
	}
	return columns, nil
}

// product turns one record into a row; values without a column name are dropped.
// It returns false when no value is left.
func product(columns, record []string) (services.Product, bool) {
	p, any := services.Product{State: services.ProductUnchecked}, false
	for i, column := range columns[:min(len(columns), len(record))] {
		value := strings.TrimSpace(services.Clean(record[i]))
		any = any || column != "" && value != ""
		switch column {
		case colName:
			p.Name = value
		case colDescription:
			p.Description = value
		case colPrice:
			p.Price = value
		case colPriceID:
			p.PriceID = value
		case "":
		default:
			if p.Columns == nil {
				p.Columns = map[string]string{}
			}
			p.Columns[column] = value
		}
	}
	return p, any
}

// encode writes rows as a product source: the seed's columns, then the further
// ones by name, lines ended by LF as the seed writes them.
func encode(w io.Writer, rows []services.Product) error {
	seen := map[string]bool{}
	for _, p := range rows {
		for name := range p.Columns {
			seen[name] = true
		}
	}
	further := make([]string, 0, len(seen))
	for name := range seen {
		further = append(further, name)
	}
	slices.Sort(further)
	out := csv.NewWriter(w)
	if err := out.Write(append([]string{colName, colDescription, colPrice, colPriceID}, further...)); err != nil {
		return err
	}
	for _, p := range rows {
		record := []string{p.Name, p.Description, p.Price, p.PriceID}
		for _, name := range further {
			record = append(record, p.Columns[name])
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func isBlank(record []string) bool {
	return !slices.ContainsFunc(record, func(v string) bool { return strings.TrimSpace(v) != "" })
}

// invalidUTF8 returns the line of the first byte that is not UTF-8, or 0.
func invalidUTF8(text []byte) int {
	if utf8.Valid(text) {
		return 0
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return 1 + bytes.Count(text[:i], []byte("\n"))
		}
		i += size
	}
	return 0
}

// malformed says in words what encoding/csv found.
func malformed(err error) error {
	var pe *csv.ParseError
	if !errors.As(err, &pe) {
		return unusable(0, "it cannot be read as CSV", "Save it again as CSV.")
	}
	const next = `Put the whole value into double quotes and write a quote inside it twice: "the 7"" one".`
	if errors.Is(pe.Err, csv.ErrBareQuote) {
		return unusable(pe.Line, "a double quote stands in a value that does not begin with one", next)
	}
	return unusable(pe.StartLine, "a value that begins with a double quote does not end with one", next)
}

func unusable(line int, what, next string) error {
	e := services.Invalid(services.FieldProductSource, strings.ToUpper(what[:1])+what[1:]+".", next)
	if line > 0 {
		e.Message = fmt.Sprintf("Line %d: %s.", line, what)
	}
	return e
}
