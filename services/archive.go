package services

import (
	"context"
	"io"
	"time"
)

// Archive is what a person does with a profile's archive as a whole. It is opened
// without asking Stripe, and while others use the archive.
type Archive interface {
	// Info says what the archive holds and what it takes on the disk.
	Info(ctx context.Context) (ArchiveInfo, error)
	// Check reads everything and compares what was noted of it. What is wrong is no
	// error: it is in the report.
	Check(ctx context.Context, progress func(ArchiveProgress)) (ArchiveReport, error)
	// Compact gives unused space back. Others go on reading meanwhile; what would be
	// written waits. It refuses when the disk has not the room that it needs.
	Compact(ctx context.Context, progress func(ArchiveProgress)) (ArchiveCompaction, error)
	// Repair sets the file aside and makes a new archive of everything that can be
	// read of it. Nobody else may use the archive meanwhile: it refuses otherwise. After
	// an error the archive can only be closed.
	Repair(ctx context.Context, progress func(ArchiveProgress)) (ArchiveRepair, error)
	// Export writes events to a writer.
	Export(ctx context.Context, w io.Writer, o ArchiveExport, progress func(ArchiveProgress)) (ArchiveExported, error)
	// ExportFile writes events to a file, which is whole as soon as it is there. An
	// export that was interrupted (CodeIncomplete) goes on where it stopped when it
	// is asked for again.
	ExportFile(ctx context.Context, path string, o ArchiveExport, progress func(ArchiveProgress)) (ArchiveExported, error)
	// Import reads events. What cannot be read is counted and kept aside. An import
	// of a file that was interrupted (CodeIncomplete) goes on where it stopped. An
	// event of the other mode ends it with CodeInvalid, unless o allows it.
	Import(ctx context.Context, r io.Reader, o ArchiveImport, progress func(ArchiveProgress)) (ArchiveImported, error)
	// Copy copies everything to another archive, a PostgreSQL URL or the path of a
	// file, and verifies it. It goes on where an earlier one stopped.
	Copy(ctx context.Context, to string, progress func(ArchiveProgress)) (ArchiveCopied, error)
	// Aside lists what was received and is not among the events, oldest first, after
	// the given one's Number (0: from the first on), at most limit of them.
	Aside(ctx context.Context, after int64, limit int) ([]ArchiveAside, error)
	// AsideOne returns one of them by its number, or CodeNotFound.
	AsideOne(ctx context.Context, number int64) (ArchiveAside, error)
	// Close closes the archive.
	Close() error
}

// ArchiveProgress is how far work on an archive has come.
type ArchiveProgress struct {
	Step string // what is being done, such as "reading events"
	Done int64
	Of   int64 // 0 when that is not known
}

// ArchiveInfo is what an archive holds.
type ArchiveInfo struct {
	Place       string       `json:"place"` // a path, or a PostgreSQL URL
	Schema      int          `json:"schema"`
	Events      int          `json:"events"`
	Oldest      time.Time    `json:"oldest"`      // created of the oldest event; zero when empty
	Newest      time.Time    `json:"newest"`      // created of the newest event; zero when empty
	Duplicates  int          `json:"duplicates"`  // webhook deliveries of events that were there already
	Conflicts   int          `json:"conflicts"`   // copies of archived events that tell something else
	Quarantined int          `json:"quarantined"` // payloads that are no events
	Waiting     int          `json:"waiting"`     // events whose customer may be learned from others yet
	Unindexed   int          `json:"unindexed"`   // events whose words are not indexed yet; searches read them instead
	Size        *ArchiveSize `json:"size"`        // nil when the database does not tell
	Beside      []BesideFile `json:"beside"`      // backups and damaged files that lie beside it
}

// ArchiveSize is what an archive takes on the disk, in bytes.
type ArchiveSize struct {
	Total    int64 `json:"total"`
	Payloads int64 `json:"payloads"` // the received bytes, packed
	Events   int64 `json:"events"`   // the table of events
	Index    int64 `json:"index"`    // its indexes, counters and links
	Words    int64 `json:"words"`    // the index of words
	Unused   int64 `json:"unused"`   // what Compact would give back at least
	Log      int64 `json:"log"`      // what is not copied into the file yet

	// How many bytes the events had when they were received and what is kept for
	// them, of a sample of at most 1,000 events.
	SampleReceived int64 `json:"sample_received"`
	SampleKept     int64 `json:"sample_kept"`
}

