package sqlite

import (
	"context"
	"time"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Aside is archive.Archive.Aside.
func (a *Archive) Aside(ctx context.Context, after int64, limit int) ([]archive.Aside, error) {
	const op = "reading what was kept aside"
	rows, err := a.read.QueryContext(ctx, `SELECT place, id, reason, received, source, encoding, bytes FROM (
		SELECT row_number() OVER (ORDER BY received, digest) AS place, * FROM (
			SELECT digest, '' AS id, reason, received, source, encoding, bytes FROM quarantine
			UNION ALL SELECT digest, id, 'it tells something else than the archived event', received, source, encoding, bytes FROM conflicts))
		WHERE place > ? ORDER BY place LIMIT ?`, after, limit)
	if err != nil {
		return nil, a.fault(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	kept := []archive.Aside{}
	for rows.Next() {
		var k archive.Aside
		var received int64
		var form archive.Form
		var packed []byte
		if err := rows.Scan(&k.Key, &k.EventID, &k.Reason, &received, &k.Source, &form, &packed); err != nil {
			return nil, a.fault(op, err)
		}
		if k.Raw, err = archive.Unpack(form, packed); err != nil {
			return nil, a.fault(op, err)
		}
		k.Reason, k.Received = services.Clean(k.Reason), time.UnixMilli(received).UTC()
		kept = append(kept, k)
	}
	if err := rows.Err(); err != nil {
		return nil, a.fault(op, err)
	}
	return kept, nil
}
