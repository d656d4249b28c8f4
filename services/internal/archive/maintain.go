package archive

import (
	"context"

	"bursar/services"
)

// Maintained is an archive that tells of its storage and looks after it.
type Maintained interface {
	Archive
	// Storage says what the archive takes on the disk, and how much of it is behind.
	Storage(ctx context.Context) (Storage, error)
	// Inspect reads everything, looks for what is wrong with the storage, the events
	// and what was worked out of them, and gives each of it to found: which part, and
	// a sentence. It returns how many events are whole, and how many bytes they had
	// when they were received.
	Inspect(ctx context.Context, progress func(step string, done, of int64), found func(part, what string)) (events int, received int64, err error)
	// Compact keeps payloads in today's form and gives unused space back.
	Compact(ctx context.Context, progress func(step string, done, of int64)) (repacked int, err error)
}

// Disagreement says what of an archived event its received bytes do not tell; ""
// when all is well.
func Disagreement(e services.Event, raw []byte) string {
	f, reason := FactsOf(raw)
	switch {
	case reason != "":
		return "its payload is no event: " + reason
	case f.ID != e.ID:
		return "its payload is that of " + f.ID
	case f.Type != e.Type, f.Created != e.Created.Unix(), f.Livemode != e.Livemode, f.ObjectID != e.ObjectID:
		return "its payload has another type, time, mode or object than the list"
	case f.Customer != "" && f.Customer != e.Customer:
		return "its payload names the customer " + f.Customer + ", and the list another one"
	}
	return ""
}

// Storage is an archive's storage.
type Storage struct {
	Schema    int
	Size      services.ArchiveSize
	Waiting   int // events whose customer is not known yet
	Unindexed int // events whose words are not indexed yet
	Beside    []services.BesideFile
}
