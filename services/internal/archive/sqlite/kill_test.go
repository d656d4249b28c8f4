package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive/archivetest"
)

// killedWriter names the file that the process which is to be killed writes to.
const killedWriter = "ARCHIVE_TEST_KILLED_WRITER"

// TestKilledWriter is the process that TestKill kills: many callers store events
// in batches and print what was answered as stored.
func TestKilledWriter(t *testing.T) {
	path := os.Getenv(killedWriter)
	if path == "" {
		return // not the process to be killed
	}
	a, _, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for caller := range 8 {
		wg.Go(func() {
			g := archivetest.NewGenerator(uint64(os.Getpid()*8+caller), 50, archivetest.Noon, 20*time.Millisecond)
			for i := 0; ; i++ {
				raws, line := make([][]byte, 1+i%9), strings.Builder{}
				for j := range raws {
					raws[j] = g.Next()
					line.WriteString("stored " + idOf(raws[j]) + "\n")
				}
				if _, _, err := a.Add(context.Background(), services.SourceWebhook, raws); err != nil {
					t.Error(err)
					return
				}
				_, _ = os.Stdout.WriteString(line.String()) // the parent may be gone
			}
		})
	}
	wg.Wait()
}

func idOf(raw []byte) string {
	_, rest, _ := strings.Cut(string(raw), `"id": "`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// kills is how often TestKill kills: a few times, or as BURSAR_SOAK says.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("BURSAR_SOAK")); err == nil && n > 0 {
		return n
	}
	return 5
}

// A process that is killed at any moment loses nothing that Add had answered, and
// leaves nothing twice.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	stored := map[string]bool{}
	for round := range kills() {
		answered := killOnce(t, path, time.Duration(20+rand.IntN(300))*time.Millisecond)
		for _, id := range answered {
			stored[id] = true
		}
		if round%50 == 49 || round == kills()-1 {
			checkStored(t, path, stored)
		}
	}
	if len(stored) < kills() {
		t.Errorf("only %d events were answered", len(stored))
	}
	t.Logf("%d kills, %d events answered", kills(), len(stored))
}

// killOnce runs a writer, kills it after a while from its first answer on, and
// returns what it had answered.
func killOnce(t *testing.T, path string, after time.Duration) (answered []string) {
	t.Helper()
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
	var killing *time.Timer
	for lines.Scan() {
		if killing == nil {
			killing = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		if id, ok := strings.CutPrefix(lines.Text(), "stored "); ok && len(id) > 20 {
			answered = append(answered, id)
		}
	}
	var killed *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &killed) || killed.ExitCode() != -1 {
		t.Fatalf("the writer ended by itself: %v", err)
	}
	return answered
}

// checkStored looks for every answered event, and that all parts of the file tell
// the same.
func checkStored(t *testing.T, path string, stored map[string]bool) {
	t.Helper()
	a := open(t, path)
	defer func() { _ = a.Close() }()
	var all []string
	for id := range stored {
		all = append(all, id)
	}
	has, err := a.Has(context.Background(), all)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range all {
		if !has[id] {
			t.Errorf("%s was answered and is lost", id)
		}
	}
	var rows, payloads, arrivals, distinct, counted int64
	check := ""
	execute(t, a, `SELECT count(*), (SELECT count(*) FROM payloads), max(arrival), count(DISTINCT id),
		(SELECT sum(n) FROM counts WHERE customer = 0), (SELECT integrity_check FROM pragma_integrity_check) FROM events`, func(r row) {
		rows, payloads, arrivals, distinct, counted, check = r.integer(0), r.integer(1), r.integer(2), r.integer(3), r.integer(4), r.text(5)
	})
	if told := fmt.Sprint(payloads, arrivals, distinct, counted, check); told != fmt.Sprint(rows, rows, rows, rows, "ok") {
		t.Errorf("%d events: %s", rows, told)
	}
}
