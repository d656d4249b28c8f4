//go:build !unix

package archivetest

import "testing"

// Postgres skips the test: servers for tests are started on Unix only.
func Postgres(t testing.TB) (url string) {
	t.Helper()
	t.Skip("skipped: PostgreSQL is started for tests on Unix only")
	return ""
}
