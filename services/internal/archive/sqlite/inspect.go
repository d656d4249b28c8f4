package sqlite

import (
	"context"
	"fmt"
	"strings"

	"bursar/services"
	"bursar/services/internal/archive"
)

// mostFound is how many faults of one kind are told.
const mostFound = 100

// Inspect is archive.Maintained.Inspect. The file is looked through one table at a
// time, so that its log is not held up for long.
func (a *Archive) Inspect(ctx context.Context, progress func(step string, done, of int64), found func(part, what string)) (events int, received int64, err error) {
	if err := a.inspectFile(ctx, progress, found); err != nil {
		return 0, 0, err
	}
	return a.inspectEvents(ctx, progress, found)
}

// inspectFile checks what SQLite checks, and what has to agree between tables.
func (a *Archive) inspectFile(ctx context.Context, progress func(step string, done, of int64), found func(part, what string)) error {
	var tables []string
	err := a.reading(ctx, "checking the archive", func(c *conn) error {
		return c.each(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'words\__%' ESCAPE '\' ORDER BY rowid`, nil, func(r row) error {
			tables = append(tables, r.text(0))
			return nil
		})
	})
	if err != nil {
		return err
	}
	steps := int64(len(tables) + len(agreements))
	done := int64(0)
	next := func() { done++; progress("parts of the file checked", done, steps) }
	for _, table := range tables {
		if err := a.inspectTable(ctx, table, found); err != nil {
			return err
		}
		next()
	}
	for _, g := range agreements {
		if err := a.inspectAgreement(ctx, g, found); err != nil {
			return err
		}
		next()
	}
	return nil
}

// inspectTable has SQLite check a table and its indexes.
func (a *Archive) inspectTable(ctx context.Context, table string, found func(part, what string)) error {
	err := a.reading(ctx, "checking the archive", func(c *conn) error {
		return c.each(ctx, fmt.Sprintf(`PRAGMA integrity_check('%s')`, strings.ReplaceAll(table, "'", "''")), nil, func(r row) error {
			if text := r.text(0); text != "ok" {
				found("file", fmt.Sprintf("The table %s: %s.", table, text))
			}
			return nil
		})
	})
	if err != nil && isDamage(err) {
		found("file", fmt.Sprintf("The table %s cannot be read: it is damaged.", table))
		return nil
	}
	return err
}

// agreement is a query for what does not agree; its one column is a sentence.
type agreement struct{ part, query string }

// agreements are what holds between the tables of every archive, at any moment.
var agreements = [...]agreement{
	{"counter", `SELECT format('There are %d events of type %s, and %d are counted.', sum(n), coalesce((SELECT name FROM names WHERE n = type), '?'), sum(counted)) FROM (
		SELECT type, count(*) AS n, 0 AS counted FROM events GROUP BY type
		UNION ALL SELECT type, 0, n FROM counts WHERE customer = 0) GROUP BY type HAVING sum(n) <> sum(counted)`},
	{"counter", `SELECT format('The customer %s has %d events of type %s, and %d are counted.', coalesce((SELECT id FROM customers WHERE n = customer), '?'), sum(n),
		coalesce((SELECT name FROM names WHERE n = type), '?'), sum(counted)) FROM (
		SELECT customer, type, count(*) AS n, 0 AS counted FROM events WHERE customer IS NOT NULL GROUP BY customer, type
		UNION ALL SELECT customer, type, 0, n FROM counts WHERE customer <> 0) GROUP BY customer, type HAVING sum(n) <> sum(counted)`},
	{"event", `SELECT format('The event %s has no payload.', id) FROM events AS e WHERE NOT EXISTS (SELECT 1 FROM payloads WHERE key = e.key)`},
	{"event", `SELECT format('The payload %d belongs to no event.', key) FROM payloads AS p WHERE NOT EXISTS (SELECT 1 FROM events WHERE key = p.key)`},
	{"event", `SELECT format('The event %s has a text that is missing.', id) FROM events AS e WHERE EXISTS (
		SELECT 1 FROM (SELECT type AS n UNION ALL SELECT outcome UNION ALL SELECT currency UNION ALL SELECT source UNION ALL SELECT object_type UNION ALL SELECT api_version) AS used
		WHERE NOT EXISTS (SELECT 1 FROM names WHERE n = used.n))`},
	{"link", `SELECT format('The event %s belongs to a customer that is missing.', id) FROM events AS e
		WHERE customer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM customers WHERE n = e.customer)`},
	{"link", `SELECT format('The object %s belongs to a customer that is missing.', object) FROM links AS l
		WHERE NOT EXISTS (SELECT 1 FROM customers WHERE n = l.customer)`},
	{"link", `SELECT format('An event still waits for the customer of %s, which is known.', object) FROM waits JOIN links USING (object)`},
	{"link", `SELECT format('The object %s is waited for by an event that has its customer, or is none.', object) FROM waits AS w
		WHERE NOT EXISTS (SELECT 1 FROM events WHERE key = w.key AND customer IS NULL)`},
	{"words", `SELECT format('Words are indexed up to event %d, and there are %d.', value, (SELECT coalesce(max(arrival), 0) FROM events))
		FROM notes WHERE name = '` + noteWords + `' AND CAST(value AS INTEGER) > (SELECT coalesce(max(arrival), 0) FROM events)`},
}