// BesideFile is a file beside the archive that came of it.
type BesideFile struct {
	Path string `json:"path"`
	Size int64  `json:"size"` // bytes
}

// ArchiveReport is what a check found.
type ArchiveReport struct {
	Events   int            `json:"events"`   // read and found whole
	Received int64          `json:"received"` // bytes of them as they were received
	Problems []ArchiveFault `json:"problems"` // at most 100 of each kind
	Next     string         `json:"next"`     // what to do about them; empty when all is well
}

// ArchiveFault is something that is not as it has to be.
type ArchiveFault struct {
	Part string `json:"part"` // what it is about: "file", "event", "counter", "link", "words"
	What string `json:"what"` // one sentence; cleaned for display
}

// ArchiveCompaction is what Compact did, in bytes.
type ArchiveCompaction struct {
	Before   int64 `json:"before"`
	After    int64 `json:"after"`
	Repacked int   `json:"repacked"` // payloads that were kept in an older form
}

// ArchiveRepair is what Repair did.
type ArchiveRepair struct {
	Events int    `json:"events"` // in the new archive
	Aside  string `json:"aside"`  // what the old file is called now
}

// The formats of exports.
const (
	FormatNDJSON = "ndjson" // one event a line
	FormatJSON   = "json"   // an array, one event a line
	FormatCSV    = "csv"    // columns for a spreadsheet, the last of them the event
)

// ArchiveExport says what to export, and how.
type ArchiveExport struct {
	Format   string // FormatNDJSON when empty
	Envelope bool   // NDJSON and JSON: around each event when and how it was received, and what restores its bytes; CSV always has it
	Gzip     bool   // compress
	Customer string // "cus_…"; empty for every customer
	Filter   string // a filter, in either form of Logs.Filter; empty for every event
	Replace  bool   // ExportFile: a file that is there
}

// ArchiveExported is what an export wrote.
type ArchiveExported struct {
	Events  int   `json:"events"`
	Bytes   int64 `json:"bytes"`
	Resumed bool  `json:"resumed"` // it went on where an earlier one stopped
}

// ArchiveImport says how to import.
type ArchiveImport struct {
	AnyMode bool // take events of the other mode too
}

// ArchiveImported is what an import brought.
type ArchiveImported struct {
	Read       int           `json:"read"` // events and what stood in their places
	Added      int           `json:"added"`
	Duplicates int           `json:"duplicates"`
	Bad        int           `json:"bad"`      // what could not be read
	Problems   []ImportFault `json:"problems"` // the first 100 of them
	Resumed    bool          `json:"resumed"`  // it went on where an earlier one stopped
}

// ImportFault is something in a file that could not be read.
type ImportFault struct {
	Line   int64  `json:"line"` // from 1
	Reason string `json:"reason"`
}

// ArchiveCopied is what Copy did.
type ArchiveCopied struct {
	Events  int    `json:"events"` // in both archives
	Digest  string `json:"digest"` // over the id and the received bytes of all of them
	Other   int    `json:"other"`  // of them, how many the other archive had received itself, in other bytes; it keeps its own
	From    string `json:"from"`
	To      string `json:"to"`
	Setting string `json:"setting"` // the line of the settings that makes the profile use it; empty when it does
	File    string `json:"file"`    // the settings file
	Resumed bool   `json:"resumed"`
}

// ArchiveAside is a payload that was received and is not among the events.
type ArchiveAside struct {
	Number   int64       `json:"number"`
	Event    string      `json:"event"` // the archived event that it contradicts; empty when it is no event
	Reason   string      `json:"reason"`
	Received time.Time   `json:"received"`
	Source   EventSource `json:"source"`
	Size     int         `json:"size"` // bytes
	Raw      []byte      `json:"-"`    // as it came
}
