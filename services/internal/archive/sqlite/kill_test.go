package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bursar/services"
)

// killedWriter names the file that the process which is to be killed writes to.
const killedWriter = "ARCHIVE_TEST_KILLED_WRITER"

// TestKilledWriter is the process that TestKill kills.
func TestKilledWriter(t *testing.T) {
	path := os.Getenv(killedWriter)
	if path == "" {
		return // not the process to be killed
	}
	a, _, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		raws := make([][]byte, 1+i%5)
		for j := range raws {
			raws[j] = charge(fmt.Sprintf("evt_%d_%d_%d", os.Getpid(), i, j), int64(i), "cus_1")
		}
		if _, _, err := a.Add(context.Background(), services.SourceWebhook, raws); err != nil {
			t.Fatal(err)
		}
		for j := range raws {
			fmt.Printf("stored evt_%d_%d_%d\n", os.Getpid(), i, j)
		}
	}
}

// A process that is killed at any moment loses nothing that Add had answered.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	var stored []string
	for round := range 5 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")
		cmd.Env = append(os.Environ(), killedWriter+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 50+37*round && lines.Scan(); n++ {
			stored = append(stored, strings.TrimPrefix(lines.Text(), "stored "))
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // answered before the kill, read after it
			if id, ok := strings.CutPrefix(lines.Text(), "stored "); ok {
				stored = append(stored, id)
			}
		}
		var killed *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &killed) {
			t.Fatalf("the writer ended by itself: %v", err)
		}
	}
	a := open(t, path)
	if len(stored) < 250 {
		t.Fatalf("only %d events were answered", len(stored))
	}
	for _, id := range stored {
		if _, err := a.Event(context.Background(), id); err != nil {
			t.Errorf("%s was answered and is lost: %v", id, err)
		}
	}
	var rows, check = 0, ""
	execute(t, a, `SELECT count(*), (SELECT integrity_check FROM pragma_integrity_check) FROM events`, func(r row) {
		rows, check = int(r.integer(0)), r.text(1)
	})
	if total := everything(t, a).Total; total != rows || check != "ok" {
		t.Errorf("%d rows, counted %d, integrity %s", rows, total, check)
	}
}
