package exchange

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
	"bursar/services/internal/archive/pgtest"
	"bursar/services/internal/archive/postgres"
)

func openPostgres(t testing.TB) archive.Archive {
	t.Helper()
	a, err := postgres.Open(context.Background(), pgtest.Database(t), postgres.Options{Now: func() time.Time { return archivetest.Noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// full is an archive with some of everything.
func full(t testing.TB, a archive.Archive) archive.Archive {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	kept(t, a, hostile()...)
	g := archivetest.NewGenerator(1, 5, archivetest.Noon, time.Second)
	var raws []archive.Kept
	for i := range 700 {
		raws = append(raws, archive.Kept{Source: services.SourceList, Received: archivetest.Noon.Add(time.Duration(i) * time.Second), Raw: g.Next()})
	}
	raws = append(raws, archive.Kept{Source: services.SourceWebhook, Raw: []byte("poison")},
		archive.Kept{Source: services.SourceWebhook, Raw: []byte(strings.Replace(event("evt_plain"), "a.b", "b.c", 1))})
	_, _, err := a.Restore(ctx, raws)
	must(err)
	one, two := services.Session{ID: "cs_1", Created: archivetest.Noon}, services.Session{ID: "cs_2", Created: archivetest.Noon}
	must(a.Ledger().Save(ctx, one))
	must(a.Ledger().Save(ctx, two))
	must(a.Ledger().Settle(ctx, services.Receipt{Session: two, Outcome: services.OutcomeCompleted, CheckedAt: archivetest.Noon}))
	must(a.SetCursor(ctx, "list.acct_1", "some place"))
	must(a.RecordSync(ctx, archivetest.Noon, ""))
	must(a.RecordSync(ctx, archivetest.Noon.Add(time.Hour), "it failed"))
	return a
}

// What is copied from any store to any other is the same in all that can be asked.
func TestCopy(t *testing.T) {
	for name, stores := range map[string][2]archive.Archive{
		"SQLite to SQLite":     {openNew(t), openNew(t)},
		"SQLite to PostgreSQL": {openNew(t), openPostgres(t)},
		"PostgreSQL to SQLite": {openPostgres(t), openNew(t)},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			from, to := full(t, stores[0]), stores[1]
			done, err := Copy(ctx, from, "from", to, []string{"list.acct_1", "list.none"}, nil)
			if err != nil || done.Resumed {
				t.Fatalf("%+v, %v", done, err)
			}
			same(t, to, from, true)
			for what, ask := range map[string]func(archive.Archive) (any, error){
				"health":   func(a archive.Archive) (any, error) { return a.Health(ctx) },
				"types":    func(a archive.Archive) (any, error) { return a.Types(ctx, "") },
				"counts":   func(a archive.Archive) (any, error) { return a.Counts(ctx) },
				"cursor":   func(a archive.Archive) (any, error) { return a.Cursor(ctx, "list.acct_1") },
				"sessions": func(a archive.Archive) (any, error) { return a.Ledger().Unsettled(ctx) },
				"receipts": func(a archive.Archive) (any, error) { return a.Ledger().Recent(ctx, 0) },
				"aside": func(a archive.Archive) (any, error) {
					aside, err := a.Aside(ctx, 0, 10)
					all := map[string]string{}
					for _, k := range aside {
						all[string(k.Raw)] = fmt.Sprint(k.EventID, k.Received.Unix(), k.Source)
					}
					return all, err
				},
				"page": func(a archive.Archive) (any, error) {
					page, err := a.List(ctx, archive.Query{Limit: 100, Offset: 50})
					page.Position = ""
					return page, err
				},
			} {
				want, err1 := ask(from)
				got, err2 := ask(to)
				if err1 != nil || err2 != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %+v\nwant %+v\n%v %v", what, got, want, err1, err2)
				}
			}
			report, err := Check(ctx, to, nil)
			if err != nil || len(report.Problems) > 0 || report.Events != done.Events || report.Next != "" {
				t.Errorf("%+v, %v", report, err)
			}
			// Again, it has nothing to do but to verify; what came since is copied.
			kept(t, from, []byte(event("evt_later")))
			kept(t, to, []byte(event("evt_of_its_own")))
			again, err := Copy(ctx, from, "from", to, nil, nil)
			if err != nil || !again.Resumed || again.Events != done.Events+1 || again.Digest == done.Digest {
				t.Errorf("%+v, %v", again, err)
			}
			if _, err := to.Event(ctx, "evt_later"); err != nil {
				t.Error(err)
			}
			// What both received, each in its own layout, is in both.
			kept(t, to, []byte(event("evt_both")))
			kept(t, from, []byte(strings.ReplaceAll(event("evt_both"), ",", ", ")))
			if both, err := Copy(ctx, from, "from", to, nil, nil); err != nil || both.Other != 1 || both.Events != again.Events+1 {
				t.Errorf("%+v, %v", both, err)
			}
		})
	}
}

// A copy that is interrupted again and again goes on where it stopped.
func TestCopyGoesOn(t *testing.T) {
	from, to := full(t, openNew(t)), openNew(t)
	reached := 0
	for round := 0; ; round++ {
		ctx, cancel := context.WithCancel(t.Context())
		done, err := Copy(ctx, from, "from", to, nil, func(services.ArchiveProgress) {
			if round < 3 {
				cancel()
			}
		})
		cancel()
		if err == nil {
			if round != 3 || !done.Resumed {
				t.Errorf("round %d: %+v", round, done)
			}
			break
		}
		if services.CodeOf(err) != services.CodeIncomplete || done.Events <= reached {
			t.Fatalf("%+v, %v", done, err)
		}
		reached = done.Events
	}
	same(t, to, from, true)
}

// losing is an archive that does not keep what it says it keeps.
type losing struct{ archive.Archive }

func (l losing) Restore(ctx context.Context, events []archive.Kept) (int, int, error) {
	for i := range events {
		if strings.Contains(string(events[i].Raw), "evt_spaces") {
			events[i].Raw = []byte(strings.Replace(string(events[i].Raw), " ,", ",", 1))
		}
	}
	return l.Archive.Restore(ctx, events)
}

func TestCopyIsVerified(t *testing.T) {
	from, to := full(t, openNew(t)), losing{openNew(t)}
	_, err := Copy(t.Context(), from, "from", to, nil, nil)
	var known *services.Error
	if !errors.As(err, &known) || known.Code != services.CodeStorage || !strings.Contains(known.Message, "not the same") || known.Next == "" {
		t.Errorf("%v", err)
	}
	if _, err := Copy(t.Context(), from, "other", full(t, openAt(t, filepath.Join(t.TempDir(), "other.db"))), nil, nil); services.CodeOf(err) != services.CodeInvalid {
		t.Errorf("into an archive that is in use: %v", err)
	}
}

// Without a store of its own kind, an archive is checked by its contract.
func TestCheckByContract(t *testing.T) {
	ctx := t.Context()
	a := openPostgres(t)
	full(t, a)
	report, err := Check(ctx, a, nil)
	if err != nil || len(report.Problems) > 0 || report.Events != 700+len(hostile()) || report.Received == 0 {
		t.Errorf("%+v, %v", report, err)
	}
	report, err = Check(ctx, lying{a}, nil)
	parts := map[string]bool{}
	for _, p := range report.Problems {
		parts[p.Part] = true
	}
	if err != nil || !parts["event"] || !parts["counter"] || report.Next == "" {
		t.Errorf("%+v, %v", report, err)
	}
}

// lying is an archive whose lists are wrong.
type lying struct{ archive.Archive }

func (l lying) Arrivals(ctx context.Context, after string, limit int) ([]services.Arrival, error) {
	arrivals, err := l.Archive.Arrivals(ctx, after, limit)
	for i := range arrivals {
		if arrivals[i].Event.ID == "evt_plain" {
			arrivals[i].Event.Livemode = true
		}
	}
	return arrivals, err
}

func (l lying) Types(ctx context.Context, customer string) ([]services.TypeCount, error) {
	types, err := l.Archive.Types(ctx, customer)
	types[0].Count--
	return types, err
}
