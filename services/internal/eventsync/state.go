package eventsync

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"bursar/services"
)

// state is what is known of the event list, as it stands in the store. Times
// are Unix seconds.
//
// A second is whole when every event that the list showed of it is archived. Only
// seconds up to the newest event count, since this machine's clock says nothing
// of what Stripe will still list, and only when they were over for a while. An
// event that is listed later still is found by reading the last hour again.
type state struct {
	Begun bool  `json:"begun"` // a reading was begun; everything else is empty before
	Since int64 `json:"since"` // how far back readings go; 0: to the end of the list
	Start int64 `json:"start"` // from here on something that is missing counts as a gap
	Top   int64 `json:"top"`   // created of the newest event, not after this machine's now
	Whole spans `json:"whole"`
	// Quiet is from the newest event to when the list was last read with nothing
	// left open. It is shown as whole, and read again all the same.
	Quiet span  `json:"quiet"`
	Lost  spans `json:"lost,omitempty"` // whole as far as the list went, which had forgotten this stretch
	// Places are where readings stand in seconds that are not whole.
	Places map[int64]place `json:"places,omitempty"`
	// Filler is who fills what is open, as of Filled: nobody needs to do it twice.
	Filler string `json:"filler,omitempty"`
	Filled int64  `json:"filled,omitempty"`
}

// place is where the reading of a second stands: N of its events are archived, in
// the list's order, down to After.
type place struct {
	After string `json:"after"`
	N     int    `json:"n"`
}

// decode reads a stored state; ok is false when it cannot be read.
func decode(text string) (st state, ok bool) {
	if text == "" {
		return state{}, true
	}
	if err := json.Unmarshal([]byte(text), &st); err != nil {
		return state{}, false
	}
	return st, true
}

// load reads the state from the store.
func (s *Syncer) load(ctx context.Context) (st state, text string, err error) {
	if text, err = s.store.Cursor(ctx, s.cursor); err != nil {
		return state{}, "", err
	}
	st, ok := decode(text)
	if !ok {
		s.opts.Log.Warn("the sync's state cannot be read; starting over")
	}
	return st, text, nil
}

// update changes the state in the store. Whoever else reads the list, here or in
// another process, only ever adds to it: so each change is made to the state as
// it stands.
func (s *Syncer) update(ctx context.Context, change func(*state)) (state, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	st, before, err := s.load(ctx)
	if err != nil {
		return st, err
	}
	st.Places = maps.Clone(st.Places)
	change(&st)
	text, err := json.Marshal(st)
	if err != nil {
		return st, fmt.Errorf("encoding the sync's state: %w", err)
	}
	if string(text) == before {
		return st, nil
	}
	return st, s.store.SetCursor(ctx, s.cursor, string(text))
}

// begin widens what is asked for: from since on, 0 for all that the list has.
func (st *state) begin(since, floor int64) {
	if start := max(since, floor, 0); !st.Begun || start < st.Start {
		st.Start = start
	}
	if since < floor {
		since = 0
	}
	if !st.Begun || since < st.Since {
		st.Since = since
	}
	st.Begun = true
}

// settled is how long a second must be over before it can be whole, in seconds. The
// newest events are read that far back again each time.
const settled = 120

// drift is how long after its beginning a reading may find the list's end moved
// up before that counts as a loss, in seconds.
const drift = 3600

// claim notes that x was read to its end. What of it is new to the state and lies
// before floor, which is as far back as the list went, is lost.
func (st *state) claim(x span, floor int64) {
	if x.From > x.To {
		return
	}
	for _, fresh := range st.known().holes(x) {
		st.Lost = st.Lost.with(span{max(fresh.From, st.Start+drift), min(fresh.To, floor-1)})
	}
	st.Whole = st.Whole.with(x)
	for second := range st.Places {
		if st.Whole.has(second) {
			delete(st.Places, second)
		}
	}
}

// stand notes where the reading of a second stands, unless another one got
// further.
func (st *state) stand(second int64, p place) {
	if st.Whole.has(second) || st.Places[second].N > p.N {
		return
	}
	if st.Places == nil {
		st.Places = map[int64]place{}
	}
	st.Places[second] = p
}

// leave is how long after its last page a filling counts as one under way, in
// seconds.
const leave = 60

// filledByOthers reports whether another process fills what is open.
func (st *state) filledByOthers(name string, now int64) bool {
	return st.Filler != "" && st.Filler != name && now-st.Filled < leave && st.Filled <= now
}

// known is what is shown as whole.
func (st *state) known() spans { return st.Whole.with(st.Quiet) }

// rest notes that the list was read at a time with nothing left open.
func (st *state) rest(now int64) {
	from := st.Whole.top()
	if from == 0 {
		from = st.Start
	}
	st.Quiet = span{from, max(from, now)}
}

// open is what is left to read of the seconds that are over.
func (st *state) open(now int64) spans {
	if st.Top == 0 {
		return nil
	}
	return st.Whole.holes(span{st.Since, min(st.Top, now-settled)})
}

const (
	// fresh is how old a reading may be before the time since then is a gap. It is
	// over the longest pause of Run.
	fresh = 10 * time.Minute
	// nearing is how long before Stripe forgets a gap it says so.
	nearing = 7 * 24 * time.Hour
)

// Gaps lists the stretches of time that are not known to be whole, oldest first:
// what was not read yet, and what was not read while Stripe listed it. It reads
// the store only.
func (s *Syncer) Gaps(ctx context.Context) ([]services.LogGap, error) {
	st, _, err := s.load(ctx)
	if err != nil || !st.Begun {
		return nil, err
	}
	return st.gaps(s.opts.Now(), s.opts.Keeps), nil
}

func (st *state) gaps(now time.Time, keeps time.Duration) (gaps []services.LogGap) {
	floor, last, known := now.Add(-keeps), now.Unix(), st.known()
	if top := known.top(); top > last-int64(fresh/time.Second) {
		last = top
	}
	for _, lost := range st.Lost {
		gaps = append(gaps, lost.gap(true, "", keeps))
	}
	for _, hole := range known.holes(span{st.Start, last}) {
		if gone := (span{hole.From, min(hole.To, floor.Unix()-1)}); gone.From <= gone.To {
			gaps = append(gaps, gone.gap(true, "", keeps))
		}
		hole.From = max(hole.From, floor.Unix())
		if hole.From > hole.To {
			continue
		}
		why := "This part of Stripe's event list is not read yet."
		if hole.From > known.top() {
			why = "Stripe's event list was not read since."
		}
		if forgets := time.Unix(hole.From, 0).Add(keeps); forgets.Sub(now) < nearing {
			why += " Stripe forgets it from " + forgets.UTC().Format("2 January 2006, 15:04") + " UTC on."
		}
		gaps = append(gaps, hole.gap(false, why, keeps))
	}
	slices.SortFunc(gaps, func(a, b services.LogGap) int { return a.From.Compare(b.From) })
	return gaps
}

// gap is a stretch that is not whole, in words.
func (x span) gap(lost bool, why string, keeps time.Duration) services.LogGap {
	if lost {
		why = fmt.Sprintf("Stripe lists events for %d days, and these were not read in that time: only what webhooks brought is archived.", int(keeps.Hours()/24))
	}
	return services.LogGap{From: time.Unix(x.From, 0).UTC(), To: time.Unix(x.To, 0).UTC(), Why: why, Lost: lost}
}
