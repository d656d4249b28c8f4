package postgres

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"bursar/services"
	"bursar/services/internal/archive"
)

// position is a place in the order in which events became visible: by epoch,
// transaction and place in the transaction. Transactions that take a number
// before another one may commit after it; so what is read stops before the
// oldest that is still under way (pg_snapshot_xmin), and a position that was read
// never has anything come in before it.
//
// A page of a list shows events behind that line too. Its position therefore
// also has what the page saw, as PostgreSQL's snapshot, until it is passed.
type position struct {
	epoch, place int64
	xid          uint64
	seen         string // a pg_snapshot, "" for none
}

// passed is the number from which on seen says nothing.
func (p position) passed() uint64 {
	parts := strings.Split(p.seen, ":")
	if len(parts) != 3 {
		return 0
	}
	n, _ := strconv.ParseUint(parts[1], 10, 64) // checked by readPosition
	return n
}

func (p position) String() string {
	text := strconv.FormatInt(p.epoch, 10) + "." + strconv.FormatUint(p.xid, 10) + "." + strconv.FormatInt(p.place, 10)
	if p.seen != "" {
		text += "." + p.seen
	}
	return text
}

var positionForm = regexp.MustCompile(`^(\d{1,9})\.(\d{1,19})\.(\d{1,9})(?:\.(\d{1,19}:\d{1,19}:[\d,]*))?$`)

// readPosition reads a position, "" is before everything.
func readPosition(text string) (p position, err error) {
	if text == "" {
		return p, nil
	}
	parts := positionForm.FindStringSubmatch(text)
	if parts == nil {
		return p, archive.BadPosition(text)
	}
	p.epoch, _ = strconv.ParseInt(parts[1], 10, 64) // digits, by the form
	p.xid, _ = strconv.ParseUint(parts[2], 10, 64)
	p.place, _ = strconv.ParseInt(parts[3], 10, 64)
	p.seen = parts[4]
	return p, nil
}

// line is what is certain to have nothing come in before it.
const line = `((SELECT epoch FROM bursar_archive), pg_snapshot_xmin(pg_current_snapshot()))`

// lastPosition is the place of the last event before the line, and what is seen
// behind it. A standby does not know what is under way; there an event behind
// the line may come again.
const lastPosition = `SELECT coalesce((SELECT epoch || '.' || xid || '.' || place FROM arrivals WHERE (epoch, xid) < ` + line + `
		ORDER BY epoch DESC, xid DESC, place DESC LIMIT 1), '0.0.0') ||
	CASE WHEN EXISTS (SELECT FROM arrivals WHERE (epoch, xid) >= ` + line + `) AND NOT pg_is_in_recovery()
		THEN '.' || pg_current_snapshot()::text ELSE '' END`

// Arrivals is archive.Archive.Arrivals.
func (a *Archive) Arrivals(ctx context.Context, after string, limit int) ([]services.Arrival, error) {
	const op = "following the archive"
	from, err := readPosition(after)
	if err != nil {
		return nil, err
	}
	unseen, args := "", []any{from.epoch, strconv.FormatUint(from.xid, 10), from.place, limit}
	if from.seen != "" {
		unseen = " AND NOT pg_visible_in_snapshot(a.xid, $5::text::pg_snapshot)"
		args = append(args, from.seen)
	}
	rows, err := a.read.QueryContext(ctx, `SELECT `+eventColumns+`, form, bytes, a.epoch, a.xid::text, a.place
		FROM (SELECT * FROM arrivals a WHERE (a.epoch, a.xid, a.place) > ($1::integer, $2::text::xid8, $3::integer) AND (a.epoch, a.xid) < `+line+unseen+`
			ORDER BY a.epoch, a.xid, a.place LIMIT $4) a
		JOIN events e USING (created, id) ORDER BY a.epoch, a.xid, a.place`, args...)
	if stateOf(err) == "22P02" { // no snapshot
		return nil, archive.BadPosition(after)
	}
	if err != nil {
		return nil, a.fault(op, givenUp(ctx, err))
	}
	defer func() { _ = rows.Close() }() // rows.Err has told what matters
	arrivals := []services.Arrival{}
	for rows.Next() {
		var form archive.Form
		var packed []byte
		var xid string
		at := position{seen: from.seen}
		e, err := scanEvent(rows, &form, &packed, &at.epoch, &xid, &at.place)
		if err == nil {
			e.Raw, err = archive.Unpack(form, packed)
		}
		if err == nil {
			at.xid, err = strconv.ParseUint(xid, 10, 64)
		}
		if err != nil {
			return nil, a.fault(op, givenUp(ctx, err))
		}
		if at.epoch != from.epoch && from.epoch != 0 || at.xid >= from.passed() {
			at.seen = ""
		}
		arrivals = append(arrivals, services.Arrival{Event: e, Position: at.String()})
	}
	if err := rows.Err(); err != nil {
		return nil, a.fault(op, givenUp(ctx, err))
	}
	return arrivals, nil
}
