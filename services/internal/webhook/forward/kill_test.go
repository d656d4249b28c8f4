package forward

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"testing"
)

const killObjects, killEach = 16, 16

// killSource is the archive of TestKill, the same in every process.
func killSource() *fake {
	source := &fake{}
	for n := range killEach {
		for o := range killObjects {
			source.add(event(fmt.Sprintf("ob%02d", o), n, "charge.updated"))
		}
	}
	return source
}

// TestKilledChild is the process that TestKill kills.
func TestKilledChild(t *testing.T) {
	path, address := os.Getenv("FORWARD_TEST_QUEUE"), os.Getenv("FORWARD_TEST_URL")
	if path == "" {
		return // it is run by TestKill
	}
	o := soon(killSource())
	o.Parallel = 4
	q := open(t, path)
	f := start(t, q, o, Destination{URL: address, Secret: secret})
	eventually(t, "everything", func() bool {
		var read, waiting int
		err := q.db.QueryRow(`SELECT (SELECT CAST(position AS INTEGER) FROM destinations), (SELECT count(*) FROM waiting)`).Scan(&read, &waiting)
		return err == nil && read == killObjects*killEach && waiting == 0
	})
	stop(t, f)
}

// A process that is killed at any moment loses nothing, and the next one keeps
// each object's order.
func TestKill(t *testing.T) {
	progress := make(chan struct{}, 100_000)
	p := newProgram(t, func(string, int) int {
		progress <- struct{}{}
		if rand.IntN(10) == 0 {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	path := file(t)
	kills := 0
	for ended := false; !ended; {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledChild$")
		cmd.Env = append(os.Environ(), "FORWARD_TEST_QUEUE="+path, "FORWARD_TEST_URL="+p.URL)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		var err error
		for range 1 + rand.IntN(40) {
			select {
			case <-progress:
				continue
			case err = <-done:
				ended = true
			}
			break
		}
		if ended && err == nil {
			break
		}
		if ended {
			t.Fatalf("the child ended by itself: %v", err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-done
		kills++
	}
	inOrder(t, p.ids(false), p.ids(true), killObjects*killEach)
	if kills < 5 {
		t.Errorf("killed %d times only", kills)
	}
	t.Logf("killed %d times; %d deliveries for %d events", kills, len(p.ids(true)), killObjects*killEach)
}
