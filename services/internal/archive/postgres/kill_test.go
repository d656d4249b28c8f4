package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive/archivetest"
	"bursar/services/internal/archive/pgtest"
)

// killedWriter names the database that the process which is to be killed writes
// to.
const killedWriter = "ARCHIVE_TEST_KILLED_WRITER"

// TestKilledWriter is the process that TestKill kills. It stores events at full
// load, each again until that is answered, as Stripe delivers them.
func TestKilledWriter(t *testing.T) {
	url := os.Getenv(killedWriter)
	if url == "" {
		return // not the process to be killed
	}
	a, err := Open(context.Background(), url, Options{})
	for ; err != nil; a, err = Open(context.Background(), url, Options{}) {
		time.Sleep(10 * time.Millisecond) // the server comes back
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("evt_%d_%d_%d", os.Getpid(), w, i)
				raw := archivetest.Charge(id, int64(1_700_000_000+i), fmt.Sprintf("cus_%d", i%50))
				for {
					if _, _, err := a.Add(context.Background(), services.SourceWebhook, [][]byte{raw}); err == nil {
						break
					}
					time.Sleep(5 * time.Millisecond)
				}
				mu.Lock()
				fmt.Println("stored " + id)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// rounds is how often something is killed; BURSAR_SOAK sets it for the long run.
func rounds(t *testing.T) int {
	if text := os.Getenv("BURSAR_SOAK"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 6
}

// Whatever is killed, at any moment: what Add had answered is there, once.
func TestKill(t *testing.T) {
	server := pgtest.NewServer(t)
	url := server.Database(t)
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	var stored []string
	killed := map[string]int{}
	for round := range rounds(t) {
		w := startWriter(t, url)
		w.read(t, 1+r.IntN(400))
		if round%2 == 1 { // the server first, while the writer goes on
			server.Kill(t)
			killed["server"]++
			server.Start(t)
			w.read(t, 1+r.IntN(200))
		}
		stored = append(stored, w.kill(t)...)
		killed["writer"]++
	}
	a := open(t, url)
	has, err := a.Has(context.Background(), stored)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range stored {
		if !has[id] {
			t.Errorf("%s was answered and is lost", id)
		}
	}
	var rows, distinct, arrived, counted int
	if err := a.read.QueryRow(`SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM arrivals),
		(SELECT sum(n) FROM counts WHERE customer = '') FROM events`).Scan(&rows, &distinct, &arrived, &counted); err != nil {
		t.Fatal(err)
	}
	if rows != distinct || rows != arrived || rows != counted || rows < len(stored) {
		t.Errorf("%d rows, %d ids, %d arrivals, counted %d, answered %d", rows, distinct, arrived, counted, len(stored))
	}
	t.Logf("killed %v, %d events answered, %d stored", killed, len(stored), rows)
}

// writer is a running TestKilledWriter.
type writer struct {
	cmd    *exec.Cmd
	lines  *bufio.Scanner
	stored []string
}

func startWriter(t *testing.T, url string) *writer {
	t.Helper()
	w := &writer{cmd: exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")}
	w.cmd.Env = append(os.Environ(), killedWriter+"="+url)
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.lines = bufio.NewScanner(out)
	return w
}

// read waits until n more events were answered.
func (w *writer) read(t *testing.T, n int) {
	t.Helper()
	for ; n > 0; n-- {
		if !w.lines.Scan() {
			t.Fatal("the writer ended by itself")
		}
		if id, ok := strings.CutPrefix(w.lines.Text(), "stored "); ok {
			w.stored = append(w.stored, id)
		}
	}
}

// kill kills the writer and returns what it was answered.
func (w *writer) kill(t *testing.T) []string {
	t.Helper()
	if err := w.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for w.lines.Scan() { // answered before the kill, read after it
		if id, ok := strings.CutPrefix(w.lines.Text(), "stored "); ok {
			w.stored = append(w.stored, id)
		}
	}
	var ended *exec.ExitError
	if err := w.cmd.Wait(); !errors.As(err, &ended) {
		t.Fatalf("the writer ended by itself: %v", err)
	}
	return w.stored
}
