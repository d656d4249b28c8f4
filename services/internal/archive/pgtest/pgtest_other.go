//go:build !unix

package pgtest

import "testing"

// Database skips the test: servers for tests are started on Unix only.
func Database(t testing.TB) (url string) {
	t.Helper()
	t.Skip("skipped: PostgreSQL is started for tests on Unix only")
	return ""
}
