package exchange

import (
	"context"

	"bursar/services"
	"bursar/services/internal/archive"
)

// Check reads a whole archive and reports what is wrong.
func Check(ctx context.Context, a archive.Archive, progress Progress) (services.ArchiveReport, error) {
	report := services.ArchiveReport{Problems: []services.ArchiveFault{}}
	m := meter{tell: progress}
	found := func(part, what string) {
		report.Problems = append(report.Problems, services.ArchiveFault{Part: part, What: services.Clean(what)})
	}
	kept, ok := a.(archive.Maintained)
	var err error
	if ok {
		report.Events, report.Received, err = kept.Inspect(ctx, m.at, found)
	} else {
		err = checkEvents(ctx, a, &report, &m, found)
	}
	if err != nil {
		return report, err
	}
	if report.Next = advice(report.Problems); report.Next != "" && !ok {
		report.Next = "Bring the database back from a backup, or copy what can be read into an empty one with bursar archive copy --to."
	}
	return report, nil
}

// checkEvents compares every event with its received bytes, and the counters with
// the events.
func checkEvents(ctx context.Context, a archive.Archive, report *services.ArchiveReport, m *meter, found func(part, what string)) error {
	health, err := a.Health(ctx)
	if err != nil {
		return err
	}
	types := map[string]int{}
	if _, err = walk(ctx, a, "", func(page []services.Arrival) error {
		for _, arrival := range page {
			e := arrival.Event
			types[e.Type]++
			if wrong := archive.Disagreement(e, e.Raw); wrong != "" {
				found("event", "The event "+e.ID+": "+wrong+".")
				continue
			}
			report.Events++
			report.Received += int64(len(e.Raw))
		}
		m.at("events checked", int64(report.Events), int64(max(health.Events, report.Events)))
		return nil
	}); err != nil {
		return err
	}
	counted, err := a.Types(ctx, "")
	if err != nil {
		return err
	}
	for _, c := range counted {
		if c.Count < types[c.Type] || c.Count > types[c.Type] && health.Events <= report.Events { // more may have come meanwhile
			found("counter", "The events of type "+c.Type+" are counted wrongly.")
		}
	}
	return nil
}

// advice says what to do about problems.
func advice(problems []services.ArchiveFault) string {
	damaged := false
	for _, p := range problems {
		damaged = damaged || p.Part == "file" || p.Part == "event"
	}
	switch {
	case len(problems) == 0:
		return ""
	case damaged:
		return "Check the disk. Close every bursar that uses the archive, then run bursar archive check --repair: " +
			"it sets the file aside and brings what can be read into a new one. bursar sync then reads the last 30 days from Stripe again."
	}
	return "The events themselves are whole. Close every bursar that uses the archive, then run bursar archive check --repair: " +
		"it works everything out anew from the received bytes, and keeps the old file aside."
}
