//go:build unix

package pgtest_test

import (
	"database/sql"
	"testing"

	_ "github.com/lib/pq" // the driver

	"bursar/services/internal/archive/pgtest"
)

func connect(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // its server may be gone by then
	return db
}

func query(t *testing.T, url, text string) (answer string) {
	t.Helper()
	if err := connect(t, url).QueryRowContext(t.Context(), text).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestPostgres holds that every test has a database to itself, on one server.
func TestPostgres(t *testing.T) {
	const where = "SELECT current_setting('data_directory')"
	a, b := pgtest.Database(t), pgtest.Database(t)
	if a == b || query(t, a, where) != query(t, b, where) {
		t.Errorf("%s and %s are not two databases of one server", a, b)
	}
	if got := query(t, a, "SELECT ('a' < 'B')::text"); got != "true" {
		t.Error("text is sorted by bytes, so that nothing shows where that is taken for granted")
	}
}

// TestServer holds that a killed server comes back with what was committed.
func TestServer(t *testing.T) {
	s := pgtest.NewServer(t)
	url := s.Database(t)
	c := connect(t, url)
	if _, err := c.ExecContext(t.Context(), "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('there')"); err != nil {
		t.Fatal(err)
	}
	s.Kill(t)
	if err := c.PingContext(t.Context()); err == nil {
		t.Error("a killed server answers")
	}
	s.Start(t)
	if got := query(t, url, "SELECT word FROM kept"); got != "there" {
		t.Errorf("kept has %q", got)
	}
}
