package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
	"bursar/services/internal/archive/pgtest"
)

func execute(t *testing.T, a *Archive, sql string) {
	t.Helper()
	if _, err := a.write.Exec(sql); err != nil {
		t.Fatal(err)
	}
}

// wantStorage checks that err is a storage error whose words contain text and
// tell no secret.
func wantStorage(t *testing.T, err error, text string) {
	t.Helper()
	var e *services.Error
	if !errors.As(err, &e) || e.Code != services.CodeStorage {
		t.Fatalf("error %v, want CodeStorage", err)
	}
	if !strings.Contains(e.Message, text) || e.Next == "" || e.Op == "" {
		t.Errorf("message %q, next %q, op %q; want %q in the message", e.Message, e.Next, e.Op, text)
	}
	if all := fmt.Sprintf("%+v %v %s", e, err, e.Message+e.Next); strings.Contains(all, "canary") {
		t.Errorf("the password is told: %s", all)
	}
}

func TestFaultsHaveWords(t *testing.T) {
	a := &Archive{place: place{label: "shop on db:5432", schema: "bursar"}}
	for state, words := range map[string]string{
		"28P01": "refused the user or the password", "3D000": "does not exist", "42501": "may not write", "53100": "full or failing",
		"53300": "no connection left", "25006": "read-only", "57014": "took too long", "55P03": "locked", "40P01": "at the same time",
		"XX001": "damaged", "57P01": "does not answer", "08006": "does not answer", "57P03": "does not answer", "42P01": "no longer",
	} {
		wantStorage(t, a.fault("storing events", fmt.Errorf("doing it: %w", &pq.Error{Code: pqerror.Code(state), Message: "x"})), words)
	}
	for err, words := range map[error]string{
		io.ErrUnexpectedEOF: "does not answer", pq.ErrSSLNotSupported: "does not encrypt", errClosed: "closed", errors.New("odd"): "could not be used",
	} {
		wantStorage(t, a.fault("storing events", err), words)
	}
}

// refusing is a server that answers the first message with an error.
func refusing(t *testing.T, state string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			var size [4]byte
			if _, err := io.ReadFull(c, size[:]); err == nil {
				_, _ = io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(size[:]))-4)
				body := "SFATAL\x00C" + state + "\x00Mno\x00\x00"
				_, _ = c.Write(append(binary.BigEndian.AppendUint32([]byte{'E'}, uint32(len(body)+4)), body...))
			}
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

