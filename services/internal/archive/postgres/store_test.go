package postgres

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
	"bursar/services/internal/archive/pgtest"
)

// open opens the archive at a URL and closes it with the test.
func open(t testing.TB, url string) *Archive {
	t.Helper()
	a, err := Open(context.Background(), url, Options{Now: func() time.Time { return archivetest.Noon }, Poll: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// Each archive of the contract's tests has a schema of one database.
func TestContract(t *testing.T) {
	database, schemas := pgtest.Database(t), 0
	archivetest.Run(t, func(t testing.TB) func() archive.Archive {
		schemas++
		url := fmt.Sprintf("%s&search_path=archive_%d", database, schemas)
		return func() archive.Archive { return open(t, url) }
	})
}
