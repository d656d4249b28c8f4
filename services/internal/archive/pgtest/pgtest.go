//go:build unix

// Package pgtest starts a PostgreSQL server for tests. It knows nothing of the
// archive, so that every package can use it.
package pgtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Database returns the URL of a new, empty database on the PostgreSQL server
// that the test binary starts for itself when first asked. The database is
// dropped when the test ends, the server when the binary does, however it ends.
// The test is skipped where PostgreSQL is not installed.
func Database(t testing.TB) (url string) {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	if s == nil {
		t.Skip("skipped: PostgreSQL is not installed")
	}
	return s.Database(t)
}

// shared is the one server of a test binary; nil where none is installed.
var shared = sync.OnceValues(start)

// Server is a PostgreSQL server with its own files. It listens on a Unix socket
// only, and does not force its writes to the disk: it survives being killed, and
// not the machine's end. Text is sorted by the rules of English, as on many real
// servers, so that what depends on bytes has to say so.
type Server struct {
	bin, dir  string
	lifeline  io.Closer // the server lives while this is open
	ended     chan struct{}
	databases atomic.Int64
}

// NewServer starts a server for one test, which may kill it.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatal(err)
	}
	if s == nil {
		t.Skip("skipped: PostgreSQL is not installed")
	}
	t.Cleanup(func() {
		_ = s.lifeline.Close() // a pipe of ours
		<-s.ended
	})
	return s
}

// role is the server's one user.
const role = "bursar"

// life is the shell script that the server lives in: it ends when its standard
// input does, which is when this process does, and takes the files along.
const life = `
bin=$1 dir=$2
trap '"$bin/pg_ctl" -D "$dir/data" -m immediate stop >>"$dir/life" 2>&1; rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -U ` + role + ` -A trust -N -E UTF8 --locale=C --locale-provider=icu --icu-locale=en >"$dir/life" 2>&1 &&
printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" "fsync = off" "full_page_writes = off" \
	"shared_buffers = 32MB" "timezone = UTC" "max_connections = 200" >>"$dir/data/postgresql.conf" &&
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w start >>"$dir/life" 2>&1 && echo ready || cat "$dir/life" "$dir/log"
exec 1>&-
cat >/dev/null
`

// start starts a server, or returns nil where PostgreSQL is not installed.
func start() (*Server, error) {
	bin := installed()
	if bin == "" {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "bursar-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir, ended: make(chan struct{})}
	cmd := s.command("sh", "-c", life, "sh", bin, dir)
	if c := cmd.SysProcAttr.Credential; c != nil {
		if err := os.Chown(dir, int(c.Uid), int(c.Gid)); err != nil {
			return nil, err
		}
	}
	if s.lifeline, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(bufio.NewReader(stdout))
	go func() {
		defer close(s.ended)
		_ = cmd.Wait() // how it ends is of no interest any more
	}()
	if err != nil || string(answer) != "ready\n" {
		_ = s.lifeline.Close() // a pipe of ours
		return nil, fmt.Errorf("starting PostgreSQL: %v\n%s", err, answer)
	}
	return s, nil
}

// installed returns the folder of the newest PostgreSQL's programs, "" for none.
func installed() string {
	// Debian keeps them out of the path.
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		return filepath.Dir(slices.Max(found))
	}
	if found, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(found)
	}
	return ""
}

// command prepares a program of its own session, which no key at the terminal
// reaches. PostgreSQL refuses to run as root: then it runs as somebody else.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = somebody()
	}
	return cmd
}

// somebody is a user without rights.
func somebody() *syscall.Credential {
	c := &syscall.Credential{Uid: 65534, Gid: 65534}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return c
}

// Database makes a new, empty database, dropped when the test ends, and returns
// its URL.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", s.databases.Add(1))
	s.run(t, "createdb", "-h", s.dir, "-U", role, name)
	t.Cleanup(func() {
		if s.pid() != 0 {
			s.run(t, "dropdb", "-h", s.dir, "-U", role, "--force", name)
		}
	})
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + name, RawQuery: url.Values{"host": {s.dir}}.Encode()}
	return u.String()
}

// run runs one of PostgreSQL's programs.
func (s *Server) run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := s.command(filepath.Join(s.bin, name), args...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

// pid is the server's process, 0 when it is down.
func (s *Server) pid() int {
	text, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil || syscall.Kill(pid, 0) != nil {
		return 0
	}
	return pid
}

// Kill ends the server at once, as a crash would.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	pid := s.pid()
	if pid == 0 {
		t.Fatal("the server is not running")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); s.pid() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the killed server is still there")
		}
	}
}

// Start starts the server again after Kill, and returns when it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	// The killed server's own processes go one by one; until then it refuses.
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		out, err := s.command(filepath.Join(s.bin, "pg_ctl"), "-D", filepath.Join(s.dir, "data"),
			"-l", filepath.Join(s.dir, "log"), "-w", "start").CombinedOutput()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("starting PostgreSQL again: %v\n%s", err, out)
		}
	}
}
