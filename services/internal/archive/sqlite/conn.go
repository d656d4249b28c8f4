package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"modernc.org/sqlite"
)

// conn is one connection to the file with the statements it has prepared, for
// one goroutine at a time. It stands directly on the driver: what database/sql
// does for each statement costs as much as SQLite does for most of them.
type conn struct {
	driver driver.Conn
	stmts  map[string]driver.Stmt // by text
	values []driver.NamedValue
}

// keptStatements is how many prepared statements a connection keeps. The texts of
// queries differ without end.
const keptStatements = 100

func dial(dsn string) (*conn, error) {
	d, err := (&sqlite.Driver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	return &conn{driver: d, stmts: map[string]driver.Stmt{}}, nil
}

func (c *conn) close() error {
	if c == nil {
		return nil
	}
	return errors.Join(c.forget(), c.driver.Close())
}

// forget gives the prepared statements back.
func (c *conn) forget() error {
	var errs []error
	for text, s := range c.stmts {
		errs = append(errs, s.Close())
		delete(c.stmts, text)
	}
	return errors.Join(errs...)
}

func (c *conn) prepare(text string) (driver.Stmt, error) {
	if s := c.stmts[text]; s != nil {
		return s, nil
	}
	if len(c.stmts) >= keptStatements {
		if err := c.forget(); err != nil {
			return nil, err
		}
	}
	s, err := c.driver.Prepare(text)
	if err == nil {
		c.stmts[text] = s
	}
	return s, err
}

func (c *conn) named(args []any) []driver.NamedValue {
	c.values = c.values[:0]
	for i, v := range args {
		switch n := v.(type) { // what the driver knows
		case int:
			v = int64(n)
		case bool:
			v = int64(0)
			if n {
				v = int64(1)
			}
		}
		c.values = append(c.values, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return c.values
}

// exec runs a statement and returns how many rows it changed. It does not watch
// for a context's end, which would cost a goroutine: what it is for is short.
func (c *conn) exec(text string, args ...any) (changed int64, err error) {
	s, err := c.prepare(text)
	if err != nil {
		return 0, err
	}
	result, err := s.(driver.StmtExecContext).ExecContext(context.Background(), c.named(args))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// errEnough is what a row's function returns to have no further rows.
var errEnough = errors.New("enough rows")

// each runs a query and gives every row to fn. The row's memory is used again.
// Within each, the same text must not be run again. ctx may end it at any row and
// during a long step.
func (c *conn) each(ctx context.Context, text string, args []any, fn func(row) error) (err error) {
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, c.named(args))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make(row, len(rows.Columns()))
	for {
		switch err := rows.Next(values); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		switch err := fn(values); {
		case errors.Is(err, errEnough):
			return nil
		case err != nil:
			return err
		}
	}
}

// first runs a query and gives its first row to fn; found tells whether there
// is one.
func (c *conn) first(ctx context.Context, text string, args []any, fn func(row)) (found bool, err error) {
	err = c.each(ctx, text, args, func(r row) error {
		found = true
		fn(r)
		return errEnough
	})
	return found, err
}

// integer runs a query for one integer, 0 when it has no row or NULL.
func (c *conn) integer(ctx context.Context, text string, args ...any) (n int64, err error) {
	_, err = c.first(ctx, text, args, func(r row) { n = r.integer(0) })
	return n, err
}

// row is one row of a query.
type row []driver.Value

func (r row) integer(i int) int64 {
	n, _ := r[i].(int64)
	return n
}

func (r row) text(i int) string {
	s, _ := r[i].(string)
	return s
}

func (r row) bytes(i int) []byte {
	b, _ := r[i].([]byte)
	return b
}

// dsn names the file for the driver, with the settings that a connection loses
// with itself; the journal mode stays with the file.
func dsn(path string, lockWait time.Duration, pragmas ...string) string {
	q := url.Values{"_pragma": {"busy_timeout(" + strconv.FormatInt(lockWait.Milliseconds(), 10) + ")"}}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	return u.String()
}
