package sqlite

import (
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bursar/services/internal/archive"
	"bursar/services/internal/archive/archivetest"
)

// version1 is the schema of the first archives, with some events in it.
func version1(t *testing.T, path string, events ...[]byte) {
	t.Helper()
	schema, err := os.ReadFile("testdata/schema-1.sql")
	if err != nil {
		t.Fatal(err)
	}
	c, err := dial(dsn(path, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.close() }()
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := c.exec(sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	run(string(schema))
	for seq, raw := range events {
		f, reason := archive.FactsOf(raw)
		if reason != "" {
			t.Fatal(reason)
		}
		var packed bytes.Buffer
		w, _ := flate.NewWriter(&packed, flate.DefaultCompression)
		_, _ = w.Write(raw)
		_ = w.Close()
		run(`INSERT INTO events VALUES (?,?,?,?,?,?,?,?,NULL,NULL,NULL,?,?,?,?)`, seq+1, f.ID, f.Type, f.Created, 1000*seq, f.Livemode,
			f.ObjectID, f.ObjectType, string(f.Outcome), f.RequestID, f.APIVersion, "webhook")
		run(`INSERT INTO payloads VALUES (?,?,?)`, seq+1, 1, packed.Bytes())
	}
	run(`INSERT INTO links VALUES ('pi_1', 'cus_9')`)
	run(`INSERT INTO notes VALUES ('sync.last', '5000'), ('cursor.x', 'here'), ('webhook.duplicates', '3')`)
	run(`INSERT INTO quarantine VALUES (x'01', 7, 'webhook', 'it is not JSON', 0, x'7b')`)
	run(`INSERT INTO conflicts VALUES ('evt_1', x'02', 8, 'list', 0, x'7b7d')`)
	run(`INSERT INTO sessions VALUES ('cs_2', 5, '{"id":"cs_2"}', NULL), ('cs_1', 5, '{"id":"cs_1"}', NULL)`)
}

func TestVersion1IsBroughtUpToDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	events := [][]byte{charge("evt_2", 100, "cus_1"), charge("evt_1", 100, "cus_1"),
		archivetest.Event("evt_3", "refund.created", 90, `{"id":"re_1","object":"refund","payment_intent":"pi_1"}`)}
	version1(t, path, events...)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, notice, err := Open(context.Background(), path, Options{Now: func() time.Time { return archivetest.Noon }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	backup := path + ".v1-backup-20261123-120000"
	if !strings.Contains(notice, backup) {
		t.Errorf("notice %q does not name %s", notice, backup)
	}
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v %v", info, err)
	}
	page := everything(t, a)
	if got := fmt.Sprint(page.Events[0].ID, page.Events[1].ID, page.Events[2].ID, page.Total); got != "evt_2evt_1evt_33" {
		t.Errorf("listed %s", got)
	}
	if refund := page.Events[2]; refund.Customer != "cus_9" || refund.Received.Unix() != 2 || refund.Source != "webhook" {
		t.Errorf("the refund became %+v", refund)
	}
	arrivals, err := a.Arrivals(context.Background(), "", 10)
	if err != nil || len(arrivals) != 3 {
		t.Fatal(len(arrivals), err)
	}
	for i, raw := range events {
		if !bytes.Equal(arrivals[i].Event.Raw, raw) {
			t.Errorf("arrival %d is %s", i, arrivals[i].Event.ID)
		}
	}
	health, err := a.Health(context.Background())
	if err != nil || health.Events != 3 || health.LastSync.Unix() != 5 {
		t.Errorf("health %+v, %v", health, err)
	}
	if counts, err := a.Counts(context.Background()); err != nil || counts != (archive.Counts{Duplicates: 3, Conflicts: 1, Quarantined: 1}) {
		t.Errorf("counts %+v, %v", counts, err)
	}
	kept, err := a.Aside(context.Background(), 0, 10)
	if err != nil || len(kept) != 2 || string(kept[0].Raw) != "{" || kept[1].EventID != "evt_1" {
		t.Errorf("aside %+v, %v", kept, err)
	}
	sessions, err := a.Ledger().Unsettled(context.Background())
	if err != nil || len(sessions) != 2 || sessions[0].ID != "cs_1" {
		t.Errorf("sessions %+v, %v", sessions, err)
	}
	if cursor, err := a.Cursor(context.Background(), "x"); err != nil || cursor != "here" {
		t.Errorf("cursor %q, %v", cursor, err)
	}
	var left []string
	execute(t, a, `SELECT group_concat(name) FROM sqlite_schema WHERE name LIKE 'old%'`, func(r row) { left = append(left, r.text(0)) })
	if !slices.Equal(left, []string{""}) {
		t.Errorf("left behind: %v", left)
	}

	// The backup is the archive as it was.
	c, err := dial(dsn(backup, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.close() }()
	if n, err := c.integer(context.Background(), `SELECT count(*) + (SELECT user_version FROM pragma_user_version) FROM events`); err != nil || n != 4 {
		t.Errorf("the backup of %d bytes: %d, %v", len(before), n, err)
	}
}
