package postgres

import (
	"context"
	"fmt"

	"github.com/lib/pq"
)

// tellChange is a part of a statement that notes that a writer changed rows, when
// its part "changed" has any.
func tellChange(writer int64) string {
	return fmt.Sprintf(`told AS (INSERT INTO writers AS w (id, changes) SELECT %d, 1 WHERE EXISTS (SELECT FROM changed)
		ON CONFLICT (id) DO UPDATE SET changes = w.changes + 1, seen = now())`, writer)
}

// repairStatement gives events their customer that wait for one of the objects in
// $1, and returns the other objects that these events refer to and that were not
// known before. What was learned first stays: only a payment method can change
// hands, and its old events belong to whom they belonged to.
const repairStatement = `WITH
found AS (SELECT DISTINCT ON (created, id) created, id, customer FROM waits JOIN links USING (object_id)
	WHERE object_id = ANY($1::text[]) ORDER BY created, id, object_id),
ready AS (SELECT e.created, e.id FROM events e JOIN found USING (created, id) WHERE e.customer IS NULL ORDER BY created, id FOR UPDATE OF e),
changed AS (UPDATE events e SET customer = found.customer FROM found JOIN ready USING (created, id)
	WHERE e.created = found.created AND e.id = found.id AND e.customer IS NULL RETURNING e.type, e.customer),
counted AS (INSERT INTO counts (customer, type, shard, n) SELECT customer, type, 16, count(*) FROM changed
	GROUP BY customer, type ORDER BY customer, type
	ON CONFLICT (customer, type, shard) DO UPDATE SET n = counts.n + excluded.n),
done AS (DELETE FROM waits w USING found WHERE w.created = found.created AND w.id = found.id RETURNING w.object_id, found.customer),
linked AS (INSERT INTO links (object_id, customer) SELECT DISTINCT ON (object_id) object_id, customer FROM done ORDER BY object_id, customer
	ON CONFLICT DO NOTHING RETURNING object_id), `

// repair gives events that wait for one of the objects their customer. Each
// transaction that tells an object's customer, or waits for one, calls it when it
// is committed: of two at the same time, the one that commits last sees both.
// What it leaves undone, because the server went away, is found by sweep.
func (a *Archive) repair(ctx context.Context, objects []string) {
	for len(objects) > 0 {
		next, err := a.repairOnce(ctx, objects)
		if err != nil {
			a.unswept.Store(true)
			a.opts.Log.Warn("finding events' customers", "error", err)
			return
		}
		objects = next
	}
}

func (a *Archive) repairOnce(ctx context.Context, objects []string) (further []string, err error) {
	var waiting bool
	err = a.write.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM waits JOIN links USING (object_id) WHERE object_id = ANY($1::text[]))`,
		pq.Array(objects)).Scan(&waiting)
	if err != nil || !waiting {
		return nil, err
	}
	err = again(ctx, func() error {
		rows, err := a.write.QueryContext(ctx, repairStatement+tellChange(a.id+writers)+` SELECT object_id FROM linked`, pq.Array(objects))
		if err != nil {
			return err
		}
		further, err = collect[string](rows)
		return err
	})
	if err == nil {
		a.tell()
	}
	return further, err
}

// sweep repairs what a process left undone that ended at the wrong moment.
func (a *Archive) sweep(ctx context.Context) error {
	for {
		rows, err := a.write.QueryContext(ctx, `SELECT DISTINCT object_id FROM waits JOIN links USING (object_id) LIMIT 1000`)
		if err != nil {
			return err
		}
		objects, err := collect[string](rows)
		if err != nil || len(objects) == 0 {
			return err
		}
		for len(objects) > 0 {
			if objects, err = a.repairOnce(ctx, objects); err != nil {
				return err
			}
		}
	}
}
