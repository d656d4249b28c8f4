package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"bursar/config"
	"bursar/services"
	"bursar/services/internal/archive"
	"bursar/services/internal/archive/exchange"
	"bursar/services/internal/archive/postgres"
	"bursar/services/internal/archive/sqlite"
	"bursar/services/internal/eventsync"
)

// placeOf is where a profile's archive is: a path or a PostgreSQL URL.
func (d *Desks) placeOf(values config.Profile, sandbox bool) string {
	if sandbox {
		return filepath.Join(d.o.Paths.Sandbox(), "archive.db")
	}
	return d.o.Paths.Archive(values)
}

// openStore opens the archive at a place.
func (d *Desks) openStore(ctx context.Context, place, owner string) (store archive.Archive, notice string, err error) {
	if config.InPostgres(place) {
		store, err := postgres.Open(ctx, place, postgres.Options{Account: owner, Now: d.o.Now, Log: d.o.Log})
		if err != nil {
			return nil, "", err
		}
		return store, "", nil
	}
	file, notice, err := sqlite.Open(ctx, place, d.sqliteOptions())
	if err != nil {
		return nil, "", err
	}
	return file, notice, nil
}

func (d *Desks) sqliteOptions() sqlite.Options { return sqlite.Options{Now: d.o.Now, Log: d.o.Log} }

// ownerOf is whose events a shared archive keeps: account and mode. It is "" while
// the account is not known.
func ownerOf(p services.Profile) string {
	if p.AccountID == "" {
		return ""
	}
	return p.AccountID + " " + string(p.Mode)
}

// Archive opens a profile's archive as a whole, or with a place an archive that is
// not, or no longer, the profile's. It needs neither a key nor a connection. notice
// is something a person should know, such as a file that was
// set aside.
func (d *Desks) Archive(ctx context.Context, name, place string) (opened services.Archive, notice string, err error) {
	if err := d.o.Paths.Make(); err != nil {
		return nil, "", storageError("making bursar's folders", err)
	}
	values, ok, err := d.profiles.Load(ctx, name)
	if err != nil {
		return nil, "", err
	}
	if !ok {
		return nil, "", &services.Error{Code: services.CodeNotConfigured, Op: "opening the archive", Field: services.FieldProfile,
			Message: "There is no profile " + services.Clean(name) + ".", Next: "See which there are with bursar config list."}
	}
	a := &keptArchive{desks: d, profile: services.Profile{Name: name, Mode: services.Mode(values.Mode), Sandbox: name == services.SandboxProfile, AccountID: values.AccountID}}
	a.own = d.placeOf(values, a.profile.Sandbox)
	if a.place = a.own; place != "" {
		if a.place, err = placeAt(place); err != nil {
			return nil, "", err
		}
		if _, err := os.Stat(a.place); err != nil && !config.InPostgres(a.place) {
			return nil, "", storageError("opening the archive", err)
		}
	}
	if a.store, notice, err = d.openStore(ctx, a.place, ownerOf(a.profile)); err != nil {
		return nil, "", err
	}
	return a, notice, nil
}

// keptArchive is services.Archive.
type keptArchive struct {
	desks   *Desks
	profile services.Profile
	own     string          // the profile's
	place   string          // of this one
	store   archive.Archive // nil while it is repaired
}

func (a *keptArchive) Close() error {
	if a.store == nil {
		return nil
	}
	return a.store.Close()
}

func (a *keptArchive) Info(ctx context.Context) (services.ArchiveInfo, error) {
	info := services.ArchiveInfo{Place: a.place, Beside: []services.BesideFile{}}
	health, err := a.store.Health(ctx)
	if err != nil {
		return info, err
	}
	info.Events, info.Oldest, info.Newest = health.Events, health.Oldest, health.Newest
	counts, err := a.store.Counts(ctx)
	if err != nil {
		return info, err
	}
	info.Duplicates, info.Conflicts, info.Quarantined = counts.Duplicates, counts.Conflicts, counts.Quarantined
	kept, ok := a.store.(archive.Maintained)
	if !ok {
		return info, nil
	}
	s, err := kept.Storage(ctx)
	if err != nil {
		return info, err
	}
	info.Schema, info.Size, info.Waiting, info.Unindexed, info.Beside = s.Schema, &s.Size, s.Waiting, s.Unindexed, s.Beside
	return info, nil
}

func (a *keptArchive) Check(ctx context.Context, progress func(services.ArchiveProgress)) (services.ArchiveReport, error) {
	return exchange.Check(ctx, a.store, progress)
}

// inFile refuses what is for archives in a file.
func (a *keptArchive) inFile(op string) (archive.Maintained, error) {
	kept, ok := a.store.(archive.Maintained)
	if !ok {
		return nil, &services.Error{Code: services.CodeInvalid, Op: op, Message: "The archive is in PostgreSQL, which looks after its own storage.",
			Next: "Its autovacuum keeps it compact; back it up and bring it back with PostgreSQL's own programs."}
	}
	return kept, nil
}

