package returns

import (
	"crypto/rand"
	"regexp"
	"sync"
	"time"

	"bursar/services"
)

const (
	// visitLife is how long a page is known: a little longer than the 24 hours
	// that a Checkout Session stays open.
	visitLife = 25 * time.Hour
	// visitLimit is how many attempts are known; the oldest is forgotten first.
	visitLimit = 1000
)

// visits knows which state belongs to which attempt, and what the attempt became.
type visits struct {
	now    services.Clock
	notify func(services.Change)

	mu        sync.Mutex
	byState   map[string]*visit
	byAttempt map[string]*visit
	order     []*visit // oldest first
}

// visit is one attempt's right to a page.
type visit struct {
	attempt string
	state   string // 128 bits that nobody can guess
	expires time.Time
	ref     string                // session or portal visit; empty until bound
	early   []services.ChangeKind // pages that were opened before it was bound
}

func newVisits(now services.Clock, notify func(services.Change)) *visits {
	return &visits{now: now, notify: notify, byState: map[string]*visit{}, byAttempt: map[string]*visit{}}
}

// state returns an attempt's state, the same one as long as it is known.
func (v *visits) state(attempt string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget()
	if old := v.byAttempt[attempt]; old != nil {
		return old.state
	}
	n := &visit{attempt: attempt, state: rand.Text(), expires: v.now().Add(visitLife)}
	v.byState[n.state], v.byAttempt[attempt] = n, n
	v.order = append(v.order, n)
	return n.state
}

// forget drops what is over, and what is too much for one more.
func (v *visits) forget() {
	now := v.now()
	for len(v.order) > 0 && (len(v.order) >= visitLimit || !now.Before(v.order[0].expires)) {
		old := v.order[0]
		v.order = v.order[1:]
		delete(v.byState, old.state)
		delete(v.byAttempt, old.attempt)
	}
}

// bind says what an attempt became, and tells of the pages opened before.
func (v *visits) bind(attempt, ref string) {
	v.mu.Lock()
	var early []services.ChangeKind
	if n := v.byAttempt[attempt]; n != nil {
		n.ref, early, n.early = ref, n.early, nil
	}
	v.mu.Unlock()
	for _, kind := range early {
		v.notify(services.Change{Kind: kind, Ref: ref})
	}
}

// sessionID is the form of what Stripe puts in place of {CHECKOUT_SESSION_ID}.
var sessionID = regexp.MustCompile(`^cs_[A-Za-z0-9_]{1,200}$`)

// known reports whether a state belongs to an attempt that is not over.
func (v *visits) known(state string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := v.byState[state]
	return n != nil && v.now().Before(n.expires)
}

// came tells that a person opened the page of a known state. session is the id
// that came along, if one did; what the attempt was bound to counts before it.
func (v *visits) came(state string, kind services.ChangeKind, session string) {
	v.mu.Lock()
	n, ref := v.byState[state], ""
	if n != nil {
		ref = n.ref
		if ref == "" && sessionID.MatchString(session) {
			ref = session
		}
		if ref == "" && len(n.early) < 2 {
			n.early = append(n.early, kind)
		}
	}
	v.mu.Unlock()
	if ref != "" {
		v.notify(services.Change{Kind: kind, Ref: ref})
	}
}
