package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// secretKey and publishableKey are the demo shop's. They open nothing but a
// sandbox on this machine, which takes every well-formed test key.
const (
	secretKey      = "sk_test_sandboxKettleAndCrane"
	publishableKey = "pk_test_sandboxKettleAndCrane"
)

// takeover is how often a process asks whether the one that serves went away.
const takeover = 300 * time.Millisecond

// Shop is a sandbox that several processes share: one of them serves it, and
// when that one goes another takes over on the same address.
type Shop struct {
	o    Options
	held *flock.Flock

	lock    sync.Mutex
	url     string
	server  *Server
	http    *http.Server
	notice  string
	onServe []func()

	stop     context.CancelFunc
	watching sync.WaitGroup
	serving  sync.WaitGroup
}

// Join serves the data file on loopback if nobody does, and otherwise finds the
// process that does. It returns when the sandbox answers, or when ctx ends. ctx
// does not stop the shop: Close does.
func Join(ctx context.Context, o Options) (*Shop, error) {
	if err := os.MkdirAll(filepath.Dir(o.Data), 0o700); err != nil {
		return nil, fmt.Errorf("making the sandbox folder: %w", err)
	}
	s := &Shop{o: o, held: flock.New(o.Data+".lock", flock.SetPermissions(0o600))}
	for {
		served, err := s.tryServe(ctx)
		if err != nil {
			return nil, errors.Join(err, s.held.Close())
		}
		if served || s.findServer(ctx) {
			break
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("another process holds the sandbox (%s) and does not answer: %w", o.Data, ctx.Err()), s.held.Close())
		case <-time.After(takeover / 6):
		}
	}
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.watching.Go(func() { s.watch(watch) })
	return s, nil
}

// tryServe takes the lock when it is free, opens the file and listens.
func (s *Shop) tryServe(ctx context.Context) (bool, error) {
	locked, err := s.held.TryLock()
	if err != nil || !locked {
		return false, wrap("locking the sandbox file", err)
	}
	listener, err := s.listen(ctx)
	if err != nil {
		return false, errors.Join(err, s.held.Unlock())
	}
	o := s.o
	o.URL = "http://" + listener.Addr().String()
	server, err := New(o)
	if addr := listener.Addr().String(); err == nil && addr != readAddress(o.Data) {
		err = writeAtomically(o.Data+".addr", addr)
		if err != nil {
			err = errors.Join(err, server.Close())
		}
	}
	if err != nil {
		return false, errors.Join(err, listener.Close(), s.held.Unlock())
	}
	web := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	s.lock.Lock()
	s.url, s.server, s.http, s.notice = o.URL, server, web, server.Notice()
	told := append([]func(){}, s.onServe...)
	s.lock.Unlock()
	s.serving.Go(func() { _ = web.Serve(listener) })
	for _, tell := range told {
		tell()
	}
	return true, nil
}

// listen takes the address asked for or the remembered one, so that addresses in
// objects stay good, and a free port when that one is taken.
func (s *Shop) listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	if s.o.Addr != "" && !loopbackHost(s.o.Addr) {
		return nil, fmt.Errorf("the sandbox serves on loopback only, and %s is not", s.o.Addr)
	}
	if s.o.Addr != "" && !strings.HasSuffix(s.o.Addr, ":0") {
		l, err := config.Listen(ctx, "tcp", s.o.Addr)
		return l, wrap("opening the sandbox's address", err)
	}
	if remembered := readAddress(s.o.Data); remembered != "" {
		if l, err := config.Listen(ctx, "tcp", remembered); err == nil {
			return l, nil
		}
	}
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	return l, wrap("opening an address for the sandbox", err)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

func readAddress(data string) string {
	b, err := os.ReadFile(data + ".addr")
	addr := strings.TrimSpace(string(b))
	if err != nil || !loopbackHost(addr) {
		return ""
	}
	return addr
}

// writeAtomically writes a small file so that a reader sees all of it or nothing.
func writeAtomically(path, content string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("remembering the sandbox's address: %w", err)
	}
	_, err = f.WriteString(content + "\n")
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("remembering the sandbox's address: %w", err)
	}
	return nil
}

// findServer reports whether the remembered address answers as a sandbox.
func (s *Shop) findServer(ctx context.Context) bool {
	addr := readAddress(s.o.Data)
	if addr == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+alivePath, nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64))
	_ = answer.Body.Close()
	if err != nil || !strings.HasPrefix(string(body), "bursar sandbox") {
		return false
	}
	s.lock.Lock()
	s.url = "http://" + addr
	s.lock.Unlock()
	return true
}

// watch waits to take over, until ctx ends or this process serves.
func (s *Shop) watch(ctx context.Context) {
	ticker := time.NewTicker(takeover)
	defer ticker.Stop()
	for !s.Serving() {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := s.tryServe(ctx); err != nil && s.o.Log != nil {
				s.o.Log.Error("sandbox: taking over", "err", err)
			}
		}
	}
}

// URL is the sandbox's base address, "http://127.0.0.1:PORT".
func (s *Shop) URL() string { s.lock.Lock(); defer s.lock.Unlock(); return s.url }

// SecretKey is an sk_test_… that the sandbox accepts.
func (s *Shop) SecretKey() string { return secretKey }

// PublishableKey is the pk_test_… that belongs to it.
func (s *Shop) PublishableKey() string { return publishableKey }

// Serving reports whether this process serves the sandbox now.
func (s *Shop) Serving() bool { s.lock.Lock(); defer s.lock.Unlock(); return s.server != nil }

// Notice tells what happened to the data file when it was opened here, such as
// that a damaged one was set aside; empty when nothing did.
func (s *Shop) Notice() string { s.lock.Lock(); defer s.lock.Unlock(); return s.notice }

// OnServe has fn called each time this process becomes the one that serves, at
// once when it is. fn must not block.
func (s *Shop) OnServe(fn func()) {
	s.lock.Lock()
	s.onServe = append(s.onServe, fn)
	serving := s.server != nil
	s.lock.Unlock()
	if serving {
		fn()
	}
}

// Close leaves the shop: it stops serving, lets answers under way finish (at
// most two seconds) and gives the file to whoever waits for it.
func (s *Shop) Close() error {
	s.stop()
	s.watching.Wait() // it may be taking over just now
	s.lock.Lock()
	server, web := s.server, s.http
	s.lock.Unlock()
	var err error
	if web != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		if web.Shutdown(ctx) != nil {
			_ = web.Close()
		}
		cancel()
		err = server.Close()
	}
	s.serving.Wait()
	return errors.Join(err, s.held.Close())
}
