package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if data := os.Getenv("SANDBOX_TEST_SERVE"); data != "" {
		if _, err := Join(context.Background(), Options{Data: data}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		time.Sleep(time.Minute) // the parent kills it
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestKill9 kills the serving process while it answers, lets this process take
// over, and looks for every write that was answered.
func TestKill9(t *testing.T) {
	data := filepath.Join(t.TempDir(), "sandbox.db")
	for round := range 3 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "SANDBOX_TEST_SERVE="+data)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, "the child to serve", func() bool { return (&Shop{o: Options{Data: data}}).findServer(context.Background()) })
		shop := join(t, data)
		if shop.Serving() {
			t.Fatal("the parent serves")
		}
		timer := time.AfterFunc(time.Duration(60+40*round)*time.Millisecond, func() { _ = child.Process.Kill() })
		var answered []string
		for i := 0; ; i++ {
			email := fmt.Sprintf("r%d-%d@b.co", round, i)
			status, _ := ask(t, shop, "POST", "/v1/customers", "email="+email)
			if status != 200 {
				break
			}
			answered = append(answered, email)
		}
		timer.Stop()
		_ = child.Wait()
		until(t, "the parent to take over", shop.Serving)
		for _, email := range answered {
			if _, body := ask(t, shop, "GET", "/v1/customers?email="+email, ""); !strings.Contains(body, email) {
				t.Errorf("round %d: %s was answered and is lost", round, email)
			}
		}
		if len(answered) == 0 {
			t.Error("nothing was written before the kill")
		}
		if err := shop.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
