package webhook

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bursar/services"
)

// BenchmarkIntake measures deliveries over keep-alive connections of 3.8 KB each,
// as Stripe's are, beside a bare server that reads the body and checks the
// signature. "synced" appends each batch to a file and syncs it, which is the
// least that durable can mean.
func BenchmarkIntake(b *testing.B) {
	text := `{"id":"evt_1","object":"event","type":"charge.succeeded","created":1795003200,"pad":"` + strings.Repeat("x", 3700) + `"}`
	for _, c := range []int{1, 16, 64} {
		for _, kind := range []string{"bare", "memory", "synced"} {
			b.Run(fmt.Sprintf("%s/c=%d", kind, c), func(b *testing.B) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				if kind == "bare" {
					server := &http.Server{Handler: http.HandlerFunc(bare)}
					go func() { _ = server.Serve(l) }()
					defer func() { _ = server.Close() }()
				} else {
					var sink Sink = &counting{}
					if kind == "synced" {
						sink = openSynced(b)
					}
					r := New([]Target{{Name: "shop", Token: token, Secrets: always(secretOne), Sink: sink}}, Options{})
					defer func() { _ = r.Close() }()
					s := Serve(l, r.Routes(), ServerOptions{})
					defer func() { _ = s.Close() }()
				}
				hammer(b, l.Addr().String(), c, request(text, secretOne))
			})
		}
	}
}

// hammer sends b.N requests over c connections, each its next when the last is
// answered.
func hammer(b *testing.B, addr string, c int, wire string) {
	next := make(chan struct{}, b.N)
	for range b.N {
		next <- struct{}{}
	}
	close(next)
	failed := make(chan error, c)
	b.ReportAllocs()
	b.ResetTimer()
	for range c {
		go func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				failed <- err
				return
			}
			defer func() { _ = conn.Close() }()
			in := bufio.NewReader(conn)
			for range next {
				if _, err := io.WriteString(conn, wire); err != nil {
					failed <- err
					return
				}
				if err := answered(in); err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
	}
	for range c {
		if err := <-failed; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

// answered reads one answer, which must be 200, and its body.
func answered(in *bufio.Reader) error {
	length := 0
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		switch {
		case err != nil:
			return err
		case first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")):
			return fmt.Errorf("answered %s", line)
		case len(line) == 2:
			_, err := in.Discard(length)
			return err
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			for _, digit := range bytes.TrimSpace(line[16:]) {
				length = 10*length + int(digit-'0')
			}
		}
	}
}

// bare is a server that checks the signature and does nothing else.
func bare(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	at, sum, _ := strings.Cut(strings.TrimPrefix(r.Header.Get(SignatureHeader), "t="), ",v1=")
	mac := hmac.New(sha256.New, []byte(secretOne))
	_, _ = mac.Write([]byte(at + "."))
	_, _ = mac.Write(text)
	if got, hexErr := hex.DecodeString(sum); err != nil || hexErr != nil || !hmac.Equal(got, mac.Sum(nil)) {
		w.WriteHeader(http.StatusBadRequest)
	}
}

// synced is a sink that appends to a file.
type synced struct{ file *os.File }

func openSynced(b *testing.B) *synced {
	file, err := os.Create(filepath.Join(b.TempDir(), "deliveries"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = file.Close() })
	return &synced{file}
}

func (s *synced) Add(_ context.Context, _ services.EventSource, raws [][]byte) (int, int, error) {
	if _, err := s.file.Write(bytes.Join(raws, []byte("\n"))); err != nil {
		return 0, 0, err
	}
	return len(raws), 0, s.file.Sync()
}
