package postgres

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bursar/services/internal/archive"
)

// months are the partitions that are known to be there, or that could not be
// made just now.
type months struct {
	mu    sync.Mutex
	known map[month]bool
}

// month counts from the year 0.
type month int

func monthOf(seconds int64) month {
	t := time.Unix(seconds, 0).UTC()
	return month(t.Year()*12 + int(t.Month()) - 1)
}

// start is the month's first second.
func (m month) start() int64 {
	return time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, time.UTC).Unix()
}

func (m month) table() string { return fmt.Sprintf("events_%04d_%02d", int(m)/12, int(m)%12+1) }

// firstMonth is when Stripe opened; events that tell an earlier time, or one
// that is far ahead, stay in the default partition. So their number is bounded.
const firstMonth month = 2011*12 + 8 // September

func (a *Archive) usual(m month) bool {
	return m >= firstMonth && m <= monthOf(a.opts.Now().Unix())+2
}

// loadMonths reads which partitions there are and makes those of this month and
// the next ahead of time.
func (a *Archive) loadMonths(ctx context.Context) error {
	rows, err := a.write.QueryContext(ctx, `SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'events'::regclass`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	known := map[month]bool{}
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return err
		}
		var y, m int
		if _, err := fmt.Sscanf(table, "events_%04d_%02d", &y, &m); err == nil {
			known[month(y*12+m-1)] = true
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	a.months.mu.Lock()
	a.months.known = known
	a.months.mu.Unlock()
	now := monthOf(a.opts.Now().Unix())
	a.needMonths(ctx, now, now+1)
	return nil
}

// monthsOf makes the partitions that records go to.
func (a *Archive) monthsOf(ctx context.Context, records []archive.Record) {
	for _, r := range records {
		if r.Reason == "" {
			a.needMonths(ctx, monthOf(r.Facts.Created))
		}
	}
}

// needMonths makes the partitions that are not there. Where one cannot be made,
// events go to the default partition, and it is tried again later: nothing is
// refused for it.
func (a *Archive) needMonths(ctx context.Context, wanted ...month) {
	a.months.mu.Lock()
	defer a.months.mu.Unlock()
	for _, m := range wanted {
		if a.months.known[m] || !a.usual(m) {
			continue
		}
		a.months.known[m] = true
		if err := a.makeMonth(ctx, m); err != nil {
			a.opts.Log.Warn("making a partition", "table", m.table(), "error", err)
		}
	}
}

// makeMonth makes one partition. It is made apart and then attached, which stops
// neither readers nor writers of the others; events of that month that have come
// to the default partition meanwhile move to it.
func (a *Archive) makeMonth(ctx context.Context, m month) error {
	tx, err := a.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if _, err := tx.ExecContext(ctx, takeLock, lockClass, a.place.schema); err != nil {
		return err
	}
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT to_regclass($1) IS NOT NULL`, m.table()).Scan(&there); err != nil || there {
		return err
	}
	from, to := m.start(), (m + 1).start()
	_, err = tx.ExecContext(ctx, fmt.Sprintf(`SET LOCAL lock_timeout = '500ms';
		CREATE TABLE %[1]s (LIKE events INCLUDING ALL) WITH (toast_tuple_target = 4080);
		LOCK TABLE events_default IN ACCESS EXCLUSIVE MODE;
		WITH moved AS (DELETE FROM events_default WHERE created >= %[2]d AND created < %[3]d RETURNING *) INSERT INTO %[1]s SELECT * FROM moved;
		ALTER TABLE events ATTACH PARTITION %[1]s FOR VALUES FROM (%[2]d) TO (%[3]d)`, m.table(), from, to))
	if err != nil {
		return err
	}
	return tx.Commit()
}
