package eventsync

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bursar/services"
)

// outage is an account whose list forgets after 30 days, and a machine that is
// on now and then.
type outage struct {
	*testing.T
	*fakeSource
	store *fakeStore
	now   int64
}

func newOutage(t *testing.T) *outage {
	o := &outage{T: t, fakeSource: &fakeSource{}, store: newStore(), now: start}
	o.before = func(request) error { // the list forgets
		o.list = slices.DeleteFunc(o.list, func(e Event) bool { return e.Created < o.now-30*day })
		return nil
	}
	return o
}

// pass lets time go by with an event every so often.
func (o *outage) pass(seconds, every int64) {
	for end := o.now + seconds; o.now < end; {
		o.now += every
		o.add(o.now)
	}
}

func (o *outage) syncer() *Syncer {
	return New(o.fakeSource, o.store, Options{Now: func() time.Time { return time.Unix(o.now, 0) }})
}

func (o *outage) sync() {
	o.Helper()
	if _, err := o.syncer().Sync(context.Background()); err != nil {
		o.Fatal(err)
	}
}

func (o *outage) backfill(days int64) services.SyncResult {
	o.Helper()
	since := time.Time{}
	if days > 0 {
		since = time.Unix(o.now-days*day, 0)
	}
	res, err := o.syncer().Backfill(context.Background(), since, nil)
	if err != nil {
		o.Fatal(err)
	}
	return res
}

// breakAt makes a page fail.
func (o *outage) breakAt(page int) {
	o.asked = nil
	forget := o.before
	o.before = func(r request) error {
		if err := forget(r); err != nil || len(o.asked) < page {
			return err
		}
		o.before = forget
		return errors.New("broken")
	}
}

// gap is what a gap has to be, in seconds from now, give or take a few hours.
type gap struct {
	from, to int64
	lost     bool
	why      string
}

func (o *outage) gaps(want ...gap) {
	o.Helper()
	got, err := o.syncer().Gaps(context.Background())
	if err != nil {
		o.Fatal(err)
	}
	ok := len(got) == len(want)
	for i, w := range want {
		if !ok {
			break
		}
		near := func(t time.Time, ago int64) bool { d := t.Unix() - (o.now - ago); return -4*3600 < d && d < 4*3600 }
		g := got[i]
		ok = near(g.From, w.from) && near(g.To, w.to) && g.Lost == w.lost && strings.Contains(g.Why, w.why) && g.From.Location() == time.UTC
	}
	if !ok {
		o.Errorf("gaps %+v, want %+v", got, want)
	}
}

const (
	notYet   = "not read yet"
	notSince = "not read since"
	soonGone = "forgets it from"
	forgot   = "30 days"
)

func TestNoGapsWhereNothingWasAsked(t *testing.T) {
	o := newOutage(t)
	o.gaps()
	o.sync() // an account without events
	o.gaps()
	o.now += 3 * day
	o.gaps(gap{3 * day, 0, false, notSince})
	o.sync()
	o.gaps()
}

func TestAnOutageIsAGapUntilItIsRead(t *testing.T) {
	o := newOutage(t)
	o.pass(40*day, 4000)
	o.sync()
	o.gaps()
	o.pass(300, 100)
	o.gaps() // a few minutes are no outage
	o.pass(2*day, 300)
	o.gaps(gap{2 * day, 0, false, notSince})
	o.breakAt(3)
	if _, err := o.syncer().Sync(context.Background()); err == nil {
		t.Fatal("it was to fail")
	}
	if gaps, _ := o.syncer().Gaps(context.Background()); len(gaps) == 0 || !strings.Contains(gaps[0].Why, notYet) {
		t.Errorf("gaps %+v", gaps)
	}
	o.sync()
	o.gaps()
	exact(t, o.fakeSource, o.store)
}

func TestAnOutageThatStripeForgets(t *testing.T) {
	o := newOutage(t)
	o.pass(20*day, 5000)
	o.sync()
	o.pass(24*day, 5000)
	o.gaps(gap{24 * day, 0, false, soonGone})
	gaps, _ := o.syncer().Gaps(context.Background())
	if forgets := gaps[0].From.Add(30 * 24 * time.Hour).Format("2 January 2006"); !strings.Contains(gaps[0].Why, forgets) {
		t.Errorf("%q does not say %s", gaps[0].Why, forgets)
	}
	o.pass(16*day, 5000)
	o.gaps(gap{40 * day, 30 * day, true, forgot}, gap{30 * day, 0, false, soonGone})
	o.sync()
	o.gaps(gap{40 * day, 30 * day, true, forgot})
	o.pass(10*day, 5000)
	o.sync()
	o.gaps(gap{50 * day, 40 * day, true, forgot}) // for good
	if res := o.backfill(0); res.Added > 0 || len(res.Gaps) != 1 || !res.Gaps[0].Lost {
		t.Errorf("%+v", res)
	}
}

