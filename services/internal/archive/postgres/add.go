package postgres

import (
	"bytes"
	"context"
	"database/sql"
	"strings"

	"github.com/lib/pq"

	"bursar/services/internal/archive"
)

// shards is how many rows a counter has at most.
const shards = 16

// storeStatement stores a group. $1 are the events and $2 what is none, both as
// JSON, $3 the bytes of both; $4, $5 and $6 objects, their customers and the
// places of the events that tell so; $7 and $8 objects that may tell an event's
// customer; $9 the writer; $10 when the last webhook came, $11 how many events
// webhooks brought. Rows are locked in the order of their keys.
const storeStatement = `WITH
incoming AS (SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS t(place integer, id text, type text, created bigint, received bigint,
	livemode boolean, delivered boolean, object_id text, object_type text, customer text, amount bigint, currency text, outcome text, request_id text,
	api_version text, source text, form smallint, at integer, size integer, body_at integer, body_size integer, words text[])),
fresh AS (INSERT INTO arrivals (id, created, epoch, place)
	SELECT id, created, (SELECT epoch FROM bursar_archive), place FROM incoming ORDER BY id
	ON CONFLICT DO NOTHING RETURNING place),
stored AS (INSERT INTO events (id, type, created, received, livemode, object_id, object_type, customer, amount, currency, outcome, request_id,
		api_version, source, form, bytes, body, words)
	SELECT id, type, created, received, livemode, object_id, object_type, customer, amount, currency, outcome, request_id,
		api_version, source, form, substring($3::bytea FROM at FOR size),
		CASE WHEN body_size > 0 THEN convert_from(substring($3::bytea FROM body_at FOR body_size), 'UTF8')::jsonb END,
		array_to_tsvector(words)
	FROM incoming JOIN fresh USING (place) ORDER BY place),
linked AS (INSERT INTO links (object_id, customer)
	SELECT DISTINCT ON (l.object_id) l.object_id, l.customer
	FROM unnest($4::text[], $5::text[], $6::integer[]) AS l(object_id, customer, place) JOIN fresh USING (place) ORDER BY l.object_id, place
	ON CONFLICT DO NOTHING),
waiting AS (INSERT INTO waits (object_id, created, id)
	SELECT l.object_id, created, id FROM unnest($7::text[], $8::integer[]) AS l(object_id, place) JOIN fresh USING (place)
	JOIN incoming USING (place) ORDER BY l.object_id, created, id
	ON CONFLICT DO NOTHING),
counted AS (INSERT INTO counts (customer, type, shard, n)
	SELECT owner, type, $9::bigint % 16, count(*)
	FROM incoming JOIN fresh USING (place) CROSS JOIN LATERAL (SELECT '' UNION ALL SELECT customer WHERE customer <> '') AS o(owner)
	GROUP BY owner, type ORDER BY owner, type
	ON CONFLICT (customer, type, shard) DO UPDATE SET n = counts.n + excluded.n),
apart AS (INSERT INTO quarantine (digest, received, source, reason, form, bytes)
	SELECT decode(digest, 'hex'), received, source, reason, form, substring($3::bytea FROM at FOR size)
	FROM jsonb_to_recordset($2::text::jsonb) AS t(digest text, received bigint, source text, reason text, form smallint, at integer, size integer)
	ORDER BY 1 ON CONFLICT DO NOTHING RETURNING 1),
told AS (INSERT INTO writers AS w (id, changes, received, duplicates)
	SELECT $9, 1, $10::bigint, $11::integer - (SELECT count(*) FROM incoming JOIN fresh USING (place) WHERE delivered)
	WHERE $10 > 0 OR EXISTS (SELECT FROM fresh) OR EXISTS (SELECT FROM apart)
	ON CONFLICT (id) DO UPDATE SET changes = w.changes + 1, received = greatest(w.received, excluded.received),
		duplicates = w.duplicates + excluded.duplicates, seen = now())
SELECT place FROM fresh`

