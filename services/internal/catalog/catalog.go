// Package catalog keeps the product sources: numbered lists of products, each one
// a CSV file that a person can open and edit with any program. The file of source
// 3 is 3-<name>.csv; its first row names the columns, Name, Description, Price and
// Price ID and any further ones (spec/fliplet-payments, section 2). The order of
// the rows is the source's own.
package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"bursar/services"
)

const (
	fileLimit   = 10 << 20 // bytes of one source, at most
	rowLimit    = 50_000   // rows of one source, at most
	columnLimit = 200      // columns of one source, at most
)

// Catalog is a folder of product sources. Its methods may be called at the same
// time from several goroutines and processes: a file is always replaced whole.
type Catalog struct{ dir string }

// New returns the catalogue in a folder, which need not exist yet.
func New(dir string) *Catalog { return &Catalog{dir: dir} }

// source is one source's file.
type source struct {
	number int
	name   string
	path   string
}

// Sources lists the product sources by number. Rows counts what can be read; a
// source that cannot has 0 and says why when Rows is called.
func (c *Catalog) Sources(ctx context.Context) ([]services.ProductSource, error) {
	files, err := c.files()
	if err != nil {
		return nil, err
	}
	list := make([]services.ProductSource, 0, len(files))
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := read(f)
		if err != nil {
			rows = nil
		}
		list = append(list, services.ProductSource{Number: f.number, Name: f.name, Rows: len(rows)})
	}
	return list, nil
}

// Rows returns a source's rows in its own order, texts cleaned, each
// ProductUnchecked. CodeNotFound when there is no such source, CodeInvalid with
// the line when the file is not a product source.
func (c *Catalog) Rows(ctx context.Context, number int) ([]services.Product, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := c.file(number)
	if err != nil {
		return nil, err
	}
	return read(f)
}

// files lists the sources in the folder by number; of two with one number, the
// first by file name.
func (c *Catalog) files() ([]source, error) {
	all, err := c.everyFile()
	return slices.CompactFunc(all, func(a, b source) bool { return a.number == b.number }), err
}

// everyFile lists the files in the folder that are sources, by number, then name.
func (c *Catalog) everyFile() ([]source, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, storage("reading the product sources", "The folder "+c.dir+" cannot be read", err)
	}
	var list []source
	for _, e := range entries { // sorted by file name
		base, isCSV := strings.CutSuffix(e.Name(), ".csv")
		digits, name, named := strings.Cut(base, "-")
		number, err := strconv.Atoi(digits)
		if !isCSV || e.IsDir() || err != nil || number < 1 || digits != strconv.Itoa(number) {
			continue
		}
		if !named || name == "" {
			name = "Products " + digits
		}
		list = append(list, source{number, services.Clean(title(name)), filepath.Join(c.dir, e.Name())})
	}
	slices.SortStableFunc(list, func(a, b source) int { return a.number - b.number })
	return list, nil
}

func (c *Catalog) file(number int) (source, error) {
	files, err := c.files()
	if err != nil {
		return source{}, err
	}
	for _, f := range files {
		if f.number == number {
			return f, nil
		}
	}
	return source{}, &services.Error{Code: services.CodeNotFound, Op: "reading the products", Field: services.FieldProductSource,
		Message: fmt.Sprintf("There is no product source %d.", number),
		Next:    "Choose another in setup, or put a CSV file named " + strconv.Itoa(number) + "-products.csv into " + c.dir + "."}
}

func read(f source) ([]services.Product, error) {
	const op = "reading the products"
	text, err := load(f.path)
	if err != nil {
		return nil, storage(op, "The product source "+f.path+" cannot be read", err)
	}
	rows, err := parse(text)
	if err != nil {
		e := inOp(op, err)
		e.Message = "Product source " + strconv.Itoa(f.number) + ": " + e.Message
		e.Next += " The file is " + services.Clean(f.path) + "."
		return nil, e
	}
	return rows, nil
}

// load reads at most one byte more than a source may have, so that parse can
// tell.
func load(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, fileLimit+1))
}

// inOp says what was being done when err happened.
func inOp(op string, err error) *services.Error {
	e := *services.AsError(err)
	e.Op = op
	return &e
}

// slug is a name as it stands in a file name: letters, digits and hyphens, each
// space a hyphen.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(name) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_':
			b.WriteRune(r)
		case r == ' ' || r == '-':
			b.WriteByte('-')
		}
		if b.Len() > 60 {
			break
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "products"
}

// title is a slug as a person reads it.
func title(slug string) string { return strings.ReplaceAll(slug, "-", " ") }

// storage says in words why a file cannot be used.
func storage(op, what string, err error) *services.Error {
	why := err
	var pe *fs.PathError
	if errors.As(err, &pe) {
		why = pe.Err
	}
	return &services.Error{Code: services.CodeStorage, Op: op, Message: services.Clean(what) + ": " + why.Error() + ".", Next: "Check the disk and the folder's permissions, then try again.", Err: err}
}