func (a *Archive) inspectAgreement(ctx context.Context, g agreement, found func(part, what string)) error {
	told := 0
	err := a.reading(ctx, "checking the archive", func(c *conn) error {
		return c.each(ctx, g.query, nil, func(r row) error {
			found(g.part, r.text(0))
			if told++; told == mostFound {
				return errEnough
			}
			return nil
		})
	})
	if err != nil && isDamage(err) {
		found("file", "A part of the file that lists the "+g.part+"s cannot be read: it is damaged.")
		return nil
	}
	return err
}

// inspectEvents unpacks every payload and compares it with its row.
func (a *Archive) inspectEvents(ctx context.Context, progress func(step string, done, of int64), found func(part, what string)) (events int, received int64, err error) {
	health, err := a.Health(ctx)
	if err != nil {
		return 0, 0, err
	}
	told := 0
	for last, more := int64(-1), true; more; {
		n := 0
		err := a.reading(ctx, "checking the archive", func(c *conn) error {
			return c.each(ctx, `SELECT `+eventColumns+`, form, bytes FROM events AS e JOIN payloads USING (key) WHERE e.key > ? ORDER BY e.key LIMIT ?`,
				[]any{last, inspectSlice}, func(r row) error {
					n, last = n+1, r.integer(0)
					size, wrong := a.inspectEvent(c, r)
					if wrong == "" {
						events, received = events+1, received+int64(size)
					} else if told++; told <= mostFound {
						found("event", services.Clean(fmt.Sprintf("The event %s: %s.", r.text(1), wrong)))
					}
					return nil
				})
		})
		if err != nil && isDamage(err) {
			found("file", "The events from "+createdOf(last).Format("2006-01-02 15:04:05")+" on cannot be read: the file is damaged.")
			return events, received, nil
		}
		if err != nil {
			return events, received, err
		}
		more = n == inspectSlice
		progress("events checked", int64(events), int64(max(health.Events, events)))
	}
	return events, received, nil
}

// inspectSlice is how many events are checked in one transaction.
const inspectSlice = 500

// inspectEvent returns how many bytes an event was received with, or what is
// wrong with it.
func (a *Archive) inspectEvent(c *conn, r row) (size int, wrong string) {
	e, err := a.eventOf(c, r)
	if err != nil {
		return 0, err.Error()
	}
	raw, err := archive.Unpack(archive.Form(r.integer(eventWidth)), r.bytes(eventWidth+1))
	if err != nil {
		return 0, err.Error()
	}
	return len(raw), archive.Disagreement(e, raw)
}
