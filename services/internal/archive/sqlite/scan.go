package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/where"
)

// scan reads a window of a selection that SQL only narrows: payloads are
// unpacked and evaluated, in chunks of whole seconds from the newest on. The
// first chunk is read at once; when that is not enough, two workers read further
// ones while the scan takes them in in their order.
type scan struct {
	window

	progress func(services.LogProgress)
	examined int
	told     time.Time
	untold   int // events found and not told yet begin here
	limit    int
}

// scanners is how many chunks are read at once: one a core of a small machine.
const scanners = 2

// rareBelow is the part of events, one in so many, below which the index of words
// is asked: what more of them have is sooner found by walking.
const rareBelow = 50

// chunk is a range of keys, or the keys themselves, whose events are examined.
type chunk struct {
	low, high int64
	keys      []int64 // nil: all in the range
	examined  int
	matching  []int64
	err       error
	done      chan struct{} // closed when it was examined
}

// chunkSizes are how many events the chunks hold, the last one from then on.
var chunkSizes = [...]int{256, 1024, 2048, 4096}

// read reads the window.
func (s *scan) read() error {
	source := &ranges{scan: s, bound: s.start()}
	first, err := source.next(s.ctx)
	if err != nil || first == nil {
		return err
	}
	e := examiner{scan: s, c: s.c, matcher: s.query.Matcher()}
	if err := e.examine(s.ctx, first); err != nil {
		return err
	}
	if err := s.takeIn(first); err != nil || s.want == 0 || source.over {
		return err
	}
	var rest chunks = source
	if len(s.words) > 0 && s.index == "" && !s.up && len(first.matching)*rareBelow < first.examined {
		if rest, err = s.byWords(source); err != nil {
			return err
		}
	}
	return s.together(rest)
}

// start is the key that the walk begins at.
func (w *window) start() int64 {
	switch {
	case w.edge != nil && w.up:
		return firstKey(w.edge.second())
	case w.edge != nil:
		return lastKey(w.edge.second())
	case w.up:
		return 0
	}
	return 1<<62 - 1
}

// chunks gives out chunks in the order of the walk, nil after the last.
type chunks interface {
	next(ctx context.Context) (*chunk, error)
}

