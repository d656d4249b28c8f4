package app_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/app"
	"bursar/services/internal/sandbox"
)

// keyholder is a home in a folder, with the keys of the profile "shop" in its ring.
func keyholder(t *testing.T, dir string) *home {
	h := &home{t: t, dir: dir, env: map[string]string{"BURSAR_HOME": dir, "BROWSER": "none", "BURSAR_STRIPE_API_BASE": "http://127.0.0.1:1"}}
	h.ring = &ring{held: map[string]string{"bursar/shop/secret_key": testSecret, "bursar/shop/signing_secret": testSigning}}
	return h
}

// TestKilledReceiver is the process that TestKillWhileReceiving kills.
func TestKilledReceiver(t *testing.T) {
	dir := os.Getenv("BURSAR_TEST_RECEIVER")
	if dir == "" {
		return // it is run by TestKillWhileReceiving
	}
	l := keyholder(t, dir).listen(app.ListenOptions{Profiles: []string{"shop"}})
	fmt.Println("URL", l.Profiles[0].URL)
	<-l.Ended
}

// A receiver that is killed at any moment under load has every event that it
// acknowledged, once.
func TestKillWhileReceiving(t *testing.T) {
	rounds := 12
	if n, err := strconv.Atoi(os.Getenv("BURSAR_SOAK")); err == nil && n > 0 {
		rounds = n
	}
	h := keyholder(t, t.TempDir())
	publishable, secret := testPublishable, testSecret
	if _, err := h.desks().Configuration().Update(t.Context(), "shop", services.ConfigurationUpdate{PublishableKey: &publishable, SecretKey: &secret, SkipVerify: true}); err != nil {
		t.Fatal(err)
	}
	if err := h.desks().Configuration().UpdateSigningSecret(t.Context(), "shop", testSigning); err != nil {
		t.Fatal(err)
	}
	acked := map[string]bool{}
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledReceiver$")
		cmd.Env = append(os.Environ(), "BURSAR_TEST_RECEIVER="+h.dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		url := ""
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if u, ok := strings.CutPrefix(lines.Text(), "URL "); ok {
				url = u
				break
			}
		}
		ids := hammered(t, url, round, cmd.Process)
		_ = cmd.Wait() // it was killed
		for _, id := range ids {
			acked[id] = true
		}
	}
	d := h.open("shop", app.Command)
	missing := 0
	for id := range acked {
		if _, err := d.Logs.Event(t.Context(), id); err != nil {
			missing++
		}
	}
	health, err := d.Logs.Health(t.Context())
	if err != nil || missing > 0 || len(acked) < 50*rounds {
		t.Errorf("of %d acknowledged events %d are missing, %v", len(acked), missing, err)
	}
	if types, err := d.Logs.Types(t.Context(), ""); err != nil || len(types) != 1 || types[0].Count != health.Events || health.Events < len(acked) {
		t.Errorf("%d events, by type %+v, %v", health.Events, types, err)
	}
	t.Logf("%d kills, %d acknowledged, %d archived", rounds, len(acked), health.Events)
}

// hammered delivers over several connections, kills the receiver in the midst of
// it, and returns the ids that were acknowledged.
func hammered(t *testing.T, url string, round int, receiver *os.Process) (acked []string) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var count atomic.Int64
	enough := 60 + rand.Int64N(400)
	deadline := time.Now().Add(patience)
	for worker := range 8 {
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: patience}
			defer client.CloseIdleConnections()
			for n := 0; time.Now().Before(deadline); n++ {
				id := fmt.Sprintf("evt_%d_%d_%d", round, worker, n)
				body := fmt.Sprintf(`{"id":"%s","object":"event","type":"charge.succeeded","created":%d,"data":{"object":{"id":"ch_%s","object":"charge"}}}`, id, time.Now().Unix(), id)
				r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/json; charset=utf-8")
				r.Header.Set("Stripe-Signature", sandbox.Sign(testSigning, time.Now(), []byte(body)))
				res, err := client.Do(r)
				if err != nil {
					return // killed
				}
				_ = res.Body.Close()
				if res.StatusCode != http.StatusOK {
					t.Errorf("HTTP %d", res.StatusCode)
					return
				}
				mu.Lock()
				acked = append(acked, id)
				mu.Unlock()
				if count.Add(1) == enough {
					_ = receiver.Kill()
				}
			}
		})
	}
	all.Wait()
	_ = receiver.Kill() // when it was too slow
	return acked
}
