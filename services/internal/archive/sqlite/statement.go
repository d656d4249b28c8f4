package sqlite

// statement names one prepared statement of the writer.
type statement int

const (
	seqOfEvent statement = iota
	insertEvent
	insertPayload
	payloadOfSeq
	insertConflict
	insertQuarantine
	addToCount
	customerOfObject
	insertLink
	insertWait
	takeWaits
	waitsOfSeq
	setCustomer
	setNote
	addToNote
	saveSession
	settleSession
)

// statementTexts returns the text of each statement, by its number.
func statementTexts() []string {
	return []string{
		seqOfEvent: `SELECT seq FROM events WHERE id = ?`,
		insertEvent: `INSERT INTO events (id, type, created, received, livemode, object_id, object_type, customer,
			amount, currency, outcome, request_id, api_version, source) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		insertPayload:    `INSERT INTO payloads (seq, encoding, bytes) VALUES (?,?,?)`,
		payloadOfSeq:     `SELECT encoding, bytes FROM payloads WHERE seq = ?`,
		insertConflict:   `INSERT INTO conflicts (id, digest, received, source, encoding, bytes) VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
		insertQuarantine: `INSERT INTO quarantine (digest, received, source, reason, encoding, bytes) VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
		addToCount:       `INSERT INTO counts (customer, type, n) VALUES (?,?,?) ON CONFLICT DO UPDATE SET n = n + excluded.n`,
		customerOfObject: `SELECT customer FROM links WHERE object_id = ?`,
		insertLink:       `INSERT INTO links (object_id, customer) VALUES (?,?) ON CONFLICT DO NOTHING`,
		insertWait:       `INSERT INTO waits (object_id, seq) VALUES (?,?) ON CONFLICT DO NOTHING`,
		takeWaits:        `DELETE FROM waits WHERE object_id = ? RETURNING seq`,
		waitsOfSeq:       `SELECT object_id FROM waits WHERE seq = ?`,
		setCustomer:      `UPDATE events SET customer = ? WHERE seq = ? AND customer IS NULL RETURNING type`,
		setNote:          `INSERT INTO notes (name, value) VALUES (?,?) ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value`,
		addToNote: `INSERT INTO notes (name, value) VALUES (?,?)
			ON CONFLICT DO UPDATE SET value = value + excluded.value WHERE excluded.value <> 0`,
		saveSession: `INSERT INTO sessions (id, created, session) VALUES (?,?,?)
			ON CONFLICT DO UPDATE SET session = excluded.session WHERE receipt IS NULL`,
		settleSession: `UPDATE sessions SET session = ?, receipt = ? WHERE id = ?`,
	}
}