func (a *keptArchive) Compact(ctx context.Context, progress func(services.ArchiveProgress)) (done services.ArchiveCompaction, err error) {
	kept, err := a.inFile("compacting the archive")
	if err != nil {
		return done, err
	}
	before, err := kept.Storage(ctx)
	if err != nil {
		return done, err
	}
	if done.Repacked, err = kept.Compact(ctx, func(step string, n, of int64) {
		if progress != nil {
			progress(services.ArchiveProgress{Step: step, Done: n, Of: of})
		}
	}); err != nil {
		return done, err
	}
	after, err := kept.Storage(ctx)
	done.Before, done.After = before.Size.Total, after.Size.Total
	return done, err
}

func (a *keptArchive) Repair(ctx context.Context, progress func(services.ArchiveProgress)) (done services.ArchiveRepair, err error) {
	if _, err := a.inFile("repairing the archive"); err != nil {
		return done, err
	}
	health, err := a.store.Health(ctx)
	if err != nil {
		health.Events = 0 // how many there were cannot be read
	}
	if err := a.store.Close(); err != nil {
		return done, err
	}
	a.store = nil
	saved, aside, err := sqlite.Repair(ctx, a.place, a.desks.sqliteOptions(), func(n int64) {
		if progress != nil {
			progress(services.ArchiveProgress{Step: "events brought over", Done: n, Of: int64(health.Events)})
		}
	})
	done.Events, done.Aside = int(saved), aside
	if err != nil {
		return done, err
	}
	a.store, _, err = a.desks.openStore(ctx, a.place, ownerOf(a.profile))
	return done, err
}

func (a *keptArchive) Export(ctx context.Context, w io.Writer, o services.ArchiveExport, progress func(services.ArchiveProgress)) (services.ArchiveExported, error) {
	return exchange.Export(ctx, a.store, w, o, a.desks.o.Now(), progress)
}

func (a *keptArchive) ExportFile(ctx context.Context, path string, o services.ArchiveExport, progress func(services.ArchiveProgress)) (services.ArchiveExported, error) {
	return exchange.ExportFile(ctx, a.store, a.place, path, o, a.desks.o.Now(), progress)
}

func (a *keptArchive) Import(ctx context.Context, r io.Reader, o services.ArchiveImport, progress func(services.ArchiveProgress)) (services.ArchiveImported, error) {
	return exchange.Import(ctx, a.store, a.profile.Live(), r, o, progress)
}

func (a *keptArchive) Copy(ctx context.Context, to string, progress func(services.ArchiveProgress)) (done services.ArchiveCopied, err error) {
	if to, err = placeAt(to); err != nil {
		return done, err
	}
	if to == a.place || sameFile(to, a.place) {
		return done, invalidPlace(errors.New("it is the archive itself"))
	}
	target, _, err := a.desks.openStore(ctx, to, ownerOf(a.profile))
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	done, err = exchange.Copy(ctx, a.store, a.place, target, []string{eventsync.CursorOf(a.profile.AccountID)}, progress)
	done.To, done.From = to, a.place
	if !a.profile.Sandbox && to != a.own {
		done.File, done.Setting = a.desks.o.Paths.ConfigFile(), "archive = "+strconv.Quote(to)
	}
	return done, err
}

// placeAt is a place as the settings would have it.
func placeAt(place string) (string, error) {
	if !strings.Contains(place, "://") {
		var err error
		if place, err = filepath.Abs(place); err != nil {
			return "", storageError("copying the archive", err)
		}
	}
	if err := config.CheckArchive(place); err != nil {
		return "", invalidPlace(err)
	}
	return place, nil
}

// invalidPlace refuses a place to copy to.
func invalidPlace(err error) error {
	e := services.Invalid("to", "The archive cannot be copied there: "+services.Clean(err.Error())+".", "Give a PostgreSQL URL such as postgres://shop@db.example.com/payments, or the path of a new file.")
	var known *config.Error
	if errors.As(err, &known) {
		e.Message, e.Next = known.Message, known.Next
	}
	e.Op, e.Err = "copying the archive", err
	return e
}

func sameFile(a, b string) bool {
	one, err1 := os.Stat(a)
	two, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(one, two)
}

func (a *keptArchive) Aside(ctx context.Context, after int64, limit int) ([]services.ArchiveAside, error) {
	kept, err := a.store.Aside(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	aside := make([]services.ArchiveAside, len(kept))
	for i, k := range kept {
		aside[i] = services.ArchiveAside{Number: k.Key, Event: k.EventID, Reason: k.Reason, Received: k.Received, Source: k.Source, Size: len(k.Raw), Raw: k.Raw}
	}
	return aside, nil
}

func (a *keptArchive) AsideOne(ctx context.Context, number int64) (services.ArchiveAside, error) {
	found, err := a.Aside(ctx, number-1, 1)
	if err != nil {
		return services.ArchiveAside{}, err
	}
	if len(found) == 0 || found[0].Number != number {
		return services.ArchiveAside{}, &services.Error{Code: services.CodeNotFound, Op: "reading what was kept aside",
			Message: fmt.Sprintf("Nothing with the number %d was kept aside.", number), Next: "See what there is with bursar archive aside."}
	}
	return found[0], nil
}