// storeGroup stores a group whole, or not at all.
func (a *Archive) storeGroup(ctx context.Context, g *group) error {
	for _, j := range g.jobs {
		a.monthsOf(ctx, j.records)
	}
	known, err := a.customersOf(ctx, g.unnamed())
	if err != nil {
		return err
	}
	g.resolve(known)
	e, err := g.encode()
	if err != nil {
		return err
	}
	rows, err := a.store.QueryContext(ctx, string(e.events), string(e.poison), e.bytes,
		pq.Array(e.links.objects), pq.Array(e.links.customers), pq.Array(e.links.places),
		pq.Array(e.waits.objects), pq.Array(e.waits.places), g.writer, g.received, g.webhooks)
	if err != nil {
		return err
	}
	fresh, err := collect[int](rows)
	if err != nil {
		return err
	}
	g.answer(fresh)
	return nil
}

// collect reads the one column of rows and closes them.
func collect[T any](rows *sql.Rows) (values []T, err error) {
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}

// customersOf returns whose the objects are, as far as it is known.
func (a *Archive) customersOf(ctx context.Context, objects []string) (map[string]string, error) {
	known := map[string]string{}
	if len(objects) == 0 {
		return known, nil
	}
	rows, err := a.write.QueryContext(ctx, `SELECT object_id, customer FROM links WHERE object_id = ANY($1::text[])`, pq.Array(objects))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	for rows.Next() {
		var object, customer string
		if err := rows.Scan(&object, &customer); err != nil {
			return nil, err
		}
		known[object] = customer
	}
	return known, rows.Err()
}

// isUnstorable reports whether the server refused a value, not the work.
func isUnstorable(err error) bool {
	state := stateOf(err)
	return strings.HasPrefix(state, "22") || strings.HasPrefix(state, "54")
}

// compareCopies looks at the events of a group that were archived before, and
// keeps copies that do not tell the same.
func (a *Archive) compareCopies(ctx context.Context, g *group) error {
	var ids []string
	for _, it := range g.items {
		if !it.fresh {
			ids = append(ids, it.Facts.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	stored, err := a.payloads(ctx, ids)
	if err != nil {
		return givenUp(ctx, err)
	}
	for _, it := range g.items {
		if first := stored[it.Facts.ID]; it.fresh || bytes.Equal(first, it.Raw) {
			continue
		}
		same, digest, err := archive.SameMeaning(stored[it.Facts.ID], it.Raw)
		if err != nil {
			return err
		}
		if same {
			continue
		}
		kept, err := a.change(ctx, `INSERT INTO conflicts (id, digest, received, source, form, bytes) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING`,
			it.Facts.ID, digest, it.origin.received, string(it.origin.source), int(it.Form), it.Packed)
		if err != nil {
			return err
		}
		g.another = g.another || kept
	}
	return nil
}

// payloads returns the received bytes of archived events.
func (a *Archive) payloads(ctx context.Context, ids []string) (map[string][]byte, error) {
	rows, err := a.write.QueryContext(ctx, `SELECT id, form, bytes FROM arrivals JOIN events USING (created, id) WHERE id = ANY($1::text[])`, pq.Array(ids))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	payloads := map[string][]byte{}
	for rows.Next() {
		var id string
		var form archive.Form
		var packed []byte
		if err := rows.Scan(&id, &form, &packed); err != nil {
			return nil, err
		}
		if payloads[id], err = archive.Unpack(form, packed); err != nil {
			return nil, err
		}
	}
	return payloads, rows.Err()
}

// change runs a statement that changes rows, notes for other processes that
// something is different when it did, and reports whether it did.
func (a *Archive) change(ctx context.Context, statement string, args ...any) (changed bool, err error) {
	err = again(ctx, func() error {
		return a.write.QueryRowContext(ctx, `WITH changed AS (`+statement+` RETURNING 1), `+tellChange(a.id+writers)+
			` SELECT EXISTS (SELECT FROM changed)`, args...).Scan(&changed)
	})
	return changed, err
}

// update is change with its error in words, and tells the watchers.
func (a *Archive) update(ctx context.Context, op, statement string, args ...any) error {
	changed, err := a.change(ctx, statement, args...)
	if err != nil {
		return a.fault(op, err)
	}
	if changed {
		a.tell()
	}
	return nil
}