// An account where nothing happens has nothing to lose.
func TestAQuietAccountHasNoGaps(t *testing.T) {
	o := newOutage(t)
	o.pass(2*day, 5000)
	for range 12 {
		o.sync()
		o.gaps()
		o.now += 9 * day
	}
	o.sync()
	o.pass(day, 5000)
	o.sync()
	o.gaps()
}

// What lay before the first reading was never there to lose.
func TestTheArchiveBeginsSomewhere(t *testing.T) {
	o := newOutage(t)
	o.pass(60*day, 5000)
	if res := o.backfill(7); len(res.Gaps) > 0 || res.Oldest.Unix() != o.now-7*day || res.Added < 110 || res.Added > 130 {
		t.Errorf("%+v", res)
	}
	o.gaps()
	o.pass(20*day, 5000)
	if res := o.backfill(0); len(res.Gaps) > 0 || res.Oldest.Unix() != o.now-30*day {
		t.Errorf("%+v", res)
	}
	exact(t, o.fakeSource, o.store)
	o.gaps()
	// Longer than Stripe lists is as far as Stripe lists.
	asked := len(o.asked)
	if res := o.backfill(90); len(res.Gaps) > 0 || res.Added > 0 || res.Oldest.Unix() != o.now-30*day {
		t.Errorf("%+v", res)
	}
	if n := len(o.asked) - asked; n > 2 {
		t.Errorf("%d pages were read of what is whole", n)
	}
}

// A first reading that was interrupted for too long has lost what it was asked for.
func TestAFirstReadingThatCameTooLate(t *testing.T) {
	o := newOutage(t)
	o.pass(40*day, 2000)
	o.breakAt(2)
	if _, err := o.syncer().Sync(context.Background()); err == nil {
		t.Fatal("it was to fail")
	}
	first, _ := o.syncer().Gaps(context.Background())
	if len(first) != 1 || first[0].From.Unix() != o.now-30*day || first[0].Lost {
		t.Errorf("gaps %+v", first)
	}
	o.now += 10 * day
	o.sync()
	o.gaps(gap{40 * day, 30 * day, true, forgot})
}

func TestBackfillFromATimeToCome(t *testing.T) {
	o := newOutage(t)
	_, err := o.syncer().Backfill(context.Background(), time.Unix(o.now+10, 0), nil)
	if e := services.AsError(err); e.Code != services.CodeInvalid || e.Next == "" || len(o.asked) > 0 {
		t.Errorf("%v", err)
	}
}

// A backfill outlasts troubles of a minute, and says what it has when it does not.
func TestBackfillIsPatient(t *testing.T) {
	for _, c := range []struct {
		name     string
		failures int
		err      error
		code     services.Code
	}{
		{"for a while", 5, &services.Error{Code: services.CodeUnavailable, Message: "Stripe has a fault."}, ""},
		{"slow down", 5, &services.Error{Code: services.CodeRateLimited, Message: "Slow down."}, ""},
		{"for good", 1000, &services.Error{Code: services.CodeUnavailable, Message: "Stripe has a fault."}, services.CodeUnavailable},
		{"refused", 1000, &services.Error{Code: services.CodeUnauthorized, Message: "Revoked."}, services.CodeUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOutage(t)
				o.pass(20*day, 3000)
				pages, forget := 0, o.before
				o.before = func(r request) error {
					if pages++; pages > 2 && pages <= 2+c.failures {
						return c.err
					}
					return forget(r)
				}
				began := time.Now()
				res, err := o.syncer().Backfill(t.Context(), time.Time{}, nil)
				if services.CodeOf(err) != c.code || time.Since(began) > 2*time.Minute {
					t.Fatalf("%v after %s", err, time.Since(began))
				}
				if err == nil {
					exact(t, o.fakeSource, o.store)
					return
				}
				if res.Read < 100 || res.Added != res.Read || len(res.Gaps) == 0 || o.store.lastNote() != c.err.(*services.Error).Message {
					t.Errorf("%+v, noted %q", res, o.store.lastNote())
				}
			})
		})
	}
}
