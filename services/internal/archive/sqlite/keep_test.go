package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive/archivetest"
)

// The log beside the file does not grow without end while events keep coming,
// whatever else there is to do meanwhile.
func TestLogStaysBounded(t *testing.T) {
	a := openNew(t)
	g := archivetest.NewGenerator(1, 5000, archivetest.Noon, time.Second)
	batch := make([][]byte, 500)
	for range 300 {
		for i := range batch {
			batch[i] = g.Next()
		}
		if _, _, err := a.Add(context.Background(), services.SourceList, batch); err != nil {
			t.Fatal(err)
		}
		if n := a.logLength(); n > 3*logLimit {
			t.Fatalf("the log has %d bytes", n)
		}
		if info, err := os.Stat(filepath.Join(a.path)); err != nil {
			t.Fatal(err)
		} else if info.Size() > 32<<20 {
			return // it was copied into the file
		}
	}
	t.Errorf("the log of %d bytes was never copied into the file", a.logLength())
}