func TestOpenFails(t *testing.T) {
	ctx := context.Background()
	fails := func(name, url string, opts Options, words string) {
		t.Run(name, func(t *testing.T) {
			a, err := Open(ctx, url, opts)
			if err == nil {
				_ = a.Close()
			}
			wantStorage(t, err, words)
		})
	}
	t.Setenv("PGPASSWORD", "canary")
	for state, words := range map[string]string{"28P01": "the password", "53300": "no connection", "57P03": "does not answer", "3D000": "shop on 127.0.0.1"} {
		fails(state, "postgres://somebody:canary@"+refusing(t, state)+"/shop?sslmode=disable", Options{}, words)
	}
	fails("nobody there", "postgres://somebody:canary@127.0.0.1:1/shop?sslmode=disable", Options{}, "does not answer")

	url := pgtest.Database(t)
	fails("no such database", strings.Replace(url, "/test", "/none", 1), Options{}, "does not exist")
	a := open(t, url)
	execute(t, a, `UPDATE bursar_archive SET version = 99`)
	fails("newer", url, Options{}, "newer bursar")
	execute(t, a, `DROP TABLE bursar_archive`)
	fails("foreign", url, Options{}, "another program")
	execute(t, a, `CREATE ROLE stranger LOGIN`)
	t.Cleanup(func() { execute(t, a, `DROP ROLE stranger`) })
	fails("no rights", strings.Replace(url, "bursar@", "stranger@", 1)+"&search_path=other", Options{}, "may not write")
	one, err := Open(ctx, url+"&search_path=mine", Options{Account: "acct_1 test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	fails("another account", url+"&search_path=mine", Options{Account: "acct_1 live"}, "another Stripe account or mode")
}

func TestURLsAreRefused(t *testing.T) {
	for _, url := range []string{"", "mysql://canary@h/d", "postgres://u:canary@[::1/d", "postgres://u:canary@h/d?search_path=a,b",
		"postgres://u:canary@h/d?search_path=pg_x", `postgres://u:canary@h/d?search_path="A"`, "postgres://u:canary@h:x/d", "postgres://u:canary@h/d?sslmode=canary"} {
		_, err := Open(context.Background(), url, Options{})
		e := services.AsError(err)
		if e == nil || e.Code != services.CodeInvalid || e.Field != "archive" || strings.Contains(fmt.Sprintf("%+v%v", e, err), "canary") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// A server that goes away is told of, and used again when it is back.
func TestServerGoneAndBack(t *testing.T) {
	server := pgtest.NewServer(t)
	url := server.Database(t)
	a, other := open(t, url), open(t, url)
	ctx := context.Background()
	archivetest.Add(t, a, 1, 0, archivetest.Charge("evt_1", 1, "cus_1"))
	server.Kill(t)
	_, _, err := a.Add(ctx, services.SourceWebhook, [][]byte{archivetest.Charge("evt_2", 1, "cus_1")})
	wantStorage(t, err, "does not answer")
	_, err = a.List(ctx, archive.Query{Limit: 1})
	wantStorage(t, err, "does not answer")
	server.Start(t)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, _, err := a.Add(ctx, services.SourceWebhook, [][]byte{archivetest.Charge("evt_2", 1, "cus_1")})
		if err == nil {
			break
		}
		if wantStorage(t, err, "does not answer"); time.Now().After(end) {
			t.Fatal(err)
		}
	}
	if page := archivetest.List(t, a, archive.Query{Limit: 10}); page.Total != 2 || len(page.Events) != 2 {
		t.Errorf("after the server came back: %+v", page)
	}
	// Notices come through again too.
	watch := other.Watch(ctx)
	for end := time.After(30 * time.Second); ; {
		archivetest.Add(t, a, 1, 0, archivetest.Charge(fmt.Sprintf("evt_%d", time.Now().UnixNano()), 1, ""))
		select {
		case <-watch:
			return
		case <-end:
			t.Fatal("no notice came")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestReadOnly(t *testing.T) {
	url := pgtest.Database(t)
	a := open(t, url)
	archivetest.Add(t, a, 1, 0, archivetest.Charge("evt_1", 1, "cus_1"))
	b := open(t, url+"&default_transaction_read_only=on")
	if page := archivetest.List(t, b, archive.Query{Limit: 10}); len(page.Events) != 1 {
		t.Errorf("read-only: %+v", page)
	}
	_, _, err := b.Add(context.Background(), services.SourceList, [][]byte{archivetest.Charge("evt_2", 1, "cus_1")})
	wantStorage(t, err, "read-only")
}

// Statements that another transaction keeps waiting end, and the event can be
// stored afterwards.
func TestLockedByAnotherProgram(t *testing.T) {
	url := pgtest.Database(t)
	a := open(t, url+"&lock_timeout=100")
	release := make(chan struct{})
	held, done := make(chan struct{}), make(chan struct{})
	raw := archivetest.Charge("evt_1", 1, "cus_1")
	b := open(t, url)
	go func() {
		defer close(done)
		slowly(t, b, func() { close(held); <-release }, raw)
	}()
	<-held
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_, _, err := a.Add(ctx, services.SourceWebhook, [][]byte{raw})
	wantStorage(t, err, "")
	close(release)
	<-done
	archivetest.Add(t, a, 0, 1, raw)
}

// An archive's answers are on the disk, whatever the database is set to.
func TestCommitsAreDurable(t *testing.T) {
	a := open(t, pgtest.Database(t)+"&synchronous_commit=off")
	var setting string
	if err := a.write.QueryRow(`SHOW synchronous_commit`).Scan(&setting); err != nil || setting != "on" {
		t.Errorf("synchronous_commit is %s, %v", setting, err)
	}
}