// together has workers examine chunks until the window is full or there are no
// more.
func (s *scan) together(source chunks) (err error) {
	ctx, stop := context.WithCancel(s.ctx)
	work := make(chan *chunk)
	ended := make(chan error, scanners)
	for range scanners {
		go func() { ended <- s.worker(ctx, work) }()
	}
	defer func() {
		stop()
		close(work)
		for range scanners {
			if failed := <-ended; err == nil && !errors.Is(failed, context.Canceled) {
				err = failed
			}
		}
	}()
	var queue []*chunk // given out, in their order
	for more := true; more || len(queue) > 0; {
		for more && len(queue) <= scanners {
			next, err := source.next(ctx)
			if err != nil {
				return err
			}
			if more = next != nil; !more {
				break
			}
			select {
			case work <- next:
				queue = append(queue, next)
			case failed := <-ended:
				ended <- failed
				return failed
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if len(queue) == 0 {
			return nil
		}
		select {
		case <-queue[0].done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := s.takeIn(queue[0]); err != nil || s.want == 0 {
			return err
		}
		queue = queue[1:]
	}
	return nil
}

// worker examines chunks, on a connection of its own.
func (s *scan) worker(ctx context.Context, work <-chan *chunk) error {
	c, err := dial(dsn(s.a.path, s.a.opts.LockWait, "query_only(1)", "cache_size(-2048)"))
	if err != nil {
		return err
	}
	defer func() { _ = c.close() }() // it was only read
	e := examiner{scan: s, c: c, matcher: s.query.Matcher()}
	for next := range work {
		next.err = e.examine(ctx, next)
		close(next.done)
	}
	return nil
}

// takeIn takes what a chunk brought into the window, and tells how far it is.
func (s *scan) takeIn(c *chunk) error {
	if c.err != nil {
		return c.err
	}
	s.examined += c.examined
	for rest := c.matching; len(rest) > 0 && s.want > 0; {
		second := rest[0] >> keyBits
		n := 1
		for n < len(rest) && rest[n]>>keyBits == second {
			n++
		}
		if err := s.takeSecond(second, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	reached := c.low
	if s.up {
		reached = c.high
	}
	s.tell(reached)
	return nil
}

// takeSecond takes the matching events of one second into the window.
func (s *scan) takeSecond(second int64, keys []int64) error {
	if n := len(keys); n <= s.skip && (s.edge == nil || s.edge.second() != second) {
		s.skip -= n
		return nil
	}
	var group []services.Event
	for _, key := range keys {
		err := s.c.each(s.ctx, `SELECT `+eventColumns+` FROM events AS e WHERE e.key = ?`, []any{key}, func(r row) error {
			e, err := s.a.eventOf(s.c, r)
			group = append(group, e)
			return err
		})
		if err != nil {
			return err
		}
	}
	s.take(group, second)
	return nil
}

// tellEvery is how often progress is told.
const tellEvery = 100 * time.Millisecond

func (s *scan) tell(reached int64) {
	if s.progress == nil || time.Since(s.told) < tellEvery {
		return
	}
	s.told = time.Now()
	found := s.events[s.untold:min(len(s.events), s.limit)]
	s.untold += len(found)
	s.progress(services.LogProgress{Examined: s.examined, Of: max(s.among, s.examined),
		Reached: createdOf(min(reached, lastKey(1<<37))), Found: slices.Clone(found)})
}

// ranges cuts the keys into chunks of whole seconds, each with about as many
// events as its size.
type ranges struct {
	scan  *scan
	bound int64
	made  int
	over  bool
}

func (r *ranges) next(ctx context.Context) (*chunk, error) {
	if r.over {
		return nil, nil
	}
	size := chunkSizes[min(r.made, len(chunkSizes)-1)]
	r.made++
	from := `FROM payloads AS e WHERE TRUE`
	var args []any
	if r.scan.index != "" { // few of all: count those
		from, args = `FROM events AS e `+r.scan.index+` WHERE `+r.scan.where, slices.Clone(r.scan.args)
	}
	condition, order := r.scan.beyond()
	var last int64
	found, err := r.scan.c.first(ctx, `SELECT e.key `+from+condition+order+` LIMIT 1 OFFSET ?`, append(args, r.bound, size-1),
		func(row row) { last = row.integer(0) })
	if err != nil {
		return nil, err
	}
	c := &chunk{low: 0, high: r.bound, done: make(chan struct{})}
	if r.scan.up {
		c.low, c.high = r.bound, 1<<62-1
	}
	switch second := last >> keyBits; {
	case !found:
		r.over = true
	case r.scan.up:
		c.high = lastKey(second)
		r.bound = c.high + 1
	default:
		c.low = firstKey(second)
		r.bound, r.over = c.low-1, c.low == 0
	}
	return c, nil
}

// examiner evaluates the events of chunks, one after the other.
type examiner struct {
	scan    *scan
	c       *conn
	matcher *where.Matcher
	buffer  []byte
}

// factColumns are what factsOf reads.
const factColumns = `(SELECT id FROM customers WHERE n = e.customer), e.outcome, e.currency, e.object_id, e.object_type, e.request_id,
	e.source, e.api_version, e.amount, e.received, e.livemode`

// examine finds the matching events of a chunk.
func (e *examiner) examine(ctx context.Context, c *chunk) error {
	s := e.scan
	_, order := s.beyond()
	text, args := `SELECT e.key, e.form, e.bytes FROM payloads AS e WHERE e.key BETWEEN ? AND ?`, []any{c.low, c.high}
	if !s.payloads || c.keys != nil {
		facts := ""
		if s.facts {
			facts = ", " + factColumns
		}
		text = `SELECT e.key, form, bytes, ` + s.match + facts + ` FROM events AS e ` + s.index + ` JOIN payloads USING (key) WHERE ` + s.where
		args = slices.Clone(s.all)
		if c.keys == nil {
			text, args = text+` AND e.key BETWEEN ? AND ?`, append(args, c.low, c.high)
		} else {
			text, args = text+` AND e.key IN (SELECT value FROM json_each(?))`, append(args, strings.Join(strings.Fields(fmt.Sprint(c.keys)), ","))
		}
	}
	return e.c.each(ctx, text+order, args, func(r row) error {
		if c.examined++; c.examined%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var facts where.Facts
		if len(r) > 3 {
			if sure, known := r[3].(int64); known {
				if sure != 0 {
					c.matching = append(c.matching, r.integer(0))
				}
				return nil
			}
			if s.facts {
				var err error
				if facts, err = e.factsOf(r[4:]); err != nil {
					return err
				}
			}
		}
		doc, err := archive.UnpackJSON(e.buffer, archive.Form(r.integer(1)), r.bytes(2))
		if err != nil {
			return err
		}
		if archive.Form(r.integer(1)) == archive.FormEvent {
			e.buffer = doc
		}
		matches, err := e.matcher.Match(doc, facts)
		if matches {
			c.matching = append(c.matching, r.integer(0))
		}
		return archive.MatchError(err)
	})
}

// factsOf reads factColumns.
func (e *examiner) factsOf(r row) (f where.Facts, err error) {
	f = where.Facts{Customer: r.text(0), ObjectID: r.text(3), RequestID: r.text(5), Received: r.integer(9) / 1000, Livemode: r.integer(10) != 0}
	for _, named := range [...]struct {
		column int
		text   *string
	}{{1, &f.Outcome}, {2, &f.Currency}, {4, &f.ObjectType}, {6, &f.Source}, {7, &f.APIVersion}} {
		if *named.text, err = e.scan.a.name(e.c, r.integer(named.column)); err != nil {
			return f, err
		}
	}
	if amount, ok := r[8].(int64); ok {
		f.Amount = &amount
	}
	return f, nil
}
