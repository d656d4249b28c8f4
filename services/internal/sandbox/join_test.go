package sandbox

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func join(t *testing.T, data string) *Shop {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	shop, err := Join(ctx, Options{Data: data, Seed: true})
	if err != nil {
		t.Fatal(err)
	}
	return shop
}

func ask(t *testing.T, shop *Shop, method, path, form string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, shop.URL()+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(shop.SecretKey(), "")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestJoinSharesAndTakesOver(t *testing.T) {
	data := filepath.Join(t.TempDir(), "shop", "sandbox.db")
	first := join(t, data)
	var served atomic.Int32
	first.OnServe(func() { served.Add(1) })
	second := join(t, data)
	second.OnServe(func() { served.Add(10) })
	if !first.Serving() || second.Serving() || first.URL() != second.URL() || served.Load() != 1 {
		t.Fatalf("serving %v %v, %s %s, told %d", first.Serving(), second.Serving(), first.URL(), second.URL(), served.Load())
	}
	if status, body := ask(t, first, "POST", "/v1/customers", "email=shared@b.co"); status != 200 {
		t.Fatal(body)
	}
	if _, body := ask(t, second, "GET", "/v1/customers?email=shared@b.co", ""); !strings.Contains(body, "shared@b.co") {
		t.Error("the second process sees another shop")
	}
	info, err := os.Stat(data + ".addr")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("address file: %v, %v", info.Mode(), err)
	}
	address := first.URL()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "the second to take over", second.Serving)
	if second.URL() != address || served.Load() != 11 {
		t.Errorf("took over on %s, want %s; told %d", second.URL(), address, served.Load())
	}
	if status, body := ask(t, second, "GET", "/v1/customers?email=shared@b.co", ""); status != 200 || !strings.Contains(body, "shared@b.co") {
		t.Errorf("after the takeover: %d %s", status, body)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	third := join(t, data) // days later: the same address
	if third.URL() != address || !third.Serving() {
		t.Errorf("served again on %s, want %s", third.URL(), address)
	}
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestJoinServesOnAnotherPortWhenItsOwnIsTaken(t *testing.T) {
	data := filepath.Join(t.TempDir(), "sandbox.db")
	other := http.Server{Addr: "127.0.0.1:0"}
	shop := join(t, data)
	if err := shop.Close(); err != nil {
		t.Fatal(err)
	}
	squat, err := (&Shop{o: Options{Data: data}}).listen(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = other.Serve(squat) }()
	defer func() { _ = other.Close() }()
	again := join(t, data)
	defer func() { _ = again.Close() }()
	if again.URL() == shop.URL() {
		t.Error("served on a port that is taken")
	}
	if status, body := ask(t, again, "GET", "/v1/account", ""); status != 200 {
		t.Error(body)
	}
}

func TestJoinTellsOfDamage(t *testing.T) {
	data := filepath.Join(t.TempDir(), "sandbox.db")
	if err := os.WriteFile(data, []byte(strings.Repeat("tea leaves ", 400)), 0o600); err != nil {
		t.Fatal(err)
	}
	shop := join(t, data)
	if !strings.Contains(shop.Notice(), "was damaged. It was set aside as "+data+".damaged-") {
		t.Errorf("notice %q", shop.Notice())
	}
	if err := shop.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestJoinRefusesAnAddressOfTheNetwork(t *testing.T) {
	_, err := Join(context.Background(), Options{Data: filepath.Join(t.TempDir(), "s.db"), Addr: "0.0.0.0:0"})
	if err == nil || !strings.Contains(err.Error(), "loopback only") {
		t.Errorf("err %v", err)
	}
}

func TestJoinGivesUpOnASilentHolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "s.db")
	holder := join(t, data)
	defer func() { _ = holder.Close() }()
	if err := os.WriteFile(data+".addr", []byte("127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err := Join(ctx, Options{Data: data}); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("err %v", err)
	}
}
